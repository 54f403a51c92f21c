import numpy as np
import pytest
from scipy import stats

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.statistics import friedman_test

# Hollander and Wolfe, Nonparametric statistical methods, 1973, table 7.1: seconds that 22 players took to
# round first base by three ways (round out, narrow angle, wide angle); also in the manual of R.
ROUNDING_TIMES = [
    (5.40, 5.50, 5.55), (5.85, 5.70, 5.75), (5.20, 5.60, 5.50), (5.55, 5.50, 5.40), (5.90, 5.85, 5.70),
    (5.45, 5.55, 5.60), (5.40, 5.40, 5.35), (5.45, 5.50, 5.35), (5.25, 5.15, 5.00), (5.85, 5.80, 5.70),
    (5.25, 5.20, 5.10), (5.65, 5.55, 5.45), (5.60, 5.35, 5.45), (5.05, 5.00, 4.95), (5.50, 5.50, 5.40),
    (5.45, 5.55, 5.50), (5.55, 5.55, 5.35), (5.45, 5.50, 5.55), (5.50, 5.45, 5.25), (5.65, 5.60, 5.40),
    (5.70, 5.65, 5.55), (6.30, 6.30, 6.25),
]  # fmt: skip


def test_the_ways_to_round_first_base_differ_as_published():
    found = friedman_test(ROUNDING_TIMES)

    assert (found.n_cases, found.n_treatments, found.degrees_of_freedom) == (22, 3, 2)
    assert found.chi_squared == pytest.approx(11.143, abs=0.0005)
    assert found.p_value == pytest.approx(0.003805, abs=5e-7)


def test_ranks_without_ties_follow_friedmans_formula():
    # Rank sums 3, 6, 9 of n = 3 cases and k = 3: 12 / (n k (k + 1)) sum R^2 - 3 n (k + 1) = 6.
    assert friedman_test([[1, 2, 3], [10, 20, 40], [0, 5, 6]]).chi_squared == pytest.approx(6.0)


def test_tables_with_ties_are_those_of_scipy():
    table = np.random.default_rng(4).integers(0, 5, (30, 4))
    expected = stats.friedmanchisquare(*table.T)
    found = friedman_test(table)

    assert (found.chi_squared, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_two_treatments_give_the_sign_test():
    # Larger in nine cases, smaller in three, the same in two: (9 - 3)^2 / 12 = 3.
    differences = [1.0] * 9 + [-2.0] * 3 + [0.0] * 2
    found = friedman_test([(5.0, 5.0 + difference) for difference in differences])

    assert found.chi_squared == pytest.approx(3.0)
    assert found.p_value == pytest.approx(stats.chi2.sf(3.0, 1))


@pytest.mark.parametrize(
    "values",
    [np.zeros((5, 4)), [[1.0, 2.0, 3.0]], [[1.0], [2.0]], np.zeros((0, 4))],
    ids=["no case differs", "one case", "one treatment", "no case"],
)
def test_what_cannot_be_said_is_none(values):
    found = friedman_test(values)

    assert found.chi_squared is None
    assert found.p_value is None


@pytest.mark.parametrize("values", [[1.0, 2.0, 3.0], [[1.0, np.nan, 3.0], [1.0, 2.0, 3.0]]])
def test_what_is_no_table_of_numbers_is_refused(values):
    with pytest.raises(ArgumentError, match="no table"):
        friedman_test(values)
