"""Small or large infarct core from two slices of a raw scan (Mittermeier et al. 2022)."""

from .architecture import CoreVolumeArchitecture, build_core_volume_network
from .card import CoreVolumeCard
from .core_volume_input import CoreVolumeInput, prepare_core_volume_input
from .encoder_weights import EncoderWeights, WeightsOrigin
from .input_settings import CoreVolumeInputSettings
from .model import (
    CoreVolumeModel,
    available_core_volume_models,
    load_core_volume_model,
    read_core_volume_card,
    save_core_volume_model,
)
from .parts import ENCODERS, OUTPUTS, PATHWAYS, Encoder, Output, Pathways
from .predict import judge_core_volume_input, member_answers, predict_core_volume
from .result import CoreVolumeResult, Verdict, core_verdict
from .slice_choice import SliceChoice, SliceOrigin, choose_slices
from .standardisation import Standardisation, standardise
from .ventricle_roof import Landmark

__all__ = [
    "ENCODERS",
    "OUTPUTS",
    "PATHWAYS",
    "CoreVolumeArchitecture",
    "CoreVolumeCard",
    "CoreVolumeInput",
    "CoreVolumeInputSettings",
    "CoreVolumeModel",
    "CoreVolumeResult",
    "Encoder",
    "EncoderWeights",
    "Landmark",
    "Output",
    "Pathways",
    "SliceChoice",
    "SliceOrigin",
    "Standardisation",
    "Verdict",
    "WeightsOrigin",
    "available_core_volume_models",
    "build_core_volume_network",
    "choose_slices",
    "core_verdict",
    "judge_core_volume_input",
    "load_core_volume_model",
    "member_answers",
    "predict_core_volume",
    "prepare_core_volume_input",
    "read_core_volume_card",
    "save_core_volume_model",
    "standardise",
]
