"""The coded terms of the results: public codes where they exist, and one table of private ones.

No public scheme has codes for the numbers of a CT-perfusion study of stroke; the private ones carry the
designator 99CTPERF, as the segments and the map of the delay do.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..series import CodedConcept

if TYPE_CHECKING:
    from pydicom.sr.coding import Code

PRIVATE_SCHEME = "99CTPERF"
PRIVATE_SCHEME_NAME = "SlicerCTPerfusion terms of CT perfusion"

BRAIN = CodedConcept("12738006", "SCT", "Brain")
CT_PERFUSION_OF_HEAD = CodedConcept("39142-5", "LN", "CT perfusion head with contrast IV")
LATERALITY = CodedConcept("272741003", "SCT", "Laterality")
LEFT = CodedConcept("7771000", "SCT", "Left")
RIGHT = CodedConcept("24028007", "SCT", "Right")
PERFUSION_IMAGE_ANALYSIS = CodedConcept("129104", "DCM", "Perfusion image analysis")
SPATIAL_RESAMPLING = CodedConcept("113085", "DCM", "Spatial resampling")
SEGMENTATION = CodedConcept("113076", "DCM", "Segmentation")
SOURCE_IMAGE = CodedConcept("121322", "DCM", "Source image for image processing operation")
MODIFYING_EQUIPMENT = CodedConcept("109103", "DCM", "Modifying Equipment")
VOLUME = CodedConcept("118565006", "SCT", "Volume")
MILLILITRE = CodedConcept("mL", "UCUM", "milliliter")
RATIO = CodedConcept("{ratio}", "UCUM", "ratio")


def _private(value: str, meaning: str) -> CodedConcept:
    return CodedConcept(value, PRIVATE_SCHEME, meaning)


PRIVATE_CONCEPTS: Mapping[str, CodedConcept] = MappingProxyType(
    {
        concept.value: concept
        for concept in (
            _private("THRESHOLDING", "Thresholding of perfusion maps"),
            _private("LESION", "Ischaemic lesion estimated by CT perfusion"),
            _private("VOL_CORE_GLOBAL", "Core volume, flow relative to normal tissue"),
            _private("VOL_CORE_LOCAL", "Core volume, flow relative to the mirrored side"),
            _private("VOL_HYPOPERF", "Hypoperfusion volume"),
            _private("VOL_PENUMBRA", "Penumbra volume"),
            _private("VOL_MISMATCH", "Mismatch volume: hypoperfusion minus core"),
            _private("VOL_TMAX_4", "Volume with Tmax above 4 s"),
            _private("VOL_TMAX_6", "Volume with Tmax above 6 s"),
            _private("VOL_TMAX_8", "Volume with Tmax above 8 s"),
            _private("VOL_TMAX_10", "Volume with Tmax above 10 s"),
            _private("VOL_RCBF_20", "Volume with relative CBF below 20 %"),
            _private("VOL_RCBF_30", "Volume with relative CBF below 30 %"),
            _private("VOL_RCBF_34", "Volume with relative CBF below 34 %"),
            _private("VOL_RCBF_38", "Volume with relative CBF below 38 %"),
            _private("MISMATCH_RATIO", "Mismatch ratio: hypoperfusion / core"),
            _private("HIR", "Hypoperfusion intensity ratio: Tmax above 10 s / above 6 s"),
            _private("CBV_INDEX", "CBV index: mean relative CBV of the hypoperfusion"),
            _private("NO_SIDE", "No affected hemisphere found"),
            _private("TMAX_DEFINITION", "Definition of Tmax"),
            _private("TMAX_CENTRE", "Centre of the impulse response: delay + MTT/2"),
            _private("TMAX_ARGMAX", "Time of the residue function's maximum"),
            _private("MISMATCH_CORE", "Core that counts in mismatch and ratio"),
            _private("CORE_GLOBAL", "Flow relative to normal tissue"),
            _private("CORE_LOCAL", "Flow relative to the mirrored side"),
            _private("INTENDED_USE", "Intended use"),
            _private("RESEARCH_ONLY", "Research use only, not for diagnosis or treatment"),
        )
    }
)
"""All private terms of the measurement report, by code value; those of segments are in the terminology file,
that of the delay in :mod:`CTPerfusionLib.series.quantity`."""


def dicom_code(concept: CodedConcept) -> "Code":
    """Return a term in the form that pydicom and highdicom take."""
    from pydicom.sr.coding import Code

    return Code(concept.value, concept.scheme, concept.meaning)
