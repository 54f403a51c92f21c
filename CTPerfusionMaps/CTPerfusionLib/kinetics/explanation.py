"""How a method explains the curve of one voxel: the curve that it fits and the residue function behind it.

The residue function is scaled by flow and given in mL/100 g/min over the seconds since the arterial input:
its greatest value is CBF and its area over 60 is CBV, so that its area over its greatest value is MTT. The
mean of a family has its greatest value near CBF, since its members begin at slightly different times; and a
deconvolution takes CBV from the areas of the measured curves, to which that of its residue comes near.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from .arterial_input import ArterialInput

Array = NDArray[np.float64]

EARLIEST_RESIDUE: Final = -5.0
"""Seconds from the arterial input at which residue functions begin to be shown."""

_LATEST_RESIDUE = 45.0
"""Seconds after which no box can be left: the latest delay and the longest MTT."""

_RESIDUE_STEP = 0.1
_FINEST = 0.25
"""Seconds between points of a fitted curve, at most."""

_BESIDE_A_JUMP = 1e-6
"""Seconds from a jump to the two points that show it."""


@dataclass(frozen=True, eq=False)
class ExplanationInput:
    """What is the same for all curves of one sampling.

    Attributes
    ----------
    arterial : ArterialInput
    times : ndarray, shape (T,)
        Seconds at which the tissue was sampled.
    marginalise_offset : bool
        Whether the zero of the curves was left open to the fit.
    learned : mapping of str to float
        What the method learned from all curves together, as ``PerfusionMaps`` has it.
    """

    arterial: ArterialInput
    times: Array
    marginalise_offset: bool
    learned: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class CurveExplanation:
    """What a method makes of one curve.

    Attributes
    ----------
    times, enhancement : ndarray, shape (n,)
        The fitted curve, in seconds and HU, on the zero of the measured curve.
    residue_times, residue : ndarray, shape (m,)
        Seconds since the arterial input, increasing, and mL/100 g/min.
    """

    times: Array
    enhancement: Array
    residue_times: Array
    residue: Array


class Explainer(Protocol):
    """Explains the curves of one sampling."""

    def __call__(self, curve: NDArray[np.floating], values: Mapping[str, float]) -> CurveExplanation:
        """Explain a finite curve, shape (T,) in HU, for which the maps have `values` with a CBF above 0."""
        ...


def fine_times(times: Array) -> Array:
    """Return sampling times (T,) with points between them that are at most a quarter of a second apart."""
    parts = np.ceil(np.diff(times) / _FINEST).astype(int)
    pieces = [
        np.linspace(start, stop, n, endpoint=False)
        for start, stop, n in zip(times[:-1], times[1:], parts, strict=True)
    ]
    return np.concatenate([*pieces, times[-1:]])


def residue_times(jumps: Array) -> Array:
    """Return the times (m,) at which to show a residue function that jumps at some times."""
    n_steps = round((_LATEST_RESIDUE - EARLIEST_RESIDUE) / _RESIDUE_STEP)
    grid = EARLIEST_RESIDUE + _RESIDUE_STEP * np.arange(n_steps + 1)
    return np.unique(np.concatenate([grid, jumps - _BESIDE_A_JUMP, jumps + _BESIDE_A_JUMP]))


def offset_of(given: ExplanationInput, curve: NDArray[np.floating], fitted: Array) -> float:
    """Return the constant that a fit adds to its curve where the zero is open: the mean of what is left."""
    return float(np.mean(curve - fitted)) if given.marginalise_offset else 0.0
