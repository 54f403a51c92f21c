from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.preprocessing.curves import crossing_times, on_axis
from CTPerfusionLib.vessels.candidates import sample_size
from CTPerfusionLib.vessels.features import measure
from CTPerfusionLib.vessels.sampling import cluster_labels, correlation


def gaussian(times: np.ndarray, centre: float, sd: float, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * ((times - centre) / sd) ** 2)


@given(
    centre=st.floats(12.0, 25.0), sd=st.floats(1.5, 4.0), height=st.floats(20.0, 600.0),
    interval=st.sampled_from([0.25, 0.5, 1.0]),
)  # fmt: skip
def test_features_of_a_gaussian_are_those_of_its_formula(centre, sd, height, interval):
    times = np.arange(0.0, 60.0, interval)
    features = measure(gaussian(times, centre, sd, height)[:, None], times)
    assert features.peak[0] == pytest.approx(height, rel=0.06)
    assert features.time_to_peak[0] == pytest.approx(centre, abs=0.1 * interval)
    assert features.width[0] == pytest.approx(2.3548 * sd, abs=0.3 * interval)
    assert features.arrival[0] == pytest.approx(centre - 1.7941 * sd, abs=0.3 * interval)
    assert features.area[0] == pytest.approx(height * sd * np.sqrt(2 * np.pi), rel=0.01)


def test_the_width_of_a_curve_that_does_not_fall_is_infinite():
    times = np.arange(0.0, 20.0)
    assert np.isinf(measure(np.minimum(times, 15.0)[:, None], times).width[0])


@given(slope=st.floats(0.5, 50.0), start=st.floats(1.0, 8.0), share=st.floats(0.05, 0.95))
def test_a_ramp_crosses_each_level_where_it_says(slope, start, share):
    times = np.array([0.0, 0.7, 1.9, 4.0, 8.0, 20.0, 21.0])
    ramp = (slope * np.maximum(np.array([start, *times[1:]]) - start, 0.0))[:, None]
    level = share * ramp.max()
    crossing = crossing_times(ramp, times, np.array([level]))[0]
    assert np.interp(crossing, times, ramp[:, 0]) == pytest.approx(level)


def test_a_curve_that_starts_above_its_level_crosses_it_at_the_first_time():
    times = np.array([2.0, 3.0, 4.0])
    assert crossing_times(np.array([[5.0], [6.0], [7.0]]), times, np.array([1.0]))[0] == 2.0


def test_a_smooth_curve_keeps_its_crest_on_another_axis():
    times = np.arange(0.0, 40.0, 2.0)
    axis = times[1:-1] + 1.0
    moved = on_axis(gaussian(times, 15.0, 3.0, 300.0)[:, None], times, axis)[:, 0]
    np.testing.assert_allclose(moved, gaussian(axis, 15.0, 3.0, 300.0), atol=4.0)


def test_clusters_are_connected_through_corners_and_small_ones_are_dropped():
    voxels = np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2], [10, 10, 3], [11, 10, 3]])
    labels = cluster_labels(voxels, smallest=3)
    assert len(set(labels[:3])) == 1
    assert labels[0] > 0
    np.testing.assert_array_equal(labels[3:], [0, 0])


def test_a_curve_correlates_with_its_multiple_and_a_flat_one_with_nothing():
    reference = gaussian(np.arange(30.0), 12.0, 3.0, 1.0)
    curves = np.stack([5.0 + 3.0 * reference, np.ones(30), -reference], axis=1)
    np.testing.assert_allclose(correlation(curves, reference), [1.0, 0.0, -1.0], atol=1e-12)


@pytest.mark.parametrize(("pixel", "count"), [(0.488, 100), (0.39, 100), (1.0, 24), (1.953, 6), (3.0, 6)])
def test_a_sample_is_a_hundred_clinical_voxels_or_their_volume(build_block, pixel, count):
    series = replace(build_block(noise=0.0).series, ijk_to_ras=np.diag([pixel, pixel, 5.0, 1.0]))
    assert sample_size(series) == count
