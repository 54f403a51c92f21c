"""Which thresholds of Tmax select as much penumbra as 6 s do, of a method or of the true centre."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..kinetics import METHODS
from .calibration_scans import Report
from .correspondence import agreement, corresponding_cut, mean_reading
from .tissue_responses import FAMILY_RESPONSES
from .tissue_sample import Array

TMAX_LIMIT = 6.0
"""Seconds; the usual threshold of hypoperfusion."""

TRUE_CENTRE = "true centre"
"""Stands for the truth among the names of methods."""


@dataclass(frozen=True)
class Correspondence:
    """How a method's Tmax in penumbra goes with the true centre.

    Attributes
    ----------
    method : str
    residue : str or None
        None: all of them together.
    interval : float or None
        Seconds between frames; None: all of them together.
    cut : float
        Seconds that as many voxels exceed by the method as exceed 6 s in truth.
    reading : float
        Seconds that the method reports on average where the truth is 6 s.
    centre : float
        Seconds that as many voxels exceed in truth as exceed 6 s by the method.
    agreement_at_limit, agreement_at_cut : float
        Share of voxels that the method puts on the right side when it is cut at 6 s, and at `cut`.
    """

    method: str
    residue: str | None
    interval: float | None
    cut: float
    reading: float
    centre: float
    agreement_at_limit: float
    agreement_at_cut: float


@dataclass(frozen=True)
class EquivalentThreshold:
    """The threshold by one method that selects as many voxels as 6 s by another.

    Attributes
    ----------
    of, by : str
        The method that is cut at 6 s, and the one whose threshold it is; :data:`TRUE_CENTRE` for the truth.
    threshold : float
        Seconds, for all residue functions and intervals together.
    """

    of: str
    by: str
    threshold: float


def correspondences(reports: Sequence[Report]) -> Iterator[Correspondence]:
    """Yield those of every method by residue function and interval, and of all of either together."""
    intervals = list(dict.fromkeys(report.interval for report in reports))
    for method in METHODS:
        mine = [report for report in reports if report.method == method]
        for residue, interval in product((*FAMILY_RESPONSES, None), (*intervals, None)):
            chosen = [report for report in mine if interval in (report.interval, None)]
            reported, truth = _penumbra(chosen, residue)
            valid = ~np.isnan(reported)
            yield _correspondence(method, residue, interval, reported[valid], truth[valid])


def equivalent_thresholds(reports: Sequence[Report]) -> Iterator[EquivalentThreshold]:
    """Yield the thresholds for every pair of methods, the truth being one of them."""
    values: dict[str, Array] = {}
    for method in METHODS:
        mine = [report for report in reports if report.method == method]
        values[method], values[TRUE_CENTRE] = _penumbra(mine, None)
    for of, by in product((TRUE_CENTRE, *METHODS), repeat=2):
        valid = ~np.isnan(values[of]) & ~np.isnan(values[by])
        yield EquivalentThreshold(of, by, corresponding_cut(values[by][valid], values[of][valid], TMAX_LIMIT))


def _penumbra(reports: Sequence[Report], residue: str | None) -> tuple[Array, Array]:
    """Return the reported Tmax, NaN where nothing enhances measurably, and the true centre of penumbra."""
    names: NDArray[np.str_] = np.array(FAMILY_RESPONSES)
    rows = np.full(len(names), fill_value=True) if residue is None else names == residue
    reported, truth = [], []
    for report in reports:
        values = report.tmax[rows][:, ~report.known]
        reported.append(values.ravel())
        truth.append(np.broadcast_to(report.tissue.centre[~report.known], values.shape).ravel())
    return np.concatenate(reported), np.concatenate(truth)


def _correspondence(
    method: str, residue: str | None, interval: float | None, reported: Array, truth: Array
) -> Correspondence:
    cut = corresponding_cut(reported, truth, TMAX_LIMIT)
    return Correspondence(
        method=method,
        residue=residue,
        interval=interval,
        cut=cut,
        reading=mean_reading(reported, truth, TMAX_LIMIT),
        centre=corresponding_cut(truth, reported, TMAX_LIMIT),
        agreement_at_limit=agreement(reported, TMAX_LIMIT, truth, TMAX_LIMIT),
        agreement_at_cut=agreement(reported, cut, truth, TMAX_LIMIT),
    )
