"""Frames are aligned with the first, unless it is an outlier; the choice is recorded."""

import numpy as np

from CTPerfusionLib.preprocessing import register_frames


def test_a_drifting_head_is_aligned_with_the_first_frame(scan_head):
    drift = np.linspace(0.0, 5.0, 8)[:, None] * np.array([0.8, 0.6, 0.0, 0.0, 0.0, 0.5])
    registration = register_frames(scan_head(drift, np.zeros(8)))
    assert registration.reference == 0
    assert registration.reference_reason == "It is the first frame."


def test_a_first_frame_far_from_the_others_gives_way_to_one_among_them(scan_head, mean_error):
    motion = np.zeros((9, 6))
    motion[1:] += [3.0, -2.0, 0.5, 0.5, 0.0, 3.0]
    motion[1:] += 0.2 * np.random.default_rng(5).normal(size=(8, 6))
    series = scan_head(motion, np.zeros(9))
    registration = register_frames(series)
    assert registration.reference != 0
    assert registration.reference_reason.startswith("In the first frame the head is ")
    np.testing.assert_array_equal(registration.motion[registration.reference], 0.0)
    assert mean_error(series, registration.motion, motion).max() < 0.3
    assert registration.used.all()


def test_a_blank_first_frame_is_no_reference(a_long_still_head):
    voxels = a_long_still_head.voxels.copy()
    voxels[0] = -1024
    registration = register_frames(a_long_still_head.with_voxels(voxels))
    assert registration.reference != 0
    assert registration.reference_reason == "The first frame is blank or shows too little of the head."
    assert not registration.used[0]
    assert registration.used[1:].all()


def test_a_smeared_first_frame_is_no_reference(a_long_still_head, a_smeared_frame):
    voxels = a_long_still_head.voxels.copy()
    voxels[0] = a_smeared_frame(6.0)
    registration = register_frames(a_long_still_head.with_voxels(voxels))
    assert registration.reference != 0
    assert registration.reference_reason == "The head moved while the first frame was taken."
    assert registration.residual[0] > 1.0
    assert np.nanmax(registration.residual[1:]) < 0.5


def test_a_first_frame_that_no_other_matches_is_no_reference(a_long_still_head):
    voxels = a_long_still_head.voxels.copy()
    voxels[0] = 900 - voxels[0]
    registration = register_frames(a_long_still_head.with_voxels(voxels))
    assert registration.reference != 0
    assert registration.reference_reason == "Few frames match the first one."
    assert [rejection.frame for rejection in registration.rejections] == [0]
