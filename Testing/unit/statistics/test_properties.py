"""What holds for all data: symmetry, invariance, order, and that nothing is ever NaN."""

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from CTPerfusionLib.errors import ArgumentError
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

# Volumes as they occur: whole tenths of mL, so that differences are not all rounding.
volumes = st.integers(min_value=0, max_value=3000).map(lambda tenths: tenths / 10.0)
pairs = st.integers(min_value=0, max_value=12).flatmap(
    lambda n: st.tuples(st.lists(volumes, min_size=n, max_size=n), st.lists(volumes, min_size=n, max_size=n))
)
samples = st.lists(volumes, max_size=12)
# On a busy machine the first example of a test may take long.
untimed = settings(deadline=None)

masks = arrays(bool, (3, 4))
tables = st.tuples(st.integers(2, 6), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=volumes)
)


def numbers_in(record):
    for value in record.values():
        if isinstance(value, dict):
            yield from numbers_in(value)
        elif isinstance(value, float):
            yield value


def holds_no_nan(result) -> bool:
    return not any(math.isnan(value) for value in numbers_in(asdict(result)))


@untimed
@given(masks, masks)
def test_dice_is_symmetric_and_a_share(first, second):
    value = dice(first, second)

    assert value == dice(second, first)
    assert value is None or 0.0 <= value <= 1.0


@untimed
@given(pairs)
def test_what_cannot_be_said_is_none_and_never_nan(values):
    first, second = values
    results = [
        pearson_correlation(first, second),
        linear_regression(first, second),
        linear_regression(first, second, through_origin=True),
        bland_altman(first, second),
        concordance(first, second),
        compare_groups(first, second),
        compare_pairs(first, second),
        summarise(first),
    ]

    assert all(holds_no_nan(result) for result in results)


@untimed
@given(samples, samples)
def test_groups_of_any_size_are_compared_without_nan(first, second):
    assert holds_no_nan(compare_groups(first, second))


@untimed
@given(tables, st.sampled_from(IccForm))
def test_intraclass_correlations_of_any_ratings_are_at_most_1_and_never_nan(ratings, form):
    found = intraclass_correlation(ratings, form)

    assert holds_no_nan(found)
    assert found.icc is None or found.icc <= 1.0 + 1e-12


@untimed
@given(pairs, st.floats(0.1, 10.0), st.floats(-50.0, 50.0))
def test_correlation_is_symmetric_and_does_not_depend_on_unit_and_zero(values, scale, offset):
    first, second = map(np.array, values)
    found = pearson_correlation(first, second)
    assume(found.r is not None)

    assert pearson_correlation(second, first).r == pytest.approx(found.r, abs=1e-9)
    assert pearson_correlation(scale * first + offset, second).r == pytest.approx(found.r, abs=1e-6)
    assert pearson_correlation(-first, second).r == pytest.approx(-found.r, abs=1e-9)


@untimed
@given(pairs)
def test_concordance_is_symmetric_and_never_beyond_the_correlation(values):
    found = concordance(*values)
    assume(found.ccc is not None)
    r = pearson_correlation(*values).r

    assert concordance(*reversed(values)).ccc == pytest.approx(found.ccc, abs=1e-12)
    assert abs(found.ccc) <= abs(r or 0.0) + 1e-9


@untimed
@given(pairs)
def test_intervals_hold_their_estimate(values):
    correlation, line = pearson_correlation(*values), linear_regression(*values)
    agreement, concordant = bland_altman(*values), concordance(*values)
    held = [
        (correlation.r, correlation.interval),
        (line.slope, line.slope_interval),
        (line.intercept, line.intercept_interval),
        (agreement.bias, agreement.bias_interval),
        (agreement.lower_limit, agreement.lower_interval),
        (concordant.ccc, concordant.interval),
    ]

    for value, interval in held:
        if interval is not None:
            assert interval.low - 1e-9 <= value <= interval.high + 1e-9


@untimed
@given(pairs)
def test_bland_altman_of_exchanged_methods_changes_sign(values):
    forward, backward = bland_altman(*values), bland_altman(*reversed(values))
    assume(forward.sd is not None)

    assert backward.bias == pytest.approx(-forward.bias)
    assert backward.lower_limit == pytest.approx(-forward.upper_limit)


@untimed
@given(tables, st.sampled_from(IccForm), st.floats(0.5, 4.0), st.floats(-20.0, 20.0), st.randoms())
def test_intraclass_correlation_depends_on_neither_order_nor_unit(ratings, form, scale, offset, random):
    found = intraclass_correlation(ratings, form)
    assume(found.icc is not None)
    order = list(range(len(ratings)))
    random.shuffle(order)

    other = intraclass_correlation(scale * ratings[order][:, ::-1] + offset, form)

    assert other.icc == pytest.approx(found.icc, abs=1e-6)


@untimed
@given(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from(ProportionInterval),
)
def test_the_proportion_of_the_others_is_the_complement(counts, method):
    count, n = counts
    found, rest = proportion(count, n, method=method), proportion(n - count, n, method=method)

    assert 0.0 <= found.interval.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.interval.high <= 1.0
    assert rest.interval.low == pytest.approx(1.0 - found.interval.high, abs=1e-9)


@untimed
@given(pairs, st.floats(0.5, 0.9))
def test_a_lower_level_gives_a_narrower_interval(values, level):
    wide, narrow = bland_altman(*values), bland_altman(*values, level=level)
    assume(wide.sd)

    assert narrow.bias_interval.high < wide.bias_interval.high


@pytest.mark.parametrize(
    "function", [pearson_correlation, linear_regression, bland_altman, concordance, compare_pairs]
)
def test_pairs_of_different_counts_and_values_that_are_not_finite_are_refused(function):
    with pytest.raises(ArgumentError, match="second has 1 values, first has 2"):
        function([1.0, 2.0], [1.0])
    with pytest.raises(ArgumentError, match="not finite"):
        function([1.0, math.nan], [1.0, 2.0])
    with pytest.raises(ArgumentError, match="2 dimensions"):
        function([[1.0, 2.0]], [[1.0, 2.0]])


def test_levels_counts_and_tables_that_make_no_sense_are_refused():
    with pytest.raises(ArgumentError, match="level is 95"):
        bland_altman([1.0], [1.0], level=95.0)
    with pytest.raises(ArgumentError, match="count is 3 of 2"):
        proportion(3, 2)
    with pytest.raises(ArgumentError, match="no table"):
        intraclass_correlation([1.0, 2.0], IccForm.ONE_ONE)
    with pytest.raises(ArgumentError, match="shape"):
        dice(np.ones(2, bool), np.ones(3, bool))


def test_too_few_or_constant_data_say_nothing_instead_of_something_wrong():
    assert pearson_correlation([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]).r is None
    assert pearson_correlation([1.0, 2.0], [3.0, 5.0]).interval is None
    assert linear_regression([2.0, 2.0], [1.0, 3.0]).slope is None
    assert linear_regression([1.0, 2.0], [1.0, 3.0]).slope_interval is None
    assert linear_regression([0.0, 0.0], [1.0, 3.0], through_origin=True).slope is None
    assert bland_altman([1.0], [2.0]).sd is None
    assert bland_altman([], []).bias is None
    assert concordance([0.0, 0.0, 0.0], [0.0, 0.0, 0.0]).ccc is None
    assert concordance([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]).ccc is None
    assert concordance([1.0, 1.0], [2.0, 2.0]).ccc == 0.0
    assert intraclass_correlation([[1.0, 1.0], [1.0, 1.0]], IccForm.TWO_ONE).icc is None
    assert compare_groups([1.0, 1.0], [1.0, 1.0]).u_p_value is None
    assert compare_groups([1.0, 1.0], [2.0, 2.0]).t_p_value is None
    assert compare_groups([], [1.0]).difference is None
    assert compare_pairs([1.0, 2.0], [1.0, 2.0]).w_p_value is None
    assert proportion(0, 0).share is None
    assert summarise([]).mean is None
    assert summarise([3.0]).sd is None
