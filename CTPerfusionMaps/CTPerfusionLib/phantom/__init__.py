"""Digital phantoms with known truth, in memory or written as the study that a scanner would give."""

from .dicom_conventions import DICOM_CONVENTIONS
from .head import head_phantom
from .head_motion import MOTION_PATTERNS as MOTIONS
from .head_settings import SIDES
from .lesion_field import Lesion
from .phantom import Phantom, PhantomTruth
from .phantom_files import STUDY_FORMATS, write_phantom
from .sampling_grid import MATRIX as SIZES
from .scanner_scheme import SCANNER_SCHEMES, ScannerScheme, TableMotion
from .tiles import RESIDUES, tile_phantom

LESIONS = tuple(Lesion)
"""Occlusions of the head phantom."""

__all__ = [
    "DICOM_CONVENTIONS",
    "LESIONS",
    "MOTIONS",
    "RESIDUES",
    "SCANNER_SCHEMES",
    "SIDES",
    "SIZES",
    "STUDY_FORMATS",
    "Phantom",
    "PhantomTruth",
    "ScannerScheme",
    "TableMotion",
    "head_phantom",
    "tile_phantom",
    "write_phantom",
]
