"""Everything about the box model that depends on the arterial input and the sampling times alone.

A model curve is F h(d, M), where h(d, M) = S(d) - S(d + M) and S(s) is A(t - s), the integral of the
arterial input function shifted by s and sampled at the times t of the tissue. S is tabulated as a cubic
spline in s. A tissue curve y enters the fit only by the products of y with the coefficients of that spline,
which give the function y.S(s) for every shift; all else, the norm of h and how it turns when d and M change,
is the same for all voxels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from ..errors import ArgumentError
from .uniform_spline import interpolation_matrix, slope_matrix, value_matrix

FloatArray = NDArray[np.float64]

DELAY_BOUNDS: Final = (-3.0, 15.0)
"""Delay of the tissue behind the arterial input in seconds; an input taken distally may be late."""

MTT_BOUNDS: Final = (1.0, 30.0)
"""Mean transit time in seconds."""

SHIFT_STEP: Final = 0.5
"""Seconds between the knots of the splines in shift, delay and MTT.

A bolus that rises within 1.5 s is met within 0.3 % of the norm of the model curve, the usual one of 5 s
within 0.01 %. Everything below counts in these steps.
"""

DELAY_CELLS: Final = round((DELAY_BOUNDS[1] - DELAY_BOUNDS[0]) / SHIFT_STEP)
LEAST_MTT: Final = round(MTT_BOUNDS[0] / SHIFT_STEP)
MTT_CELLS: Final = round((MTT_BOUNDS[1] - MTT_BOUNDS[0]) / SHIFT_STEP)
SHIFT_CELLS: Final = DELAY_CELLS + LEAST_MTT + MTT_CELLS

NORM_CELLS: Final = 2
"""Cells in a step of the splines over delay and MTT, which have to follow how a short response falls between
the frames."""

START_DELAYS: Final = np.array([*range(0, 7, 2), 7, *range(8, DELAY_CELLS + 1, 2)])
"""Delays at which the search starts, in steps behind the least delay; the kernel takes four at a time."""

START_MTTS: Final = np.array([2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 34, 40, 48, 56])
"""Mean transit times at which the search starts, in steps."""

_REFERENCE_SHIFT: Final = 3.0
"""Seconds. Curves are multiplied with S(s) - S(3 s): differences are the same, and rounding is least where
delay and MTT of most tissue lie."""

_WEAKEST_SHARE: Final = 1e-10
"""Added to the energy of a model curve, as a share of the largest one of its MTT, since a curve that lies
outside the record has no energy and no direction."""


@dataclass(frozen=True, eq=False)
class BoxDictionary:
    """The box model for one sampling.

    Attributes
    ----------
    basis : ndarray of float32, shape (K, T)
        Coefficients of S(s) - S(3 s), so that ``basis @ y`` are those of y.S(s), up to a constant.
    start_weights : ndarray of float32, shape (START_MTTS, START_DELAYS)
        1 / ||h||.
    log_norms : ndarray of float32, shape (D, M)
        Coefficients of ln(norm_scale ||h|| / MTT) over delay and MTT.
    norm_scale : float
        Brings the logarithms near 0, where float32 is finest.
    metric : ndarray of float32, shape (D', M', 3)
        At the nodes of delay and MTT: products of the derivatives of h, with the component along h removed,
        over hh. In the order cc, cm / MTT, mm / MTT^2, where c moves the centre of the response at fixed
        MTT and m stretches it at a fixed centre.
    n_frames, n_parameters : int
        Samples of a curve; parameters that are fitted to it.
    """

    basis: NDArray[np.float32]
    start_weights: NDArray[np.float32]
    log_norms: NDArray[np.float32]
    norm_scale: float
    metric: NDArray[np.float32]
    n_frames: int
    n_parameters: int

    @classmethod
    def build(
        cls,
        integral: Callable[[FloatArray], FloatArray],
        times: FloatArray,
        *,
        offset: bool,
    ) -> "BoxDictionary":
        """Tabulate the model.

        Parameters
        ----------
        integral : callable
            Integral of the arterial input up to times of any shape, in HU s.
        times : ndarray, shape (T,)
            Seconds.
        offset : bool
            Leave out what a constant can explain.

        Raises
        ------
        ArgumentError
            If no model curve enhances at these times.
        """
        shifts = DELAY_BOUNDS[0] + SHIFT_STEP * np.arange(SHIFT_CELLS + 1)
        shifted = integral(times[:, None] - shifts) - integral(times - _REFERENCE_SHIFT)[:, None]
        if offset:
            shifted -= shifted.mean(axis=0)
        if not np.ptp(shifted, axis=1).any():
            raise ArgumentError(
                "times",
                "times end before the arterial input enhances",
                "give tissue and arterial input on the same clock",
            )
        basis = interpolation_matrix(SHIFT_CELLS) @ shifted.T
        log_norms, metric = _geometry(basis)
        scale = float(np.median(log_norms))
        starts = np.ix_(NORM_CELLS * START_DELAYS, NORM_CELLS * (START_MTTS - LEAST_MTT))
        weights = np.exp(-log_norms[starts]).T / START_MTTS[:, None]
        table = (
            interpolation_matrix(NORM_CELLS * DELAY_CELLS)
            @ (log_norms - scale)
            @ interpolation_matrix(NORM_CELLS * MTT_CELLS).T
        )
        return cls(
            basis=np.ascontiguousarray(basis, dtype=np.float32),
            start_weights=np.ascontiguousarray(weights, dtype=np.float32),
            log_norms=np.ascontiguousarray(table, dtype=np.float32),
            norm_scale=float(np.exp(-scale)),
            metric=np.ascontiguousarray(metric[::NORM_CELLS, ::NORM_CELLS], dtype=np.float32),
            n_frames=len(times),
            n_parameters=4 if offset else 3,
        )


def _geometry(basis: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ln(||h|| / MTT), shape (D', M'), and the metric, (D', M', 3), at the nodes of the fine cells.

    Delays, and delays + MTT, are nodes of the shifts too, so every product is one of a few between them.
    """
    values = value_matrix(SHIFT_CELLS, NORM_CELLS) @ basis
    slopes = slope_matrix(SHIFT_CELLS, NORM_CELLS) @ basis
    vv, sv, ss = values @ values.T, slopes @ values.T, slopes @ slopes.T
    mtts = LEAST_MTT + np.arange(NORM_CELLS * MTT_CELLS + 1) / NORM_CELLS

    hh = _at_start(vv) + _at_stop(vv) - 2.0 * _between(vv)
    hh = np.maximum(hh, 0.0) + _WEAKEST_SHARE * hh.max(axis=0)
    first, last = _at_start(sv) - _between(sv), _at_stop(sv) - _between(sv.T)
    ch = first + last
    mh = -0.5 * (first - last)
    cc = _at_start(ss) + _at_stop(ss) - 2.0 * _between(ss)
    cm = -0.5 * (_at_start(ss) - _at_stop(ss))
    mm = 0.25 * (_at_start(ss) + _at_stop(ss) + 2.0 * _between(ss))
    metric = np.stack(
        [
            np.maximum(cc - ch * ch / hh, 0.0) / hh,
            (cm - ch * mh / hh) / (hh * mtts),
            np.maximum(mm - mh * mh / hh, 0.0) / (hh * mtts**2),
        ],
        axis=-1,
    )
    return 0.5 * np.log(hh) - np.log(mtts), metric


_FIRST_STOP = NORM_CELLS * LEAST_MTT
_N_DELAYS = NORM_CELLS * DELAY_CELLS + 1
_N_MTTS = NORM_CELLS * MTT_CELLS + 1


def _at_start(products: FloatArray) -> FloatArray:
    """Return the products of S(d) with itself, shape (D', 1)."""
    return np.diagonal(products)[:_N_DELAYS, None]


def _at_stop(products: FloatArray) -> FloatArray:
    """Return the products of S(d + M) with itself, shape (D', M')."""
    return sliding_window_view(np.diagonal(products)[_FIRST_STOP:], _N_MTTS)


def _between(products: FloatArray) -> FloatArray:
    """Return the products of S(d) with S(d + M), shape (D', M'), a view."""
    row, column = products.strides
    return as_strided(
        products[:, _FIRST_STOP:], (_N_DELAYS, _N_MTTS), (row + column, column), writeable=False
    )
