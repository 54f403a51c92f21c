"""Networks that give perfusion maps without an arterial input function: architectures, weights, inference."""

from .architectures import ARCHITECTURES, Architecture, build_network
from .bolus_context import arrival_time
from .input_settings import CONTEXT_BANDS, InputSettings
from .map_target import MAP_TARGETS, MapTarget
from .model_card import AcceptedSeries, ModelCard
from .model_file import MapModel, save_model
from .model_input import ModelInput, interpolation_matrix, prepare_input
from .model_store import DEFAULT_MODEL, available_models, find_model, load_model
from .predict import predict_maps
from .predict_method import MAP_METHODS, available_map_methods, find_map_method
from .requirements import networks_are_installed, require_networks

# The core-volume networks are kept as those for maps are, so they come after them.
from .core_volume import predict_core_volume  # isort: skip

__all__ = [
    "ARCHITECTURES",
    "CONTEXT_BANDS",
    "DEFAULT_MODEL",
    "MAP_METHODS",
    "MAP_TARGETS",
    "AcceptedSeries",
    "Architecture",
    "InputSettings",
    "MapModel",
    "MapTarget",
    "ModelCard",
    "ModelInput",
    "arrival_time",
    "available_map_methods",
    "available_models",
    "build_network",
    "find_map_method",
    "find_model",
    "interpolation_matrix",
    "load_model",
    "networks_are_installed",
    "predict_core_volume",
    "predict_maps",
    "prepare_input",
    "require_networks",
    "save_model",
]
