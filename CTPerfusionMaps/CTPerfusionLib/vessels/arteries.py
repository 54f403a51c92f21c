"""The arterial input function, found by one of several methods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..preprocessing.baseline import Baseline
from ..preprocessing.masks import TissueMasks
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries
from .averaging import average_curve
from .candidates import Candidates, find_candidates
from .cluster_analysis import cluster_arteries
from .curve import VesselCurve, vessel_curve
from .features import CurveFeatures, measure
from .pool import ArterialPool, arterial_pool
from .ranking import SAME_ARRIVAL, rank_arteries, side_arrivals
from .reasons import Competitor, brightest_competitor, comparison, place_of


@dataclass(frozen=True)
class ArterialInputMethod:
    """A way of choosing the arterial input among voxels that behave like arteries.

    Attributes
    ----------
    name : str
        What the configuration calls it.
    title : str
        What the reader sees.
    source : str
    choose : callable
        Takes an :class:`~.pool.ArterialPool`, returns the indices of the voxels to average.
    """

    name: str
    title: str
    source: str
    choose: Callable[[ArterialPool], NDArray[np.intp]]


DEFAULT_METHOD = "ranking"

ARTERIAL_INPUT_METHODS: Mapping[str, ArterialInputMethod] = MappingProxyType(
    {
        method.name: method
        for method in (
            ArterialInputMethod(
                DEFAULT_METHOD,
                "Ranking by peak, arrival and width",
                "Gava et al. 2023 (mean of 100 voxels), features after Straka et al. 2010",
                rank_arteries,
            ),
            ArterialInputMethod(
                "cluster-analysis",
                "Cluster analysis of curve shapes",
                "Mouridsen et al. 2006, Magn Reson Med 55:524-531",
                cluster_arteries,
            ),
        )
    }
)
"""All methods by name."""


def select_aif(
    series: PerfusionSeries,
    masks: TissueMasks,
    baseline: Baseline,
    *,
    method: str = DEFAULT_METHOD,
    candidates: Candidates | None = None,
    exchanged: NDArray[np.bool_] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> VesselCurve:
    """Find the arterial input function.

    Bright voxels are arteries only if they show a first pass and peak before the mean of the tissue, which
    veins and retrograde collaterals follow; see :func:`~.pool.arterial_pool`. The method chooses among
    them, and the chosen ones are averaged.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered; frames may be missing.
    masks : TissueMasks
    baseline : Baseline
    method : str
        A name in :data:`ARTERIAL_INPUT_METHODS`.
    candidates : Candidates, optional
        Result of :func:`~.candidates.find_candidates` for the same series, where it is there already.
    exchanged : ndarray of bool, shape (Z,), optional
        Of the registration: slices not to be searched; not needed with `candidates`.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If there is no such method.
    ProcessingError
        If no voxel behaves like an artery.
    """
    chosen_method = _method_called(method)
    if candidates is None:
        candidates = find_candidates(
            series, masks, baseline, exchanged=exchanged, on_progress=part_of(on_progress, 0.0, 0.9)
        )
    pool = arterial_pool(candidates)
    arteries = pool.voxels.select(chosen_method.choose(pool))
    times, curve = average_curve(series, baseline, arteries.voxels, arteries.steady)
    features = measure(curve[:, None], times)
    competitor = brightest_competitor(candidates, float(features.arrival[0]) + SAME_ARRIVAL)
    on_progress(1.0)
    return vessel_curve(
        times,
        curve,
        arteries.voxels,
        _why(arteries, features, competitor, is_fallback=pool.is_fallback),
        tissue_peak_time=candidates.tissue_peak_time,
        further_quality={
            "is_fallback": float(pool.is_fallback),
            "contralateral_lead_s": _contralateral_lead(pool, arteries),
            "lead_over_vein_s": _lead_over_vein(candidates, features, competitor),
            "frames_left_out": float((~arteries.steady).sum()),
        },
    )


def _method_called(name: str) -> ArterialInputMethod:
    try:
        return ARTERIAL_INPUT_METHODS[name]
    except KeyError:
        raise ConfigurationError(
            f"There is no method {name!r} to find the arterial input",
            f"choose one of {', '.join(ARTERIAL_INPUT_METHODS)}",
        ) from None


def _contralateral_lead(pool: ArterialPool, arteries: Candidates) -> float:
    """Return by how many seconds the earliest artery on another side precedes the chosen ones."""
    sides = arteries.midplane.sides(arteries.voxels)
    names, counts = np.unique(sides, return_counts=True)
    own = str(names[counts.argmax()])
    elsewhere = [arrival for side, arrival in side_arrivals(pool.voxels).items() if side != own]
    here = float(np.median(arteries.features.arrival[sides == own]))
    return here - min(elsewhere) if elsewhere else float("nan")


def _lead_over_vein(candidates: Candidates, features: CurveFeatures, competitor: Competitor | None) -> float:
    """Return by how many seconds the curve precedes the brightest vessel, if that is a vein."""
    if competitor is None or competitor.time_to_peak <= candidates.tissue_peak_time:
        return float("nan")
    return competitor.time_to_peak - float(features.time_to_peak[0])


def _why(
    arteries: Candidates, features: CurveFeatures, competitor: Competitor | None, *, is_fallback: bool
) -> str:
    kind = "small" if is_fallback else "arterial"
    start = "The slab holds no larger artery: mean" if is_fallback else "Mean"
    lead = arteries.tissue_peak_time - float(features.time_to_peak[0])
    why = (
        f"{start} of {len(arteries.voxels)} {kind} voxels ({place_of(arteries)}), in which contrast arrives "
        f"{float(features.arrival[0]):.1f} s after the start and peaks {lead:.1f} s before the tissue does."
    )
    return why if competitor is None else f"{why} {comparison(features, competitor)}".rstrip()
