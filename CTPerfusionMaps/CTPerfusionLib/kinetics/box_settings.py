"""What the fit of the box model is told besides the curves, and where it puts what it finds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .box_dictionary import DELAY_BOUNDS, DELAY_CELLS, LEAST_MTT, MTT_CELLS, SHIFT_STEP
from .status import DETECTION_LIMIT, POOR_FIT_R_SQUARED
from .transit_time_prior import TransitTimePrior, prior_coefficients

FloatArray = NDArray[np.float64]

N_RESULTS = 12
(CBF, CBV, MTT, DELAY, TTP, SSE, R_SQUARED, SE_CBF, SE_CBV, SE_MTT, SE_DELAY, SE_TTP) = range(N_RESULTS)
"""Rows of the results of a fit."""

ITERATIONS = 12
"""Most Newton steps; two are the rule."""

LARGEST_DELAY_STEP = 2.0
LARGEST_MTT_STEP = 0.3
"""Bounds of a step: of delay in steps of the dictionary, of MTT as a share of itself."""

CONVERGED = 0.03
"""Steps of the dictionary. Newton's method squares the error, so the last one is not looked at again."""

FLATTEST = 1e-4
"""Least curvature in any direction as a share of the greatest one."""

LEAST_CURVATURE = 1e-4
"""Of ln G, per square of a step of the dictionary."""

LEAST_NOISE = 1e-7
"""Share of a curve's energy below which a sum of squares is rounding."""

NO_WORSE = 1e-6
"""Share of a curve's energy by which a step may raise the sum of squares, which may be rounding."""

BOUND_TOLERANCE = 2e-3
"""Steps of the dictionary from a bound at which a parameter counts as held by it."""


@dataclass(frozen=True, eq=False)
class BoxSettings:
    """What is the same for all voxels and all samplings; times count in steps of the dictionary.

    Attributes
    ----------
    bounds : ndarray, shape (4,)
        Least and greatest delay, counted from the least one, and least and greatest MTT.
    prior : ndarray, shape (2,)
        Mean of ln MTT and the inverse of its variance, 0 for none.
    scales : ndarray, shape (4,)
        CBF of a flow of 1/s, CBV of a flow of 1/s that lasts a step, seconds of a step, least delay in steps.
    limits : ndarray, shape (2,)
        Standard errors that make enhancement measurable; share of explained energy of a fit that is not poor.
    """

    bounds: FloatArray
    prior: FloatArray
    scales: FloatArray
    limits: FloatArray

    @classmethod
    def of(cls, to_cbf: float, to_cbv: float, prior: TransitTimePrior | None) -> "BoxSettings":
        """Collect the settings; `to_cbf` and `to_cbv` turn flow (1/s) and volume into their units."""
        mean, precision = prior_coefficients(prior)
        return cls(
            bounds=np.array([0.0, DELAY_CELLS, LEAST_MTT, LEAST_MTT + MTT_CELLS]),
            prior=np.array([mean - np.log(SHIFT_STEP), precision]),
            scales=np.array([to_cbf, to_cbv * SHIFT_STEP, SHIFT_STEP, DELAY_BOUNDS[0] / SHIFT_STEP]),
            limits=np.array([DETECTION_LIMIT, POOR_FIT_R_SQUARED]),
        )


@dataclass(frozen=True, eq=False)
class BoxResults:
    """Results of N voxels.

    Attributes
    ----------
    values : ndarray of float32, shape (N_RESULTS, N)
    status : ndarray of uint8, shape (N,)
    """

    values: NDArray[np.float32]
    status: NDArray[np.uint8]

    @classmethod
    def empty(cls, n_voxels: int) -> "BoxResults":
        """Make room for the results."""
        return cls(np.empty((N_RESULTS, n_voxels), np.float32), np.empty(n_voxels, np.uint8))

    def store(self, members: NDArray[np.intp], part: "BoxResults") -> None:
        """Copy the results of some voxels to their places."""
        first, last = members[0], members[-1]
        side_by_side = last - first + 1 == len(members)
        places = slice(first, last + 1) if side_by_side else members
        self.values[:, places] = part.values
        self.status[places] = part.status
