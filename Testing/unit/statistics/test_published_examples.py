"""The numbers that the sources of the methods print for their own data."""

import numpy as np
import pytest

from CTPerfusionLib.statistics import (
    IccForm,
    ProportionInterval,
    bland_altman,
    compare_groups,
    compare_pairs,
    intraclass_correlation,
    linear_regression,
    pearson_correlation,
    proportion,
)

# Bland and Altman, Lancet 1986;327:307-310, table I: first readings of 17 subjects, l/min.
WRIGHT_METER = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI_METER = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]

# Shrout and Fleiss, Psychol Bull 1979;86:420-428, table 2: six targets, four judges.
FOUR_JUDGES = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]

# Student, Biometrika 1908;6:1-25: hours of sleep gained by two drugs.
FIRST_DRUG = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SECOND_DRUG = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

# Anscombe, Am Stat 1973;27:17-21, first data set.
ANSCOMBE_X = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0]
ANSCOMBE_Y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]


def test_bland_and_altmans_peak_flow_meters():
    agreement = bland_altman(WRIGHT_METER, MINI_METER, limit_sds=2.0)

    assert agreement.n == 17
    assert agreement.bias == pytest.approx(-2.1, abs=0.05)
    assert agreement.sd == pytest.approx(38.8, abs=0.05)
    # The paper goes on with these two rounded numbers.
    assert agreement.lower_limit == pytest.approx(-79.7, abs=0.1)
    assert agreement.upper_limit == pytest.approx(75.5, abs=0.1)
    assert agreement.bias_interval.low == pytest.approx(-22.0, abs=0.15)
    assert agreement.bias_interval.high == pytest.approx(17.8, abs=0.15)


def test_the_interval_of_a_limit_of_agreement_is_that_of_the_paper_but_for_its_approximation():
    agreement = bland_altman(WRIGHT_METER, MINI_METER, limit_sds=2.0)

    # 1986: standard error sqrt(3 s^2 / n); exact with m = 2: s sqrt(1/n + 2 / (n - 1)), 1.4 % larger.
    assert agreement.lower_interval.low == pytest.approx(-114.3, abs=1.0)
    assert agreement.lower_interval.high == pytest.approx(-45.1, abs=1.0)
    assert agreement.lower_interval.high - agreement.lower_interval.low > 114.3 - 45.1


def test_peak_flow_meters_correlate_as_the_paper_says():
    assert pearson_correlation(WRIGHT_METER, MINI_METER).r == pytest.approx(0.94, abs=0.005)


@pytest.mark.parametrize(
    ("form", "published", "low", "high"),
    [
        (IccForm.ONE_ONE, 0.17, -0.133, 0.723),
        (IccForm.TWO_ONE, 0.29, 0.019, 0.761),
        (IccForm.THREE_ONE, 0.71, 0.342, 0.946),
        (IccForm.ONE_K, 0.44, -0.884, 0.912),
    ],
)
def test_shrout_and_fleiss_four_judges(form, published, low, high):
    found = intraclass_correlation(FOUR_JUDGES, form)

    assert found.icc == pytest.approx(published, abs=0.006)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=0.001)


def test_anscombes_line():
    line = linear_regression(ANSCOMBE_X, ANSCOMBE_Y)

    assert (line.slope, line.intercept) == pytest.approx((0.5, 3.0), abs=0.001)
    # Residual sum of squares 13.75 and standard error of the slope 0.118; t(0.975, 9) = 2.2622.
    assert line.residual_sd**2 * 9 == pytest.approx(13.75, abs=0.02)
    assert line.slope_interval.high - line.slope == pytest.approx(2.2622 * 0.118, abs=0.001)
    assert line.intercept_interval.high - line.intercept == pytest.approx(2.2622 * 1.125, abs=0.002)
    assert pearson_correlation(ANSCOMBE_X, ANSCOMBE_Y).r ** 2 == pytest.approx(0.667, abs=0.001)


def test_students_drugs_given_to_the_same_patients():
    test = compare_pairs(SECOND_DRUG, FIRST_DRUG)

    assert test.difference == pytest.approx(1.58)
    assert test.t == pytest.approx(4.0621, abs=1e-4)
    assert test.t_p_value == pytest.approx(0.002833, abs=1e-6)
    assert (test.interval.low, test.interval.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)


def test_students_drugs_as_if_given_to_two_groups():
    test = compare_groups(FIRST_DRUG, SECOND_DRUG)

    assert test.t == pytest.approx(-1.8608, abs=1e-4)
    assert test.degrees_of_freedom == pytest.approx(17.776, abs=1e-3)
    assert test.t_p_value == pytest.approx(0.07939, abs=1e-5)
    assert (test.interval.low, test.interval.high) == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)


def test_hollander_and_wolfes_depression_scores():
    """Nonparametric statistical methods, 1973, p. 29: Hamilton scores before and after a tranquilliser."""
    before = [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]

    test = compare_pairs(before, after)

    # The sum of the positive ranks is 40 of 45; one-sided p .01953.
    assert test.w == 45 - 40
    assert test.w_p_value == pytest.approx(2 * 0.01953, abs=1e-5)


def test_hollander_and_wolfes_placental_permeability():
    """The same, p. 69: at term and at 12 to 26 weeks."""
    at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    early = [1.15, 0.88, 0.90, 0.74, 1.21]

    test = compare_groups(at_term, early)

    assert test.u == 35
    assert test.u_p_value == pytest.approx(2 * 0.1272, abs=1e-4)


@pytest.mark.parametrize(
    ("count", "n", "wilson", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_newcombes_proportions(count, n, wilson, exact):
    """Newcombe, Stat Med 1998;17:857-872, table I."""
    by_score = proportion(count, n).interval
    by_exact = proportion(count, n, method=ProportionInterval.CLOPPER_PEARSON).interval

    assert (by_score.low, by_score.high) == pytest.approx(wilson, abs=5e-5)
    assert (by_exact.low, by_exact.high) == pytest.approx(exact, abs=5e-5)


def test_ratings_may_be_an_array():
    assert intraclass_correlation(np.array(FOUR_JUDGES), IccForm.TWO_ONE).n_cases == 6
