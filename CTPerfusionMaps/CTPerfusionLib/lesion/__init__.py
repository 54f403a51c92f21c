"""Core, penumbra and what they measure: normalisation, hemisphere, thresholds, volumes, criteria."""

from .analysis import analyse_lesion
from .criteria import TrialCriteria, assess_criteria
from .criterion import CRITERION_SCALES, Criterion, CriterionScale, Relation, criterion_scale
from .hemispheres import AffectedHemisphere, Hemisphere, Side, affected_hemisphere, label_hemispheres, on_side
from .lesion_maps import LesionMaps
from .local_normalisation import CounterpartBlur, LocalNormalisation, normalise_local
from .mirror_registration import Counterparts, register_to_mirror
from .normalisation import FlowReference, Normalisation, normalise_global
from .old_infarcts import OldInfarcts, find_old_infarcts
from .preparing import prepare_lesion
from .protocol import CUSTOM_PROTOCOL, CoreNormalisation, ThresholdProtocol
from .protocol_files import (
    DEFAULT_PROTOCOL,
    load_protocol,
    parse_protocol,
    protocol_content,
    protocol_names,
)
from .result import LesionAnalysis, NormalisationChoice, Patient
from .segmentation import LesionSegmentation, segment_lesion
from .segmenting import measure_masks, segment
from .symmetry import find_symmetry_plane
from .symmetry_plane import SymmetryPlane
from .volumes import LesionVolumes, lesion_volumes

__all__ = [
    "CRITERION_SCALES",
    "CUSTOM_PROTOCOL",
    "DEFAULT_PROTOCOL",
    "AffectedHemisphere",
    "CoreNormalisation",
    "CounterpartBlur",
    "Counterparts",
    "Criterion",
    "CriterionScale",
    "FlowReference",
    "Hemisphere",
    "LesionAnalysis",
    "LesionMaps",
    "LesionSegmentation",
    "LesionVolumes",
    "LocalNormalisation",
    "Normalisation",
    "NormalisationChoice",
    "OldInfarcts",
    "Patient",
    "Relation",
    "Side",
    "SymmetryPlane",
    "ThresholdProtocol",
    "TrialCriteria",
    "affected_hemisphere",
    "analyse_lesion",
    "assess_criteria",
    "criterion_scale",
    "find_old_infarcts",
    "find_symmetry_plane",
    "label_hemispheres",
    "lesion_volumes",
    "load_protocol",
    "measure_masks",
    "normalise_global",
    "normalise_local",
    "on_side",
    "parse_protocol",
    "prepare_lesion",
    "protocol_content",
    "protocol_names",
    "register_to_mirror",
    "segment",
    "segment_lesion",
]
