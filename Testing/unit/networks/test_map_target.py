"""Fixed physical windows: no wrap-around, no loss."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.networks import MAP_TARGETS


@pytest.mark.parametrize("target", MAP_TARGETS.values(), ids=list(MAP_TARGETS))
@given(share=st.floats(0.0, 1.0))
def test_values_within_the_window_come_back(target, share):
    value = np.array([target.low + share * (target.high - target.low)])

    np.testing.assert_allclose(target.physical(target.scaled(value)), value, atol=1e-5 * target.high)


def test_blood_volume_above_the_window_is_clipped_and_never_wraps_around():
    """The papers' public code maps 3.5 mL/100 g to 41 of 255, since eight bits wrap around."""
    scaled = MAP_TARGETS["CBV"].scaled(np.array([2.0, 3.02, 3.5, 4.0, 60.0]))

    np.testing.assert_allclose(scaled, [0.5, 0.755, 0.875, 1.0, 1.0], atol=1e-6)


def test_what_is_not_known_stays_unknown():
    assert np.isnan(MAP_TARGETS["TTP"].scaled(np.array([np.nan]))).all()


def test_the_papers_threshold_is_the_middle_of_the_window():
    assert {name: target.half_range for name, target in MAP_TARGETS.items()} == {
        "CBV": 2.0, "CBF": 30.0, "TTP": 7.5, "MTT": 10.0,
    }  # fmt: skip
