"""Results as DICOM objects, filed with the study that they were computed from, and sent to a node."""

from .content import DicomContent
from .node import DicomNode
from .registered_series import write_registered_dicom
from .requirements import require_highdicom
from .results import write_dicom_results
from .sending import SendingError, send_files

__all__ = [
    "DicomContent",
    "DicomNode",
    "SendingError",
    "require_highdicom",
    "send_files",
    "write_dicom_results",
    "write_registered_dicom",
]
