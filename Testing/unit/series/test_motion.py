"""Six motion parameters and a rigid matrix say the same thing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.series import grid_centre, motion_error, motion_matrix, motion_parameters

shifts = st.floats(-20.0, 20.0)
angles = st.floats(-45.0, 45.0)
centres = st.tuples(*[st.floats(-100.0, 100.0)] * 3).map(np.array)
motions = st.tuples(shifts, shifts, shifts, angles, angles, angles).map(np.array)


@given(motion=motions, centre=centres)
def test_parameters_come_back_from_their_matrix(motion, centre):
    np.testing.assert_allclose(motion_parameters(motion_matrix(motion, centre), centre), motion, atol=1e-8)


@given(motion=motions, centre=centres)
def test_the_centre_of_rotation_moves_by_the_translation_alone(motion, centre):
    moved = motion_matrix(motion, centre) @ np.append(centre, 1.0)

    np.testing.assert_allclose(moved[:3], centre + motion[:3], atol=1e-9)


@given(motion=motions, centre=centres)
def test_distances_within_the_head_are_kept(motion, centre):
    rotation = motion_matrix(motion, centre)[:3, :3]

    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("axis", "turned"),
    [(0, (0.0, 0.0, 1.0)), (1, (1.0, 0.0, 0.0)), (2, (0.0, 1.0, 0.0))],
)
def test_positive_angles_turn_each_axis_into_the_one_after_the_next(axis, turned):
    motion = np.zeros(6)
    motion[3 + axis] = 90.0
    start = np.roll([1.0, 0.0, 0.0], axis + 1)

    moved = motion_matrix(motion, np.zeros(3)) @ np.append(start, 1.0)

    np.testing.assert_allclose(moved[:3], turned, atol=1e-12)


def test_rotations_are_applied_about_x_then_y_then_z():
    turn = {axis: motion_matrix(np.insert(np.zeros(5), 3 + axis, 30.0), np.zeros(3)) for axis in range(3)}

    together = motion_matrix(np.array([0.0, 0.0, 0.0, 30.0, 30.0, 30.0]), np.zeros(3))

    np.testing.assert_allclose(together, turn[2] @ turn[1] @ turn[0], atol=1e-12)


def test_centre_lies_in_the_middle_of_the_outer_voxel_centres():
    placement = np.diag([-2.0, -2.0, 5.0, 1.0])
    placement[:3, 3] = [10.0, 20.0, 30.0]

    np.testing.assert_allclose(grid_centre(placement, (3, 5, 9)), [2.0, 16.0, 35.0])


def test_motion_error_is_the_mean_distance_of_the_points():
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0]])
    true = np.zeros((2, 6))
    measured = np.array([[0.0] * 6, [0.0, 0.0, 3.0, 0.0, 0.0, 0.0]])

    np.testing.assert_allclose(motion_error(measured, true, points, np.zeros(3)), [0.0, 3.0])


@given(common=motions, true=motions, centre=centres)
def test_motion_error_ignores_where_the_first_frame_was(common, true, centre):
    points = np.random.default_rng(0).uniform(-80.0, 80.0, (20, 3))
    absolute = np.stack(
        [common, motion_parameters(motion_matrix(true, centre) @ motion_matrix(common, centre), centre)]
    )
    relative = np.stack([np.zeros(6), true])

    np.testing.assert_allclose(motion_error(relative, absolute, points, centre), 0.0, atol=1e-8)
