"""Which hemisphere is the affected one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.lesion import Hemisphere, Side, affected_hemisphere

TISSUE = np.ones((2, 40, 100), dtype=bool)
HEMISPHERES = np.where(np.arange(100) < 50, Hemisphere.LEFT, Hemisphere.RIGHT).astype(np.uint8)
HEMISPHERES = np.broadcast_to(HEMISPHERES, TISSUE.shape)


def tmax_with(left: float, right: float) -> np.ndarray:
    return np.where(HEMISPHERES == Hemisphere.LEFT, left, right)


@pytest.mark.parametrize(
    ("left", "right", "side"),
    [(3.01, 2.7, "left"), (2.7, 3.01, "right"), (3.0, 2.8, "none"), (3.0, 3.0, "none")],
)
def test_the_greater_median_decides_from_three_tenths_of_a_second(left, right, side):
    assert affected_hemisphere(tmax_with(left, right), TISSUE, HEMISPHERES).side == side


def test_a_small_lesion_decides_where_the_medians_do_not():
    tmax = tmax_with(3.1, 3.0)
    tmax[:, :2, 60:80] = 9.0

    affected = affected_hemisphere(tmax, TISSUE, HEMISPHERES)

    assert affected.side is Side.RIGHT
    assert affected.right_hypoperfused == pytest.approx(0.02)


def test_a_trace_of_late_tissue_decides_nothing():
    tmax = tmax_with(3.0, 3.0)
    tmax[0, 0, 60:70] = 9.0

    assert affected_hemisphere(tmax, TISSUE, HEMISPHERES).side is Side.NONE


def test_tissue_at_the_threshold_is_not_late_yet():
    tmax = tmax_with(3.0, 3.0)
    tmax[:, :10, 60:80] = 6.0

    affected = affected_hemisphere(tmax, TISSUE, HEMISPHERES, tmax_threshold=6.0)

    assert affected.right_hypoperfused == 0.0
    assert affected.side is Side.NONE


def test_equal_lateness_on_both_sides_decides_nothing():
    tmax = tmax_with(3.0, 3.0)
    tmax[:, :10] = 9.0

    assert affected_hemisphere(tmax, TISSUE, HEMISPHERES).side is Side.NONE


def test_dead_tissue_counts_as_late():
    tmax = tmax_with(3.0, 3.0)
    tmax[:, :10, :50] = np.nan

    assert affected_hemisphere(tmax, TISSUE, HEMISPHERES).side is Side.LEFT


def test_half_a_head_has_no_affected_side():
    assert (
        affected_hemisphere(tmax_with(9.0, 3.0), HEMISPHERES == Hemisphere.LEFT, HEMISPHERES).side
        is Side.NONE
    )


@given(
    left=st.floats(0.0, 12.0),
    right=st.floats(0.0, 12.0),
    late=st.integers(0, 49),
    on_the_left=st.booleans(),
)
def test_flipping_the_head_flips_the_affected_side(left, right, late, on_the_left):
    tmax = tmax_with(left, right)
    tmax[:, :5, slice(0, late) if on_the_left else slice(100 - late, 100)] = 11.0
    flipped = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.NONE: Side.NONE}

    affected = affected_hemisphere(tmax, TISSUE, HEMISPHERES)
    mirrored = affected_hemisphere(tmax[:, :, ::-1], TISSUE, HEMISPHERES)

    assert mirrored.side is flipped[affected.side]
    assert (mirrored.left_median, mirrored.right_median) == (affected.right_median, affected.left_median)
