"""Training of networks that predict perfusion maps: data sets, augmentation, the loop."""

from .augmentation import Augmentation
from .maps import train_maps
from .phase import Crop, Phase, Plateau, Schedule
from .presets import PRESETS, Preset
from .processes import is_first_process
from .record import EpochErrors
from .result import PartErrors, TrainingResult
from .settings import Compute, EarlyStopping, MapTraining, Precision, Region
from .study import TrainedNetwork, require_free, train_study

# It shares the bookkeeping of the trainings above, so it comes after them.
from .core_volume import train_core_volume  # isort: skip

__all__ = [
    "PRESETS",
    "Augmentation",
    "Compute",
    "Crop",
    "EarlyStopping",
    "EpochErrors",
    "MapTraining",
    "PartErrors",
    "Phase",
    "Plateau",
    "Precision",
    "Preset",
    "Region",
    "Schedule",
    "TrainedNetwork",
    "TrainingResult",
    "is_first_process",
    "require_free",
    "train_core_volume",
    "train_maps",
    "train_study",
]
