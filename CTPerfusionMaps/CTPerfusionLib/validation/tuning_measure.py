"""How well candidates of a calibration reproduce the reference maps of one case."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..lesion import LesionMaps, load_protocol, normalise_global
from ..pipeline import (
    PREPARATION_STAGES,
    PipelineConfig,
    PreparedSeries,
    Stage,
    StageClock,
    fitted_maps,
    prepare_series,
    with_filter,
)
from ..progress import ProgressCallback, part_of, reported
from ..series import PerfusionSeries, voxel_volume_ml
from ..statistics import concordance
from .reference_maps import ReferenceMaps
from .reference_measure import cut_lesion, lesion_maps
from .reference_task import CaseTask, common_tissue
from .tuning_candidate import Candidate

FloatMap = NDArray[np.float32]

TMAX_RANGE = (0.0, 20.0)
"""Seconds to which Tmax is limited before it is compared: beyond them nothing changes a decision."""

FLOW_RANGE = (0.0, 2.0)
"""Multiples of normal flow likewise: vessels would outweigh all tissue."""

READINGS = tuple(round(0.5 + 0.1 * step, 1) for step in range(21))
"""Flow readings for which the volume of the core is measured."""

_PREPARING = 0.2
"""Share of the time of a case, the rest being that of its candidates."""


@dataclass(frozen=True)
class CandidateScore:
    """How well a candidate reproduces the reference maps of a case.

    Attributes
    ----------
    tmax, flow : float
        Lin's concordance of the voxels of Tmax and of relative CBF, limited to :data:`TMAX_RANGE` and
        :data:`FLOW_RANGE`; 0 where a candidate gives no maps that could be compared.
    """

    tmax: float
    flow: float

    @property
    def score(self) -> float:
        """The mean of both."""
        return (self.tmax + self.flow) / 2.0


@dataclass(frozen=True)
class CandidateComparison(CaseTask[tuple[CandidateScore, ...]]):
    """Scores all candidates on a case.

    Attributes
    ----------
    layout_name, config
        As in :class:`CaseTask`.
    candidates : tuple of Candidate
        Those of one filter one after the other.
    """

    candidates: tuple[Candidate, ...]

    def measure(
        self, series: PerfusionSeries, reference: ReferenceMaps, on_progress: ProgressCallback
    ) -> tuple[CandidateScore, ...]:
        """Return the scores of all candidates."""
        applied = self.candidates[0].filter
        prepared = _prepared(
            series, self.config, applied, part_of(on_progress, 0.0, _PREPARING), keep_registered=True
        )
        comparing = part_of(on_progress, _PREPARING, 1.0)
        target = _Target.of(self.lesion_reference(reference), prepared, reference.shown, self.config)
        n, found = len(self.candidates), list[CandidateScore]()
        for name, group in groupby(self.candidates, lambda each: each.filter):
            if name != applied:
                prepared = _filtered(prepared, name, self.config, lambda _: comparing(len(found) / n))
                applied = name
            for candidate in group:
                report = part_of(comparing, len(found) / n, (len(found) + 1) / n)
                maps = fitted_maps(prepared, candidate.method, self.config.device, report).maps
                found.append(target.score(maps))
        return tuple(found)


@dataclass(frozen=True, eq=False)
class _Target:
    """What the maps of all candidates are held against, in the tissue that both define."""

    tmax: FloatMap
    flow: FloatMap
    tissue: NDArray[np.bool_]
    normal_tmax: float

    @classmethod
    def of(
        cls,
        reference: Mapping[str, FloatMap],
        prepared: PreparedSeries,
        shown: NDArray[np.bool_],
        config: PipelineConfig,
    ) -> "_Target":
        tissue = common_tissue(prepared.masks.tissue, shown)
        limit = load_protocol(config.protocol).reference_tmax_at_most
        return cls(reference["Tmax"], _relative_flow(reference, tissue, limit), tissue, limit)

    def score(self, maps: Mapping[str, FloatMap]) -> CandidateScore:
        try:
            flow = _relative_flow(maps, self.tissue, self.normal_tmax)
        except ProcessingError:
            return CandidateScore(0.0, 0.0)
        return CandidateScore(
            tmax=_concordance(maps["Tmax"], self.tmax, self.tissue, TMAX_RANGE),
            flow=_concordance(flow, self.flow, self.tissue, FLOW_RANGE),
        )


@dataclass(frozen=True)
class CoreVolumes:
    """The core of a case by several flow readings.

    Attributes
    ----------
    reference_ml : float
        In the reference maps.
    found_ml : tuple of float
        For each of :data:`READINGS`.
    """

    reference_ml: float
    found_ml: tuple[float, ...]


@dataclass(frozen=True)
class ReadingComparison(CaseTask[CoreVolumes]):
    """Measures the core of a case by several flow readings.

    Attributes
    ----------
    layout_name, config
        As in :class:`CaseTask`; the core is cut by the protocol of the configuration.
    candidate : Candidate
        What the maps are computed by.
    """

    candidate: Candidate

    def measure(
        self, series: PerfusionSeries, reference: ReferenceMaps, on_progress: ProgressCallback
    ) -> CoreVolumes:
        """Return the volumes of the core."""
        prepared = _prepared(series, self.config, self.candidate.filter, part_of(on_progress, 0.0, 0.6))
        method, computing = self.candidate.method, part_of(on_progress, 0.6, 0.7)
        maps = fitted_maps(prepared, method, self.config.device, computing).maps
        tissue = common_tissue(prepared.masks.tissue & np.isfinite(maps["CBF"]), reference.shown)
        protocol = load_protocol(self.config.protocol)
        both = lesion_maps(
            prepared, maps, self.lesion_reference(reference), tissue, protocol, part_of(on_progress, 0.7, 0.8)
        )
        cutting = part_of(on_progress, 0.8, 1.0)
        voxel_ml = voxel_volume_ml(series.ijk_to_ras)

        def core_ml(maps: LesionMaps, reading: float) -> float:
            core = cut_lesion(maps, protocol.read_by(reading)).segmentation.core
            return float(np.count_nonzero(core)) * voxel_ml

        return CoreVolumes(
            reference_ml=core_ml(both.expected, 1.0),
            found_ml=tuple(core_ml(both.found, reading) for reading in reported(READINGS, cutting)),
        )


def _prepared(
    series: PerfusionSeries,
    config: PipelineConfig,
    name: str,
    on_progress: ProgressCallback,
    *,
    keep_registered: bool = False,
) -> PreparedSeries:
    """Prepare a series with the noise filter of a name."""
    clock = StageClock(lambda _title, fraction: on_progress(fraction), stages=PREPARATION_STAGES)
    return prepare_series(series, replace(config, filter=name), clock, keep_registered=keep_registered)


def _filtered(
    prepared: PreparedSeries, name: str, config: PipelineConfig, on_progress: ProgressCallback
) -> PreparedSeries:
    clock = StageClock(lambda _title, fraction: on_progress(fraction), stages=[Stage.FILTER])
    return with_filter(prepared, replace(config, filter=name), clock)


def _relative_flow(maps: Mapping[str, FloatMap], tissue: NDArray[np.bool_], limit: float) -> FloatMap:
    return normalise_global(maps["CBF"], maps["Tmax"], tissue, tmax_limit=limit).map


def _concordance(
    found: FloatMap, reference: FloatMap, tissue: NDArray[np.bool_], limits: tuple[float, float]
) -> float:
    known = tissue & np.isfinite(found) & np.isfinite(reference)
    return concordance(np.clip(found[known], *limits), np.clip(reference[known], *limits)).ccc or 0.0
