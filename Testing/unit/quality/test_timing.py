"""Gaps between used frames while contrast passes."""

import numpy as np
import pytest

from CTPerfusionLib.quality import largest_gap, peak_time


def test_without_rejected_frames_the_largest_gap_is_the_interval():
    times = np.arange(40.0) * 1.5

    assert largest_gap(times, np.ones(40, dtype=bool), 5.0, 40.0) == pytest.approx(1.5)


def test_rejected_frames_widen_the_gap_that_they_leave():
    used = np.ones(40, dtype=bool)
    used[[10, 11, 20]] = False

    assert largest_gap(np.arange(40.0), used, 5.0, 35.0) == pytest.approx(3.0)


def test_gaps_before_and_after_the_passage_do_not_count():
    times = np.concatenate([[0.0, 6.0], np.arange(7.0, 30.0), [40.0, 50.0]])

    assert largest_gap(times, np.ones(len(times), dtype=bool), 6.5, 28.0) == pytest.approx(1.0)


def test_the_worst_slice_of_a_shuttle_scan_counts():
    times = np.stack([np.arange(0.0, 30.0, 1.5), np.arange(0.0, 30.0, 1.5) + [0.0, 1.1] * 10], axis=1)

    assert largest_gap(times, np.ones(20, dtype=bool), 5.0, 25.0) == pytest.approx(2.6)


def test_a_passage_without_two_frames_has_no_gap():
    assert largest_gap(np.arange(2.0), np.array([True, False]), 0.0, 4.0) is None


def test_the_peak_lies_between_samples_where_the_curve_says_so():
    times = np.arange(0.0, 40.0, 2.0)

    assert peak_time(times, 6.0 - 0.01 * (times - 17.3) ** 2) == pytest.approx(17.3)
