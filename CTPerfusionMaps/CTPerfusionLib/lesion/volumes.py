"""Volumes, ratios and indices of a lesion."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, reported
from ..series import voxel_spacing
from .criterion import Criterion, Relation
from .hemispheres import Side
from .lesion_maps import LesionMaps
from .protocol import CoreNormalisation, ThresholdProtocol
from .segmentation import LesionSegmentation
from .thresholding import CutVolumes, Radii

FIXED_CUTS: Mapping[str, Criterion] = MappingProxyType(
    {
        **{f"tmax_{seconds}": Criterion("Tmax", Relation.ABOVE, float(seconds)) for seconds in (4, 6, 8, 10)},
        **{
            f"rcbf_{percent}": Criterion("rCBF", Relation.BELOW, percent / 100.0)
            for percent in (20, 30, 34, 38)
        },
    }
)
"""Volumes that are reported whatever the protocol; relative flow is the global one."""


@dataclass(frozen=True)
class LesionVolumes:
    """What a lesion measures.

    Attributes
    ----------
    volumes_ml : mapping of str to float or None
        In mL: ``core_global``, ``core_local`` (None if that normalisation was not asked for),
        ``hypoperfusion`` (contains the core that counts), ``penumbra`` (hypoperfusion without that core),
        ``tmax_4`` ... ``tmax_10`` (Tmax above so many seconds), ``rcbf_20`` ... ``rcbf_38`` (global
        relative flow below so many percent, as the method reads it, see `ThresholdProtocol.as_read`).
        All are cleaned and restricted to the affected side.
    raw_ml : mapping of str to float or None
        The same before cleaning: neither opened nor closed, with parts of any size, on the same side.
    core_ml, hypoperfusion_ml : float
        The core that counts, and the hypoperfusion that contains it.
    mismatch_ratio : float or None
        Hypoperfusion / core; None without a core.
    hypoperfusion_intensity_ratio : float or None
        Volume with Tmax > 10 s / volume with Tmax > 6 s (Olivot et al. 2014); None without the latter.
    cbv_index : float or None
        Mean relative blood volume of the hypoperfusion / mean of the normally perfused reference tissue;
        None where either is empty.
    """

    volumes_ml: Mapping[str, float | None]
    raw_ml: Mapping[str, float | None]
    core_ml: float
    hypoperfusion_ml: float
    mismatch_ratio: float | None
    hypoperfusion_intensity_ratio: float | None
    cbv_index: float | None

    @property
    def mismatch_ml(self) -> float:
        """Hypoperfusion minus core in mL."""
        return self.hypoperfusion_ml - self.core_ml

    @property
    def core_difference_ml(self) -> float | None:
        """Core by global minus core by local normalisation in mL; None unless both are known."""
        by_global, by_local = self.volumes_ml["core_global"], self.volumes_ml["core_local"]
        return None if by_global is None or by_local is None else by_global - by_local


def lesion_volumes(
    maps: LesionMaps,
    segmentations: Mapping[CoreNormalisation, LesionSegmentation],
    counted: CoreNormalisation,
    protocol: ThresholdProtocol,
    side: Side,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> LesionVolumes:
    """Measure a lesion.

    Parameters
    ----------
    maps : LesionMaps
    segmentations : mapping of CoreNormalisation to LesionSegmentation
    counted : CoreNormalisation
        The one whose core counts in penumbra, mismatch and ratio.
    protocol : ThresholdProtocol
        How the volumes at fixed thresholds are cleaned, and how relative flow reads.
    side : Side
        To which the volumes at fixed thresholds are restricted.
    """
    voxel_ml = float(np.prod(voxel_spacing(maps.ijk_to_ras))) / 1000.0
    fixed = fixed_volumes(maps, protocol, side, on_progress=on_progress)
    least = protocol.minimum_cluster_ml
    cleaned_ml = {name: cut.parts.total_ml(least) for name, cut in fixed.items()}
    segmentation = segmentations[counted]
    volumes = _segment_volumes(segmentations, counted, voxel_ml, cleaned=True)
    raw = _segment_volumes(segmentations, counted, voxel_ml, cleaned=False)
    core_ml, hypoperfusion_ml = volumes[f"core_{counted}"] or 0.0, volumes["hypoperfusion"] or 0.0
    return LesionVolumes(
        volumes_ml=MappingProxyType(volumes | cleaned_ml),
        raw_ml=MappingProxyType(raw | {name: cut.raw_ml for name, cut in fixed.items()}),
        core_ml=core_ml,
        hypoperfusion_ml=hypoperfusion_ml,
        mismatch_ratio=_ratio(hypoperfusion_ml, core_ml),
        hypoperfusion_intensity_ratio=_ratio(cleaned_ml["tmax_10"], cleaned_ml["tmax_6"]),
        cbv_index=_cbv_index(maps, segmentation),
    )


def _segment_volumes(
    segmentations: Mapping[CoreNormalisation, LesionSegmentation],
    counted: CoreNormalisation,
    voxel_ml: float,
    *,
    cleaned: bool,
) -> dict[str, float | None]:
    """Return the volumes of cores, hypoperfusion and penumbra in mL."""

    def volume(segment: NDArray[np.bool_]) -> float:
        return float(np.count_nonzero(segment) * voxel_ml)

    def core(each: LesionSegmentation) -> NDArray[np.bool_]:
        return each.core_part if cleaned else each.core_raw_part & each.side_part

    chosen = segmentations[counted]
    late = chosen.hypoperfusion_part if cleaned else chosen.hypoperfusion_raw_part & chosen.side_part
    cores = {normalisation: volume(core(each)) for normalisation, each in segmentations.items()}
    return {
        "core_global": cores.get(CoreNormalisation.GLOBAL),
        "core_local": cores.get(CoreNormalisation.LOCAL),
        "hypoperfusion": volume(late),
        "penumbra": volume(late & ~core(chosen)),
    }


def fixed_volumes(
    maps: LesionMaps,
    protocol: ThresholdProtocol,
    side: Side,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> dict[str, CutVolumes]:
    """Return what the segments at the fixed thresholds measure on one side, cleaned as the protocol asks."""
    return {name: fixed_volume(name, maps, protocol, side) for name in reported([*FIXED_CUTS], on_progress)}


def fixed_volume(name: str, maps: LesionMaps, protocol: ThresholdProtocol, side: Side) -> CutVolumes:
    """Return what the segment at one of the fixed thresholds measures on one side."""
    limits = maps.limits((FIXED_CUTS[name],), protocol, side, CoreNormalisation.GLOBAL)
    return maps.cut_volumes(limits, side, Radii.of(protocol))


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0.0 else None


def _cbv_index(maps: LesionMaps, segmentation: LesionSegmentation) -> float | None:
    if maps.rcbv_global is None or maps.normal_blood_volume is None:
        return None
    late = segmentation.box.part_of(maps.rcbv_global.map)[segmentation.hypoperfusion_part]
    late = late[np.isfinite(late)]
    return _ratio(float(late.mean(dtype=float)), maps.normal_blood_volume) if late.size else None
