"""ROC curves: hand-made cases, Mann-Whitney by counting pairs, and what holds for all data."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.statistics.roc import mean_roc, roc_auc, roc_curve

untimed = settings(deadline=None, max_examples=50)
# Few different scores, so that ties are common; whole numbers, so that a monotone map keeps them.
scored_cases = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=30)


def share_of_pairs(labels, scores):
    """The chance that a positive case scores above a negative one, counted pair by pair."""
    pairs = [
        1.0 if one > other else 0.5 if one == other else 0.0
        for label, one in zip(labels, scores, strict=True)
        if label
        for other_label, other in zip(labels, scores, strict=True)
        if not other_label
    ]
    return sum(pairs) / len(pairs)


def both_kinds(cases):
    labels, scores = zip(*cases, strict=True)
    assume(any(labels) and not all(labels))
    return np.array(labels), np.array(scores, dtype=float)


def test_a_curve_drawn_by_hand():
    # Falling: + 9, - 8, + and - at 5, - 1. Two positive and three negative cases.
    curve = roc_curve([True, False, True, False, False], [9.0, 8.0, 5.0, 5.0, 1.0])

    assert curve.thresholds.tolist() == [np.inf, 9.0, 8.0, 5.0, 1.0]
    assert curve.sensitivity.tolist() == [0.0, 0.5, 0.5, 1.0, 1.0]
    assert curve.false_positive_rate == pytest.approx([0.0, 0.0, 1 / 3, 2 / 3, 1.0])
    assert (curve.n_positive, curve.n_negative) == (2, 3)
    # Pairs: 9 beats all three, 5 beats one and ties with one.
    assert curve.area == pytest.approx((3 + 1.5) / 6)


def test_ties_are_crossed_by_a_straight_line():
    curve = roc_curve([True, True, False, False], [1.0, 1.0, 1.0, 1.0])

    assert curve.false_positive_rate.tolist() == [0.0, 1.0]
    assert curve.sensitivity.tolist() == [0.0, 1.0]
    assert curve.area == 0.5


@pytest.mark.parametrize(("scores", "area"), [([1.0, 2.0, 3.0, 4.0], 1.0), ([4.0, 3.0, 2.0, 1.0], 0.0)])
def test_scores_that_separate_the_kinds(scores, area):
    assert roc_auc([False, False, True, True], scores) == area


@pytest.mark.parametrize("labels", [[], [True], [False, False, False]])
def test_without_both_kinds_there_is_no_curve(labels):
    scores = [0.5] * len(labels)

    assert roc_curve(labels, scores) is None
    assert roc_auc(labels, scores) is None


@pytest.mark.parametrize(
    ("labels", "scores", "sentence"),
    [
        ([True, False], [0.1], "scores has 1 values, labels has 2"),
        ([0, 2], [0.1, 0.2], "neither true nor false"),
        ([True, False], [0.1, np.nan], "scores has values that are not finite"),
        ([[True], [False]], [0.1, 0.2], "labels has 2 dimensions"),
    ],
)
def test_what_cannot_be_ranked_is_refused(labels, scores, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        roc_curve(labels, scores)


@untimed
@given(scored_cases)
def test_the_area_is_mann_whitneys_share_of_pairs(cases):
    labels, scores = both_kinds(cases)

    assert roc_auc(labels, scores) == pytest.approx(share_of_pairs(labels, scores))


@untimed
@given(scored_cases)
def test_only_the_order_of_the_scores_matters(cases):
    labels, scores = both_kinds(cases)
    as_they_are, mapped = roc_curve(labels, scores), roc_curve(labels, np.exp(scores) - 7.0)

    np.testing.assert_array_equal(mapped.sensitivity, as_they_are.sensitivity)
    np.testing.assert_array_equal(mapped.false_positive_rate, as_they_are.false_positive_rate)


@untimed
@given(scored_cases)
def test_turned_scores_and_turned_labels_turn_the_area(cases):
    labels, scores = both_kinds(cases)
    area = roc_auc(labels, scores)

    assert roc_auc(labels, -scores) == pytest.approx(1.0 - area)
    assert roc_auc(~labels, scores) == pytest.approx(1.0 - area)
    assert roc_auc(~labels, -scores) == pytest.approx(area)


@untimed
@given(scored_cases)
def test_each_point_is_what_its_threshold_calls_positive(cases):
    labels, scores = both_kinds(cases)
    curve = roc_curve(labels, scores)

    for threshold, rate, sensitivity in zip(
        curve.thresholds, curve.false_positive_rate, curve.sensitivity, strict=True
    ):
        called = scores >= threshold
        assert sensitivity == pytest.approx(called[labels].mean())
        assert rate == pytest.approx(called[~labels].mean())


@untimed
@given(st.lists(scored_cases, min_size=1, max_size=4))
def test_the_area_under_the_mean_curve_is_the_mean_area(folds):
    curves = [roc_curve(*both_kinds(cases)) for cases in folds]
    mean = mean_roc(curves)

    assert mean.area == pytest.approx(np.mean([curve.area for curve in curves]))
    assert (np.diff(mean.false_positive_rate) >= 0.0).all()
    assert (np.diff(mean.sensitivity) >= -1e-12).all()
    assert (mean.sd is None) == (len(curves) == 1)


def test_the_mean_of_a_perfect_and_a_useless_curve():
    perfect = roc_curve([True, False], [1.0, 0.0])
    useless = roc_curve([True, False], [0.0, 0.0])
    mean = mean_roc([perfect, useless])

    # (0, 0), up to (0, 1/2), straight to (1, 1).
    assert mean.false_positive_rate.tolist() == [0.0, 0.0, 1.0, 1.0]
    assert mean.sensitivity.tolist() == [0.0, 0.5, 1.0, 1.0]
    assert mean.sd == pytest.approx([0.0, np.sqrt(0.5), 0.0, 0.0])
    assert mean.area == 0.75


def test_no_curves_have_no_mean():
    assert mean_roc([]) is None
