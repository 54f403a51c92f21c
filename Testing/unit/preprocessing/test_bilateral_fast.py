"""The fast joint bilateral filter stays close to the exact one and keeps what it has to keep."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.devices import Device
from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.preprocessing import joint_bilateral_filter

FINE = (0.488, 0.488, 5.0)
"""A clinical scan: cells of four pixels."""

MIDDLE = (0.98, 0.98, 5.0)
COARSE = (1.95, 1.95, 5.0)
SPACINGS = [FINE, MIDDLE, COARSE, (0.45, 1.2, 2.5)]

RMS_ERROR = 0.3
"""HU that the fast filter may differ by from the exact one."""

TORCH = Device("torch on the processor", "torch on the processor", "cpu")


def head_slab(spacing, frames=4, slices=3, seed=0, noise=6.0):
    """Return voxels, mask and guide of folded grey and white matter with fluid and holes for vessels."""
    random = np.random.default_rng(seed)
    rows, columns = (int(56 / step) for step in (spacing[1], spacing[0]))
    y, x = np.meshgrid(np.arange(rows) * spacing[1], np.arange(columns) * spacing[0], indexing="ij")
    z = np.arange(slices)[:, None, None]
    folds = np.sin(x / 4.0 + 2.0 * np.sin(y / 9.0) + 0.4 * z)
    tissue = np.where(folds > 0.0, 38.0, 29.0) - 12.0 * (np.hypot(x - 25.0, y - 30.0) < 4.0)
    course = np.sin(np.linspace(0.0, 3.0, frames))[:, None, None, None]
    clean = tissue + course * np.where(folds > 0.0, 9.0, 3.0)
    inside = np.hypot((x - 27.0) / 24.0, (y - 28.0) / 27.0) < 1.0
    vessels = np.hypot(x % 19.0 - 9.0, y % 23.0 - 11.0) < 1.5
    mask = np.broadcast_to(inside & ~vessels, (slices, rows, columns)).copy()
    voxels = clean + random.normal(0.0, noise, clean.shape)
    voxels[:, :, vessels] += 200.0
    guide = tissue + 3.0 + random.normal(0.0, 0.7, tissue.shape)
    return voxels.astype(np.float32), mask, guide.astype(np.float32)


def rms(difference):
    return float(np.sqrt(np.mean(np.square(difference, dtype=float))))


@pytest.mark.parametrize("spacing", SPACINGS)
def test_fast_and_exact_filter_agree_on_brain_tissue_with_holes(spacing):
    voxels, mask, guide = head_slab(spacing)
    exact = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide, exact=True)
    fast = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide)
    assert rms((exact - voxels)[:, mask]) > 5.0
    assert rms((fast - exact)[:, mask]) < RMS_ERROR / 2
    assert np.abs((fast - exact)[:, mask]).max() < 2.5


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    filling=st.floats(0.1, 1.0),
    spread=st.floats(0.0, 60.0),
    spacing=st.sampled_from([FINE, COARSE]),
)
def test_fast_and_exact_filter_agree_on_random_masks_and_guides(seed, filling, spread, spacing):
    random = np.random.default_rng(seed)
    shape = (2, 37, 45)
    guide = random.normal(35.0, spread, shape)
    mask = random.random(shape) < filling
    mask[0, 3, 5] = True
    voxels = (0.2 * guide + random.normal(35.0, 6.0, (3, *shape))).astype(np.float32)
    exact = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide, exact=True)
    fast = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide)
    assert rms((fast - exact)[:, mask]) < RMS_ERROR
    assert rms((exact - voxels)[:, mask]) > 0.0 or mask.sum() == 1


def test_more_terms_are_taken_where_the_guide_spans_more():
    voxels, mask, guide = head_slab(FINE, slices=1)
    for stretch in (0.5, 3.0, 8.0):
        wide = 35.0 + stretch * (guide - 35.0)
        exact = joint_bilateral_filter(voxels, FINE, mask=mask, guide=wide, exact=True)
        fast = joint_bilateral_filter(voxels, FINE, mask=mask, guide=wide)
        assert rms((fast - exact)[:, mask]) < RMS_ERROR


def test_a_guide_too_wide_for_terms_is_filtered_exactly():
    voxels, mask, guide = head_slab(COARSE)
    options = {"mask": mask, "guide": guide, "range_sigma": 0.5}
    exact = joint_bilateral_filter(voxels, COARSE, exact=True, **options)
    np.testing.assert_array_equal(joint_bilateral_filter(voxels, COARSE, **options), exact)


def test_a_lonely_voxel_keeps_its_value():
    random = np.random.default_rng(1)
    voxels = random.normal(35.0, 8.0, (3, 1, 80, 80)).astype(np.float32)
    mask = np.zeros((1, 80, 80), dtype=bool)
    mask[0, 5:30, 5:30] = True
    mask[0, 62, 65] = True
    result = joint_bilateral_filter(voxels, FINE, mask=mask)
    np.testing.assert_allclose(result[:, 0, 62, 65], voxels[:, 0, 62, 65], rtol=1e-5)


def test_a_voxel_unlike_all_its_neighbours_keeps_its_value():
    voxels, mask, guide = head_slab(FINE, slices=1, noise=2.0)
    mask[0, 50:70, 50:70] = True
    guide[0, 60, 60] = 200.0
    voxels[:, 0, 60, 60] = 200.0
    result = joint_bilateral_filter(voxels, FINE, mask=mask, guide=guide)
    np.testing.assert_allclose(result[:, 0, 60, 60], 200.0, atol=5.0)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("value", [0.0, 37.0, -1000.0])
def test_constant_frames_stay_constant(spacing, value):
    _, mask, guide = head_slab(spacing)
    voxels = np.full((2, *mask.shape), value, dtype=np.float32)
    result = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide)
    np.testing.assert_allclose(result, value, rtol=1e-5)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), a=st.floats(-3.0, 3.0), b=st.floats(-3.0, 3.0))
def test_the_filter_is_linear_for_a_given_guide(seed, a, b):
    random = np.random.default_rng(seed)
    guide = random.normal(40.0, 15.0, (2, 19, 21))
    first, second = random.normal(0.0, 50.0, (2, 3, 2, 19, 21))
    combined = joint_bilateral_filter(a * first + b * second, FINE, guide=guide)
    separate = a * joint_bilateral_filter(first, FINE, guide=guide) + b * joint_bilateral_filter(
        second, FINE, guide=guide
    )
    np.testing.assert_allclose(combined, separate, atol=5e-3)


def test_voxels_outside_the_mask_neither_change_nor_contribute():
    voxels, mask, guide = head_slab(FINE)
    expected = joint_bilateral_filter(voxels, FINE, mask=mask, guide=guide)
    elsewhere = np.where(mask, voxels, np.float32(np.nan))
    result = joint_bilateral_filter(elsewhere, FINE, mask=mask, guide=guide)
    assert np.isnan(result[:, ~mask]).all()
    np.testing.assert_array_equal(result[:, mask], expected[:, mask])


def test_the_guide_is_the_mean_of_the_frames_by_default():
    voxels, mask, _ = head_slab(FINE)
    guide = voxels.mean(axis=0)
    expected = joint_bilateral_filter(voxels, FINE, mask=mask, guide=guide)
    np.testing.assert_allclose(joint_bilateral_filter(voxels, FINE, mask=mask), expected, atol=1e-3)


def test_the_result_can_take_the_place_of_the_voxels():
    voxels, mask, _ = head_slab(FINE, frames=7)
    expected = joint_bilateral_filter(voxels, FINE, mask=mask)
    own = voxels.copy()
    assert joint_bilateral_filter(own, FINE, mask=mask, out=own) is own
    np.testing.assert_array_equal(own, expected)


def test_a_frame_is_filtered_alike_alone_and_among_others():
    voxels, mask, guide = head_slab(FINE, frames=40)
    together = joint_bilateral_filter(voxels, FINE, mask=mask, guide=guide)
    alone = joint_bilateral_filter(voxels[33:34], FINE, mask=mask, guide=guide)
    np.testing.assert_array_equal(together[33:34], alone)


def test_shuttle_slabs_thicker_than_the_reach_are_filtered_slice_by_slice():
    voxels, mask, guide = head_slab((0.488, 0.488, 10.0))
    together = joint_bilateral_filter(voxels, (0.488, 0.488, 10.0), mask=mask, guide=guide)
    alone = joint_bilateral_filter(voxels[:, 1:2], (0.488, 0.488, 10.0), mask=mask[1:2], guide=guide[1:2])
    assert rms((together[:, 1:2] - alone)[:, mask[1:2]]) < 0.02


@pytest.mark.parametrize("dtype", [np.int16, np.float64])
def test_other_kinds_of_numbers_are_accepted(dtype):
    voxels, mask, guide = head_slab(COARSE)
    rounded = np.round(voxels).astype(dtype)
    expected = joint_bilateral_filter(np.round(voxels), COARSE, mask=mask, guide=guide)
    np.testing.assert_array_equal(joint_bilateral_filter(rounded, COARSE, mask=mask, guide=guide), expected)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_torch_gives_what_compiled_code_gives(spacing):
    voxels, mask, guide = head_slab(spacing)
    compiled = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide)
    by_torch = joint_bilateral_filter(voxels, spacing, mask=mask, guide=guide, device=TORCH)
    np.testing.assert_allclose(by_torch, compiled, atol=2e-3)


def test_torch_does_not_see_what_is_outside_the_mask():
    voxels, mask, guide = head_slab(COARSE)
    expected = joint_bilateral_filter(voxels, COARSE, mask=mask, guide=guide, device=TORCH)
    elsewhere = np.where(mask, voxels, np.float32(np.nan))
    result = joint_bilateral_filter(elsewhere, COARSE, mask=mask, guide=guide, device=TORCH)
    np.testing.assert_array_equal(result[:, mask], expected[:, mask])
    assert np.isnan(result[:, ~mask]).all()


@pytest.mark.parametrize("device", ["cpu", TORCH], ids=["compiled", "torch"])
def test_progress_rises_to_one_and_can_cancel(device):
    voxels, mask, _ = head_slab(COARSE, frames=30)
    seen: list[float] = []
    joint_bilateral_filter(voxels, COARSE, mask=mask, device=device, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(fraction):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        joint_bilateral_filter(voxels, COARSE, mask=mask, device=device, on_progress=cancel)


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((4, 3, 2, 2), np.float32),
        np.zeros((4, 3, 28, 28), np.float64),
        np.zeros((28, 28, 3, 4), np.float32).T,
    ],
    ids=["shape", "type", "order"],
)
def test_an_array_that_cannot_take_the_result_is_a_mistake(out):
    voxels, _, _ = head_slab(COARSE)
    with pytest.raises(ValueError, match="out must be a float32 array in C order"):
        joint_bilateral_filter(voxels, COARSE, out=out)
