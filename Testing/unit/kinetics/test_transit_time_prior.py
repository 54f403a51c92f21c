import numpy as np
import pytest

from CTPerfusionLib.kinetics import TransitTimePrior, fit_box_model


@pytest.fixture
def prior():
    return TransitTimePrior()


def test_prior_does_not_change_curves_without_noise(bolus, tiles, cine_times, prior):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    measurable = tiles.delay + tiles.mtt < 25
    fit = fit_box_model(curves[measurable], cine_times, bolus.arterial(cine_times), prior=prior)
    np.testing.assert_allclose(fit.cbf, tiles.cbf[measurable], rtol=0.02)
    np.testing.assert_allclose(fit.cbv, tiles.cbv[measurable], rtol=2e-3)


def test_noisy_core_stays_below_thirty_percent_of_normal_flow(bolus, noise, prior):
    times = np.arange(32) * 1.5
    curves = bolus.box(times, [53.0, 25.0, 5.3], [3.7, 4.6, 8.0], [0.5, 1.0, 4.0])
    noisy = np.repeat(curves, 500, axis=0) + noise.normal(size=(1500, 32))
    shares = []
    for chosen in (None, prior):
        cbf = fit_box_model(noisy, times, bolus.arterial(times), prior=chosen).cbf
        shares.append(np.mean(cbf[1000:] < 0.3 * np.median(cbf[:1000])))
    assert shares[1] > 0.97
    assert shares[0] < 0.9


def test_prior_halves_the_error_of_cbf_and_leaves_cbv_alone(bolus, tiles, cine_times, noise, prior):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += 2 * noise.normal(size=curves.shape)
    aif = bolus.arterial(cine_times)
    plain, steadied = (fit_box_model(curves, cine_times, aif, prior=chosen) for chosen in (None, prior))

    def error(fit, name):
        return np.sqrt(np.mean((getattr(fit, name) - getattr(tiles, name)) ** 2))

    assert error(steadied, "cbf") < 0.5 * error(plain, "cbf")
    assert error(steadied, "cbv") < 1.05 * error(plain, "cbv")


def test_prior_narrows_the_standard_error_of_mtt(bolus, cine_times, noise, prior):
    curves = bolus.box(cine_times, [10.0], [4.0], [1.0]) + 2 * noise.normal(size=(300, 89))
    aif = bolus.arterial(cine_times)
    plain, steadied = (fit_box_model(curves, cine_times, aif, prior=chosen) for chosen in (None, prior))
    assert np.nanmedian(steadied.standard_errors["mtt"]) < np.nanmedian(plain.standard_errors["mtt"])


@pytest.mark.parametrize("wrong", [{"median": 0.0}, {"spread": -0.5}, {"median": np.nan}])
def test_impossible_prior_is_refused(wrong):
    with pytest.raises(ValueError, match="positive"):
        TransitTimePrior(**wrong)
