import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.networks import MAP_TARGETS
from CTPerfusionLib.validation.maps_score import MapPair, score_map

CBV = MAP_TARGETS["CBV"]  # 0 to 4 mL/100 g, half range 2


def a_pair(predicted, reference):
    shape = (2, 2, 2)
    images = [np.reshape(np.array(each, dtype=np.float32), shape) for each in (predicted, reference)]
    return MapPair(CBV, *images)


BRAIN = np.array([[[1, 1], [1, 0]], [[1, 1], [0, 0]]], dtype=bool)
NAN = np.nan


@pytest.fixture
def a_score():
    """Five pixels of brain, one of them without a reference; two slices."""
    predicted = [1.0, 3.0, 2.0, 9.0, 4.0, 0.0, 9.0, 9.0]
    reference = [2.0, 3.0, 0.0, NAN, 6.0, NAN, NAN, NAN]
    return score_map(a_pair(predicted, reference), BRAIN)


def test_the_error_is_that_of_the_clipped_maps_from_0_to_1(a_score):
    # Differences -1/4, 0, 2/4 and, 6 clipped to 4, 0.
    assert a_score.brain.n_pixels == 4
    assert a_score.brain.squared_error == pytest.approx((1 / 16 + 4 / 16) / 4)


def test_all_pixels_count_with_a_background_of_0_in_both_maps(a_score):
    assert a_score.image.n_pixels == 8
    assert a_score.image.squared_error == pytest.approx((1 / 16 + 4 / 16) / 8)


def test_bias_and_error_in_the_unit_of_the_map_do_not_clip_the_reference(a_score):
    assert a_score.bias == pytest.approx((-1.0 + 0.0 + 2.0 - 2.0) / 4)
    assert a_score.rmse == pytest.approx(np.sqrt((1.0 + 4.0 + 4.0) / 4))


def test_dice_counts_pixels_from_half_range_on(a_score):
    # Predicted 3, 2, 4; reference 2, 3, 6: common are the second and the last pixel.
    assert (a_score.brain.common, a_score.brain.high) == (2, 6)
    assert a_score.brain.dice == pytest.approx(2 / 3)


def test_slices_are_scored_one_by_one(a_score):
    assert [each.dice for each in a_score.slices] == [pytest.approx(0.5), pytest.approx(1.0)]
    assert a_score.slice_dice == pytest.approx(0.75)


def test_a_slice_in_which_neither_map_reaches_half_range_has_no_dice():
    score = score_map(a_pair([1, 0, 1, 0, 3, 3, 0, 0], [1, 1, 1, 0, 3, 3, 0, 0]), BRAIN)

    assert score.undefined_slices == 1
    assert score.slice_dice == 1.0


def test_slices_without_tissue_do_not_count():
    brain = BRAIN & np.array([True, False])[:, None, None]

    assert len(score_map(a_pair(np.ones(8), np.ones(8)), brain).slices) == 1


def test_a_flat_map_has_no_correlation():
    assert score_map(a_pair(np.ones(8), np.arange(8.0)), BRAIN).brain.correlation is None


def test_pixels_without_a_prediction_are_left_out_and_counted():
    score = score_map(a_pair([NAN, 1, 1, NAN, 1, 1, NAN, NAN], np.ones(8)), BRAIN)

    assert score.missing == 1
    assert score.brain.n_pixels == 4
    assert score.brain.squared_error == 0.0


def test_maps_on_another_grid_are_refused():
    with pytest.raises(ArgumentError, match="shape"):
        score_map(a_pair(np.ones(8), np.ones(8)), BRAIN[:1])


@given(st.floats(0.1, 1.9), st.floats(0.0, 1.0))
def test_correlation_does_not_depend_on_scale_and_offset_within_the_window(slope, offset):
    reference = np.array([0.2, 0.5, 0.9, 0.0, 1.4, 0.3, 0.0, 0.0])
    score = score_map(a_pair(slope * reference + offset, reference), BRAIN)

    assert score.brain.correlation == pytest.approx(1.0)
