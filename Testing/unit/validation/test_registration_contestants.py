"""Which frames other registrations are given, and how far off they are."""

import numpy as np
import pytest

from CTPerfusionLib.phantom import Phantom, tile_phantom
from CTPerfusionLib.series import grid_centre
from CTPerfusionLib.validation.registration_contestants import (
    COMPARED_FRAMES,
    compared_frames,
    select_frames,
    target_error,
)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return tile_phantom(seed=301, n_frames=12, interval=2.0)


def test_frames_are_spread_over_the_series_without_the_first():
    assert compared_frames(89) == (22, 44, 66, 88)
    assert len(compared_frames(1000)) == COMPARED_FRAMES


def test_a_short_series_is_compared_in_all_its_frames():
    assert compared_frames(3) == (1, 2)


def test_the_series_of_a_peer_has_the_first_frame_and_the_compared_ones(phantom):
    few = select_frames(phantom.series, [4, 9])

    assert few.times.tolist() == phantom.series.times[[0, 4, 9]].tolist()
    assert np.array_equal(few.voxels, phantom.series.voxels[[0, 4, 9]])


def test_a_shift_that_was_not_there_is_an_error_of_its_length(phantom):
    measured = np.zeros((3, 6))
    measured[1:, :3] = [[3.0, 0.0, 4.0], [0.0, 1.0, 0.0]]

    assert target_error(measured, phantom, [4, 9]) == pytest.approx((5.0 + 1.0) / 2)


def test_a_turn_that_was_not_there_moves_points_by_their_distance_from_the_axis(phantom):
    angle = 1.0
    measured = np.zeros((2, 6))
    measured[1, 5] = angle
    series, voxels = phantom.series, np.argwhere(phantom.truth.labels > 0)[::997, ::-1]
    points = (series.ijk_to_ras @ np.column_stack([voxels, np.ones(len(voxels))]).T).T[:, :3]
    radii = np.linalg.norm((points - grid_centre(series.ijk_to_ras, series.shape))[:, :2], axis=1)

    expected = np.mean(2 * radii * np.sin(np.radians(angle) / 2))
    assert target_error(measured, phantom, [4]) == pytest.approx(expected)
