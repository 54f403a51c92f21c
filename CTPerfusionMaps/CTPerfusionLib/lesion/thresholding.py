"""How thresholds become a segment: what is analysed, to which side it is restricted, how it is cleaned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..series import voxel_spacing
from .box import Box
from .criterion import Criterion, Relation
from .morphology import Parts, PartVolumes, grown, open_and_close, reach
from .protocol import ThresholdProtocol

GLOBAL_FLOW, LOCAL_FLOW = "rCBF_global", "rCBF_local"

BORDER_MM = 3.0
"""mm around a core by local normalisation within which the global one decides.

The counterpart is blurred with 12 mm, so in white matter and beside microangiopathy it shaves the graded
border of a true core. Over 32 simulated strokes with microangiopathy the mean error of the volume fell from
-4.7 to -0.8 mL and Dice rose from 0.78 to 0.84, while in 28 heads without a stroke 98 % of the false core
stayed away.
"""


class Limit(NamedTuple):
    """A criterion as it is held against a map: what the method reads at the threshold, in the map's unit."""

    map: str
    relation: Relation
    value: float


@dataclass(frozen=True)
class Radii:
    """Radii of the disks in mm with which segments are opened and closed."""

    opening: float
    closing: float

    @classmethod
    def of(cls, protocol: ThresholdProtocol) -> "Radii":
        """Return the radii that a protocol asks for."""
        return cls(protocol.opening_radius_mm, protocol.closing_radius_mm)


@dataclass(frozen=True, eq=False)
class CutVolumes:
    """What a segment measures.

    Attributes
    ----------
    parts : PartVolumes
        Of its parts after cleaning.
    raw_ml : float
        mL beyond the limits before cleaning, on the side.
    """

    parts: PartVolumes
    raw_ml: float


@dataclass(frozen=True, eq=False)
class Cut:
    """A segment inside the box of its :class:`Thresholding`.

    Attributes
    ----------
    raw : ndarray of bool
        Beyond the limits, also off the side.
    parts : Parts
        Opened, closed, and on the side.
    raw_ml : float
        Volume of `raw` on the side in mL.
    """

    raw: NDArray[np.bool_]
    parts: Parts
    raw_ml: float

    @property
    def volumes(self) -> CutVolumes:
        """What the segment measures; holds no image."""
        return CutVolumes(self.parts.volumes, self.raw_ml)


@dataclass(frozen=True, eq=False)
class Thresholding:
    """The maps of one study, as far as segments on one side depend on them.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32
        By the names in :class:`Limit`; NaN where unknown.
    tissue : ndarray of bool
        Tissue that is analysed.
    dead : ndarray of bool or None
        Tissue without flow and without times, which is beyond every limit; None where there is none.
    side : ndarray of bool
        Where segments may lie.
    box : Box
        Where all these arrays lie in the volume.
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    beside_bone : ndarray of bool or None
        Where bone may spoil values; None where that is not known.
    """

    maps: Mapping[str, NDArray[np.float32]]
    tissue: NDArray[np.bool_]
    dead: NDArray[np.bool_] | None
    side: NDArray[np.bool_]
    box: Box
    spacing: tuple[float, float, float]
    beside_bone: NDArray[np.bool_] | None = None

    def beyond(self, limits: Sequence[Limit]) -> NDArray[np.bool_]:
        """Return tissue that is beyond all limits, also off the side, not cleaned."""
        found, *others = (self._is_beyond(limit) for limit in limits)
        for other in others:
            found &= other
        if self.dead is not None:
            found |= self.dead
        found &= self.tissue
        return found

    def _is_beyond(self, limit: Limit) -> NDArray[np.bool_]:
        values = self.maps[limit.map]
        return values < limit.value if limit.relation is Relation.BELOW else values > limit.value

    def cut(self, limits: Sequence[Limit], radii: Radii) -> Cut:
        """Cut a segment: open and close it, restrict it to the side, find its parts."""
        raw = self.beyond(limits)
        cleaned = self._cleaned(raw, radii) & self.side
        sure = cleaned if self.beside_bone is None else cleaned & ~self.beside_bone
        if any(limit.map == LOCAL_FLOW for limit in limits):
            cleaned = cleaned | (self._border(cleaned, limits, radii) & self.side)
        return Cut(raw, Parts.of(cleaned, self.spacing, sure), self.raw_ml(raw))

    def _cleaned(self, raw: NDArray[np.bool_], radii: Radii) -> NDArray[np.bool_]:
        return open_and_close(
            raw,
            self.tissue,
            self.spacing,
            opening_radius=radii.opening,
            closing_radius=radii.closing,
        )

    def _border(self, core: NDArray[np.bool_], limits: Sequence[Limit], radii: Radii) -> NDArray[np.bool_]:
        """Return what adjoins a core by local normalisation and is core by global normalisation."""
        by_global = [
            limit._replace(map=GLOBAL_FLOW) if limit.map == LOCAL_FLOW else limit for limit in limits
        ]
        return self._cleaned(self.beyond(by_global), radii) & grown(core, self.spacing, BORDER_MM)

    def raw_ml(self, raw: NDArray[np.bool_]) -> float:
        """Return the volume on the side of a segment that was not cleaned, in mL."""
        return float(np.count_nonzero(raw & self.side) * np.prod(self.spacing) / 1000.0)


def prepare_thresholding(
    maps: Mapping[str, NDArray[Any]],
    tissue: NDArray[np.bool_],
    dead: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    radii: Radii,
    side: NDArray[np.bool_],
    *,
    beside_bone: NDArray[np.bool_] | None = None,
) -> Thresholding:
    """Gather what segments on one side depend on: the side, and as much around it as cleaning looks at.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (Z, Y, X)
    tissue, dead : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed, and the part of it that has no flow and no times.
    ijk_to_ras : ndarray, shape (4, 4)
    radii : Radii
    side : ndarray of bool, shape (Z, Y, X)
        Where segments may lie.
    beside_bone : ndarray of bool, shape (Z, Y, X), optional
        Where bone may spoil values: a part has to be large enough without it.
    """
    spacing = voxel_spacing(ijk_to_ras)
    box = Box.around(tissue & side, reach(spacing, radii.opening + BORDER_MM / 2.0, radii.closing))
    dead_part = box.part_of(dead)
    return Thresholding(
        maps={name: box.part_of(np.asarray(values, dtype=np.float32)) for name, values in maps.items()},
        tissue=box.part_of(tissue),
        dead=dead_part if dead_part.any() else None,
        side=box.part_of(side),
        box=box,
        spacing=spacing,
        beside_bone=None if beside_bone is None else box.part_of(beside_bone),
    )


def without_flow(
    relative_flow: NDArray[Any], tmax: NDArray[Any], tissue: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return dead tissue: tissue with a flow of zero, for which there is no Tmax, shape (Z, Y, X)."""
    return np.asarray(tissue & (relative_flow == 0.0) & np.isnan(tmax))


def limits_of(
    criteria: Sequence[Criterion],
    protocol: ThresholdProtocol,
    *,
    flow: str = GLOBAL_FLOW,
    reference_mtt: float = np.nan,
) -> tuple[Limit, ...]:
    """Return criteria as limits on maps.

    Parameters
    ----------
    criteria : sequence of Criterion
    protocol : ThresholdProtocol
        Says what the method reads where flow is at a threshold.
    flow : str
        The map that counts as rCBF.
    reference_mtt : float
        Median MTT of the unaffected hemisphere in seconds.
    """
    sources = {
        "rCBF": (flow, 1.0),
        "rCBV": ("rCBV_global", 1.0),
        "rMTT_contralateral": ("MTT", reference_mtt),
    }
    limits = []
    for criterion in criteria:
        name, factor = sources.get(criterion.map, (criterion.map, 1.0))
        limits.append(Limit(name, criterion.relation, float(protocol.as_read(criterion) * factor)))
    return tuple(limits)
