import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.validation.maps_frames import FRAME_COUNTS, chosen_frames, thinning_matrix

TIMES = np.arange(89) * 0.5


@pytest.mark.parametrize(
    ("count", "first", "last"),
    [(2, [0, 44], 44), (3, [0, 29, 58], 58), (7, [0, 12, 24], 72), (44, [0, 2, 4], 86), (89, [0, 1, 2], 88)],
)
def test_frames_are_chosen_as_in_the_papers_code(count, first, last):
    # Its rule: arange(0, T, floor(T / n))[:n].
    chosen = chosen_frames(89, count)

    assert len(chosen) == count
    assert list(chosen[: len(first)]) == first
    assert chosen[-1] == last


@pytest.mark.parametrize("count", FRAME_COUNTS)
def test_frames_that_were_kept_stay_as_they_are(count):
    curve = np.sin(TIMES / 5.0)
    kept = chosen_frames(89, count)

    np.testing.assert_allclose((thinning_matrix(89, count) @ curve)[kept], curve[kept], atol=1e-6)


@given(st.integers(2, 89), st.floats(-5.0, 5.0), st.floats(-100.0, 100.0))
def test_a_straight_line_survives_up_to_the_last_frame_that_was_kept(count, slope, offset):
    last = chosen_frames(89, count)[-1]
    thinned = thinning_matrix(89, count) @ (slope * TIMES + offset)

    np.testing.assert_allclose(thinned[: last + 1], (slope * TIMES + offset)[: last + 1], atol=1e-3)
    np.testing.assert_allclose(thinned[last:], slope * TIMES[last] + offset, atol=1e-3)


def test_all_frames_change_nothing():
    np.testing.assert_array_equal(thinning_matrix(89, 89), np.eye(89))


@pytest.mark.parametrize("count", [0, 1, 90])
def test_numbers_of_frames_that_cannot_be_are_refused(count):
    with pytest.raises(ArgumentError, match="n_chosen"):
        chosen_frames(89, count)
