"""What follows by hand, and what scipy computes as well."""

import numpy as np
import pytest
from scipy import stats

from CTPerfusionLib.statistics import (
    IccForm,
    ProportionInterval,
    bland_altman,
    compare_groups,
    compare_pairs,
    concordance,
    dice,
    intraclass_correlation,
    linear_regression,
    pearson_correlation,
    proportion,
    summarise,
)


@pytest.fixture(scope="module")
def pairs():
    """Forty correlated pairs with an offset."""
    random = np.random.default_rng(0)
    first = random.normal(30.0, 8.0, 40)
    return first, 0.7 * first + 3.0 + random.normal(0.0, 4.0, 40)


def test_dice_of_masks_that_share_half():
    assert dice(np.array([1, 1, 0, 0], bool), np.array([0, 1, 1, 0], bool)) == 0.5
    assert dice(np.ones((2, 2), bool), np.ones((2, 2), bool)) == 1.0
    assert dice(np.ones(3, bool), np.zeros(3, bool)) == 0.0


def test_dice_of_two_empty_masks_says_nothing():
    assert dice(np.zeros(4, bool), np.zeros(4, bool)) is None


def test_a_sample_is_described_with_n_minus_1_in_the_sd():
    found = summarise([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])

    assert (found.n, found.mean, found.median) == (8, 5.0, 4.5)
    assert found.sd == pytest.approx(np.sqrt(32.0 / 7.0))
    assert (found.low_quartile, found.high_quartile, found.smallest, found.largest) == (4.0, 5.5, 2.0, 9.0)


def test_correlation_is_that_of_scipy(pairs):
    expected = stats.pearsonr(*pairs)
    found = pearson_correlation(*pairs)

    assert found.r == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    low_and_high = expected.confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx((low_and_high.low, low_and_high.high))


def test_points_on_a_line_correlate_fully():
    found = pearson_correlation([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, 6.0, 8.0])

    assert found.r == pytest.approx(1.0)
    assert found.interval.high == pytest.approx(1.0)
    assert found.p_value == pytest.approx(0.0, abs=1e-6)


def test_a_line_is_that_of_scipy(pairs):
    expected = stats.linregress(*pairs)
    found = linear_regression(*pairs)
    t = stats.t.ppf(0.975, 38)

    assert (found.slope, found.intercept) == pytest.approx((expected.slope, expected.intercept))
    assert found.slope_interval.high - found.slope == pytest.approx(t * expected.stderr)
    assert found.intercept_interval.high - found.intercept == pytest.approx(t * expected.intercept_stderr)


def test_points_on_a_line_give_it_back_without_width():
    found = linear_regression([1.0, 2.0, 4.0], [5.0, 7.0, 11.0])

    assert (found.slope, found.intercept) == pytest.approx((2.0, 3.0))
    assert found.slope_interval.low == pytest.approx(found.slope_interval.high)
    assert found.residual_sd == pytest.approx(0.0, abs=1e-12)


def test_a_line_through_the_origin_by_hand():
    # Slope (1*2 + 2*3) / (1 + 4) = 1.6, residuals 0.4 and -0.2, s^2 = 0.2, standard error sqrt(0.2 / 5).
    found = linear_regression([1.0, 2.0], [2.0, 3.0], through_origin=True)

    assert (found.slope, found.intercept) == (pytest.approx(1.6), 0.0)
    assert found.residual_sd == pytest.approx(np.sqrt(0.2))
    half = stats.t.ppf(0.975, 1) * 0.2
    assert (found.slope_interval.low, found.slope_interval.high) == pytest.approx((1.6 - half, 1.6 + half))
    assert found.intercept_interval is None


def test_bland_altman_by_hand():
    # Differences 1, 3: mean 2, SD sqrt(2).
    found = bland_altman([2.0, 5.0], [1.0, 2.0])

    assert (found.bias, found.sd) == pytest.approx((2.0, np.sqrt(2.0)))
    assert found.upper_limit == pytest.approx(2.0 + 1.96 * np.sqrt(2.0))
    assert found.repeatability == pytest.approx(1.96 * np.sqrt(2.0))
    t = stats.t.ppf(0.975, 1)
    assert found.bias_interval.high == pytest.approx(2.0 + t)
    half = t * np.sqrt(2.0) * np.sqrt(0.5 + 1.96**2 / 2.0)
    assert found.upper_interval.high == pytest.approx(found.upper_limit + half)


def test_concordance_of_a_shift_is_the_closed_form():
    first = np.array([1.0, 2.0, 3.0, 4.0, 5.0])  # variance 2 with n

    assert concordance(first, first).ccc == pytest.approx(1.0)
    assert concordance(first, first + 1.0).ccc == pytest.approx(4.0 / (4.0 + 1.0))
    assert concordance(first, 2.0 * first).ccc == pytest.approx(2.0 * 4.0 / (2.0 + 8.0 + 9.0))
    assert concordance(first, 6.0 - first).ccc == pytest.approx(-1.0)


def test_concordance_without_shift_and_scale_has_the_interval_of_the_correlation_but_for_n_minus_2(pairs):
    # Standardised, the concordance is the correlation, and its variance 1 / (n - 2).
    first, second = ((each - each.mean()) / each.std() for each in pairs)
    found = concordance(first, second)
    r = pearson_correlation(first, second).r
    half = stats.norm.ppf(0.975) / np.sqrt(38)

    assert found.ccc == pytest.approx(r)
    assert found.interval.low == pytest.approx(np.tanh(np.arctanh(r) - half))
    assert found.interval.high == pytest.approx(np.tanh(np.arctanh(r) + half))


def test_the_interval_of_the_concordance_holds_the_true_value_as_often_as_it_says():
    random = np.random.default_rng(1)
    rho, shift, scale, n, repeats = 0.8, 0.5, 1.3, 60, 2000
    true = 2.0 * rho * scale / (1.0 + scale**2 + shift**2)
    held = 0
    for _ in range(repeats):
        first = random.normal(size=n)
        second = shift + scale * (rho * first + np.sqrt(1.0 - rho**2) * random.normal(size=n))
        held += true in concordance(first, second).interval

    assert held / repeats == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    ("form", "true"),
    [
        (IccForm.ONE_ONE, 4.0 / 7.0),
        (IccForm.ONE_K, 4.0 / 5.0),
        (IccForm.TWO_ONE, 4.0 / 7.0),
        (IccForm.THREE_ONE, 4.0 / 6.0),
    ],
)
def test_intraclass_correlation_finds_the_variances_of_simulated_ratings(form, true):
    """Cases with variance 4, raters with variance 1, error with variance 2; means of three ratings."""
    random = np.random.default_rng(2)
    if form in (IccForm.ONE_ONE, IccForm.ONE_K):
        # Raters of its own for each case: their variance adds to the error.
        ratings = random.normal(0, 2, (4000, 1)) + random.normal(0, np.sqrt(3), (4000, 3))
    else:
        offsets = random.normal(size=(1, 40))
        offsets *= 1.0 / offsets.std(ddof=1)
        ratings = random.normal(0, 2, (4000, 1)) + offsets + random.normal(0, np.sqrt(2), (4000, 40))

    assert intraclass_correlation(ratings, form).icc == pytest.approx(true, abs=0.02)


@pytest.mark.parametrize("form", IccForm)
def test_the_interval_of_an_intraclass_correlation_holds_the_true_value_as_often_as_it_says(form):
    random = np.random.default_rng(3)
    n, k, repeats = 20, 3, 1500
    no_raters = form in (IccForm.ONE_ONE, IccForm.ONE_K, IccForm.THREE_ONE)
    rater_sd = 0.0 if no_raters else 1.0
    single = 4.0 / (4.0 + rater_sd**2 + 2.0)
    true = k * single / (1.0 + (k - 1) * single) if form is IccForm.ONE_K else single
    held = 0
    for _ in range(repeats):
        ratings = random.normal(0, 2, (n, 1)) + random.normal(0, np.sqrt(2), (n, k))
        ratings += random.normal(0, rater_sd, (1, k))
        held += true in intraclass_correlation(ratings, form).interval

    assert held / repeats == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize("form", IccForm)
def test_ratings_that_are_the_same_agree_fully_whatever_rounding_leaves(form):
    random = np.random.default_rng(6)
    for _ in range(200):
        volumes = 0.005 * random.integers(0, 400, 14)
        found = intraclass_correlation(np.stack([volumes, volumes], axis=1), form)

        assert (found.icc, found.interval.low, found.interval.high) == pytest.approx((1.0, 1.0, 1.0))


def test_tests_between_groups_are_those_of_scipy(pairs):
    first, second = pairs[0], pairs[1][:25]
    found = compare_groups(first, second)
    welch = stats.ttest_ind(first, second, equal_var=False)
    ranks = stats.mannwhitneyu(first, second, alternative="two-sided")

    assert (found.t, found.t_p_value) == pytest.approx((welch.statistic, welch.pvalue))
    assert found.degrees_of_freedom == pytest.approx(welch.df)
    limits = welch.confidence_interval(0.95)
    assert (found.interval.low, found.interval.high) == pytest.approx((limits.low, limits.high))
    assert (found.u, found.u_p_value) == (ranks.statistic, ranks.pvalue)


def test_paired_tests_are_those_of_scipy(pairs):
    found = compare_pairs(*pairs)
    student, ranks = stats.ttest_rel(*pairs), stats.wilcoxon(*pairs)

    assert (found.t, found.t_p_value) == pytest.approx((student.statistic, student.pvalue))
    assert (found.w, found.w_p_value) == (ranks.statistic, pytest.approx(ranks.pvalue))


@pytest.mark.parametrize("method", ProportionInterval)
@pytest.mark.parametrize(("count", "n"), [(0, 1), (1, 1), (3, 7), (50, 50), (17, 200)])
def test_proportions_are_those_of_scipy(method, count, n):
    names = {ProportionInterval.WILSON: "wilson", ProportionInterval.CLOPPER_PEARSON: "exact"}
    expected = stats.binomtest(count, n).proportion_ci(0.95, method=names[method])
    found = proportion(count, n, method=method)

    assert found.share == count / n
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high))
