"""Training of networks that tell large from small infarct cores (Mittermeier et al. 2022)."""

from .augmentation import CoreAugmentation, Flip
from .course import CoreEpoch
from .fold_files import PREDICTIONS, mean_and_sd
from .presets import CORE_PRESETS, CorePreset
from .result import TEST, VALIDATION, CoreFold, CorePrediction, CoreVolumeStudy
from .settings import MEDIAN, CoreVolumeTraining, Optimiser, StandardisedBy
from .study import N_FOLDS, VARIANTS, fold_folder, read_core_volume_study, train_core_volume

__all__ = [
    "CORE_PRESETS",
    "MEDIAN",
    "N_FOLDS",
    "PREDICTIONS",
    "TEST",
    "VALIDATION",
    "VARIANTS",
    "CoreAugmentation",
    "CoreEpoch",
    "CoreFold",
    "CorePrediction",
    "CorePreset",
    "CoreVolumeStudy",
    "CoreVolumeTraining",
    "Flip",
    "Optimiser",
    "StandardisedBy",
    "fold_folder",
    "mean_and_sd",
    "read_core_volume_study",
    "train_core_volume",
]
