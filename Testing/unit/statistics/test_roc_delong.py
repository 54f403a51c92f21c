"""DeLong's interval and test: what manuals print, the formula written out, and what holds for all data."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.statistics.delong import delong_interval, delong_test
from CTPerfusionLib.statistics.roc import roc_auc

untimed = settings(deadline=None, max_examples=50)
triples = st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=30)

# Hanley JA, McNeil BJ. Radiology 1982;143:29-36, table I: 109 CT images, 58 of them normal, rated from 1
# (definitely normal) to 5.
NORMAL_RATINGS = np.repeat([1, 2, 3, 4, 5], [33, 6, 6, 11, 2])
ABNORMAL_RATINGS = np.repeat([1, 2, 3, 4, 5], [3, 2, 2, 11, 33])

# The example of DeLong et al. 1988, patients with ovarian cancer and an obstructed bowel, as far as complete:
# SAS/STAT 13.1 User's Guide, The LOGISTIC Procedure, example 72.8. Albumin, total protein, K-G score,
# whether surgery was of use.
OVARIAN_CANCER = np.fromstring(
    """
    3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1
    3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0
    2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1
    3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0
    3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1
    3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1
    """,
    sep=" ",
).reshape(-1, 4)
ALBUMIN, PROTEIN = OVARIAN_CANCER[:, 0], OVARIAN_CANCER[:, 1]
KG_SCORE = 10.0 - OVARIAN_CANCER[:, 2]
OF_USE = OVARIAN_CANCER[:, 3] == 1.0


def both_kinds_twice(cases):
    labels, first, second = (np.array(column) for column in zip(*cases, strict=True))
    assume(2 <= labels.sum() <= labels.size - 2)
    return labels, first.astype(float), second.astype(float)


def written_out(labels, first, second):
    """The covariance matrix of both areas as in the paper, equations 4 to 6, pair by pair."""
    psi = [
        (scores[labels][:, None] > scores[~labels]) + 0.5 * (scores[labels][:, None] == scores[~labels])
        for scores in (first, second)
    ]
    by_positive, by_negative = ([kernel.mean(axis=axis) for kernel in psi] for axis in (1, 0))
    return np.cov(by_positive) / labels.sum() + np.cov(by_negative) / (~labels).sum()


def test_hanley_and_mcneils_ratings_as_statas_manual_prints_them():
    ratings = np.concatenate([ABNORMAL_RATINGS, NORMAL_RATINGS])
    found = delong_interval(np.arange(ratings.size) < ABNORMAL_RATINGS.size, ratings)

    # Stata Base Reference Manual, roctab, example 1: whose standard error is DeLong's by default.
    assert (found.n_positive, found.n_negative) == (51, 58)
    assert found.auc == pytest.approx(0.8932, abs=5e-5)
    assert found.standard_error == pytest.approx(0.0307, abs=5e-5)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.83295, 0.95339), abs=5e-6)


@pytest.mark.parametrize(
    ("score", "area", "error", "low", "high"),
    [
        (ALBUMIN, 0.7366, 0.0927, 0.5549, 0.9182),
        (KG_SCORE, 0.7258, 0.1028, 0.5243, 0.9273),
        (PROTEIN, 0.6478, 0.1000, 0.4518, 0.8439),
    ],
    ids=["albumin", "K-G score", "total protein"],
)
def test_the_example_of_delong_as_sas_prints_it(score, area, error, low, high):
    found = delong_interval(OF_USE, score)

    assert found.auc == pytest.approx(area, abs=5e-5)
    assert found.standard_error == pytest.approx(error, abs=5e-5)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("score", "difference", "low", "high", "chi_square", "p"),
    [(ALBUMIN, 0.0108, -0.1761, 0.1976, 0.0127, 0.9102), (PROTEIN, -0.0780, -0.2830, 0.1271, 0.5554, 0.4561)],
    ids=["albumin", "total protein"],
)
def test_scores_of_the_same_patients_compare_with_the_kg_score_as_sas_prints_it(
    score, difference, low, high, chi_square, p
):
    found = delong_test(OF_USE, score, KG_SCORE)

    assert found.difference == pytest.approx(difference, abs=5e-5)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=5e-5)
    assert found.z**2 == pytest.approx(chi_square, abs=5e-5)
    assert found.p_value == pytest.approx(p, abs=5e-5)


def test_two_cases_of_each_kind_by_hand():
    # Placements of the positive 3 and 1 among 2 and 0: 1 and 1/2; of the negative 2 and 0: 1/2 and 1.
    found = delong_interval([True, True, False, False], [3.0, 1.0, 2.0, 0.0])

    assert found.auc == 0.75
    # Each variance 1/8, over two cases each.
    assert found.standard_error == pytest.approx(np.sqrt(1 / 8))
    assert found.interval.low == pytest.approx(0.75 - 1.959964 * np.sqrt(1 / 8))
    assert found.interval.high == 1.0


def test_kinds_that_are_told_apart_without_error_have_no_interval():
    found = delong_interval([False] * 5 + [True] * 5, np.arange(10.0))

    assert (found.auc, found.standard_error, found.interval) == (1.0, 0.0, None)


def test_one_case_of_a_kind_has_an_area_and_no_standard_error():
    found = delong_interval([True, False, False], [0.5, 0.2, 0.7])

    assert (found.auc, found.standard_error, found.interval) == (0.5, None, None)


@pytest.mark.parametrize("labels", [[], [True, True]])
def test_without_both_kinds_there_is_no_area(labels):
    scores = [0.1, 0.2][: len(labels)]

    assert delong_interval(labels, scores).auc is None
    assert delong_test(labels, scores, scores).difference is None


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ArgumentError, match="level"):
        delong_interval([True, False], [1.0, 0.0], level=level)


def test_the_interval_holds_the_true_area_nearly_as_often_as_it_says():
    # Two normal scores an SD apart: the area is Phi(1 / sqrt(2)) = 0.7602.
    draws = np.random.default_rng(8)
    labels = np.repeat([True, False], 40)
    found = [delong_interval(labels, draws.normal(labels, 1.0)).interval for _ in range(500)]

    held = np.mean([0.7602 in interval for interval in found])
    # Standard error of the share 0.01; normal intervals of areas hold a little too seldom in 40 cases.
    assert 0.92 <= held <= 0.98


@untimed
@given(triples)
def test_ranks_give_the_variance_of_the_paper(cases):
    labels, first, second = both_kinds_twice(cases)
    covariance = written_out(labels, first, second)
    found = delong_test(labels, first, second)

    for scores, variance in zip((first, second), np.diag(covariance), strict=True):
        assert delong_interval(labels, scores).standard_error == pytest.approx(np.sqrt(variance), abs=1e-9)
    variance = covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1]
    if found.z is None:
        assert variance == pytest.approx(0.0, abs=1e-12)
    else:
        assert found.z == pytest.approx(found.difference / np.sqrt(variance))


@untimed
@given(triples)
def test_the_area_of_the_interval_is_that_of_the_curve(cases):
    labels, scores, _ = both_kinds_twice(cases)

    assert delong_interval(labels, scores).auc == pytest.approx(roc_auc(labels, scores))


@untimed
@given(triples)
def test_monotone_maps_change_nothing_and_complements_mirror(cases):
    labels, scores, _ = both_kinds_twice(cases)
    found = delong_interval(labels, scores)
    turned = delong_interval(~labels, scores)

    assert delong_interval(labels, scores**3 + 2.0) == found
    assert turned.auc == pytest.approx(1.0 - found.auc)
    assert turned.standard_error == pytest.approx(found.standard_error)
    if found.interval is not None:
        mirrored = (1.0 - turned.interval.high, 1.0 - turned.interval.low)
        assert mirrored == pytest.approx((found.interval.low, found.interval.high))


@untimed
@given(triples)
def test_the_test_is_antisymmetric_and_a_score_does_not_differ_from_itself(cases):
    labels, first, second = both_kinds_twice(cases)
    one, other = delong_test(labels, first, second), delong_test(labels, second, first)
    itself = delong_test(labels, first, first * 2.0)

    assert other.difference == -one.difference
    assert other.p_value == one.p_value
    assert (itself.difference, itself.p_value) == (0.0, None)
