from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import Cancelled, ProcessingError
from CTPerfusionLib.preprocessing import estimate_baseline, head_mask, segment_tissue, summarise
from CTPerfusionLib.preprocessing.summary import window_bounds
from CTPerfusionLib.series import PerfusionSeries, TimeSource


def series_of(voxels, times):
    return PerfusionSeries(voxels, times, np.diag([1.0, 1.0, 5.0, 1.0]), TimeSource.SIMULATED)


@pytest.fixture(scope="module")
def random_series():
    voxels = np.random.default_rng(1).normal(40.0, 10.0, (11, 2, 37, 9))
    return series_of(np.round(voxels).astype(np.int16), np.arange(11) * 1.5)


@pytest.mark.parametrize("number_type", [np.int16, np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_number_type_and_memory_order_gives_the_same_volumes(random_series, number_type, order):
    voxels = np.asarray(random_series.voxels.astype(number_type), order=order)
    summary = summarise(random_series.with_voxels(voxels))
    parts = [voxels[a:b] for a, b in ((0, 2), (2, 4), (4, 6), (6, 8), (8, 11))]
    expected = np.stack([part.mean(axis=0) for part in parts])
    np.testing.assert_allclose(summary.windows, expected, rtol=1e-5)
    np.testing.assert_allclose(summary.mean, voxels.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(summary.darkest, expected.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(summary.brightest, expected.max(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(summary.lowest, voxels.min(axis=0))
    np.testing.assert_array_equal(summary.highest, voxels.max(axis=0))
    np.testing.assert_allclose(summary.times, [0.75, 3.75, 6.75, 9.75, 13.5])


@given(
    gaps=st.lists(st.floats(0.3, 12.0), min_size=3, max_size=40),
    duration=st.floats(1.0, 6.0),
    per_slice=st.booleans(),
)
@settings(deadline=None)
def test_windows_follow_each_other_and_never_span_a_gap(gaps, duration, per_slice):
    times = np.concatenate([[0.0], np.cumsum(gaps)])
    voxels = np.zeros((len(times), 2, 1, 1), dtype=np.float32)
    series = series_of(voxels, times[:, None] + [0.0, 0.1] if per_slice else times)
    bounds = window_bounds(series, duration)
    assert bounds[0] == 0
    assert bounds[-1] == len(times)
    assert (np.diff(bounds) > 0).all()
    inside = np.setdiff1d(np.arange(1, len(times)), bounds)
    longest = 1.5 * max(duration, series.interval)
    assert (np.diff(series.frame_times)[inside - 1] <= longest + 1e-9).all()


def test_values_that_are_no_numbers_are_left_out_of_the_means(random_series):
    voxels = random_series.voxels.astype(np.float32)
    voxels[3, 0, 5, 5], voxels[4:6, 1, 20, 2] = np.nan, np.inf
    summary = summarise(random_series.with_voxels(voxels))
    rest = np.delete(voxels[:, 0, 5, 5], 3)
    assert summary.mean[0, 5, 5] == pytest.approx(rest.mean(), rel=1e-5)
    assert summary.windows[1, 0, 5, 5] == pytest.approx(voxels[2, 0, 5, 5])
    assert np.isnan(summary.windows[2, 1, 20, 2])
    assert np.isnan(summary.lowest[0, 5, 5])
    assert np.isnan(summary.highest[1, 20, 2])
    assert np.isfinite(summary.mean).all()
    assert np.isnan(summary.lowest).sum() == 2


def test_masks_and_baseline_are_the_same_with_and_without_a_summary_made_before(head):
    series = head.series
    summary = summarise(series)
    region = head_mask(series.voxels[0], series.ijk_to_ras)
    with_it = estimate_baseline(series, region, summary=summary)
    without = estimate_baseline(series, region)
    assert (with_it.arrival, with_it.noise) == (without.arrival, without.noise)
    np.testing.assert_array_equal(with_it.image, without.image)
    masks = segment_tissue(series, baseline=with_it, summary=summary)
    alone = segment_tissue(series, baseline=without)
    for name in ("head", "brain", "csf", "vessels", "calcification", "invalid", "tissue"):
        np.testing.assert_array_equal(getattr(masks, name), getattr(alone, name))


def test_a_frame_of_air_is_named(head):
    voxels = head.series.voxels.copy()
    voxels[12] = -1000.0
    with pytest.raises(ProcessingError, match=r"Frame 13 of 60 \(at 9\.0 s\) shows no head; leave it out"):
        summarise(head.series.with_voxels(voxels))


def test_a_frame_without_numbers_is_named(head):
    voxels = head.series.voxels.copy()
    voxels[7] = np.nan
    with pytest.raises(ProcessingError, match=r"Frame 8 of 60 .* no numbers"):
        summarise(head.series.with_voxels(voxels))


def test_the_pass_can_be_stopped(head):
    def stop(fraction):
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        summarise(head.series, on_progress=stop)


def test_times_need_not_start_at_zero(random_series):
    shifted = replace(random_series, times=random_series.times + 100.0)
    summary = summarise(shifted)
    np.testing.assert_allclose(summary.times, summarise(random_series).times + 100.0)
    np.testing.assert_array_equal(summary.windows, summarise(random_series).windows)
