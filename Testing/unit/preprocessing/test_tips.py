"""The TIPS filter equals its formula, and its width follows from the noise."""

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.preprocessing.filtering.tips import tips_filter
from CTPerfusionLib.preprocessing.noise import temporal_noise

SPACING = (1.4, 1.1, 5.0)
SPATIAL_SIGMA = 3.0
CUT_OFF = 7.5
"""mm."""


def by_the_formula(voxels, mask, profile_sigma):
    """The definition, voxel by voxel."""
    smooth = voxels.astype(float)
    places = np.argwhere(mask)
    millimetres = places[:, ::-1] * np.array(SPACING)
    curves = voxels[:, mask].astype(float)
    for index, place in enumerate(places):
        squared = ((millimetres - millimetres[index]) ** 2).sum(axis=1)
        dissimilarity = ((curves - curves[:, index : index + 1]) ** 2).mean(axis=0)
        weights = np.exp(-squared / (2 * SPATIAL_SIGMA**2) - dissimilarity**2 / (2 * profile_sigma**2))
        weights[squared > CUT_OFF**2] = 0.0
        smooth[(slice(None), *place)] = curves @ weights / weights.sum()
    return smooth


@pytest.fixture
def two_tissues():
    """Curves with an early and with a late peak side by side, noise of 6 HU, and a mask with holes."""
    random = np.random.default_rng(0)
    times = np.arange(12)[:, None, None, None]
    early, late = (20.0 * np.exp(-0.5 * ((times - peak) / 1.5) ** 2) for peak in (3.0, 8.0))
    voxels = 35.0 + np.where(np.arange(24) < 12, early, late) + random.normal(0.0, 6.0, (12, 3, 14, 24))
    return voxels.astype(np.float32), random.random((3, 14, 24)) > 0.1


@pytest.mark.parametrize("profile_sigma", [30.0, 120.0])
def test_result_equals_the_formula(two_tissues, profile_sigma):
    voxels, mask = two_tissues
    result = tips_filter(voxels, SPACING, mask=mask, profile_sigma=profile_sigma)
    np.testing.assert_allclose(result, by_the_formula(voxels, mask, profile_sigma), atol=2e-3)


def test_noise_is_measured_and_gives_the_width(two_tissues):
    voxels, mask = two_tissues
    noise = temporal_noise(voxels, mask)
    assert noise == pytest.approx(6.0, rel=0.1)
    expected = tips_filter(voxels, SPACING, mask=mask, profile_sigma=2 * noise**2)
    np.testing.assert_array_equal(tips_filter(voxels, SPACING, mask=mask), expected)


def test_two_frames_show_no_noise():
    assert temporal_noise(np.ones((2, 1, 3, 3)), np.ones((1, 3, 3), dtype=bool)) == 0.0


def test_curves_that_peak_at_other_times_do_not_mix(two_tissues):
    voxels, _ = two_tissues
    result = tips_filter(voxels, SPACING)
    early, late = result[:, :, :, 11].mean(axis=(1, 2)), result[:, :, :, 12].mean(axis=(1, 2))
    assert early[3] - late[3] > 14.0
    assert late[8] - early[8] > 14.0


def test_noise_falls(two_tissues):
    voxels, _ = two_tissues
    result = tips_filter(voxels, SPACING)
    assert np.diff(result, axis=2).std() < 0.4 * np.diff(voxels, axis=2).std()


def test_voxels_outside_the_mask_neither_change_nor_contribute(two_tissues):
    voxels, mask = two_tissues
    elsewhere = np.where(mask, voxels, np.float32(3000.0))
    expected = tips_filter(voxels, SPACING, mask=mask)
    result = tips_filter(elsewhere, SPACING, mask=mask)
    np.testing.assert_array_equal(result[:, ~mask], 3000.0)
    np.testing.assert_array_equal(result[:, mask], expected[:, mask])


def test_the_result_can_take_the_place_of_the_voxels(two_tissues):
    voxels, mask = two_tissues
    expected = tips_filter(voxels, SPACING, mask=mask)
    assert tips_filter(voxels, SPACING, mask=mask, out=voxels) is voxels
    np.testing.assert_array_equal(voxels, expected)


def test_constant_frames_stay_constant():
    voxels = np.full((5, 2, 9, 9), 37.0, dtype=np.float32)
    np.testing.assert_allclose(tips_filter(voxels, SPACING), 37.0, rtol=1e-5)


def test_progress_rises_to_one_and_can_cancel(two_tissues):
    voxels, mask = two_tissues
    seen: list[float] = []
    tips_filter(voxels, SPACING, mask=mask, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(fraction):
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        tips_filter(voxels, SPACING, mask=mask, on_progress=cancel)


def test_a_width_that_is_not_positive_is_a_mistake(two_tissues):
    with pytest.raises(ValueError, match="must be positive"):
        tips_filter(two_tissues[0], SPACING, profile_sigma=-1.0)
