"""Preprocessing: registration, joint bilateral filter, tissue masks, baseline."""

from .baseline import Baseline, enhancement, estimate_baseline
from .filtering.bilateral import joint_bilateral_filter
from .filtering.filters import DEFAULT_FILTER, FILTERS, NoiseFilter, noise_filter
from .masks import TissueMasks, head_mask, segment_tissue
from .registration.estimation import estimate_motion
from .registration.frame_screening import unusable_frames
from .registration.motion_table import MOTION_COLUMNS, motion_table
from .registration.registration import Registration, register_frames
from .registration.registration_methods import (
    DEFAULT_REGISTRATION_METHOD,
    REGISTRATION_METHODS,
    RegistrationMethod,
    registration_method,
)
from .registration.rejection import Rejection, RejectionReason
from .registration.residual_motion import residual_motion
from .registration.table_positions import table_positions
from .summary import SummaryVolumes, summarise

__all__ = [
    "DEFAULT_FILTER",
    "DEFAULT_REGISTRATION_METHOD",
    "FILTERS",
    "MOTION_COLUMNS",
    "REGISTRATION_METHODS",
    "Baseline",
    "NoiseFilter",
    "Registration",
    "RegistrationMethod",
    "Rejection",
    "RejectionReason",
    "SummaryVolumes",
    "TissueMasks",
    "enhancement",
    "estimate_baseline",
    "estimate_motion",
    "head_mask",
    "joint_bilateral_filter",
    "motion_table",
    "noise_filter",
    "register_frames",
    "registration_method",
    "residual_motion",
    "segment_tissue",
    "summarise",
    "table_positions",
    "unusable_frames",
]
