"""Data sets of the core-volume network: two slices and a core volume of each patient, ready and divided."""

from .core_cache import CachedCoreSource, cache_core_patients
from .core_folder_source import FolderCoreSource
from .core_patient import ComputedCoreSource, CorePatient, CorePatientSource
from .core_variation import CoreVariation, core_variation
from .isles2018_source import Isles2018Source
from .open_core_source import open_core_source
from .phantom_core_source import PhantomCoreSource, phantom_core_patient
from .ten_folds import ten_folds

__all__ = [
    "CachedCoreSource",
    "ComputedCoreSource",
    "CorePatient",
    "CorePatientSource",
    "CoreVariation",
    "FolderCoreSource",
    "Isles2018Source",
    "PhantomCoreSource",
    "cache_core_patients",
    "core_variation",
    "open_core_source",
    "phantom_core_patient",
    "ten_folds",
]
