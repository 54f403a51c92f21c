"""Import of perfusion series from DICOM, NIfTI and Slicer sequences; volumes and segments out."""

from ..errors import SeriesError
from .description import StudyDescription, describe_series, describe_study
from .dicom_headers import dicom_files_below
from .load import find_source_images, load_dicom_files, load_series
from .nifti import read_nifti, write_nifti
from .perfusion_files import FoundSeries, find_perfusion_series
from .segmentation import Segment, lesion_segments, segment_kinds, write_segmentation
from .segmentation_file import read_segmentation
from .series_files import write_nifti_series
from .times_file import read_times, write_times

__all__ = [
    "FoundSeries",
    "Segment",
    "SeriesError",
    "StudyDescription",
    "describe_series",
    "describe_study",
    "dicom_files_below",
    "find_perfusion_series",
    "find_source_images",
    "lesion_segments",
    "load_dicom_files",
    "load_series",
    "read_nifti",
    "read_segmentation",
    "read_times",
    "segment_kinds",
    "write_nifti",
    "write_nifti_series",
    "write_segmentation",
    "write_times",
]
