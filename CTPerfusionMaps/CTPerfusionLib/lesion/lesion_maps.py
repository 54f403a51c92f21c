"""What is computed once of a study, however often its thresholds move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError, ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of
from .criterion import Criterion
from .hemispheres import HemisphereDelays, Side, label_hemispheres, on_side, other_side
from .local_normalisation import normalise_local
from .morphology import PartVolumes
from .normalisation import Normalisation, normalise_global
from .protocol import CoreNormalisation, ThresholdProtocol
from .store import Store
from .symmetry import GUIDE_RANGE, SymmetryPlane, find_symmetry_plane
from .thresholding import Cut, Limit, Radii, Thresholding, limits_of, prepare_thresholding, without_flow


@dataclass(frozen=True, eq=False)
class LesionMaps:
    """The maps of one study, normalised and divided into hemispheres.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        As the kinetic method gave them, and ``rCBF_global``, ``rCBF_local``, ``rCBV_global``.
    tissue, dead : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed, and the part of it that has no flow and no times.
    ijk_to_ras : ndarray, shape (4, 4)
    reference_tmax_at_most : float
        The reference of the global normalisation is tissue with a Tmax up to this, in seconds.
    rcbf_global : Normalisation
        Blood flow relative to normally perfused tissue.
    rcbv_global : Normalisation or None
        Blood volume likewise; None without a map of blood volume.
    rcbf_local : ndarray of float32, shape (Z, Y, X), or None
        Blood flow relative to the counterpart in the other hemisphere, if that was asked for.
    plane : SymmetryPlane
        The mid-sagittal plane.
    hemispheres : ndarray of uint8, shape (Z, Y, X)
        `Hemisphere` of each voxel.
    delays : HemisphereDelays
        What the affected hemisphere is found by.
    median_mtt : mapping of Side to float
        Median MTT of the left, the right, and under ``none`` of all tissue in seconds; empty without a map.
    normal_blood_volume : float or None
        Mean relative blood volume of the reference tissue.
    """

    maps: Mapping[str, NDArray[np.float32]]
    tissue: NDArray[np.bool_]
    dead: NDArray[np.bool_]
    ijk_to_ras: NDArray[np.float64]
    reference_tmax_at_most: float
    rcbf_global: Normalisation
    rcbv_global: Normalisation | None
    rcbf_local: NDArray[np.float32] | None
    plane: SymmetryPlane
    hemispheres: NDArray[np.uint8]
    delays: HemisphereDelays
    median_mtt: Mapping[Side, float]
    normal_blood_volume: float | None
    _thresholdings: Store[Thresholding] = field(default_factory=lambda: Store(2), init=False, repr=False)
    _cuts: Store[Cut] = field(default_factory=lambda: Store(6), init=False, repr=False)
    _volumes: Store[PartVolumes] = field(default_factory=lambda: Store(200), init=False, repr=False)

    @property
    def normalisations(self) -> tuple[CoreNormalisation, ...]:
        """The normalisations of blood flow that are there."""
        return tuple(CoreNormalisation) if self.rcbf_local is not None else (CoreNormalisation.GLOBAL,)

    def thresholding(self, side: Side, radii: Radii) -> Thresholding:
        """Return what segments on one side depend on; the last ones are kept."""
        return self._thresholdings.get(
            (side, radii),
            lambda: prepare_thresholding(
                self.maps, self.tissue, self.dead, self.ijk_to_ras, radii, on_side(self.hemispheres, side)
            ),
        )

    def limits(
        self,
        criteria: Sequence[Criterion],
        protocol: ThresholdProtocol,
        side: Side,
        normalisation: CoreNormalisation,
    ) -> tuple[Limit, ...]:
        """Return criteria as limits on these maps.

        Raises
        ------
        ProcessingError
            If MTT is to be compared with a side that has none.
        """
        reference = self.median_mtt.get(other_side(side), np.nan)
        if any(each.map == "rMTT_contralateral" for each in criteria) and not reference > 0.0:
            raise ProcessingError(
                "The unaffected hemisphere has no mean transit time to compare with",
                "check the affected side and the map of MTT, or choose another threshold protocol",
            )
        return limits_of(criteria, protocol, flow=f"rCBF_{normalisation}", reference_mtt=reference)

    def cut(self, limits: tuple[Limit, ...], side: Side, radii: Radii) -> Cut:
        """Return the segment beyond limits on one side; the last ones are kept and must not be changed."""
        return self._cuts.get(
            (limits, side, radii), lambda: self.thresholding(side, radii).cut(limits, radii)
        )

    def part_volumes(self, limits: tuple[Limit, ...], side: Side, radii: Radii) -> PartVolumes:
        """Return the volumes of the parts beyond limits on one side; the last ones are kept."""
        return self._volumes.get(
            (limits, side, radii), lambda: self.thresholding(side, radii).cut(limits, radii).parts.volumes
        )


def prepare_lesion(
    maps: Mapping[str, NDArray[Any]],
    tissue: NDArray[np.bool_],
    baseline: NDArray[Any] | None,
    ijk_to_ras: NDArray[Any],
    *,
    reference_tmax_at_most: float,
    local: bool = True,
    plane: SymmetryPlane | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> LesionMaps:
    """Normalise the maps and divide the head into hemispheres: all that does not depend on thresholds.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (Z, Y, X)
        ``CBF`` in mL/100 g/min and ``Tmax`` in seconds, and what else protocols ask for: ``CBV`` in
        mL/100 g, ``MTT``, ``TTP``, ``Delay`` in seconds.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    baseline : ndarray, shape (Z, Y, X), or None
        HU before contrast arrives. Without it the mid-sagittal plane is found by the outline of the tissue,
        and there is no local normalisation.
    ijk_to_ras : ndarray, shape (4, 4)
    reference_tmax_at_most : float
        The reference of the global normalisation is tissue with a Tmax up to this, in seconds: the
        protocol's.
    local : bool
        Whether the local normalisation is wanted as well, which takes the longest.
    plane : SymmetryPlane, optional
        The mid-sagittal plane, where a person knows better.

    Raises
    ------
    ProcessingError
        If there is no tissue, or too little that is normally perfused.
    ConfigurationError
        If the local normalisation is wanted without a baseline image.
    """
    if local and baseline is None:
        raise ConfigurationError(
            "The local normalisation needs the baseline image", "choose it, or normalise globally only"
        )
    given = {name: np.asarray(values, dtype=np.float32) for name, values in maps.items()}
    tmax, limit = given["Tmax"], reference_tmax_at_most
    rcbf = normalise_global(given["CBF"], tmax, tissue, tmax_limit=limit)
    rcbv = normalise_global(given["CBV"], tmax, tissue, tmax_limit=limit) if "CBV" in given else None
    anatomy = np.where(tissue, GUIDE_RANGE[1], GUIDE_RANGE[0]) if baseline is None else baseline
    if plane is None:
        share = 0.375 if local else 1.0
        plane = find_symmetry_plane(anatomy, tissue, ijk_to_ras, on_progress=part_of(on_progress, 0.0, share))
    hemispheres = label_hemispheres(plane, (tissue.shape[0], tissue.shape[1], tissue.shape[2]), ijk_to_ras)
    rcbf_local = None
    if local:
        rcbf_local = normalise_local(
            rcbf.map, anatomy, tissue, ijk_to_ras,
            plane=plane, on_progress=part_of(on_progress, 0.375, 1.0),
        ).map  # fmt: skip
    relative = {"rCBF_global": rcbf.map}
    if rcbf_local is not None:
        relative["rCBF_local"] = rcbf_local
    if rcbv is not None:
        relative["rCBV_global"] = rcbv.map
    on_progress(1.0)
    return LesionMaps(
        maps=MappingProxyType(given | relative),
        tissue=tissue,
        dead=without_flow(rcbf.map, tmax, tissue),
        ijk_to_ras=np.asarray(ijk_to_ras, dtype=float),
        reference_tmax_at_most=limit,
        rcbf_global=rcbf,
        rcbv_global=rcbv,
        rcbf_local=rcbf_local,
        plane=plane,
        hemispheres=hemispheres,
        delays=HemisphereDelays.of(tmax, tissue, hemispheres),
        median_mtt=_median_mtt(given.get("MTT"), tissue, hemispheres),
        normal_blood_volume=None if rcbv is None else _mean(rcbv.map, tissue & (tmax <= limit)),
    )


def _median_mtt(
    mtt: NDArray[np.float32] | None, tissue: NDArray[np.bool_], hemispheres: NDArray[np.uint8]
) -> Mapping[Side, float]:
    if mtt is None:
        return MappingProxyType({})
    known = tissue & np.isfinite(mtt)
    medians = {}
    for side in Side:
        values = mtt[known & on_side(hemispheres, side)]
        medians[side] = float(np.median(values)) if values.size else float("nan")
    return MappingProxyType(medians)


def _mean(values: NDArray[np.float32], where: NDArray[np.bool_]) -> float | None:
    found = values[where & np.isfinite(values)]
    return float(found.mean(dtype=float)) if found.size else None
