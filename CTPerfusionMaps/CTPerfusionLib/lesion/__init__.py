"""Core, penumbra and what they measure: normalisation, hemisphere, thresholds, volumes, criteria."""

from .analysis import LesionAnalysis, NormalisationChoice, analyse_lesion
from .criteria import TrialCriteria, assess_criteria
from .hemispheres import AffectedHemisphere, Hemisphere, Side, affected_hemisphere, label_hemispheres, on_side
from .local_normalisation import LocalNormalisation, normalise_local
from .normalisation import Normalisation, normalise_global
from .protocol import DEFAULT_PROTOCOL, CoreNormalisation, ThresholdProtocol, load_protocol, protocol_names
from .segmentation import LesionSegmentation, segment_lesion
from .symmetry import SymmetryPlane, find_symmetry_plane
from .thresholding import Thresholding, prepare_thresholding
from .volumes import LesionVolumes, lesion_volumes

__all__ = [
    "DEFAULT_PROTOCOL",
    "AffectedHemisphere",
    "CoreNormalisation",
    "Hemisphere",
    "LesionAnalysis",
    "LesionSegmentation",
    "LesionVolumes",
    "LocalNormalisation",
    "Normalisation",
    "NormalisationChoice",
    "Side",
    "SymmetryPlane",
    "ThresholdProtocol",
    "Thresholding",
    "TrialCriteria",
    "affected_hemisphere",
    "analyse_lesion",
    "assess_criteria",
    "find_symmetry_plane",
    "label_hemispheres",
    "lesion_volumes",
    "load_protocol",
    "normalise_global",
    "normalise_local",
    "on_side",
    "prepare_thresholding",
    "protocol_names",
    "segment_lesion",
]
