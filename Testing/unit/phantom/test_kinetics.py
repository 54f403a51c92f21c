import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.phantom.kinetics import (
    RESIDUE_SHAPES,
    ArterialInput,
    UnitResponses,
    random_arterial_input,
    residue_integral,
)

INPUT = ArterialInput(6.0, 400.0, 3.0, 1.5, 16.0, 0.2, 1.8)


@pytest.mark.parametrize("shape", RESIDUE_SHAPES.values())
@given(mtt=st.floats(0.5, 20.0))
def test_residue_starts_at_one_falls_and_has_the_area_of_the_transit_time(shape: float, mtt: float) -> None:
    times = np.linspace(0.0, 40 * mtt, 20001)
    integral = residue_integral(times, mtt, shape)
    residue = np.diff(integral) / np.diff(times)
    assert residue[0] == pytest.approx(1.0, abs=0.01)
    assert np.all(np.diff(residue) < 1e-9)
    assert integral[-1] == pytest.approx(mtt, rel=1e-6)


def test_exponential_and_box_residues_have_their_closed_forms() -> None:
    times = np.linspace(0.0, 30.0, 301)
    np.testing.assert_allclose(
        residue_integral(times, 4.0, 1.0), 4.0 * (1 - np.exp(-times / 4.0)), atol=1e-12
    )
    np.testing.assert_allclose(residue_integral(times, 4.0, np.inf), np.minimum(times, 4.0))


def response(shape: float, mtt: float, delay: float, times: np.ndarray, exposure: float = 0.05) -> np.ndarray:
    responses = UnitResponses(INPUT, shape, exposure, float(times.max()), 12.0)
    row = float(responses.delay_index(np.array(delay)))
    column = float(responses.transit_index(np.array(mtt)))
    i, j = int(row), int(column)
    v, u = row - i, column - j
    values = []
    for time in times:
        table = responses.table(float(time))
        early, late = ((1 - u) * table[k, j] + u * table[k, j + 1] for k in (i, i + 1))
        values.append((1 - v) * early + v * late)
    return np.array(values)


@pytest.mark.parametrize("mtt", [2.0, 4.0, 9.0])
def test_box_response_is_the_difference_of_the_integrated_input(mtt: float) -> None:
    fine = np.arange(0.0, 60.0, 0.002)
    integral = np.concatenate([[0.0], np.cumsum((INPUT(fine)[1:] + INPUT(fine)[:-1]) / 2 * 0.002)])
    times = np.arange(0.0, 40.0, 0.37)
    expected = (np.interp(times - 3.3, fine, integral) - np.interp(times - 3.3 - mtt, fine, integral)) / mtt
    np.testing.assert_allclose(response(np.inf, mtt, 3.3, times), expected, atol=0.004 * 400)


@pytest.mark.parametrize("shape", RESIDUE_SHAPES.values())
def test_response_has_the_area_of_the_input_and_is_late_by_delay_and_transit(shape: float) -> None:
    times = np.arange(0.0, 200.0, 0.25)
    values = response(shape, 6.0, 2.5, times, exposure=0.5)
    assert values.sum() == pytest.approx(INPUT(times).sum(), rel=2e-3)
    lag = (values * times).sum() / values.sum() - (INPUT(times) * times).sum() / INPUT(times).sum()
    first_moment_of_residue = 3.0 * (1.0 + 1.0 / shape)
    assert lag == pytest.approx(2.5 + first_moment_of_residue, abs=0.05)


def test_dispersed_curve_keeps_the_area_and_comes_later() -> None:
    times = np.arange(0.0, 120.0, 0.5)
    vein = INPUT.dispersed(times, 3.4, 4.8)
    assert vein.sum() == pytest.approx(INPUT(times).sum(), rel=2e-3)
    assert 4.8 < times[vein.argmax()] - times[INPUT(times).argmax()] < 8.5


@pytest.mark.parametrize("seed", range(10))
def test_random_inputs_peak_like_those_of_80_kv_scans_and_recirculate(seed: int) -> None:
    arterial_input = random_arterial_input(np.random.default_rng(seed))
    times = np.arange(0.0, 60.0, 0.1)
    curve = arterial_input(times)
    assert 250 < curve.max() < 460
    assert 9 < times[curve.argmax()] < 19
    assert np.all(curve[times < arterial_input.arrival] == 0.0)
    after = times > arterial_input.arrival + arterial_input.second_delay
    assert 0.02 * curve.max() < curve[after].max() < 0.3 * curve.max()
