import numpy as np
import pytest
from scipy import ndimage

from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.phantom.head_motion import random_motion
from CTPerfusionLib.series import grid_centre, motion_matrix

TIMES = 0.5 * np.arange(89)


def test_head_is_at_rest_in_the_first_frame() -> None:
    for pattern in ("none", "mild", "severe"):
        assert np.all(random_motion(pattern, TIMES, np.random.default_rng(3))[0] == 0.0)


@pytest.mark.parametrize("seed", range(12))
def test_mild_motion_stays_within_about_a_millimetre_and_severe_jerks(seed: int) -> None:
    mild = random_motion("mild", TIMES, np.random.default_rng(seed))
    severe = random_motion("severe", TIMES, np.random.default_rng(seed))
    assert np.linalg.norm(mild[:, :3], axis=1).max() < 1.8
    assert np.linalg.norm(mild[:, :3], axis=1).max() > 0.1
    steps = np.linalg.norm(np.diff(severe[:, :3], axis=0), axis=1)
    assert 2.5 < steps.max() < 7.0
    assert 2 <= (np.linalg.norm(severe - ndimage.median_filter(severe, (15, 1)), axis=1) > 2.5).sum() <= 5


def test_recorded_motion_is_the_one_applied(a_stroke_patient: Phantom, a_patient_who_moves: Phantom) -> None:
    still, moving = a_stroke_patient, a_patient_who_moves
    frame = int(np.argmax(np.linalg.norm(moving.truth.motion[:, :2], axis=1)))
    series = moving.series
    matrix = motion_matrix(moving.truth.motion[frame], grid_centre(series.ijk_to_ras, series.shape))
    to_rest = np.linalg.inv(series.ijk_to_ras) @ np.linalg.inv(matrix) @ series.ijk_to_ras
    order = [2, 1, 0]
    predicted = ndimage.affine_transform(
        still.series.voxels[frame].astype(np.float32),
        to_rest[:3, :3][np.ix_(order, order)],
        offset=to_rest[:3, 3][order],
        order=1,
        mode="nearest",
    )
    inner = np.s_[2:-2]
    unmoved = np.abs(
        still.series.voxels[frame][inner] - series.voxels[frame][inner].astype(np.float32)
    ).mean()
    explained = np.abs(predicted[inner] - series.voxels[frame][inner]).mean()
    assert explained < 0.35 * unmoved


def test_patient_does_not_depend_on_the_motion(
    a_stroke_patient: Phantom, a_patient_who_moves: Phantom
) -> None:
    assert np.array_equal(a_stroke_patient.truth.core, a_patient_who_moves.truth.core)
    assert np.array_equal(a_stroke_patient.series.voxels[0], a_patient_who_moves.series.voxels[0])
