"""Data sets for training: patients of UniToBrain, phantoms or folders, ready for a network, and divided."""

from ...io.layouts import UniToBrainStage
from .cache import cache_source
from .cached_source import CachedSource
from .dataset_error import DatasetError
from .folder_source import FolderSource
from .map_slices import MapSlices, SliceSample
from .open_source import PHANTOMS, open_source
from .patient_maps import STACK_SCALE, ComputedSource, PatientMaps, PatientSource
from .phantom_source import PhantomReference, PhantomSource, phantom_patient
from .simulated_patients import SimulatedKind, is_simulated
from .split import Split, check_split, folds, split_patients
from .split_file import read_split, write_split
from .unitobrain_source import UniToBrainSource

__all__ = [
    "PHANTOMS",
    "STACK_SCALE",
    "CachedSource",
    "ComputedSource",
    "DatasetError",
    "FolderSource",
    "MapSlices",
    "PatientMaps",
    "PatientSource",
    "PhantomReference",
    "PhantomSource",
    "SimulatedKind",
    "SliceSample",
    "Split",
    "UniToBrainSource",
    "UniToBrainStage",
    "cache_source",
    "check_split",
    "folds",
    "is_simulated",
    "open_source",
    "phantom_patient",
    "read_split",
    "split_patients",
    "write_split",
]
