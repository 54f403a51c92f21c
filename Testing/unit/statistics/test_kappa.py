import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.statistics import cohen_kappa

ratings = st.lists(
    st.tuples(st.sampled_from(["left", "right", "none"]), st.sampled_from(["left", "right", "none"])),
    max_size=25,
)


def raters(counts):
    """Return the two ratings of each case of a table of counts."""
    cases = [(i, j) for (i, j), count in np.ndenumerate(counts) for _ in range(count)]
    return [i for i, _ in cases], [j for _, j in cases]


def test_the_diagnoses_of_fleiss_cohen_and_everitt():
    """Psychol Bull 1969;72:323-327, table 1: 200 cases; kappa .429, variance .002885."""
    found = cohen_kappa(*raters([[106, 10, 4], [22, 28, 10], [2, 12, 6]]))

    assert found.n == 200
    assert found.agreement == pytest.approx(0.70)
    assert found.kappa == pytest.approx(0.429, abs=0.0005)
    error = (found.interval.high - found.kappa) / stats.norm.ppf(0.975)
    assert error**2 == pytest.approx(0.002885, abs=1e-6)


def test_the_diagnoses_of_fleiss_textbook():
    """Statistical methods for rates and proportions, 3rd ed. 2003, table 18.1: kappa .68."""
    found = cohen_kappa(*raters([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))

    assert found.agreement == pytest.approx(0.89)
    assert found.kappa == pytest.approx(0.68, abs=0.005)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_kappa_and_its_interval_are_those_of_statsmodels_and_scikit_learn(k):
    counts = np.random.default_rng(k).integers(1, 12, (k, k)) + 15 * np.eye(k, dtype=int)
    first, second = raters(counts)
    expected = cohens_kappa(counts)
    found = cohen_kappa(first, second)

    assert found.kappa == pytest.approx(expected.kappa)
    assert found.kappa == pytest.approx(cohen_kappa_score(first, second))
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (expected.kappa_low, expected.kappa_upp)
    )
    assert np.array_equal(found.counts, counts)


def test_two_by_two_by_hand():
    # 20 both, 10 and 5 one alone, 15 neither: observed .7, by chance .6 * .5 + .4 * .5 = .5.
    found = cohen_kappa([True] * 30 + [False] * 20, [True] * 20 + [False] * 10 + [True] * 5 + [False] * 15)

    assert (found.categories, found.counts) == ((False, True), ((15, 5), (10, 20)))
    assert found.kappa == pytest.approx(0.4)


def test_full_agreement_is_1_and_its_interval_unknown():
    found = cohen_kappa(["a", "b", "a"], ["a", "b", "a"])

    assert (found.agreement, found.kappa, found.interval) == (1.0, 1.0, None)


def test_where_all_cases_are_alike_or_none_are_there_kappa_says_nothing():
    assert cohen_kappa([False] * 5, [False] * 5).agreement == 1.0
    assert cohen_kappa([False] * 5, [False] * 5).kappa is None
    assert cohen_kappa([], []).agreement is None


def test_a_rating_that_never_varies_agrees_by_chance():
    found = cohen_kappa([True] * 4, [True, True, False, True])

    assert (found.kappa, found.interval) == (pytest.approx(0.0), None)


@given(ratings)
def test_kappa_is_symmetric_at_most_1_and_within_its_interval(pairs):
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    found, exchanged = cohen_kappa(first, second), cohen_kappa(second, first)

    assert exchanged.kappa == pytest.approx(found.kappa)
    if found.kappa is not None:
        assert -1.0 <= found.kappa <= found.agreement <= 1.0
    if found.interval is not None:
        assert found.interval.low - 1e-12 <= found.kappa <= found.interval.high + 1e-12


def test_ratings_of_different_counts_are_refused():
    with pytest.raises(ArgumentError, match="second has 1 values, first has 2"):
        cohen_kappa(["a", "b"], ["a"])
