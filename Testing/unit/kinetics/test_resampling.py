import numpy as np
import pytest

from CTPerfusionLib.kinetics.resampling import regular_grid, resampling_matrix


def test_samples_on_the_grid_stay_unchanged():
    grid = regular_grid(np.arange(30.0), np.arange(30.0), 1.0)
    np.testing.assert_allclose(resampling_matrix(np.arange(30.0), grid), np.eye(30), atol=1e-12)


def test_grid_covers_both_records():
    grid = regular_grid(np.array([2.0, 9.4]), np.array([0.5, 7.0]), 1.0)
    assert grid[0] == 0.5
    assert grid[-1] == pytest.approx(8.5)


@pytest.mark.parametrize("times", [np.arange(0.0, 40.1, 0.5), np.arange(0.0, 40.1, 0.3), 1.5 * np.arange(28)])
def test_straight_line_keeps_its_values_and_times(times):
    grid = np.arange(1.0, 38.0)
    np.testing.assert_allclose(resampling_matrix(times, grid) @ (3 * times - 7), 3 * grid - 7, atol=1e-9)


def test_dense_samples_keep_their_area():
    times = np.arange(0.0, 60.0, 0.4)
    curve = np.exp(-(((times - 25) / 4) ** 2))
    grid = np.arange(60.0)
    assert np.sum(resampling_matrix(times, grid) @ curve) == pytest.approx(np.sum(curve) * 0.4, rel=1e-6)


def test_end_values_continue_outside_the_record():
    matrix = resampling_matrix(np.array([2.0, 4.0, 6.0]), np.arange(10.0))
    np.testing.assert_allclose((matrix @ [5.0, 1.0, 3.0])[[0, 1, 7, 9]], [5.0, 5.0, 3.0, 3.0])
