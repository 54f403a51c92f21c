import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.statistics import (
    PairMoments,
    bland_altman,
    concordance,
    pair_moments,
    pearson_correlation,
)

values = st.integers(-500, 500).map(lambda tenths: tenths / 10.0)
images = st.lists(st.lists(st.tuples(values, values), max_size=8), max_size=4)


def columns(pairs):
    return [one for one, _ in pairs], [other for _, other in pairs]


@given(images)
def test_moments_of_images_add_up_to_those_of_all_their_voxels(parts):
    added = sum((pair_moments(*columns(part)) for part in parts), PairMoments())
    whole = pair_moments(*columns([pair for part in parts for pair in part]))

    assert added.n == whole.n
    for name in ("mean_first", "mean_second", "squares_first", "squares_second", "products"):
        assert getattr(added, name) == pytest.approx(getattr(whole, name), abs=1e-6)


@given(st.lists(st.tuples(values, values), max_size=12))
def test_they_say_what_the_statistics_of_all_pairs_say(pairs):
    first, second = columns(pairs)
    found, difference = pair_moments(first, second), bland_altman(second, first)
    correlation, concordant = pearson_correlation(first, second), concordance(first, second)

    if correlation.r is not None:
        assert found.r == pytest.approx(correlation.r)
    assert found.ccc == pytest.approx(concordant.ccc, abs=1e-9)
    assert found.bias == pytest.approx(difference.bias, abs=1e-9)
    assert found.sd == pytest.approx(difference.sd, abs=1e-6)
    if found.limits is not None:
        assert found.limits == pytest.approx((difference.lower_limit, difference.upper_limit), abs=1e-5)


def test_without_voxels_nothing_is_said():
    assert (PairMoments().r, PairMoments().ccc, PairMoments().bias, PairMoments().limits) == (None,) * 4


def test_images_of_one_value_do_not_correlate_by_rounding():
    found = pair_moments([0.1] * 7, [0.3] * 7) + pair_moments([0.1] * 5, [0.3] * 5)

    assert found.r is None
    assert pair_moments([0.1] * 7, [0.1] * 7).ccc is None
    assert found.ccc == pytest.approx(0.0, abs=1e-12)


def test_large_values_keep_their_small_differences():
    # Sums of squares instead of deviations would lose them.
    first = 1e9 + np.array([0.0, 1.0, 2.0, 3.0])
    added = pair_moments(first[:2], first[:2] + 1.0) + pair_moments(first[2:], first[2:] - 1.0)

    assert added.sd == pytest.approx(np.sqrt(4.0 / 3.0))
