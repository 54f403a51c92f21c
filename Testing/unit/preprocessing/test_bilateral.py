"""The exact joint bilateral filter equals its formula and keeps what it has to keep."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.preprocessing import joint_bilateral_filter
from CTPerfusionLib.preprocessing.filtering.bilateral import GUIDE_LIMITS
from CTPerfusionLib.preprocessing.filtering.neighbourhood import CUT_OFF

filtered = partial(joint_bilateral_filter, exact=True)

SPACING = (0.9, 1.1, 5.0)


def by_the_formula(voxels, spacing, mask, guide, spatial_sigma=3.0, range_sigma=20.0):
    """The definition, voxel by voxel."""
    smooth = voxels.astype(float)
    places = np.argwhere(mask)
    millimetres = places[:, ::-1] * np.array(spacing)
    clamped = np.clip(guide[mask].astype(float), *GUIDE_LIMITS)
    values = voxels[:, mask].astype(float)
    for place, centre, centre_guide in zip(places, millimetres, clamped, strict=True):
        squared = ((millimetres - centre) ** 2).sum(axis=1)
        weights = np.exp(
            -squared / (2 * spatial_sigma**2) - (clamped - centre_guide) ** 2 / (2 * range_sigma**2)
        )
        weights[squared > (CUT_OFF * spatial_sigma) ** 2] = 0.0
        smooth[(slice(None), *place)] = values @ weights / weights.sum()
    return smooth


@pytest.fixture
def a_noisy_series():
    random = np.random.default_rng(0)
    voxels = random.normal(35.0, 10.0, (5, 4, 18, 30)).astype(np.float32)
    voxels[..., 12:] += 80.0
    voxels[:, 2, 5, 5] = 900.0
    mask = random.random((4, 18, 30)) > 0.2
    return voxels, mask


@pytest.mark.parametrize("spacing", [SPACING, (2.0, 2.0, 2.5), (1.5, 3.5, 20.0)])
def test_result_equals_the_formula(a_noisy_series, spacing):
    voxels, mask = a_noisy_series
    guide = voxels.mean(axis=0)
    result = filtered(voxels, spacing, mask=mask)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, by_the_formula(voxels, spacing, mask, guide), atol=5e-3)


def test_widths_and_guide_can_be_chosen(a_noisy_series):
    voxels, mask = a_noisy_series
    guide = np.random.default_rng(1).normal(40.0, 15.0, mask.shape)
    result = filtered(voxels, SPACING, mask=mask, guide=guide, spatial_sigma=2.0, range_sigma=8.0)
    expected = by_the_formula(voxels, SPACING, mask, guide, spatial_sigma=2.0, range_sigma=8.0)
    np.testing.assert_allclose(result, expected, atol=5e-3)


def test_rows_wider_than_a_tile_of_the_kernel_are_filtered_seamlessly():
    random = np.random.default_rng(2)
    voxels = random.normal(35.0, 10.0, (2, 1, 4, 300)).astype(np.float32)
    mask = np.ones((1, 4, 300), dtype=bool)
    result = filtered(voxels, SPACING, mask=mask)
    np.testing.assert_allclose(result, by_the_formula(voxels, SPACING, mask, voxels.mean(axis=0)), atol=5e-3)


def test_without_a_mask_every_voxel_is_filtered(a_noisy_series):
    voxels, mask = a_noisy_series
    everything = filtered(voxels, SPACING, mask=np.ones_like(mask))
    np.testing.assert_array_equal(filtered(voxels, SPACING), everything)


def test_an_empty_mask_changes_nothing(a_noisy_series):
    voxels, mask = a_noisy_series
    np.testing.assert_array_equal(filtered(voxels, SPACING, mask=np.zeros_like(mask)), voxels)


def test_voxels_outside_the_mask_neither_change_nor_contribute(a_noisy_series):
    voxels, mask = a_noisy_series
    guide = voxels.mean(axis=0)
    elsewhere = np.where(mask, voxels, np.float32(3000.0))
    result = filtered(elsewhere, SPACING, mask=mask, guide=guide)
    np.testing.assert_array_equal(result[:, ~mask], 3000.0)
    expected = filtered(voxels, SPACING, mask=mask, guide=guide)
    np.testing.assert_allclose(result[:, mask], expected[:, mask], rtol=1e-5)


def test_a_frame_is_filtered_alike_alone_and_among_others(a_noisy_series):
    voxels, mask = a_noisy_series
    guide = voxels.mean(axis=0)
    together = filtered(voxels, SPACING, mask=mask, guide=guide)
    alone = filtered(voxels[3:4], SPACING, mask=mask, guide=guide)
    np.testing.assert_allclose(together[3:4], alone, rtol=1e-5)


def test_noise_falls_and_a_step_of_eighty_units_stays():
    random = np.random.default_rng(3)
    clean = np.where(np.arange(60) < 30, 35.0, 115.0) * np.ones((1, 30, 60))
    voxels = clean + random.normal(0.0, 8.0, (20, 1, 30, 60))
    result = filtered(voxels, (1.0, 1.0, 5.0))
    assert (result - clean).std() < 0.15 * (voxels - clean).std()
    across = result.mean(axis=(0, 1, 2))
    np.testing.assert_allclose(across[28:32], [35.0, 35.0, 115.0, 115.0], atol=1.0)


def test_whole_numbers_are_accepted(a_noisy_series):
    voxels, mask = a_noisy_series
    whole = np.round(voxels).astype(np.int16)
    expected = filtered(whole.astype(np.float32), SPACING, mask=mask)
    np.testing.assert_allclose(filtered(whole, SPACING, mask=mask), expected, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), level=st.floats(-1000.0, 1000.0), spread=st.floats(0.0, 300.0))
def test_results_stay_between_the_extremes_of_each_frame(seed, level, spread):
    random = np.random.default_rng(seed)
    voxels = random.normal(level, spread, (3, 2, 9, 11)).astype(np.float32)
    mask = random.random((2, 9, 11)) > 0.3
    mask[0, 0, 0] = True
    result = filtered(voxels, SPACING, mask=mask)[:, mask]
    margin = 1e-5 * (1.0 + abs(level) + spread)
    assert np.all(result >= voxels[:, mask].min(axis=1, keepdims=True) - margin)
    assert np.all(result <= voxels[:, mask].max(axis=1, keepdims=True) + margin)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), value=st.floats(-1000.0, 1000.0))
def test_constant_frames_stay_constant_whatever_the_guide(seed, value):
    guide = np.random.default_rng(seed).normal(40.0, 30.0, (2, 9, 11))
    voxels = np.full((3, 2, 9, 11), value, dtype=np.float32)
    np.testing.assert_allclose(filtered(voxels, SPACING, guide=guide), value, rtol=1e-5, atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), a=st.floats(-3.0, 3.0), b=st.floats(-3.0, 3.0))
def test_the_filter_is_linear_for_a_given_guide(seed, a, b):
    random = np.random.default_rng(seed)
    guide = random.normal(40.0, 30.0, (2, 9, 11))
    first, second = random.normal(0.0, 50.0, (2, 3, 2, 9, 11))
    combined = filtered(a * first + b * second, SPACING, guide=guide)
    separate = a * filtered(first, SPACING, guide=guide) + b * filtered(second, SPACING, guide=guide)
    np.testing.assert_allclose(combined, separate, atol=2e-3)


def test_progress_rises_to_one_and_can_cancel(a_noisy_series):
    voxels, mask = a_noisy_series
    seen: list[float] = []
    filtered(voxels, SPACING, mask=mask, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(fraction):
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        filtered(voxels, SPACING, mask=mask, on_progress=cancel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mask": np.ones((1, 2, 3), dtype=bool)}, "must have the shape"),
        ({"guide": np.ones((1, 2, 3))}, "must have the shape"),
        ({"range_sigma": 0.0}, "must be positive"),
        ({"spatial_sigma": -1.0}, "must be positive"),
    ],
)
def test_what_does_not_fit_together_is_a_mistake(a_noisy_series, change, message):
    with pytest.raises(ValueError, match=message):
        filtered(a_noisy_series[0], SPACING, **change)


def test_the_result_can_take_the_place_of_the_voxels(a_noisy_series):
    voxels, mask = a_noisy_series
    expected = filtered(voxels, SPACING, mask=mask)
    own = voxels.copy()
    assert filtered(own, SPACING, mask=mask, out=own) is own
    np.testing.assert_array_equal(own, expected)
