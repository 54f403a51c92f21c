"""Volumes, ratios and indices of a lesion."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, reported
from .segmentation import LesionSegmentation
from .thresholding import Thresholding

TMAX_LIMITS = (4.0, 6.0, 8.0, 10.0)
"""Seconds above which volumes of late tissue are reported."""

RCBF_LIMITS = (0.20, 0.30, 0.34, 0.38)
"""Relative flow below which volumes of low flow are reported."""


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
    core_ml: float
    hypoperfusion_ml: float
    mismatch_ratio: float | None
    hypoperfusion_intensity_ratio: float | None
    cbv_index: float | None

    @property
    def mismatch_ml(self) -> float:
        """Hypoperfusion minus core in mL."""
        return self.hypoperfusion_ml - self.core_ml


def lesion_volumes(
    by_global: Thresholding,
    counted: LesionSegmentation,
    *,
    core_global: NDArray[np.bool_] | None,
    core_local: NDArray[np.bool_] | None,
    relative_volume: NDArray[Any],
    on_progress: ProgressCallback = ignore_progress,
) -> LesionVolumes:
    """Measure a lesion.

    Parameters
    ----------
    by_global : Thresholding
        Of the globally normalised flow.
    counted : LesionSegmentation
        The one whose core counts in penumbra, mismatch and ratio.
    core_global, core_local : ndarray of bool, shape (Z, Y, X), or None
        Cores by either normalisation.
    relative_volume : ndarray, shape (Z, Y, X)
        Globally normalised blood volume.
    """
    voxel_ml = float(np.prod(by_global.spacing)) / 1000.0

    def volume(segment: NDArray[np.bool_] | None) -> float | None:
        return None if segment is None else float(segment.sum() * voxel_ml)

    protocol = by_global.protocol
    cuts = {f"tmax_{limit:.0f}": by_global.later_than(limit) for limit in TMAX_LIMITS}
    cuts |= {
        f"rcbf_{100 * limit:.0f}": by_global.flow_below(protocol.as_read(limit)) for limit in RCBF_LIMITS
    }
    cut_volumes = {
        name: float(by_global.clean(cuts[name]).sum() * voxel_ml) for name in reported([*cuts], on_progress)
    }
    core_ml = float(counted.core.sum() * voxel_ml)
    hypoperfusion_ml = float(counted.hypoperfusion.sum() * voxel_ml)
    return LesionVolumes(
        volumes_ml={
            "core_global": volume(core_global),
            "core_local": volume(core_local),
            "hypoperfusion": hypoperfusion_ml,
            "penumbra": volume(counted.penumbra),
            **cut_volumes,
        },
        core_ml=core_ml,
        hypoperfusion_ml=hypoperfusion_ml,
        mismatch_ratio=_ratio(hypoperfusion_ml, core_ml),
        hypoperfusion_intensity_ratio=_ratio(cut_volumes["tmax_10"], cut_volumes["tmax_6"]),
        cbv_index=_cbv_index(by_global, counted, relative_volume),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0.0 else None


def _cbv_index(
    by_global: Thresholding, counted: LesionSegmentation, relative_volume: NDArray[Any]
) -> float | None:
    known = np.isfinite(relative_volume)
    late = relative_volume[counted.hypoperfusion & known]
    normal = relative_volume[
        by_global.tissue & (by_global.tmax <= by_global.protocol.reference_tmax_at_most) & known
    ]
    if late.size == 0 or normal.size == 0:
        return None
    return _ratio(float(late.mean(dtype=float)), float(normal.mean(dtype=float)))
