"""What has to be computed once of a study: normalised maps, hemispheres, old infarcts."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, ConfigurationError, ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of
from .hemispheres import HemisphereDelays, Side, label_hemispheres, on_side, other_side
from .lesion_maps import LesionMaps
from .local_normalisation import CounterpartBlur, LocalNormalisation, normalise_local
from .mirror_registration import register_to_mirror
from .normalisation import LATE_TMAX, FlowReference, Normalisation, normalise_global
from .old_infarcts import find_old_infarcts
from .reliable_tissue import beside_bone
from .symmetry import GUIDE_RANGE, find_symmetry_plane
from .symmetry_plane import SymmetryPlane
from .thresholding import without_flow

_PLANE_SHARE = 0.375
"""Share of the search for the plane in the time that all takes with local normalisation."""

_CT_RANGE = (-1024.0, 3071.0)  # HU; what a scanner can give


def prepare_lesion(
    maps: Mapping[str, NDArray[Any]],
    tissue: NDArray[np.bool_],
    baseline: NDArray[Any] | None,
    ijk_to_ras: NDArray[Any],
    *,
    reference_tmax_at_most: float,
    local: bool = True,
    plane: SymmetryPlane | None = None,
    reference: FlowReference | str = FlowReference.NORMAL_MEDIAN,
    blur: CounterpartBlur | str = CounterpartBlur.TISSUE,
    side: Side | None = None,
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
    reference : FlowReference
        What relative flow and volume refer to.
    blur : CounterpartBlur
        How the local normalisation blurs the mirrored maps.
    side : Side, optional
        The affected side that a contralateral reference takes for granted; found by the delays if none is
        given.

    Raises
    ------
    ProcessingError
        If there is no tissue, or too little that is normally perfused.
    ConfigurationError
        If there is no map of flow or of Tmax, or the local normalisation is wanted without a baseline image.
    ArgumentError
        If the arrays differ in shape, or the geometry is none.
    """
    if local and baseline is None:
        raise ConfigurationError(
            "The local normalisation needs the baseline image", "choose it, or normalise globally only"
        )
    given = {name: np.asarray(values, dtype=np.float32) for name, values in maps.items()}
    tissue = np.asarray(tissue, dtype=bool)
    to_ras = np.asarray(ijk_to_ras, dtype=float)
    _check(given, tissue, baseline, to_ras)
    near = None
    if baseline is None:
        anatomy = np.where(tissue, GUIDE_RANGE[1], GUIDE_RANGE[0])
    else:
        anatomy = np.clip(np.nan_to_num(baseline, nan=_CT_RANGE[0]), *_CT_RANGE)
        near = beside_bone(anatomy, to_ras)
        tissue = tissue & ~(near & without_flow(given["CBF"], given["Tmax"], tissue))
    if plane is None:
        report = part_of(on_progress, 0.0, _PLANE_SHARE if local else 1.0)
        plane = find_symmetry_plane(anatomy, tissue, to_ras, on_progress=report)
    hemispheres = label_hemispheres(plane, (tissue.shape[0], tissue.shape[1], tissue.shape[2]), to_ras)
    delays = HemisphereDelays.of(given["Tmax"], _away_from_bone(tissue, near), hemispheres)
    affected = delays.affected(LATE_TMAX).side if side is None else side
    flow_reference = _Reference(
        FlowReference(reference), reference_tmax_at_most, on_side(hemispheres, other_side(affected))
    )
    relative = _relative_maps(given, tissue, flow_reference)
    counterpart = _LocalMaps.none()
    if local:
        counterpart = _normalised_locally(
            relative, anatomy, tissue, to_ras, plane, CounterpartBlur(blur),
            part_of(on_progress, _PLANE_SHARE, 1.0),
        )  # fmt: skip
    on_progress(1.0)
    rcbf, rcbv = relative["rCBF"], relative.get("rCBV")
    named = {f"{name}_global": each.map for name, each in relative.items()} | counterpart.named
    normal = tissue & _at_most(given["Tmax"], reference_tmax_at_most)
    return LesionMaps(
        maps=MappingProxyType(given | named),
        tissue=tissue,
        dead=without_flow(rcbf.map, given["Tmax"], tissue),
        beside_bone=near,
        ijk_to_ras=to_ras,
        reference_tmax_at_most=reference_tmax_at_most,
        reference=flow_reference.kind,
        reference_side=affected,
        rcbf_global=rcbf,
        rcbv_global=rcbv,
        rcbf_local=counterpart.rcbf,
        rcbv_local=counterpart.rcbv,
        has_counterpart=counterpart.has_counterpart,
        plane=plane,
        hemispheres=hemispheres,
        delays=delays,
        median_mtt=_median_mtt(given.get("MTT"), tissue, hemispheres),
        normal_blood_volume=None if rcbv is None else _mean(rcbv.map, normal),
        old_infarcts=find_old_infarcts(
            None if baseline is None else anatomy, rcbf.map, tissue, to_ras, plane
        ),
    )


@dataclass(frozen=True, eq=False)
class _Reference:
    """What the global normalisation refers to."""

    kind: FlowReference
    tmax_limit: float
    unaffected: NDArray[np.bool_]


def _relative_maps(
    maps: Mapping[str, NDArray[np.float32]], tissue: NDArray[np.bool_], reference: _Reference
) -> dict[str, Normalisation]:
    """Return flow, and volume where there is any, relative to normal tissue."""

    def relative(name: str) -> Normalisation:
        return normalise_global(
            maps[name], maps["Tmax"], tissue,
            tmax_limit=reference.tmax_limit, reference=reference.kind, unaffected=reference.unaffected,
        )  # fmt: skip

    found = {"rCBF": relative("CBF")}
    if "CBV" in maps:
        # Without blood volume its numbers are missing, and a finding says so; core and penumbra stand.
        with suppress(ProcessingError):
            found["rCBV"] = relative("CBV")
    return found


@dataclass(frozen=True, eq=False)
class _LocalMaps:
    """Locally normalised maps, as far as there are."""

    rcbf: NDArray[np.float32] | None
    rcbv: NDArray[np.float32] | None
    has_counterpart: NDArray[np.bool_] | None

    @classmethod
    def none(cls) -> "_LocalMaps":
        return cls(None, None, None)

    @property
    def named(self) -> dict[str, NDArray[np.float32]]:
        maps = {"rCBF_local": self.rcbf, "rCBV_local": self.rcbv}
        return {name: values for name, values in maps.items() if values is not None}


def _normalised_locally(
    relative: Mapping[str, Normalisation],
    anatomy: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[np.float64],
    plane: SymmetryPlane,
    blur: CounterpartBlur,
    on_progress: ProgressCallback,
) -> _LocalMaps:
    """Register the head with its mirror image once, and divide flow and volume by their counterparts."""
    counterparts = register_to_mirror(anatomy, tissue, ijk_to_ras, plane, part_of(on_progress, 0.0, 0.7))

    def local(name: str, start: float, stop: float) -> LocalNormalisation:
        return normalise_local(
            relative[name].map, anatomy, tissue, ijk_to_ras,
            plane=plane, counterparts=counterparts, blur=blur, on_progress=part_of(on_progress, start, stop),
        )  # fmt: skip

    flow = local("rCBF", 0.7, 0.85)
    volume = local("rCBV", 0.85, 1.0).map if "rCBV" in relative else None
    return _LocalMaps(flow.map, volume, flow.has_counterpart)


def _check(
    maps: Mapping[str, NDArray[np.float32]],
    tissue: NDArray[np.bool_],
    baseline: NDArray[Any] | None,
    ijk_to_ras: NDArray[np.float64],
) -> None:
    for name in ("CBF", "Tmax"):
        if name not in maps:
            raise ConfigurationError(
                f"There is no map of {name}", "choose it, or compute the maps with a method that gives it"
            )
    if tissue.ndim != 3:
        raise ArgumentError(
            "tissue", f"tissue has the shape {tissue.shape}", "give a volume (slices, rows, columns)"
        )
    images = dict(maps) if baseline is None else {**maps, "baseline": baseline}
    for name, values in images.items():
        if values.shape != tissue.shape:
            raise ArgumentError(
                name, f"{name} has the shape {values.shape}, the tissue has {tissue.shape}",
                "use maps of one study, all on one grid",
            )  # fmt: skip
    if ijk_to_ras.shape != (4, 4) or not np.isfinite(ijk_to_ras).all() or not _has_volume(ijk_to_ras):
        raise ArgumentError(
            "ijk_to_ras", "ijk_to_ras does not say where the voxels lie", "give a regular 4 x 4 matrix"
        )
    if not tissue.any():
        raise ProcessingError("No brain tissue was found", "check that the series shows a head")


def _away_from_bone(tissue: NDArray[np.bool_], near: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return the tissue by which sides are compared: what bone cannot spoil, if that is most of it."""
    if near is None:
        return tissue
    inner = tissue & ~near
    return inner if 2 * np.count_nonzero(inner) > np.count_nonzero(tissue) else tissue


def _has_volume(ijk_to_ras: NDArray[np.float64]) -> bool:
    return abs(float(np.linalg.det(ijk_to_ras[:3, :3]))) > 1e-9


def _at_most(tmax: NDArray[np.float32], limit: float) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray(tmax <= limit)


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
