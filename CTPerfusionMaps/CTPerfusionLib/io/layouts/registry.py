"""All public cohorts whose reference maps can be read; a new one is added here."""

from collections.abc import Mapping
from types import MappingProxyType

from .cohort_layout import CohortLayout
from .isles2018 import CHALLENGE_INTERVAL, PATIENTS_FILE, find_isles2018
from .isles2024 import RESAMPLED_INTERVAL, find_isles2024
from .unitobrain import find_unitobrain

_FLOW, _VOLUME, _TIME = "mL/100 g/min", "mL/100 g", "s"
_ONE_EACH = "each case is a patient"
_DECONVOLVED: Mapping[str, str] = MappingProxyType(
    {"CBF": _FLOW, "CBV": _VOLUME, "MTT": _TIME, "Tmax": _TIME}
)

LAYOUTS: Mapping[str, CohortLayout] = MappingProxyType(
    {
        layout.name: layout
        for layout in (
            CohortLayout(
                name="isles2018",
                title="ISLES 2018",
                source="Hakim A. et al., Stroke 2021;52:2328-2337, doi:10.1161/STROKEAHA.120.030696",
                reference="RAPID",
                units=_DECONVOLVED,
                patients=f"a case is a slab; slabs of one patient count as one where {PATIENTS_FILE} says so",
                late_map="Tmax",
                frame_interval=CHALLENGE_INTERVAL,
                place="give the folder TRAINING of the challenge, with case_1 and the others",
                find=find_isles2018,
            ),
            CohortLayout(
                name="isles2024",
                title="ISLES 2024",
                source="Riedel E. O. et al. 2024, arXiv:2408.11142",
                reference="icobrain",
                units=_DECONVOLVED,
                patients=_ONE_EACH,
                late_map="Tmax",
                frame_interval=RESAMPLED_INTERVAL,
                place="give the folder with raw_data and derivatives",
                find=find_isles2024,
            ),
            CohortLayout(
                name="unitobrain",
                title="UniToBrain",
                source="Gava U. A. et al., IEEE DataPort, doi:10.21227/x8ea-vh16",
                reference="NLR (box-model regression of the data set's authors)",
                units=MappingProxyType(
                    {"CBF": _FLOW, "CBV": _VOLUME, "MTT": _TIME, "TTP": _TIME, "Delay": _TIME}
                ),
                patients=_ONE_EACH,
                late_map="TTP",
                frame_interval=None,
                place="give the folder in which ID_Registered_Filtered_3mm_20HU and the others lie",
                find=find_unitobrain,
            ),
        )
    }
)
"""By name."""
