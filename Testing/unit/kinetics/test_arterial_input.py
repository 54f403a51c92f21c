import numpy as np
import pytest

from CTPerfusionLib.kinetics.arterial_input import ArterialInput


def test_integral_equals_the_summed_values(bolus):
    aif = ArterialInput.from_samples(np.arange(0.0, 45.0, 1.5), bolus.arterial(np.arange(0.0, 45.0, 1.5)))
    fine = np.linspace(-5.0, 60.0, 200_001)
    values = aif.value(fine)
    summed = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(fine))])
    np.testing.assert_allclose(aif.integral(fine), summed, atol=1e-3 * summed[-1])


def test_cubic_polynomial_is_reproduced_and_integrated_exactly():
    times = np.array([0.0, 0.4, 3.0, 3.4, 6.0, 9.0])
    aif = ArterialInput.from_samples(times, times**3)
    at = np.array([[0.2, 1.7], [5.0, 8.9]])
    np.testing.assert_allclose(aif.value(at), at**3, rtol=1e-10)
    np.testing.assert_allclose(aif.integral(at), at**4 / 4, rtol=1e-10)


def test_input_is_zero_before_its_record_and_keeps_its_last_value_after_it():
    aif = ArterialInput.from_samples([2.0, 3.0, 4.0, 5.0], [5.0, 9.0, 7.0, 4.0])
    assert aif.value(np.array([1.99])) == 0
    assert aif.integral(np.array([1.0])) == 0
    assert aif.value(np.array([50.0])) == pytest.approx(4.0)
    growth = aif.integral(np.array([15.0])) - aif.integral(np.array([5.0]))
    assert growth == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("times", "values", "reason"),
    [
        ([0.0, 1.0, 2.0], [0.0, 1.0], "does not match its times"),
        ([[0.0, 1.0]], [[0.0, 1.0]], "does not match its times"),
        ([0.0], [1.0], "does not match its times"),
        ([0.0, 1.0, np.nan], [0.0, 1.0, 2.0], "finite"),
        ([0.0, 1.0, 2.0], [0.0, np.inf, 2.0], "finite"),
        ([0.0, 2.0, 2.0], [0.0, 1.0, 2.0], "increase"),
        ([0.0, 1.0, 2.0], [0.0, -1.0, 0.0], "enhance"),
    ],
)
def test_unusable_input_is_refused_with_the_reason(times, values, reason):
    with pytest.raises(ValueError, match=reason):
        ArterialInput.from_samples(times, values)
