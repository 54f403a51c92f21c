"""What differs from one simulated patient of a cohort with large and small cores to the next."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ....phantom import ScannerScheme
from ...datasets.head_variation import HeadVariation, head_variation

LESIONS = (*["m1", "m2", "m1"] * 5, "m1", "none")
"""By the seed: eleven of seventeen trunks of the artery, five branches, and one head without a stroke."""

MEDIAN_CORE_ML = {"m1": 38.0, "m2": 20.0}
"""mL; half the cores are smaller. They give the cohort about the median of one before thrombectomy, 32.4 mL
(Mittermeier et al. 2022, section 3)."""

SPREAD = {"m1": 0.9, "m2": 0.7}
"""SD of the logarithm of the volumes: cores of cohorts are skewed, many small and some very large."""

LARGEST_CORE_ML = {"m1": 120.0, "m2": 45.0}
"""mL; the underperfused tissue bounds the core."""

COHORT: Mapping[str, Any] = MappingProxyType(
    {
        "lesions": list(LESIONS),
        "median_core_ml": MEDIAN_CORE_ML,
        "spread": SPREAD,
        "largest_core_ml": LARGEST_CORE_ML,
    }
)
"""All of that, ready for JSON: a cache of another cohort is not taken for one of this."""

_STREAM = 8
"""Separates these draws from those of the head and of its other variation."""


@dataclass(frozen=True)
class CoreVariation:
    """How one simulated patient differs from the others.

    Attributes
    ----------
    head : HeadVariation
        Anatomy, scanner, noise, lesion, microangiopathy and motion.
    core_ml : float or None
        What :func:`CTPerfusionLib.phantom.head_phantom` is asked for; None without a stroke.
    """

    head: HeadVariation
    core_ml: float | None


def core_variation(
    seed: int, schemes: Sequence[ScannerScheme], sizes: Sequence[str] = ("tiny",)
) -> CoreVariation:
    """Return the patient of a seed; the same one whatever other seeds are used.

    All but lesion and core is that of :func:`CTPerfusionLib.training.datasets.head_variation`. There the
    volume of the core follows from the blocked artery, with none between those of the branch and of the
    trunk; here it varies on its own, so that a network has to look at the core.

    Parameters
    ----------
    seed : int
    schemes : sequence of ScannerScheme
        From which one is drawn; one that is named more often is drawn more often.
    sizes : sequence of str
        Likewise.
    """
    lesion = LESIONS[seed % len(LESIONS)]
    head = replace(head_variation(seed, schemes, sizes), lesion=lesion)
    if lesion not in MEDIAN_CORE_ML:
        return CoreVariation(head, None)
    random = np.random.default_rng([_STREAM, seed])
    drawn = MEDIAN_CORE_ML[lesion] * math.exp(SPREAD[lesion] * random.standard_normal())
    return CoreVariation(head, min(drawn, LARGEST_CORE_ML[lesion]))
