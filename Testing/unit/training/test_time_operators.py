"""A bolus that comes later, slower, stronger or is sampled otherwise leaves the maps as they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.kinetics import fit_box_model
from CTPerfusionLib.training.time_operators import (
    delay_operator,
    sampling_operator,
    scale_operator,
    spread_operator,
)

TIMES = np.arange(89) * 0.5
FINE = np.arange(0.0, 44.01, 0.02)
KAPPA, RHO = 0.55 / 0.75, 1.05

delays = st.floats(0.0, 5.0)
spreads = st.tuples(st.floats(0.2, 3.0), st.integers(1, 3))


def arterial(times):
    """A smooth bolus that arrives after 8 s, in HU."""
    age = np.maximum(times - 8.0, 0.0)
    return 300.0 * (age / 5.0) ** 3 * np.exp(3.0 * (1.0 - age / 5.0))


def box_curve(cbf, mtt, delay):
    """The tissue curve of the box model from its closed form: flow x (A(t - d) - A(t - d - M))."""
    area = np.cumsum(arterial(FINE)) * 0.02
    rise = np.interp(TIMES - delay, FINE, area, left=0.0) - np.interp(
        TIMES - delay - mtt, FINE, area, left=0.0
    )
    return cbf * RHO / (6000.0 * KAPPA) * rise


_TISSUE = ((50.0, 4.0, 0.5), (20.0, 6.0, 2.0), (12.0, 9.0, 4.0))
"""CBF in mL/100 g/min, MTT and delay in s: grey, white and hypoperfused matter."""

CURVES = np.stack([box_curve(*tissue) for tissue in _TISSUE])


def maps(operator):
    """Fit the box model to changed curves with the changed arterial input."""
    fit = fit_box_model(CURVES @ operator.T.astype(float), TIMES, operator.astype(float) @ arterial(TIMES))
    return np.stack([fit.cbf, fit.cbv, fit.mtt, fit.ttp])


def truth():
    cbf, mtt, delay = np.array(_TISSUE).T
    return np.stack([cbf, cbf * mtt / 60.0, mtt, delay + mtt / 2.0])


@given(delay=delays)
@settings(max_examples=10, deadline=None)
def test_a_later_bolus_gives_the_same_maps(delay):
    np.testing.assert_allclose(maps(delay_operator(TIMES, delay)), truth(), rtol=0.02, atol=0.05)


@given(spread=spreads)
@settings(max_examples=10, deadline=None)
def test_a_slower_injection_gives_the_same_maps(spread):
    np.testing.assert_allclose(maps(spread_operator(TIMES, *spread)), truth(), rtol=0.02, atol=0.05)


@given(factor=st.floats(0.3, 3.0))
@settings(max_examples=5, deadline=None)
def test_more_or_less_contrast_gives_the_same_maps(factor):
    operator = scale_operator(len(TIMES), factor, n_before=10)

    np.testing.assert_allclose(operator @ CURVES[0], factor * CURVES[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(maps(operator), truth(), rtol=0.02, atol=0.05)


def test_all_at_once_gives_the_same_maps():
    operator = (
        delay_operator(TIMES, 2.3) @ spread_operator(TIMES, 1.7, 2) @ scale_operator(len(TIMES), 0.7, 10)
    )

    np.testing.assert_allclose(maps(operator), truth(), rtol=0.02, atol=0.05)


@given(delay=delays, spread=spreads)
@settings(max_examples=20)
def test_changes_of_a_bolus_commute_as_convolutions_do(delay, spread):
    one, other = delay_operator(TIMES, delay), spread_operator(TIMES, *spread)

    np.testing.assert_allclose(one @ other @ CURVES[0], other @ one @ CURVES[0], atol=1e-3)


@given(mean=st.floats(0.5, 3.0), shape=st.integers(1, 3))
@settings(max_examples=20)
def test_a_slower_injection_keeps_the_area_of_the_bolus(mean, shape):
    """Of a bolus that has passed before the end of the record."""
    early = np.exp(-0.5 * ((TIMES - 12.0) / 2.0) ** 2)

    changed = spread_operator(TIMES, mean, shape) @ early

    assert changed.sum() == pytest.approx(early.sum(), rel=0.01)
    assert (changed[TIMES < 4.0] < 1e-3).all()


@given(interval=st.floats(0.5, 6.0), first=st.floats(0.0, 0.99))
@settings(max_examples=30)
def test_coarser_sampling_keeps_the_frames_that_it_takes(interval, first):
    taken = np.arange(first * interval, TIMES[-1] + 1e-6, interval)
    line = 3.0 + 0.5 * TIMES

    changed = sampling_operator(TIMES, interval, first * interval) @ line

    inside = (taken[0] <= TIMES) & (taken[-1] >= TIMES)
    np.testing.assert_allclose(changed[inside], line[inside], rtol=1e-4)
    np.testing.assert_allclose(changed[taken[-1] < TIMES], 3.0 + 0.5 * taken[-1], rtol=1e-4)


@pytest.mark.parametrize("interval", [1.0, 1.5, 2.0])
def test_coarser_sampling_changes_the_maps_little(interval):
    np.testing.assert_allclose(maps(sampling_operator(TIMES, interval, 0.3)), truth(), rtol=0.08, atol=0.25)


@given(
    operator=st.one_of(
        st.floats(-3.0, 6.0).map(lambda seconds: delay_operator(TIMES, seconds)),
        spreads.map(lambda spread: spread_operator(TIMES, *spread)),
        st.tuples(st.floats(0.3, 3.0), st.integers(1, 20)).map(lambda pair: scale_operator(89, *pair)),
        st.floats(0.5, 20.0).map(lambda interval: sampling_operator(TIMES, interval, 0.4 * interval)),
    )
)
@settings(max_examples=60)
def test_no_operator_touches_the_baseline(operator):
    np.testing.assert_allclose(operator @ np.full(89, 37.0), 37.0, rtol=1e-5)
