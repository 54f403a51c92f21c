"""Public cohorts with reference maps: which folders and files hold what."""

from .cohort_case import LESION, QUANTITIES, SERIES, CohortCase
from .cohort_layout import CohortLayout
from .isles2018 import CHALLENGE_INTERVAL, find_isles2018, is_isles2018
from .isles2024 import find_isles2024
from .registry import LAYOUTS
from .unitobrain import UniToBrainStage, find_unitobrain, is_unitobrain

__all__ = [
    "CHALLENGE_INTERVAL",
    "LAYOUTS",
    "LESION",
    "QUANTITIES",
    "SERIES",
    "CohortCase",
    "CohortLayout",
    "UniToBrainStage",
    "find_isles2018",
    "find_isles2024",
    "find_unitobrain",
    "is_isles2018",
    "is_unitobrain",
]
