import numpy as np
import pytest
from scipy.stats import gamma

from CTPerfusionLib.vessels import VesselCurve, partial_volume_scale, scaled
from CTPerfusionLib.vessels.curve import vessel_curve

FINE = np.arange(0.0, 120.0, 0.05)
NO_VOXELS = np.zeros((0, 3), dtype=np.intp)


def artery_and_vein(
    fill: float, *, end: float = 60.0, interval: float = 0.5, lag: float = 4.0
) -> tuple[VesselCurve, VesselCurve]:
    """Return an artery that fills `fill` of its voxels and the vein that drains the same blood."""
    first = gamma.pdf(FINE - 8.0, 4.0, scale=1.5)
    artery = 2800.0 * (first + 0.2 * gamma.pdf(FINE - 24.0, 4.0, scale=2.5))
    transit = gamma.pdf(FINE - lag, 3.0, scale=1.1) * 0.05
    vein = np.convolve(artery, transit)[: len(FINE)]
    times = np.arange(0.0, end, interval)
    return tuple(
        vessel_curve(times, np.interp(times, FINE, curve), NO_VOXELS, "Known.")
        for curve in (fill * artery, vein)
    )


@pytest.mark.parametrize("fill", [0.45, 0.6, 0.8, 0.95])
def test_the_factor_is_what_the_artery_lacks(fill):
    scale = partial_volume_scale(*artery_and_vein(fill))
    assert scale.applied
    assert scale.factor == pytest.approx(1.0 / fill, rel=0.01)


@pytest.mark.parametrize("end", [26.0, 32.0, 44.5])
def test_a_scan_that_ends_early_gives_the_same_factor(end):
    scale = partial_volume_scale(*artery_and_vein(0.6, end=end))
    assert scale.applied
    assert scale.factor == pytest.approx(1.0 / 0.6, rel=0.03)


@pytest.mark.parametrize("interval", [1.5, 2.0, 2.81])
def test_slow_sampling_gives_the_same_factor(interval):
    assert partial_volume_scale(*artery_and_vein(0.6, interval=interval)).factor == pytest.approx(
        1.0 / 0.6, rel=0.05
    )


def test_an_artery_is_never_scaled_down():
    scale = partial_volume_scale(*artery_and_vein(1.3))
    assert not scale.applied
    assert scale.factor == pytest.approx(1.0 / 1.3, rel=0.01)
    assert scale.reason == "The artery shows no less contrast than the vein."


def test_an_artery_that_is_too_small_is_not_scaled():
    scale = partial_volume_scale(*artery_and_vein(0.3))
    assert not scale.applied
    assert "3.3 times less contrast" in scale.reason


def test_a_scan_that_ends_at_the_venous_peak_is_not_scaled():
    scale = partial_volume_scale(*artery_and_vein(0.6, end=20.0))
    assert not scale.applied
    assert scale.reason == "The scan ends before the venous peak has passed."


def test_a_curve_that_does_not_stem_from_the_artery_is_not_used():
    artery, vein = artery_and_vein(0.6)
    early = vessel_curve(vein.times, np.roll(artery.enhancement, -14), NO_VOXELS, "Ahead of the artery.")
    scale = partial_volume_scale(artery, early)
    assert not scale.applied
    assert scale.reason == "The vein does not follow the artery closely enough."


def test_scaling_raises_the_curve_and_says_so():
    artery, vein = artery_and_vein(0.5)
    scale = partial_volume_scale(artery, vein)
    raised = scaled(artery, scale)
    np.testing.assert_allclose(raised.enhancement, scale.factor * artery.enhancement)
    assert raised.quality["peak_hu"] == pytest.approx(raised.enhancement.max())
    assert raised.quality["arrival_s"] == artery.quality["arrival_s"]
    assert raised.reason == f"Known. {scale.reason}"


def test_a_scale_that_is_not_applied_changes_nothing():
    artery, vein = artery_and_vein(1.3)
    assert scaled(artery, partial_volume_scale(artery, vein)) is artery
