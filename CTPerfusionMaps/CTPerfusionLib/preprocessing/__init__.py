"""Preprocessing: registration, joint bilateral filter, tissue masks, baseline."""

from .baseline import Baseline, enhancement, estimate_baseline
from .bilateral import joint_bilateral_filter
from .masks import TissueMasks, head_mask, segment_tissue
from .registration import Registration, register_frames

__all__ = [
    "Baseline",
    "Registration",
    "TissueMasks",
    "enhancement",
    "estimate_baseline",
    "head_mask",
    "joint_bilateral_filter",
    "register_frames",
    "segment_tissue",
]
