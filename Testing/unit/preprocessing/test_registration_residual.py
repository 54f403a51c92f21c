"""The residual motion is the true error in mm, whether positions are wrong, missing or change meanwhile."""

import numpy as np
import pytest

from CTPerfusionLib.preprocessing import register_frames, residual_motion
from CTPerfusionLib.series import PerfusionSeries, TimeSource

LIMIT = 1.0


def of_frames(series, *frames):
    voxels = np.stack([series.voxels[0], *frames])
    times = np.arange(float(len(voxels)))
    return PerfusionSeries(voxels, times, series.ijk_to_ras, TimeSource.SIMULATED)


def test_without_registration_it_is_the_motion_itself(scan_head, mean_error):
    directions = np.random.default_rng(11).normal(size=(6, 6)) * [1.0, 1.0, 0.5, 0.5, 0.5, 1.0]
    sizes = np.array([0.0, 0.4, 0.7, 1.4, 2.0, 4.0])
    motion = sizes[:, None] * directions / np.linalg.norm(directions, axis=1, keepdims=True)
    series = scan_head(motion, [0.0, 0.3, 1.0, 0.6, 0.4, 0.2])
    true = mean_error(series, np.zeros_like(motion), motion)
    measured = residual_motion(series)
    np.testing.assert_array_equal(measured > LIMIT, true > LIMIT)
    np.testing.assert_allclose(measured, true, rtol=0.3, atol=0.4)


def test_after_registration_it_is_small(a_moving_head):
    assert np.nanmax(register_frames(a_moving_head[0]).residual) < 0.7


def test_contrast_does_not_drive_it(a_still_head):
    assert residual_motion(a_still_head).max() < 0.3


@pytest.mark.parametrize(("apart", "is_large"), [(1.0, False), (4.0, True), (8.0, True)])
def test_movement_within_a_frame_shows_although_its_mean_position_is_right(
    a_still_head, a_smeared_frame, apart, is_large
):
    measured = residual_motion(of_frames(a_still_head, a_smeared_frame(apart)))[1]
    assert (measured > LIMIT) == is_large


def test_movement_between_the_slices_of_a_frame_shows(a_still_head, scan_head):
    moved = scan_head(np.array([[0.0] * 6, [4.0, 2.0, 0.0, 0.0, 0.0, 0.0]]), np.zeros(2)).voxels
    mixed = np.concatenate([moved[0, :3], moved[1, 3:]])
    assert residual_motion(of_frames(a_still_head, mixed))[1] > LIMIT


def test_frames_without_a_head_have_none(a_still_head):
    series = of_frames(a_still_head, np.full_like(a_still_head.voxels[0], -1024))
    assert np.isnan(residual_motion(series)[1])


def test_a_reference_that_does_not_exist_is_a_mistake(a_still_head):
    with pytest.raises(ValueError, match="reference must be a frame from 0 to 7"):
        residual_motion(a_still_head, reference=-1)
