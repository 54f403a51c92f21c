"""Frames are resampled softly where pixels are small and sharply where they are not; what the ends lose."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.interpolate import CubicSpline

from CTPerfusionLib.preprocessing import register_frames
from CTPerfusionLib.preprocessing.registration.frame_resampling import exchanged_slices, resample_frames
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.series import PerfusionSeries, TimeSource, grid_centre, motion_matrix


def test_slices_that_leave_the_scanned_slab_are_invalid_and_hold_the_nearest_value(scan_head):
    motion = np.zeros((8, 6))
    motion[2:, 2] = 8.0
    series = scan_head(motion, np.zeros(8), noise=0.0)
    registration = register_frames(series, reference=0)
    assert registration.valid[:4].all()
    assert not registration.valid[5].any()
    inside = (slice(36, 60), slice(36, 60))
    np.testing.assert_allclose(
        registration.series.voxels[3][5][inside], series.voxels[3, 5][inside], atol=2.0
    )


def test_voxels_lost_in_a_tenth_of_the_frames_are_still_valid(scan_head):
    motion = np.zeros((10, 6))
    motion[4, 2] = 8.0
    series = scan_head(motion, np.zeros(10))
    assert register_frames(series).valid.all()


@pytest.fixture(params=[1, 2, 7], ids=["one slice", "two slices", "a slab"])
def a_resampled_volume(request):
    """Return a function: values (Z, Y, X) -> them resampled, in-plane samples of every slice, positions."""
    motion = np.array([0.7, -1.1, 1.6, 1.0, -1.5, 2.0])
    to_ras = np.diag([-0.7, -0.7, 5.0, 1.0])

    def resample(level, spread):
        shape = (request.param, 24, 28)
        values = level + spread * np.random.default_rng(5).normal(size=shape)
        series = PerfusionSeries(values[None].astype(np.float32), np.zeros(1), to_ras, TimeSource.SIMULATED)
        slices = (np.arange(shape[0]),)
        registered, _ = resample_frames(
            series, slices, motion[None, None], np.ones(1, dtype=bool), 0, ignore_progress
        )
        to_voxels = np.linalg.inv(to_ras) @ motion_matrix(motion, grid_centre(to_ras, shape)) @ to_ras
        k, j, i = np.indices(shape).reshape(3, -1)
        x, y, z = (to_voxels @ np.stack([i, j, k, np.ones(i.size)]))[:3]
        in_plane = np.stack(
            [ndimage.map_coordinates(each, [y, x], order=1, mode="nearest") for each in values]
        )
        return registered[0].ravel(), in_plane, np.clip(z, 0, shape[0] - 1)

    return resample


def test_soft_tissue_is_resampled_linearly_in_the_plane_and_along_a_natural_spline_across(a_resampled_volume):
    registered, in_plane, z = a_resampled_volume(40.0, 10.0)
    expected = in_plane[0]
    if len(in_plane) == 2:
        expected = in_plane[0] + z * (in_plane[1] - in_plane[0])
    elif len(in_plane) > 2:
        spline = CubicSpline(np.arange(len(in_plane)), in_plane, bc_type="natural")
        below = np.minimum(z.astype(int), len(in_plane) - 2)
        coefficients = spline.c[:, below, np.arange(len(z))]
        expected = sum(
            each * (z - below) ** power for each, power in zip(coefficients, (3, 2, 1, 0), strict=True)
        )
    np.testing.assert_allclose(registered, expected, atol=2e-3)


@pytest.mark.parametrize("level", [-1000.0, 900.0])
def test_air_and_bone_are_resampled_linearly_so_that_they_do_not_swing_into_the_brain(
    a_resampled_volume, level
):
    registered, in_plane, z = a_resampled_volume(level, 10.0)
    below = np.minimum(z.astype(int), max(len(in_plane) - 2, 0))
    above = np.minimum(below + 1, len(in_plane) - 1)
    every = np.arange(len(z))
    expected = in_plane[below, every] + (z - below) * (in_plane[above, every] - in_plane[below, every])
    np.testing.assert_allclose(registered, expected, atol=2e-3)


@pytest.mark.parametrize("axis", ["columns", "rows"])
@pytest.mark.parametrize("shift", [0.1, 0.5, 0.85])
def test_large_pixels_are_resampled_along_a_natural_spline_in_the_plane(axis, shift):
    pixel = 1.9
    profile = 40.0 + 10.0 * np.random.default_rng(2).normal(size=30)
    grid = np.broadcast_to(profile, (3, 30, 30))
    values = grid if axis == "columns" else grid.swapaxes(1, 2)
    motion = np.zeros(6)
    motion[["columns", "rows"].index(axis)] = shift * pixel
    series = PerfusionSeries(
        np.ascontiguousarray(values[None], dtype=np.float32),
        np.zeros(1),
        np.diag([pixel, pixel, 5.0, 1.0]),
        TimeSource.SIMULATED,
    )
    registered, _ = resample_frames(
        series, (np.arange(3),), motion[None, None], np.ones(1, dtype=bool), 0, ignore_progress
    )
    found = registered[0] if axis == "columns" else registered[0].swapaxes(1, 2)
    positions = np.clip(np.arange(30) + shift, 0, 29)
    expected = CubicSpline(np.arange(30), profile, bc_type="natural")(positions)
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), atol=2e-3)


@pytest.mark.parametrize("pixel", [0.5, 1.9], ids=["small pixels", "large pixels"])
def test_an_artery_keeps_its_share_of_the_contrast_however_full_it_is(pixel):
    rows, columns = np.mgrid[:30, :30]
    anatomy = np.full((6, 30, 30), 35.0)
    anatomy[:, :3] = 1200.0
    anatomy[0] = 900.0
    artery = np.zeros_like(anatomy)
    artery[2:4, np.hypot(rows - 15, columns - 14) < 2.0] = 1.0
    fillings = np.array([0.0, 0.0, 50.0, 100.0, 200.0, 400.0])
    motion = np.array([[0.0] * 6] + [[0.4 * pixel, -0.3 * pixel, 1.8, 0.5, 0.0, 1.0]] * 5)
    series = PerfusionSeries(
        (anatomy + fillings[:, None, None, None] * artery).astype(np.float32),
        np.arange(6.0),
        np.diag([pixel, pixel, 5.0, 1.0]),
        TimeSource.SIMULATED,
    )
    registered, _ = resample_frames(
        series, (np.arange(6),), motion[None], np.ones(6, dtype=bool), 0, ignore_progress
    )
    contrast = registered[2:] - registered[1]
    shares = contrast / fillings[2:, None, None, None]
    assert shares[0].max() > 0.6
    np.testing.assert_allclose(shares[1:], np.broadcast_to(shares[0], shares[1:].shape), atol=1e-3)


@pytest.mark.parametrize(
    ("motion", "expected"),
    [
        ([2.0, -2.0, 1.0, 0.0, 0.0, 5.0], []),
        ([0.0, 0.0, -1.5, 0.0, 0.0, 0.0], [0, 7]),
        ([0.0, 0.0, 0.0, 2.0, 0.0, 0.0], [0, 7]),
    ],
    ids=["little along the body", "along the body", "a nod"],
)
def test_end_slices_show_what_was_not_scanned_when_the_head_moves_along_the_body(motion, expected):
    series = PerfusionSeries(
        np.zeros((2, 8, 20, 20), dtype=np.float32),
        np.arange(2.0),
        np.diag([10.0, 10.0, 5.0, 1.0]),
        TimeSource.SIMULATED,
    )
    two_positions = (np.arange(4), np.arange(4, 8))
    for positions in ((np.arange(8),), two_positions):
        moved = np.array([[[0.0] * 6, motion]] * len(positions))
        for used in ([True, True], [True, False]):
            exchanged = exchanged_slices(series, positions, moved, np.array(used))
            assert np.flatnonzero(exchanged).tolist() == (expected if used[1] else [])
