"""Scaling of an arterial input that is too low because the artery does not fill its voxels."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from .curve import VesselCurve
from .dispersion import dispersed_curves

LARGEST_FACTOR = 2.5
"""Factor beyond which the artery is too small to be scaled."""

LEAST_AGREEMENT = 0.9
"""R2 of the venous fit below which vein and artery do not belong to the same bolus."""

LEAST_AFTER_PEAK = 3.0
"""Seconds that the scan has to last beyond the venous peak."""

_STEP = 0.25


@dataclass(frozen=True)
class PartialVolumeScale:
    """By how much an arterial input is raised.

    Attributes
    ----------
    factor : float
        Venous over arterial area under the curve, as measured.
    applied : bool
        Whether the measurement can be trusted and the factor is to be used.
    reason : str
        One sentence: why.
    """

    factor: float
    applied: bool
    reason: str


def partial_volume_scale(aif: VesselCurve, vof: VesselCurve) -> PartialVolumeScale:
    """Compare the areas under the arterial and the venous curve.

    What flows in flows out, so both areas are equal unless the artery shares its voxels with tissue. The
    venous curve is fitted by factor x (arterial curve convolved with a gamma density of transit times and
    delayed). The areas of complete curves would have the same ratio, but the fit also holds when the scan
    ends before the vein has emptied and when the second pass is on. The artery is never scaled down: in
    most patients an artery that fills its voxels has the larger measured area (Riordan et al. 2014).

    Parameters
    ----------
    aif, vof : VesselCurve
    """
    factor, agreement = _venous_fit(aif, vof)
    after_peak = float(vof.times[-1]) - vof.quality["time_to_peak_s"]
    if after_peak < LEAST_AFTER_PEAK:
        return PartialVolumeScale(factor, False, "The scan ends before the venous peak has passed.")
    if agreement < LEAST_AGREEMENT:
        return PartialVolumeScale(factor, False, "The vein does not follow the artery closely enough.")
    if factor < 1.0:
        return PartialVolumeScale(factor, False, "The artery shows no less contrast than the vein.")
    if factor > LARGEST_FACTOR:
        return PartialVolumeScale(
            factor, False, f"The artery shows {factor:.1f} times less contrast than the vein."
        )
    return PartialVolumeScale(
        factor, True, f"The vein shows {factor:.2f} times the contrast of the artery, which it has to equal."
    )


def unscaled(reason: str) -> PartialVolumeScale:
    """Return the scale of an arterial input that cannot be compared with a vein, and why."""
    return PartialVolumeScale(1.0, False, reason)


def scaled(aif: VesselCurve, scale: PartialVolumeScale) -> VesselCurve:
    """Return the arterial input raised by the scale, or as it is where the scale is not applied."""
    if not scale.applied:
        return aif
    quality = {**aif.quality, "peak_hu": aif.quality["peak_hu"] * scale.factor}
    quality["baseline_sd_hu"] = aif.quality["baseline_sd_hu"] * scale.factor
    return replace(
        aif,
        enhancement=aif.enhancement * scale.factor,
        quality=MappingProxyType(quality),
        reason=f"{aif.reason} {scale.reason}",
    )


def _venous_fit(aif: VesselCurve, vof: VesselCurve) -> tuple[float, float]:
    """Return the factor and R2 of the best fit of the vein by a delayed, dispersed artery."""
    vein = np.interp(aif.times, vof.times, vof.enhancement)
    models = dispersed_curves(aif.times, aif.enhancement, _STEP)
    energies = np.maximum(np.einsum("kt,kt->k", models, models), 1e-9)
    products = models @ vein
    best = int((np.maximum(products, 0.0) ** 2 / energies).argmax())
    factor = float(products[best] / energies[best])
    residual = vein - factor * models[best]
    spread = vein - vein.mean()
    return factor, 1.0 - float(residual @ residual) / max(float(spread @ spread), 1e-9)
