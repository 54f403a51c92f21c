"""The filters side by side: what they are given, and how their difference is measured."""

import numpy as np
import pytest

from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.validation.filter_contestants import (
    EXACT_FILTER,
    FAST_FILTER,
    MASKED_PASS,
    FilterInput,
    enter_filters,
    masked_pass,
    rms_difference,
)
from CTPerfusionLib.validation.turns import take_turns

SHAPE = (9, 3, 24, 20)


@pytest.fixture(scope="module")
def given() -> FilterInput:
    random = np.random.default_rng(301)
    voxels = random.normal(40.0, 6.0, SHAPE).astype(np.float32)
    mask = np.zeros(SHAPE[1:], dtype=bool)
    mask[:, 4:-4, 4:-4] = True
    return FilterInput(voxels, (2.0, 2.0, 5.0), mask)


def test_the_difference_is_the_root_mean_square_over_the_mask_alone():
    mask = np.zeros(SHAPE[1:], dtype=bool)
    mask[0, 0, :2] = True
    one, other = np.zeros((2, *SHAPE), dtype=np.float32)
    other[:, 0, 0, 0] = 3.0
    other[:, 1] = 100.0

    assert rms_difference(one, other, mask) == pytest.approx(np.sqrt((9.0 + 0.0) / 2))


def test_the_pass_touches_the_mask_alone_and_hardly_changes_it(given):
    voxels = given.voxels.copy()

    masked_pass(voxels, given.mask, ignore_progress)

    changed = (voxels != given.voxels).any(axis=0)
    assert not changed[~given.mask].any()
    assert changed[given.mask].mean() > 0.9
    assert np.allclose(voxels, given.voxels, rtol=1e-5)


def test_fast_and_exact_filter_and_the_pass_take_part_and_leave_their_input_alone(given):
    before = given.voxels.copy()

    turns, rms = enter_filters(given, ignore_progress)
    timings = take_turns(turns, 1)

    assert list(timings) == [FAST_FILTER, EXACT_FILTER, MASKED_PASS]
    assert all(timing.part.n_frames == SHAPE[0] for timing in timings.values())
    assert 0.0 <= rms < 0.5
    assert np.array_equal(given.voxels, before)
