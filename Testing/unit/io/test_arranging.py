"""Properties of time values and of the arrangement of images into frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.io.frame_table import MISSING, arrange_by_time
from CTPerfusionLib.io.time_values import date_and_time, day_number, seconds_of_day


@given(st.integers(0, 86399), st.integers(0, 999999))
def test_every_time_of_day_is_read(whole, microseconds):
    text = f"{whole // 3600:02d}{whole // 60 % 60:02d}{whole % 60:02d}.{microseconds:06d}"
    assert seconds_of_day(text) == pytest.approx(whole + microseconds * 1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10", 36000), ("1030", 37800), ("10:30:15", 37815), ("75034.818", 28234.818), ("103015.", 37815)],
)
def test_short_and_mangled_times_of_day_are_read(text, seconds):
    assert seconds_of_day(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "24", "106000", "noon", "1e5", "-10000", "10.5.3", "²0"])
def test_what_is_no_time_of_day_is_not_read(text):
    assert seconds_of_day(text) is None


@pytest.mark.parametrize("text", ["", "10102", "20240230", "00010101", "20241301", "2024022"])
def test_what_is_no_date_is_not_read(text):
    assert day_number(text) is None


def test_days_are_counted_across_months():
    assert day_number("20240301") - day_number("2024.02.29") == 1


def test_a_datetime_is_split_and_its_offset_dropped():
    assert date_and_time("20240229235959.5+0100") == ("20240229", "235959.5")
    assert date_and_time("20240229") == ("", "")


schemes = st.sampled_from(["still", "sweep", "two positions"])


@given(
    schemes,
    st.integers(8, 40),
    st.integers(3, 20),
    st.sets(st.tuples(st.integers(0, 39), st.integers(0, 19)), max_size=4),
)
def test_frames_survive_missing_images(scheme, n_frames, n_slices, missing):
    """As long as two neighbouring slices are complete, every image that is left is put into its frame."""
    frames, slices = np.mgrid[:n_frames, :n_slices]
    along = slices / (n_slices - 1)
    times = (
        1.5 * frames
        + {
            "still": 0.0 * along,
            "sweep": 1.1 * np.where(frames % 2 == 0, along, 1 - along),
            "two positions": np.where(slices >= n_slices // 2, 0.75, 0.0),
        }[scheme]
    )
    present = np.ones((n_frames, n_slices), dtype=bool)
    for frame, index in missing:
        if index > 1 and 0 < frame < n_frames - 1 and index < n_slices:
            present[frame, index] = False
    shuffled = np.random.default_rng(0).permutation(np.count_nonzero(present))
    table = arrange_by_time(slices[present][shuffled], times[present][shuffled])
    expected = np.full((n_frames, n_slices), np.nan)
    expected[present] = times[present]
    np.testing.assert_array_equal(table.times, expected)
    np.testing.assert_array_equal(table.images == MISSING, ~present)
