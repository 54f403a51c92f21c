"""Import of perfusion series from DICOM, NIfTI and Slicer sequences; volumes and segments out."""

from ..errors import SeriesError
from .description import StudyDescription, describe_series, describe_study
from .load import load_series
from .nifti import read_nifti, write_nifti
from .segmentation import Segment, lesion_segments, segment_kinds, write_segmentation
from .times_file import read_times, write_times

__all__ = [
    "Segment",
    "SeriesError",
    "StudyDescription",
    "describe_series",
    "describe_study",
    "lesion_segments",
    "load_series",
    "read_nifti",
    "read_times",
    "segment_kinds",
    "write_nifti",
    "write_segmentation",
    "write_times",
]
