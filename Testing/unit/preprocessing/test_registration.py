"""Registration finds where the head was, is not fooled by contrast, and says where it has no data."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.preprocessing import estimate_motion, register_frames


def test_drift_and_jerk_are_recovered_to_a_fraction_of_a_millimetre(a_moving_head, mean_error):
    series, motion = a_moving_head
    registration = register_frames(series)
    before = mean_error(series, np.zeros_like(motion), motion)
    after = mean_error(series, registration.motion, motion)
    assert before.max() > 4.0
    assert after.mean() < 0.15
    assert after.max() < 0.3
    assert registration.used.all()
    assert registration.converged.all()
    assert registration.rejections == ()


def test_arrival_of_contrast_is_not_taken_for_motion(a_still_head, mean_error):
    motion = register_frames(a_still_head).motion
    assert mean_error(a_still_head, motion, np.zeros((8, 6))).max() < 0.05


def test_a_head_that_does_not_move_is_not_smoothed(a_still_head):
    registered = register_frames(a_still_head).series.voxels
    assert registered.dtype == np.float32
    np.testing.assert_array_equal(registered, a_still_head.voxels)


def test_registered_frames_look_like_the_reference(a_moving_head):
    series, _ = a_moving_head
    registration = register_frames(series)
    bone = (series.voxels[0] > 300) & registration.valid

    def difference(voxels):
        return np.abs(voxels[1:, bone] - series.voxels[0, bone].astype(float)).mean()

    assert difference(registration.series.voxels) < 0.4 * difference(series.voxels)


@pytest.mark.parametrize("reference", [0, 4])
def test_the_reference_frame_stays_as_it_is(a_moving_head, mean_error, reference):
    series, motion = a_moving_head
    registration = register_frames(series, reference=reference)
    np.testing.assert_array_equal(registration.series.voxels[reference], series.voxels[reference])
    np.testing.assert_array_equal(registration.motion[reference], 0.0)
    assert registration.reference == reference
    assert mean_error(series, registration.motion, motion).mean() < 0.25


def test_motion_is_measured_in_patient_directions_whatever_the_grid(scan_head, mean_error):
    orientation = Rotation.from_euler("xyz", [12.0, -8.0, 170.0], degrees=True).as_matrix()
    motion = np.array([[0.0] * 6, [1.0, -0.5, 0.6, 0.5, 0.4, -1.0], [-0.5, 1.2, -0.4, 0.0, -0.6, 1.5]])
    series = scan_head(motion, np.zeros(3), orientation=orientation)
    assert mean_error(series, estimate_motion(series)[0], motion).max() < 0.3


def test_small_pixels_are_fitted_from_coarse_to_fine(scan_head, mean_error):
    motion = np.array([[0.0] * 6, [9.0, -7.0, 2.0, 3.0, 2.0, 10.0]])
    series = scan_head(motion, np.zeros(2))
    to_ras = series.ijk_to_ras @ np.diag([0.25, 0.25, 1.0, 1.0])
    to_ras[:3, 3] = series.ijk_to_ras[:3, 3] - 0.375 * series.ijk_to_ras[:3, :2].sum(axis=1)
    fine = replace(series, voxels=series.voxels.repeat(4, axis=2).repeat(4, axis=3), ijk_to_ras=to_ras)
    assert mean_error(series, estimate_motion(fine)[0], motion).max() < 0.4


def test_a_single_slice_is_registered_in_its_plane(scan_head):
    motion = np.array([[0.0] * 6, [1.5, -1.0, 0.0, 0.0, 0.0, 2.0]])
    series = scan_head(motion, np.zeros(2))
    only = replace(series, voxels=series.voxels[:, 2:3])
    measured = estimate_motion(only)[0]
    # The grid's centre is the same in-plane, so these three mean the same as in the whole slab.
    np.testing.assert_allclose(measured[1, [0, 1, 5]], motion[1, [0, 1, 5]], atol=0.15)
    np.testing.assert_allclose(measured[1, 2:5], 0.0, atol=1e-6)


def test_the_same_seed_gives_the_same_result(a_moving_head):
    series, _ = a_moving_head
    first, second = register_frames(series, seed=4), register_frames(series, seed=4)
    np.testing.assert_array_equal(first.motion, second.motion)
    np.testing.assert_array_equal(first.residual, second.residual)
    np.testing.assert_array_equal(first.series.voxels, second.series.voxels)


def test_progress_rises_to_one_and_can_cancel(a_moving_head):
    series, _ = a_moving_head
    seen: list[float] = []
    register_frames(series, on_progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) >= 3 * series.n_frames

    def cancel(fraction):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        register_frames(series, on_progress=cancel)


def test_a_reference_that_does_not_exist_is_a_mistake(a_moving_head):
    with pytest.raises(ValueError, match="reference must be a frame from 0 to 7"):
        register_frames(a_moving_head[0], reference=8)
