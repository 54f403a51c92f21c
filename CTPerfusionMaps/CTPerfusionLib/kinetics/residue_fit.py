"""The result of the fit of the residue family, while it is being filled and when it is done."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .residue_posterior import PosteriorMeans
from .status import POOR_FIT_R_SQUARED, FitStatus

_DETECTABLE = 4.0
"""Size of the best model curve, in SDs of the noise, from which on a voxel is said to enhance.

In noise alone the best of all model curves reaches 3.2 in one voxel of a hundred and about 4 in one of a
thousand.
"""


@dataclass(frozen=True, eq=False)
class ResidueFamilyFit:
    """Posterior means of N voxels; every array has the shape (N,), and dtype float32 if not said otherwise.

    Attributes
    ----------
    cbf : ndarray
        mL/100 g/min.
    cbv : ndarray
        mL/100 g.
    mtt, delay, ttp : ndarray
        Seconds; the mean of MTT is that of its logarithm; ttp is the mean of delay + MTT/2.
    sse : ndarray
        Sum of squared residuals of the best model curve in HU^2.
    r_squared : ndarray
        1 - SSE / sum(c^2).
    noise : ndarray
        SD of the noise of each curve in HU, as given or as estimated.
    status : ndarray of uint8
        :class:`FitStatus`.
    standard_errors : mapping of str to ndarray
        Posterior standard deviations of ``cbf``, ``cbv``, ``mtt``, ``delay`` and ``ttp``, in their units.
    shape_weights : ndarray of float64, shape (S,)
        Weights of the shapes of transit times, ``residue_dictionary.SHAPES``, as learned from all curves.
    typical_noise : float
        SD in HU that was taken for known before a curve was looked at; the median where it differs.
    """

    cbf: NDArray[np.float32]
    cbv: NDArray[np.float32]
    mtt: NDArray[np.float32]
    delay: NDArray[np.float32]
    ttp: NDArray[np.float32]
    sse: NDArray[np.float32]
    r_squared: NDArray[np.float32]
    noise: NDArray[np.float32]
    status: NDArray[np.uint8]
    standard_errors: Mapping[str, NDArray[np.float32]]
    shape_weights: NDArray[np.float64]
    typical_noise: float


@dataclass(frozen=True, eq=False)
class ResidueFamilyResult:
    """The fields of the fit while they are being filled."""

    values: Mapping[str, NDArray[np.float32]]
    standard_errors: Mapping[str, NDArray[np.float32]]
    status: NDArray[np.uint8]
    shape_weights: NDArray[np.float64]
    typical_noise: float

    @classmethod
    def empty(
        cls, n_curves: int, shape_weights: NDArray[np.float64], typical_noise: float
    ) -> "ResidueFamilyResult":
        """Return fields for so many curves, not yet filled."""
        parameters = ("cbf", "cbv", "mtt", "delay", "ttp")

        def arrays(names: tuple[str, ...]) -> dict[str, NDArray[np.float32]]:
            return {name: np.empty(n_curves, dtype=np.float32) for name in names}

        return cls(
            arrays((*parameters, "sse", "r_squared", "noise")),
            arrays(parameters),
            np.empty(n_curves, dtype=np.uint8),
            shape_weights,
            typical_noise,
        )

    def store(
        self,
        members: NDArray[np.intp],
        means: PosteriorMeans,
        energies: NDArray[np.float64],
        to_cbf: float,
        to_cbv: float,
    ) -> None:
        """Write a chunk in units, with zeros for dead tissue, and say what became of each voxel."""
        with np.errstate(divide="ignore", invalid="ignore"):
            r_squared = 1.0 - means.sse / energies
        measurable = np.maximum(energies - means.sse, 0.0) >= (_DETECTABLE * means.noise) ** 2
        status = np.full(len(members), FitStatus.OK, dtype=np.uint8)
        status[r_squared < POOR_FIT_R_SQUARED] = FitStatus.POOR_FIT
        dead = ~measurable | (means.volume <= 0)
        status[dead] = FitStatus.NO_ENHANCEMENT
        amounts = {"cbf": (to_cbf * means.flow, to_cbf * means.sd_flow),
                   "cbv": (to_cbv * means.volume, to_cbv * means.sd_volume)}  # fmt: skip
        timings = {"mtt": (means.mtt, means.sd_mtt), "delay": (means.delay, means.sd_delay),
                   "ttp": (means.ttp, means.sd_ttp)}  # fmt: skip
        for name, (value, spread) in amounts.items():
            self.values[name][members] = np.where(dead, 0.0, value)
            self.standard_errors[name][members] = spread
        for name, (value, spread) in timings.items():
            self.values[name][members] = np.where(dead, np.nan, value)
            self.standard_errors[name][members] = np.where(dead, np.nan, spread)
        self.values["sse"][members] = means.sse
        self.values["r_squared"][members] = r_squared
        self.values["noise"][members] = means.noise
        self.status[members] = status

    def fit(self) -> ResidueFamilyFit:
        """Return the fit, once all chunks are stored."""
        return ResidueFamilyFit(
            **self.values,
            status=self.status,
            standard_errors=self.standard_errors,
            shape_weights=self.shape_weights,
            typical_noise=self.typical_noise,
        )
