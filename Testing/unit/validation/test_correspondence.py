"""Corresponding thresholds: as many voxels on either side."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from CTPerfusionLib.validation.correspondence import agreement, corresponding_cut, mean_reading

seconds = arrays(np.float64, 40, elements=st.floats(0.0, 20.0), unique=True)


@settings(max_examples=50)
@given(seconds, seconds)
def test_as_many_values_exceed_the_cut_as_others_exceed_the_limit(values, others):
    n_above = np.count_nonzero(others > 6.0)

    cut = corresponding_cut(values, others, 6.0)

    if n_above in (0, len(values)):
        assert np.isnan(cut)
    else:
        assert np.count_nonzero(values >= cut) == n_above


def test_a_constant_bias_moves_the_cut_by_as_much():
    truth = np.linspace(0.0, 12.0, 1201)

    assert corresponding_cut(truth + 1.5, truth, 6.0) == pytest.approx(7.5, abs=0.01)
    assert corresponding_cut(truth, truth + 1.5, 6.0) == pytest.approx(4.5, abs=0.01)


def test_the_reading_is_that_of_the_line_through_what_is_reported():
    truth = np.linspace(2.0, 12.0, 400)

    assert mean_reading(0.5 * truth + 2.0, truth, 6.0) == pytest.approx(5.0)


def test_agreement_counts_the_voxels_on_the_same_side():
    truth = np.array([1.0, 5.0, 7.0, 9.0])
    reported = np.array([2.0, 6.5, 5.0, 9.0])

    assert agreement(reported, 6.0, truth, 6.0) == 0.5
    assert agreement(truth, 6.0, truth, 6.0) == 1.0


def test_without_voxels_nothing_is_found():
    none = np.empty(0)

    assert np.isnan(corresponding_cut(none, none, 6.0))
    assert np.isnan(mean_reading(none, none, 6.0))
    assert np.isnan(agreement(none, 6.0, none, 6.0))
