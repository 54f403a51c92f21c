import numpy as np
import pytest
from scipy.linalg import circulant

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.kinetics import FitStatus, deconvolve

TO_CBF = 6000 * (0.55 / 0.75) / 1.05


@pytest.fixture
def times():
    return np.arange(60.0)


def deconvolve_by_matrix(curve, aif, threshold):
    """Wu et al. 2003: singular values of the block-circulant matrix below the threshold are left out."""
    n = len(aif)
    matrix = circulant(np.concatenate([aif, np.zeros(n)]))
    u, values, v = np.linalg.svd(matrix)
    inverse = np.where(values >= threshold * values.max(), 1 / values, 0.0)
    return v.T @ (inverse * (u.T @ np.concatenate([curve, np.zeros(n)])))


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.15, 0.4])
def test_fourier_form_equals_the_singular_value_decomposition(bolus, times, noise, threshold):
    aif = bolus.arterial(times)
    curves = bolus.box(times, [60.0, 25.0, 10.0], [3.5, 5.0, 12.0], [0.0, 1.0, 5.0])
    curves += noise.normal(size=curves.shape)
    result = deconvolve(curves, times, aif, threshold=threshold)
    for curve, cbf, tmax in zip(curves, result.cbf, result.tmax, strict=True):
        response = deconvolve_by_matrix(curve, aif, threshold)
        assert cbf == pytest.approx(TO_CBF * response.max(), rel=1e-8)
        peak = response.argmax()
        before, top, after = response[[peak - 1, peak, (peak + 1) % 120]]
        shift = (before - after) / (2 * (before - 2 * top + after))
        assert tmax == pytest.approx((peak if peak <= 60 else peak - 120) + shift, abs=1e-8)


@pytest.mark.parametrize("interval", [0.5, 1.0, 2.0])
def test_tmax_follows_the_delay_of_either_sign(bolus, interval):
    times = np.arange(0.0, 60.0, interval)
    delay = np.arange(-3.0, 8.1, 0.5)
    curves = bolus.box(times, np.full_like(delay, 30.0), np.full_like(delay, 5.0), delay)
    result = deconvolve(curves, times, bolus.arterial(times))
    slope, intercept = np.polyfit(delay, result.tmax, 1)
    assert 0.9 < slope < 1.1
    assert intercept == pytest.approx(2.5, abs=0.7)
    assert np.ptp(result.cbf) < 0.1 * result.cbf.mean()


@pytest.mark.parametrize("mtt", [4.0, 6.0, 12.0])
def test_tmax_lies_at_the_centre_of_a_box_response(bolus, times, noise, mtt):
    curves = bolus.box(times, [30.0], [mtt], [1.0]) + 0.5 * noise.normal(size=(100, 60))
    result = deconvolve(curves, times, bolus.arterial(times))
    assert np.median(result.tmax) - 1.0 == pytest.approx(mtt / 2, abs=0.5)


def test_volume_is_the_ratio_of_areas_and_keeps_negative_values(bolus, times):
    curves = bolus.box(times, [30.0], [6.0], [1.0])
    curves[0, :5] -= 2.0
    aif = bolus.arterial(times)
    result = deconvolve(curves, times, aif)
    assert result.cbv[0] == pytest.approx(TO_CBF / 60 * curves.sum() / aif.sum(), rel=1e-10)
    assert result.mtt[0] == pytest.approx(60 * result.cbv[0] / result.cbf[0], rel=1e-10)


def test_denser_samples_are_averaged_to_the_same_result_with_less_noise(bolus, noise):
    dense = np.arange(0.0, 60.0, 0.5)
    clean = bolus.box(dense, [40.0], [5.0], [2.0])
    aif = bolus.arterial(dense)
    exact = deconvolve(clean, dense, aif)
    coarse = deconvolve(clean[:, ::2], dense[::2], aif[::2])
    assert exact.tmax[0] == pytest.approx(coarse.tmax[0], abs=0.15)
    assert exact.cbf[0] == pytest.approx(coarse.cbf[0], rel=0.05)
    noisy = clean + noise.normal(size=(400, 120))
    averaged = deconvolve(noisy, dense, aif)
    skipped = deconvolve(noisy[:, ::2], dense[::2], aif[::2])
    assert np.std(averaged.cbf) < 0.85 * np.std(skipped.cbf)


def test_tissue_on_its_own_irregular_times_gives_the_same_timing(bolus):
    arterial_times = np.arange(0.0, 60.0, 0.5)
    sweep = 1.5 * np.arange(36)
    own = np.stack([sweep, sweep + 1.1 * (np.arange(36) % 2)])
    curves = np.concatenate([bolus.box(row, [40.0], [5.0], [2.0]) for row in own])
    result = deconvolve(curves, own, bolus.arterial(arterial_times), aif_times=arterial_times)
    np.testing.assert_allclose(result.tmax, 4.5, atol=0.5)
    np.testing.assert_allclose(result.cbv, 40 * 5 / 60, rtol=0.05)


def test_tissue_without_enhancement_has_no_flow_no_volume_and_no_timing(bolus, times, noise):
    curves = noise.normal(size=(2000, 60))
    curves[0] = 0.0
    curves[1] = -bolus.box(times, [30.0], [5.0], [1.0])
    result = deconvolve(curves, times, bolus.arterial(times))
    dead = result.status == FitStatus.NO_ENHANCEMENT
    assert dead[:2].all()
    assert dead.mean() > 0.98
    assert not result.cbf[dead].any()
    assert not result.cbv[dead].any()
    assert np.isnan(result.mtt[dead]).all()
    assert np.isnan(result.tmax[dead]).all()


def test_perfused_tissue_is_not_called_dead(bolus, times, noise):
    clean = bolus.box(times, [53.0, 25.0, 15.0], [3.7, 4.6, 9.0], [0.0, 1.0, 5.0])
    curves = np.repeat(clean, 200, axis=0) + noise.normal(size=(600, 60))
    result = deconvolve(curves, times, bolus.arterial(times))
    assert np.mean(result.status == FitStatus.NO_ENHANCEMENT) < 0.005


def test_curves_with_invalid_values_are_marked(bolus, times):
    curves = bolus.box(times, [30.0, 30.0], [5.0, 5.0], [1.0, 1.0])
    curves[0, 10] = np.nan
    result = deconvolve(curves, times, bolus.arterial(times))
    assert list(result.status) == [FitStatus.NOT_FINITE, FitStatus.OK]
    assert np.isnan([result.cbf[0], result.cbv[0], result.mtt[0], result.tmax[0]]).all()


def test_single_precision_curves_give_the_same_result(bolus, times):
    curves = bolus.box(times, [30.0, 60.0], [5.0, 3.5], [1.0, 4.0])
    aif = bolus.arterial(times)
    double, single = deconvolve(curves, times, aif), deconvolve(curves.astype(np.float32), times, aif)
    assert single.cbf.dtype == np.float32
    np.testing.assert_allclose(single.cbf, double.cbf, rtol=1e-4)
    np.testing.assert_allclose(single.tmax, double.tmax, atol=1e-2)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "magic"}, "no deconvolution method 'magic'; there are: bsvd"),
        ({"threshold": 1.0}, "between 0 and 1"),
        ({"interval": 0.0}, "interval must be positive"),
        ({"curves": np.ones((2, 9))}, "do not match"),
        ({"times": np.tile(np.arange(60.0), (2, 1))}, "aif_times must be given"),
    ],
)
def test_wrong_arguments_are_refused_with_the_reason(bolus, times, change, reason):
    arguments = {"curves": np.ones((2, 60)), "times": times, "aif": bolus.arterial(times)} | change
    with pytest.raises(ValueError, match=reason):
        deconvolve(**arguments)


def test_unknown_device_is_refused(bolus, times):
    with pytest.raises(ConfigurationError, match="'abacus' is not available"):
        deconvolve(np.ones((1, 60)), times, bolus.arterial(times), device="abacus")
