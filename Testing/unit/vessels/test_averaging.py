import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

from CTPerfusionLib.preprocessing import Baseline
from CTPerfusionLib.series import PerfusionSeries, TimeSource
from CTPerfusionLib.vessels.averaging import average_curve

ONSET, RISE, PEAK = 9.0, 5.0, 300.0
TWO_POSITIONS = np.arange(18)[:, None] * 2.81 + np.array([0.0, 0.0, 1.405, 1.405])
SWEEP = np.arange(32)[:, None] * 1.5 + np.linspace(0.0, 1.1, 4)
FINE = np.arange(0.0, 44.0, 0.1)
VOXELS = np.array([[0, 0, 0], [0, 0, 1], [0, 0, 2], [0, 0, 3]])


def bolus(times):
    u = np.maximum(times - ONSET, 0.0) / RISE
    return PEAK * u**3 * np.exp(3.0 * (1.0 - u))


def vessel(times, gains, noise=0.0, seed=0):
    """Return a series of one voxel in each of four slices, each `gain` times the bolus, and its baseline."""
    by_slice = times if times.ndim == 2 else np.repeat(times[:, None], 4, axis=1)
    values = 40.0 + np.array(gains) * bolus(by_slice)
    values += np.random.default_rng(seed).normal(0.0, noise, values.shape)
    voxels = values[:, :, None, None].astype(np.float32)
    series = PerfusionSeries(voxels, times, np.eye(4), TimeSource.SIMULATED)
    image = np.full((4, 1, 1), 40.0, dtype=np.float32)
    return series, Baseline(image, np.full(4, 3), ONSET, noise)


def average(series, baseline, voxels=VOXELS):
    return average_curve(series, baseline, voxels, np.ones(series.n_frames, dtype=bool))


def error(times, curve):
    """Return the root mean square error over the peak, of the curve scaled to fit best."""
    inside = FINE[np.searchsorted(FINE, times[0]) : np.searchsorted(FINE, times[-1])]
    found, truth = make_interp_spline(times, curve, k=5)(inside), bolus(inside)
    scale = (found @ truth) / (found @ found)
    return float(np.sqrt(np.mean((scale * found - truth) ** 2)) / PEAK)


def test_where_slices_share_their_times_it_is_the_mean():
    series, baseline = vessel(np.arange(40.0), [1.0, 0.5, 0.8, 0.9], noise=3.0)
    times, curve = average(series, baseline)
    np.testing.assert_array_equal(times, series.times)
    np.testing.assert_allclose(curve, series.voxels[:, :, 0, 0].mean(axis=1) - 40.0, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("times", [TWO_POSITIONS, SWEEP])
@pytest.mark.parametrize("gains", [[1.0, 1.0, 1.0, 1.0], [1.0, 0.9, 0.6, 0.5]])
def test_samples_of_all_slices_resolve_the_bolus(times, gains):
    series, baseline = vessel(times, gains)
    assert error(*average(series, baseline)) < 0.012


def test_two_table_positions_together_are_better_than_one():
    series, baseline = vessel(TWO_POSITIONS, [1.0, 0.9, 0.7, 0.6])
    assert error(*average(series, baseline)) < 0.7 * error(*average(series, baseline, VOXELS[:2]))


@pytest.mark.parametrize("times", [TWO_POSITIONS, SWEEP])
def test_its_height_is_that_of_the_mean_voxel(times):
    series, baseline = vessel(times, [1.0, 0.9, 0.6, 0.5])
    axis, curve = average(series, baseline)
    area = np.trapezoid(curve, axis) / np.trapezoid(bolus(axis), axis)
    assert area == pytest.approx(0.75, rel=0.02)


def test_noise_is_averaged_and_not_followed():
    series, baseline = vessel(SWEEP, [1.0, 1.0, 1.0, 1.0], noise=15.0)
    axis, curve = average(series, baseline)
    before = axis < ONSET - 2.0
    assert curve[before].std() < 8.0
    assert error(axis, curve) < 0.04


def test_frames_that_are_left_out_leave_a_gap_that_is_bridged():
    series, baseline = vessel(SWEEP, [1.0, 0.9, 0.6, 0.5])
    frames = np.ones(series.n_frames, dtype=bool)
    frames[[4, 9, 10]] = False
    axis, curve = average_curve(series, baseline, VOXELS, frames)
    assert len(axis) == 2 * frames.sum() - 1
    assert error(axis, curve) < 0.03


def test_samples_without_contrast_give_a_flat_curve():
    series, baseline = vessel(TWO_POSITIONS, [0.0, 0.0, 0.0, 0.0], noise=2.0)
    assert np.abs(average(series, baseline)[1]).max() < 10.0
