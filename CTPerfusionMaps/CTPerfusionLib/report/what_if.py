"""What core and hypoperfusion would be at other thresholds, in a form that a page can show without computing.

Cleaning a segment (opening, closing, dropping small parts) never takes a voxel away when the threshold lets
more tissue in. So the cleaned segments of a row of thresholds lie inside each other, and one number for each
voxel says it all: the first threshold at which the voxel belongs to the segment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..lesion import CoreNormalisation, Criterion, LesionAnalysis, Relation, ThresholdProtocol
from ..lesion.thresholding import Radii
from ..parallel import for_each_chunk
from ..progress import ProgressCallback, ignore_progress

Mask = NDArray[np.bool_]

GRIDS: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "CBF": (10.0, 45.0, 1.0),
        "rCBF": (0.15, 0.50, 0.01),
        "CBV": (0.5, 3.0, 0.1),
        "rCBV": (0.2, 0.8, 0.02),
        "MTT": (5.0, 15.0, 0.5),
        "rMTT_contralateral": (1.1, 2.0, 0.05),
        "Tmax": (4.5, 12.0, 0.5),
        "TTP": (4.5, 12.0, 0.5),
        "Delay": (1.0, 8.0, 0.5),
    }
)
"""Lowest and highest threshold and the step between two, by the map of the criterion: what readers discuss,
in steps that they can tell apart."""

_DIGITS = 6  # decimals to which thresholds of a grid are exact


@dataclass(frozen=True, eq=False)
class ThresholdLevels:
    """How a cleaned segment grows while one threshold moves.

    Attributes
    ----------
    criterion : Criterion
        The protocol's, whose threshold moves.
    others : tuple of Criterion
        What the segment must meet besides; they stay.
    values : tuple of float
        Thresholds, the one that lets least tissue in first; a single one where it cannot be moved.
    position : int
        Where the protocol's threshold stands in `values`.
    levels : ndarray of uint8, shape (Z, Y, X)
        k > 0: the voxel belongs to the segment from ``values[k - 1]`` on; 0: at none of them.
    """

    criterion: Criterion
    others: tuple[Criterion, ...]
    values: tuple[float, ...]
    position: int
    levels: NDArray[np.uint8]

    def mask(self, position: int | None = None) -> Mask:
        """Return the segment at ``values[position]``, at the protocol's threshold by default."""
        level = (self.position if position is None else position) + 1
        return np.asarray((self.levels > 0) & (self.levels <= level))


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Core and hypoperfusion at other thresholds than the protocol's, on the affected side that was found.

    Attributes
    ----------
    cores : mapping of str to ThresholdLevels
        By normalisation, ``global`` and ``local`` as far as they were asked for and go with `hypoperfusion`.
    hypoperfusion : ThresholdLevels
        Without the core, which is to be added.
    counted : str
        The normalisation whose core counts.
    """

    cores: Mapping[str, ThresholdLevels]
    hypoperfusion: ThresholdLevels
    counted: str


def explore_thresholds(
    analysis: LesionAnalysis, *, on_progress: ProgressCallback = ignore_progress
) -> WhatIf | None:
    """Cut core and hypoperfusion at a row of thresholds around the protocol's.

    The segments are those of :func:`CTPerfusionLib.lesion.segment` with the affected side kept. Of several
    criteria the first one moves. Where core must lie within the hypoperfusion, it depends on both thresholds
    together; then that of the hypoperfusion stays. Where hypoperfusion is cut from relative flow, too, it
    differs between the normalisations; then there is only the one that counts.

    Parameters
    ----------
    analysis : LesionAnalysis
    on_progress : callable, optional

    Returns
    -------
    WhatIf or None
        None where the segments of `analysis` are not those of its thresholds, as when a person drew them.
    """
    protocol = analysis.protocol
    counted = analysis.counted
    is_shared = all(each.map != "rCBF" for each in protocol.hypoperfusion)
    normalisations = tuple(analysis.segmentations) if is_shared else (counted,)
    families = {
        str(normalisation): _Family(analysis, protocol.core_criteria, normalisation, _core_values(protocol))
        for normalisation in normalisations
    }
    families["hypoperfusion"] = _Family(
        analysis, protocol.hypoperfusion, counted, _hypoperfusion_values(protocol)
    )
    cuts = [(family, value) for family in families.values() for value in family.values]
    for_each_chunk(lambda cut: cut[0].add(cut[1]), cuts, on_progress)
    levels = {name: family.levels() for name, family in families.items()}
    found = WhatIf(
        cores=MappingProxyType({str(each): levels[str(each)] for each in normalisations}),
        hypoperfusion=levels["hypoperfusion"],
        counted=str(counted),
    )
    return found if _reproduces(found, analysis) else None


def _core_values(protocol: ThresholdProtocol) -> tuple[float, ...]:
    return _values(protocol, protocol.core[0])


def _hypoperfusion_values(protocol: ThresholdProtocol) -> tuple[float, ...]:
    criterion = protocol.hypoperfusion[0]
    return (criterion.value,) if protocol.core_requires_hypoperfusion else _values(protocol, criterion)


def _values(protocol: ThresholdProtocol, criterion: Criterion) -> tuple[float, ...]:
    """Return the thresholds of a grid and the criterion's own, the one that lets least tissue in first."""
    lowest, highest, step = GRIDS[criterion.map]
    count = round((highest - lowest) / step) + 1
    grid = {round(lowest + index * step, _DIGITS) for index in range(count)}
    scale = protocol.scale_of(criterion)
    allowed = {value for value in grid if scale.lowest <= value <= scale.highest}
    near_own = {value for value in allowed if abs(value - criterion.value) < 1e-9}
    return tuple(
        sorted((allowed - near_own) | {criterion.value}, reverse=criterion.relation is Relation.ABOVE)
    )


class _Family:
    """The segments of a row of thresholds, gathered from several threads."""

    def __init__(
        self,
        analysis: LesionAnalysis,
        criteria: Sequence[Criterion],
        normalisation: CoreNormalisation,
        values: tuple[float, ...],
    ) -> None:
        self.values = values
        self._criterion, *others = criteria
        self._others = tuple(others)
        self._analysis = analysis
        self._normalisation = normalisation
        self._lock = Lock()
        self._thresholding = analysis.maps.thresholding(analysis.affected.side, Radii.of(analysis.protocol))
        self._counts = np.zeros(self._thresholding.tissue.shape, dtype=np.uint8)

    def add(self, value: float) -> None:
        """Cut the segment at a threshold and count it."""
        analysis, protocol = self._analysis, self._analysis.protocol
        criteria = (replace(self._criterion, value=value), *self._others)
        limits = analysis.maps.limits(criteria, protocol, analysis.affected.side, self._normalisation)
        parts = self._thresholding.cut(limits, Radii.of(protocol)).parts
        segment = parts.from_ml(protocol.minimum_cluster_ml)
        with self._lock:
            self._counts += segment

    def levels(self) -> ThresholdLevels:
        """Return what was gathered, once all thresholds were."""
        missed = np.uint8(len(self.values) + 1)
        levels = np.where(self._counts > 0, missed - self._counts, np.uint8(0))
        return ThresholdLevels(
            criterion=self._criterion,
            others=self._others,
            values=self.values,
            position=self.values.index(self._criterion.value),
            levels=self._thresholding.box.whole(levels),
        )


def _reproduces(found: WhatIf, analysis: LesionAnalysis) -> bool:
    """Whether the segments at the protocol's thresholds are those of the analysis."""
    hypoperfusion = found.hypoperfusion.mask()
    for name, levels in found.cores.items():
        core, segmentation = levels.mask(), analysis.segmentations[CoreNormalisation(name)]
        if not np.array_equal(core, segmentation.core):
            return False
        if not np.array_equal(core | hypoperfusion, segmentation.hypoperfusion):
            return False
    return True
