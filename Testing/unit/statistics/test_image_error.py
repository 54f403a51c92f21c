import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.statistics import mean_squared_error, peak_signal_to_noise


def test_the_error_is_the_mean_of_squares():
    assert mean_squared_error(np.array([[0.0, 1.0]]), np.array([[0.5, 1.0]])) == 0.125
    assert mean_squared_error(np.zeros(0), np.zeros(0)) is None


def test_an_error_of_a_hundredth_is_20_db_as_gava_et_al_say():
    assert peak_signal_to_noise(0.01) == pytest.approx(20.0)


def test_the_ratio_of_eight_bit_images_refers_to_255():
    # A constant difference of 1 grey level: 20 log10(255) = 48.13 dB.
    assert peak_signal_to_noise(1.0, peak=255.0) == pytest.approx(48.1308, abs=1e-4)


def test_images_that_are_the_same_have_no_bounded_ratio():
    assert peak_signal_to_noise(0.0) is None


@given(st.floats(1e-12, 1e3), st.floats(1.001, 100.0))
def test_a_greater_error_is_a_smaller_ratio(error, factor):
    assert peak_signal_to_noise(error * factor) < peak_signal_to_noise(error)


def test_other_shapes_and_missing_values_are_refused():
    with pytest.raises(ArgumentError, match="shape"):
        mean_squared_error(np.zeros(3), np.zeros(4))
    with pytest.raises(ArgumentError, match="finite"):
        mean_squared_error(np.array([np.nan]), np.zeros(1))
    with pytest.raises(ArgumentError, match="squared_error"):
        peak_signal_to_noise(-1.0)
