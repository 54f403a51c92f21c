from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib.validation.osipi_curves import read_osipi_curves

FILE = Path(__file__).parents[1] / "kinetics" / "data" / "osipi_dsc_dro.csv"


@pytest.fixture(scope="module")
def curves():
    return read_osipi_curves(FILE)


def test_all_curves_are_read_with_their_reference(curves):
    assert curves.tissue.shape == curves.aif.shape == (14, 161)
    assert curves.times[1] == pytest.approx(1.243)
    np.testing.assert_array_equal(np.unique(curves.cbv), [2.0, 4.0])
    assert (curves.cbf.min(), curves.cbf.max()) == (5.0, 70.0)
    np.testing.assert_allclose(curves.mtt[:7], [24.0, 12.0, 8.0, 6.0, 4.8, 4.0, 24.0 / 7.0])


def test_the_curves_hold_the_volume_of_a_sum_by_rectangles(curves):
    areas = curves.tissue.sum(axis=1) / curves.aif.sum(axis=1)

    np.testing.assert_allclose(100.0 * areas, curves.excess * curves.cbv, atol=0.15, rtol=0.0)


def test_tolerances_are_an_absolute_part_and_a_share(curves):
    assert curves.accepted_cbv(1.1 * curves.cbv + 0.99).all()
    assert not curves.accepted_cbv(0.9 * curves.cbv - 1.01).any()
    assert curves.accepted_cbf(0.9 * curves.cbf - 14.9).all()
    assert not curves.accepted_cbf(1.1 * curves.cbf + 15.1).any()


def test_a_sum_by_rectangles_is_the_integral_of_a_higher_and_earlier_response(curves):
    interval, mtt = curves.times[1], curves.mtt[6]
    fine = np.linspace(-40.0, 80.0, 240001)
    bolus = np.exp(-((fine - 20.0) ** 2) / 18.0)
    at = np.arange(0.0, 80.0, interval)
    sampled_bolus = np.interp(at, fine, bolus)

    by_rectangles = interval * np.convolve(sampled_bolus, np.exp(-at / mtt))[: len(at)]

    early = fine[fine >= -interval / 2.0]
    response = curves.excess[6] * np.exp(-(early + interval / 2.0) / mtt)
    exact = [np.trapezoid(response * np.interp(time - early, fine, bolus), early) for time in at]
    np.testing.assert_allclose(by_rectangles, exact, atol=0.01 * max(exact))
