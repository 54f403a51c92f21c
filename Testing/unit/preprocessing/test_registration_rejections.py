"""Frames that cannot be used are left out, with the reason and without touching the others."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.preprocessing import RejectionReason, motion_table, register_frames, unusable_frames


def spoiled(series, **frames):
    """Return a series as float32 with frames replaced: ``f3=values``."""
    voxels = series.voxels.astype(np.float32)
    for name, values in frames.items():
        voxels[int(name[1:])] = values
    return series.with_voxels(voxels)


def reasons(registration):
    return {rejection.frame: rejection.reason for rejection in registration.rejections}


def test_each_reason_is_told_from_the_others_and_the_rest_is_used(a_long_still_head, a_smeared_frame):
    series = a_long_still_head
    hole = series.voxels[4].astype(np.float32)
    hole[0, 0, 0] = np.nan
    negative = 900.0 - series.voxels[5]
    series = spoiled(series, f3=-1024.0, f4=hole, f5=negative, f6=a_smeared_frame(9.0))

    registration = register_frames(series)

    assert reasons(registration) == {
        3: RejectionReason.NO_HEAD,
        4: RejectionReason.NOT_FINITE,
        5: RejectionReason.NO_POSITION,
        6: RejectionReason.RESIDUAL,
    }
    assert registration.rejections[0].sentence == "Frame 4 is blank or shows too little of the head."
    np.testing.assert_array_equal(np.flatnonzero(~registration.used), [3, 4, 5, 6])
    np.testing.assert_array_equal(registration.series.times, series.times[registration.used])
    np.testing.assert_array_equal(registration.series.voxels, series.voxels[registration.used])
    np.testing.assert_array_equal(np.isnan(registration.residual), np.isin(np.arange(12), [3, 4, 5]))
    np.testing.assert_array_equal(registration.motion[[3, 4, 5]], 0.0)
    assert np.isnan(registration.position_motion[0, [3, 4, 5]]).all()


def test_times_per_slice_go_with_their_frames(a_long_still_head):
    times = a_long_still_head.times[:, None] + 0.1 * np.arange(a_long_still_head.n_slices)
    series = replace(spoiled(a_long_still_head, f2=-1024.0), times=times)
    np.testing.assert_array_equal(register_frames(series).series.times, np.delete(times, 2, axis=0))


def test_a_frame_is_rejected_when_one_of_its_table_positions_is(a_long_still_head):
    times = a_long_still_head.times[:, None] + np.array([0.0, 0.0, 0.0, 0.5, 0.5, 0.5])
    voxels = a_long_still_head.voxels.copy()
    voxels[7, 3:] = -1024
    registration = register_frames(replace(a_long_still_head, voxels=voxels, times=times))
    assert reasons(registration) == {7: RejectionReason.NO_HEAD}


@pytest.mark.parametrize("value", [-1024.0, 0.0], ids=["air", "zeros"])
def test_a_frame_without_one_of_its_slices_is_left_out_and_says_so(a_long_still_head, value):
    voxels = a_long_still_head.voxels.copy()
    voxels[7, 2] = value
    series = a_long_still_head.with_voxels(voxels)
    assert reasons(register_frames(series)) == {7: RejectionReason.BLANK_SLICE}
    assert [each.sentence for each in unusable_frames(series)] == ["Frame 8 has a blank slice."]


def test_slices_beyond_the_head_may_be_blank(a_long_still_head):
    voxels = a_long_still_head.voxels.copy()
    voxels[:, 5] = -1024
    voxels[:6, 4] = -1024
    small = voxels[6:, 4]
    small[:, 20:] = -1024
    assert unusable_frames(a_long_still_head.with_voxels(voxels)) == ()


def test_fewer_than_eight_frames_are_refused(a_long_still_head):
    few = np.arange(12) < 7
    with pytest.raises(ProcessingError, match="only 7 frames, fewer than the 8 that time curves need"):
        register_frames(a_long_still_head.with_frames(few))


def test_fewer_than_eight_usable_frames_are_refused_with_the_commonest_reason(a_long_still_head):
    blank = {f"f{frame}": -1024.0 for frame in range(5)}
    with pytest.raises(ProcessingError, match=r"Only 7 of 12 frames can be used.*5 of the others are blank"):
        register_frames(spoiled(a_long_still_head, **blank))


@pytest.mark.parametrize("value", [-1024.0, 40.0, np.nan])
def test_a_series_without_a_head_is_refused(a_long_still_head, value):
    with pytest.raises(ProcessingError, match=r"Only [01] of 12 frames can be used"):
        register_frames(a_long_still_head.with_voxels(np.full(a_long_still_head.voxels.shape, value)))


def test_a_reference_frame_that_was_asked_for_must_be_usable(a_long_still_head):
    with pytest.raises(ProcessingError, match="The reference frame 3 is blank"):
        register_frames(spoiled(a_long_still_head, f2=-1024.0), reference=2)


def test_the_motion_table_has_a_row_per_frame_and_table_position(a_long_still_head):
    times = a_long_still_head.times[:, None] + np.array([0.0, 0.0, 0.0, 0.5, 0.5, 0.5])
    series = replace(spoiled(a_long_still_head, f2=-1024.0), times=times)
    rows = motion_table(register_frames(series), times)
    assert [(row["frame"], row["position"]) for row in rows[:4]] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert len(rows) == 24
    assert rows[3]["time_s"] == 1.5
    assert rows[3]["used"]
    assert rows[3]["reason"] == ""
    assert rows[3]["residual_mm"] < 0.5
    assert rows[3]["x_degrees"] == pytest.approx(0.0, abs=0.05)
    assert (rows[4]["used"], rows[4]["reason"]) == (False, "no_head")
    assert rows[4]["x_mm"] is None
    assert rows[4]["residual_mm"] is None
