"""A perfusion series refuses what doesn't fit together and says how it is sampled."""

import numpy as np
import pytest

from CTPerfusionLib.series import Finding, PerfusionSeries, Severity, TimeSource

SHAPE = (4, 3, 5, 6)


def a_series(**changes) -> PerfusionSeries:
    parts = {
        "voxels": np.zeros(SHAPE, dtype=np.int16),
        "times": np.array([0.0, 1.0, 2.5, 3.5]),
        "ijk_to_ras": np.diag([-0.5, -0.75, 5.0, 1.0]),
        "time_source": TimeSource.SIMULATED,
    }
    return PerfusionSeries(**(parts | changes))


SLICE_TIMES = np.array([0.0, 1.0, 2.5, 3.5])[:, None] + np.array([0.0, 0.25, 0.5])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"voxels": np.zeros(SHAPE[1:])}, "voxels must be"),
        ({"times": np.arange(3.0)}, "times must have a shape"),
        ({"times": np.zeros((3, 4))}, "times must have a shape"),
        ({"times": np.array([0.0, 1.0, 1.0, 2.0])}, "increase strictly"),
        ({"times": np.array([0.0, 2.0, 1.0, 3.0])}, "increase strictly"),
        ({"times": np.array([0.0, 1.0, np.nan, 3.0])}, "increase strictly"),
        ({"times": SLICE_TIMES[::-1]}, "increase strictly"),
        ({"ijk_to_ras": np.eye(3)}, r"must be \(4, 4\)"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        a_series(**changes)


def test_sizes_are_read_from_the_voxels():
    series = a_series()

    assert (series.n_frames, series.n_slices, series.shape) == (4, 3, (3, 5, 6))


def test_spacing_and_volume_are_read_from_the_matrix():
    series = a_series()

    assert series.spacing == pytest.approx((0.5, 0.75, 5.0))
    assert series.voxel_volume_ml == pytest.approx(0.5 * 0.75 * 5.0 / 1000.0)


def test_frame_times_serve_every_slice():
    series = a_series()

    assert not series.has_slice_times
    np.testing.assert_array_equal(series.slice_times(2), series.times)
    np.testing.assert_array_equal(series.frame_times, series.times)


def test_slice_times_are_kept_and_averaged_for_the_frame():
    series = a_series(times=SLICE_TIMES)

    assert series.has_slice_times
    np.testing.assert_array_equal(series.slice_times(2), SLICE_TIMES[:, 2])
    np.testing.assert_allclose(series.frame_times, [0.25, 1.25, 2.75, 3.75])


@pytest.mark.parametrize(("times", "duration"), [(SLICE_TIMES[:, 0], 3.5), (SLICE_TIMES, 4.0)])
def test_duration_runs_from_the_first_to_the_last_sample(times, duration):
    series = a_series(times=times)

    assert series.interval == pytest.approx(1.0)
    assert series.duration == pytest.approx(duration)


def test_new_voxels_keep_everything_else():
    finding = Finding("missing_slices", Severity.WARNING, "A slice is missing.", "Check the study.")
    series = a_series(times=SLICE_TIMES, findings=(finding,))
    voxels = np.ones(SHAPE, dtype=np.float32)

    other = series.with_voxels(voxels)

    assert other.voxels is voxels
    assert other.times is series.times
    assert (other.time_source, other.metadata, other.findings) == (
        series.time_source, series.metadata, (finding,)
    )  # fmt: skip


def test_every_time_source_says_something_of_its_own():
    texts = [str(source) for source in TimeSource]

    assert all(texts)
    assert len(set(texts)) == len(texts)


def test_some_of_the_frames_keep_their_times():
    series = a_series(voxels=np.arange(360.0).reshape(SHAPE))
    some = series.with_frames(np.array([True, False, True, True]))
    np.testing.assert_array_equal(some.voxels, series.voxels[[0, 2, 3]])
    np.testing.assert_array_equal(some.times, [0.0, 2.5, 3.5])


def test_some_of_the_frames_keep_their_times_per_slice():
    some = a_series(times=SLICE_TIMES).with_frames(np.array([False, True, True, False]))
    np.testing.assert_array_equal(some.times, SLICE_TIMES[1:3])


def test_all_frames_are_the_series_itself():
    series = a_series()
    assert series.with_frames(np.ones(4, dtype=bool)) is series


@pytest.mark.parametrize("used", [np.ones(3, dtype=bool), np.arange(4)])
def test_frames_are_chosen_by_one_bool_each(used):
    with pytest.raises(ValueError, match="used must be 4 bool"):
        a_series().with_frames(used)
