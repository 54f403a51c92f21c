import numpy as np
import pytest
from scipy.interpolate import make_interp_spline

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.kinetics import ArterialInput, fit_box_model
from CTPerfusionLib.kinetics.box_dictionary import (
    DELAY_BOUNDS,
    LEAST_MTT,
    NORM_CELLS,
    SHIFT_CELLS,
    SHIFT_STEP,
    START_DELAYS,
    START_MTTS,
    BoxDictionary,
)
from CTPerfusionLib.kinetics.discretisation import CumulativeSum
from CTPerfusionLib.kinetics.uniform_spline import interpolation_matrix, slope_matrix, value_matrix


def test_uniform_spline_is_the_cubic_spline_without_knots_next_to_the_ends():
    samples = np.sin(np.arange(13.0))
    coefficients = interpolation_matrix(12) @ samples
    spline = make_interp_spline(np.arange(13.0), samples, k=3)
    positions = np.linspace(0.0, 12.0, 61)
    np.testing.assert_allclose(value_matrix(12, 5) @ coefficients, spline(positions), atol=1e-12)
    np.testing.assert_allclose(slope_matrix(12, 5) @ coefficients, spline(positions, 1), atol=1e-12)


@pytest.fixture
def arterial(bolus):
    return ArterialInput.from_samples(bolus.grid[::10], bolus.fine[::10])


def model(arterial, times, delay, mtt):
    return arterial.integral(times - delay) - arterial.integral(times - delay - mtt)


@pytest.mark.parametrize("offset", [False, True])
def test_dictionary_knows_the_norm_of_every_model_curve(arterial, offset):
    times = np.arange(0.0, 45.0, 1.5)
    dictionary = BoxDictionary.build(arterial.integral, times, offset=offset)
    logs = value_matrix(72, 1) @ dictionary.log_norms @ value_matrix(116, 1).T
    for delay, mtt in ((-3.0, 1.0), (0.5, 4.0), (7.25, 12.0), (15.0, 30.0)):
        curve = model(arterial, times, delay, mtt)
        norm = np.linalg.norm(curve - offset * curve.mean())
        at = (
            round(NORM_CELLS * (delay - DELAY_BOUNDS[0]) / SHIFT_STEP),
            round(NORM_CELLS * (mtt / SHIFT_STEP - LEAST_MTT)),
        )
        found = np.exp(logs[at]) / dictionary.norm_scale * mtt / SHIFT_STEP
        assert found == pytest.approx(norm, rel=1e-3)


def test_start_curves_have_unit_length(arterial):
    times = np.arange(0.0, 60.0, 0.5)
    dictionary = BoxDictionary.build(arterial.integral, times, offset=False)
    nodes = value_matrix(SHIFT_CELLS, 1) @ dictionary.basis
    for m, mtt in enumerate(START_MTTS):
        curves = nodes[START_DELAYS] - nodes[START_DELAYS + mtt]
        lengths = np.linalg.norm(curves, axis=1) * dictionary.start_weights[m]
        np.testing.assert_allclose(lengths, 1.0, rtol=1e-3)


@pytest.mark.parametrize("rise", [1.5, 5.0])
def test_products_with_any_model_curve_follow_from_the_basis(rise):
    times = np.arange(0.0, 45.0, 0.5)
    x = np.maximum(times - 8.0, 0.0) / rise
    sharp = ArterialInput.from_samples(times, 400.0 * x**2 * np.exp(2.0 * (1.0 - x)))
    basis = BoxDictionary.build(sharp.integral, times, offset=False).basis
    for delay, mtt in ((0.3, 1.2), (2.2, 4.1), (5.7, 11.6)):
        curve = model(sharp, times, delay, mtt)
        tabulated = _at(basis, delay) - _at(basis, delay + mtt)
        assert np.linalg.norm(tabulated - curve) < 3e-3 * np.linalg.norm(curve)


def _at(basis, shift):
    position = (shift - DELAY_BOUNDS[0]) / SHIFT_STEP
    return (value_matrix(SHIFT_CELLS, 100) @ basis)[round(100 * position)]


def test_running_sum_is_the_integral_of_smoothed_samples_half_an_interval_later():
    aif = ArterialInput.from_samples([0.0, 2.0, 4.0, 6.0], [0.0, 8.0, 4.0, 4.0])
    running = CumulativeSum.from_input(aif)
    # Smoothed samples 2, 5, 5, 4; sums 4, 14, 24, 32 at 1, 3, 5, 7 s.
    expected = {0.0: 0.0, 1.0: 4.0, 2.0: 9.0, 3.0: 14.0, 5.0: 24.0, 7.0: 32.0, 9.0: 40.0}
    np.testing.assert_allclose(running.integral(np.array([*expected])), [*expected.values()])


def test_published_discretisation_recovers_what_it_made(bolus):
    times = np.arange(60.0)
    aif = bolus.arterial(times)
    running = CumulativeSum.from_input(ArterialInput.from_samples(times, aif))
    delay, mtt = np.array([0.4, 1.3, 3.2]), np.array([4.2, 6.1, 9.7])
    curves = 0.01 * np.stack([model(running, times, d, m) for d, m in zip(delay, mtt, strict=True)])
    fit = fit_box_model(unsmoothed(curves), times, aif, discretisation="published")
    np.testing.assert_allclose(fit.delay, delay, atol=0.05)
    np.testing.assert_allclose(fit.mtt, mtt, rtol=0.02)


def unsmoothed(curves):
    """Return curves that [1/4, 1/2, 1/4] with repeated ends turns into these."""
    n = curves.shape[1]
    smoothing = 0.5 * np.eye(n) + 0.25 * np.eye(n, k=1) + 0.25 * np.eye(n, k=-1)
    smoothing[0, 0] = smoothing[-1, -1] = 0.75
    return np.linalg.solve(smoothing, curves.T).T


@pytest.mark.parametrize("argument", ["times", "aif_times"])
def test_published_discretisation_needs_equal_intervals(bolus, argument):
    even = np.arange(60.0)
    uneven = even + 0.2 * (even % 2)
    times, aif_times = (uneven, even) if argument == "times" else (even, uneven)
    with pytest.raises(ArgumentError) as refusal:
        fit_box_model(
            np.ones((2, 60)),
            times,
            bolus.arterial(aif_times),
            aif_times=aif_times,
            discretisation="published",
        )
    assert refusal.value.argument == argument
