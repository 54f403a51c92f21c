"""Which residue function the tissue of a patient has, judged by the mean curves of normal tissue.

A method that assumes one residue function reads another flow where the tissue has another one. The mean of
thousands of curves has next to no noise, so it tells the residue functions apart although one voxel's curve
cannot. The family is that of gamma-distributed transit times, from the well-mixed compartment (exponential)
to plug flow (box), as used by Mouridsen et al., NeuroImage 33 (2006) 570-579, to describe capillary beds.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import scipy
from numpy.typing import NDArray

from .arterial_input import ArterialInput

_STEP = 0.05
"""Seconds; grid of the convolution."""

_LONGEST_RESPONSE = 60.0
_SHORTEST_MTT = 0.3
_STARTS = tuple((delay, mtt) for delay in (-1.0, 0.0, 1.0) for mtt in (2.0, 4.0, 7.0))
"""Seconds of delay and MTT from which the search may begin; the best one is taken."""


class ResidueShape(StrEnum):
    """A member of the family of residue functions."""

    EXPONENTIAL = "exponential"
    GAMMA = "gamma"
    BOX = "box"


TRANSIT_SHAPES: Mapping[ResidueShape, float] = MappingProxyType(
    {ResidueShape.EXPONENTIAL: 1.0, ResidueShape.GAMMA: 3.0, ResidueShape.BOX: np.inf}
)
"""Shape parameter of the gamma distribution of transit times behind each residue function."""


def estimate_residue_shape(
    curves: Iterable[tuple[NDArray[np.float64], NDArray[np.float64]]], arterial: ArterialInput
) -> ResidueShape:
    """Return the residue function that explains mean curves of normal tissue best.

    Parameters
    ----------
    curves : iterable of (times, enhancement), each of shape (T,)
        Seconds and HU; one pair for each slice, since slices may differ in their times.
    arterial : ArterialInput

    Returns
    -------
    ResidueShape
        With the least sum of squares over all curves, delay, MTT and flow being fitted to each; gamma, the
        middle of the family, where there is no curve.
    """
    misfits = dict.fromkeys(ResidueShape, 0.0)
    for times, enhancement in curves:
        grid = np.arange(min(times[0], arterial.times[0]) - 10.0, times[-1] + _STEP, _STEP)
        inflow = arterial.value(grid)
        for shape in ResidueShape:
            misfits[shape] += _misfit(times, enhancement, grid, inflow, TRANSIT_SHAPES[shape])
    if not any(misfits.values()):
        return ResidueShape.GAMMA
    return min(ResidueShape, key=lambda shape: misfits[shape])


def _misfit(
    times: NDArray[np.float64],
    enhancement: NDArray[np.float64],
    grid: NDArray[np.float64],
    inflow: NDArray[np.float64],
    shape: float,
) -> float:
    """Return the least sum of squares that delay, MTT and flow can reach, in HU^2."""

    def sum_of_squares(parameters: NDArray[np.float64]) -> float:
        delay, mtt = float(parameters[0]), max(float(parameters[1]), _SHORTEST_MTT)
        response = scipy.signal.fftconvolve(inflow, _residue(mtt, shape))[: len(grid)] * _STEP
        model = np.interp(times - delay, grid, response)
        energy = float(model @ model)
        flow = max(float(model @ enhancement) / energy, 0.0) if energy > 0.0 else 0.0
        residual = enhancement - flow * model
        return float(residual @ residual)

    start = min(_STARTS, key=lambda parameters: sum_of_squares(np.array(parameters)))
    found = scipy.optimize.minimize(
        sum_of_squares, np.array(start), method="Nelder-Mead", options={"xatol": 0.01, "fatol": 1e-9}
    )
    return float(found.fun)


def _residue(mtt: float, shape: float) -> NDArray[np.float64]:
    """Return the survival function of the transit times at the middle of each step."""
    elapsed = np.arange(0.0, _LONGEST_RESPONSE, _STEP) + 0.5 * _STEP
    if np.isinf(shape):
        # A step that the box ends in counts by its part, so that the misfit is smooth in MTT.
        return np.clip((mtt - elapsed) / _STEP + 0.5, 0.0, 1.0)
    return np.asarray(scipy.special.gammaincc(shape, shape * elapsed / mtt))
