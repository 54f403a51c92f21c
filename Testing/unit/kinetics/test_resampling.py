import numpy as np
import pytest

from CTPerfusionLib.kinetics.resampling import is_regular, regular_grid, resampling_matrix


@pytest.mark.parametrize("interval", [0.5, 1.0, 1.5, 2.0])
def test_regular_times_are_their_own_grid(interval):
    times = 3.7 + interval * np.arange(30)
    assert is_regular(times)
    np.testing.assert_allclose(regular_grid(times), times)


def test_rounding_of_time_stamps_does_not_make_times_irregular(noise):
    times = 0.5 * np.arange(89) + noise.uniform(-0.001, 0.001, 89)
    assert is_regular(times)
    np.testing.assert_allclose(regular_grid(times), times, atol=0.004)


def test_grid_of_a_scan_that_slows_down_keeps_the_first_interval():
    times = np.concatenate([np.arange(20) * 1.5, 30.0 + 3.0 * np.arange(1, 10)])
    assert not is_regular(times)
    np.testing.assert_allclose(regular_grid(times), np.arange(0.0, 57.1, 1.5))


@pytest.fixture
def shuttle():
    """A table that moves to and fro: a short and a long pause in turn."""
    return 1.5 * np.arange(36) + 0.6 * (np.arange(36) % 2)


def test_grid_of_a_table_that_moves_to_and_fro_has_the_mean_interval(shuttle):
    assert np.diff(regular_grid(shuttle)) == pytest.approx(1.5)
    assert np.diff(regular_grid(shuttle[1:])) == pytest.approx(1.5)


def test_straight_line_keeps_its_values_and_times(shuttle):
    grid = regular_grid(shuttle)
    np.testing.assert_allclose(resampling_matrix(shuttle, grid) @ (3 * shuttle - 7), 3 * grid - 7, atol=1e-9)


def test_bolus_keeps_its_area_and_height(shuttle):
    grid = regular_grid(shuttle)

    def curve(times):
        return np.exp(-(((times - 25) / 5) ** 2))

    resampled = resampling_matrix(shuttle, grid) @ curve(shuttle)
    assert resampled.sum() * (grid[1] - grid[0]) == pytest.approx(5 * np.sqrt(np.pi), rel=0.01)
    np.testing.assert_allclose(resampled, curve(grid), atol=0.01)


def test_noise_does_not_grow_much(shuttle):
    matrix = resampling_matrix(shuttle, regular_grid(shuttle))
    assert np.mean(np.sum(matrix**2, axis=1)) < 1.25
