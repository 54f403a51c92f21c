import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.kinetics import FitStatus, fit_box_model

TIMING = ("mtt", "delay", "ttp")


def correlation(measured, true):
    return np.corrcoef(measured, true)[0, 1]


@pytest.mark.parametrize(("interval", "n_frames"), [(0.5, 100), (1.0, 60), (1.5, 40)])
def test_tiles_without_noise_are_recovered(bolus, tiles, interval, n_frames):
    times = interval * np.arange(n_frames)
    curves = bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay)
    fit = fit_box_model(curves, times, bolus.arterial(times))
    for name in ("cbf", "cbv", "mtt", "delay"):
        assert correlation(getattr(fit, name), getattr(tiles, name)) >= 0.9995, name
    assert abs(np.mean(fit.cbv / tiles.cbv) - 1) < 0.003
    np.testing.assert_allclose(fit.ttp, tiles.delay + tiles.mtt / 2, atol=0.05)
    assert (fit.status == FitStatus.OK).all()


def test_each_parameter_is_exact_where_the_input_is_known_finely(bolus, tiles):
    times = 2.0 * np.arange(40)
    curves = bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay)
    fit = fit_box_model(curves, times, bolus.arterial(bolus.grid), aif_times=bolus.grid)
    np.testing.assert_allclose(fit.cbf, tiles.cbf, rtol=3e-3)
    np.testing.assert_allclose(fit.cbv, tiles.cbv, rtol=1e-3)
    np.testing.assert_allclose(fit.mtt, tiles.mtt, rtol=3e-3)
    np.testing.assert_allclose(fit.delay, tiles.delay, atol=0.01)
    np.testing.assert_allclose(fit.r_squared, 1.0, atol=1e-5)


def test_ttp_is_the_centre_of_the_response(bolus, tiles, cine_times, noise):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += noise.normal(size=curves.shape)
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    np.testing.assert_allclose(fit.ttp, fit.delay + fit.mtt / 2, rtol=1e-5)


def test_tissue_that_fills_before_the_chosen_artery_has_a_negative_delay(bolus, cine_times):
    curves = bolus.box(cine_times, [40.0, 40.0], [4.0, 6.0], [-2.0, -0.7])
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    np.testing.assert_allclose(fit.delay, [-2.0, -0.7], atol=0.02)


def test_irregular_times_of_each_voxel_are_used_as_they_are(bolus, tiles):
    arterial_times = np.arange(0.0, 60.0, 0.5)
    sweep = 1.5 * np.arange(36)
    slices = np.stack([sweep + 1.1 * np.where(np.arange(36) % 2, 1 - z, z) for z in (0.0, 0.4, 1.0)])
    slice_of_voxel = np.arange(len(tiles.cbf)) % 3
    curves = np.concatenate(
        [
            bolus.box(slices[z], tiles.cbf[[voxel]], tiles.mtt[[voxel]], tiles.delay[[voxel]])
            for voxel, z in enumerate(slice_of_voxel)
        ]
    )
    aif = bolus.arterial(arterial_times)
    fit = fit_box_model(curves, slices[slice_of_voxel], aif, aif_times=arterial_times)
    np.testing.assert_allclose(fit.cbf, tiles.cbf, rtol=0.03)
    np.testing.assert_allclose(fit.delay, tiles.delay, atol=0.1)
    alone = fit_box_model(curves[slice_of_voxel == 1], slices[1], aif, aif_times=arterial_times)
    np.testing.assert_array_equal(fit.mtt[slice_of_voxel == 1], alone.mtt)


def test_fit_is_as_good_as_a_downhill_simplex_from_the_published_start(bolus, cine_times, noise):
    aif = bolus.arterial(cine_times)
    clean = bolus.box(cine_times, [60.0, 25.0, 15.0, 40.0], [3.5, 5.0, 9.0, 4.0], [0.5, 1.0, 4.0, 0.0])
    curves = np.repeat(clean, 5, axis=0)
    curves += 2 * noise.normal(size=curves.shape)
    fit = fit_box_model(curves, cine_times, aif)

    def sum_of_squares(parameters, curve):
        cbf, mtt, ttp = parameters
        if not (1 <= mtt <= 30 and -3 <= ttp - mtt / 2 <= 15):
            return 1e9
        return np.sum((bolus.box(cine_times, [cbf], [mtt], [ttp - mtt / 2])[0] - curve) ** 2)

    for curve, sse in zip(curves, fit.sse, strict=True):
        simplex = minimize(
            sum_of_squares, [60.0, 5.0, 3.5], args=(curve,), method="Nelder-Mead", options={"maxiter": 300}
        )
        assert sse <= 1.01 * simplex.fun


def test_sum_of_squares_and_r_squared_are_those_of_the_full_curves(bolus, cine_times, noise):
    cbf, mtt, delay = np.full(50, 30.0), np.full(50, 6.0), np.full(50, 1.0)
    curves = bolus.box(cine_times, cbf, mtt, delay) + noise.normal(size=(50, len(cine_times)))
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    residuals = curves - bolus.box(cine_times, fit.cbf, fit.mtt, fit.delay)
    np.testing.assert_allclose(fit.sse, np.sum(residuals**2, axis=1), rtol=0.01)
    np.testing.assert_allclose(fit.r_squared, 1 - fit.sse / np.sum(curves**2, axis=1), atol=1e-5)


def test_standard_errors_are_the_scatter_of_repeated_fits(bolus, cine_times, noise):
    n = 2000
    clean = bolus.box(cine_times, [30.0], [8.0], [2.0])
    curves = clean + 0.5 * noise.normal(size=(n, len(cine_times)))
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    for name, errors in fit.standard_errors.items():
        assert np.median(errors) == pytest.approx(np.std(getattr(fit, name)), rel=0.1), name


@pytest.mark.parametrize("level", [0.5, 2.0])
def test_tissue_without_enhancement_has_no_flow_no_volume_and_no_timing(bolus, cine_times, noise, level):
    curves = level * noise.normal(size=(2000, len(cine_times)))
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    dead = fit.status == FitStatus.NO_ENHANCEMENT
    assert dead.mean() > 0.97
    assert not fit.cbf[dead].any()
    assert not fit.cbv[dead].any()
    for name in TIMING:
        assert np.isnan(getattr(fit, name)[dead]).all()
        assert np.isnan(fit.standard_errors[name][dead]).all()
    assert np.isfinite(fit.standard_errors["cbv"][dead]).all()


def test_constant_and_falling_curves_count_as_dead_tissue(bolus, cine_times):
    curves = np.stack([np.zeros(89), -bolus.box(cine_times, [30.0], [4.0], [1.0])[0]])
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    assert (fit.status == FitStatus.NO_ENHANCEMENT).all()
    assert not fit.cbf.any()
    assert np.isnan(fit.ttp).all()


def test_curve_that_outlasts_the_record_is_not_called_dead(bolus, noise):
    times = np.arange(50) * 0.5
    clean = bolus.box(times, [15.0], [28.0], [4.0])
    fit = fit_box_model(clean + 0.5 * noise.normal(size=(50, 50)), times, bolus.arterial(times))
    assert (fit.status != FitStatus.NO_ENHANCEMENT).all()
    assert np.median(fit.cbf) == pytest.approx(15.0, rel=0.1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_curves_with_invalid_values_are_marked_and_leave_the_others_alone(bolus, tiles, cine_times, value):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    expected = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    curves[3, 40] = value
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    assert fit.status[3] == FitStatus.NOT_FINITE
    assert np.isnan([fit.cbf[3], fit.cbv[3], fit.mtt[3], fit.ttp[3], fit.r_squared[3]]).all()
    others = np.arange(len(curves)) != 3
    np.testing.assert_array_equal(fit.cbf[others], expected.cbf[others])


def test_parameters_held_by_their_bounds_are_marked(bolus):
    times = np.arange(120) * 0.5
    curves = bolus.box(times, [30.0, 200.0, 30.0], [4.0, 0.5, 4.0], [18.0, 1.0, 1.0])
    fit = fit_box_model(curves, times, bolus.arterial(times))
    assert fit.delay[0] == 15.0
    assert fit.mtt[1] == 1.0
    assert list(fit.status == FitStatus.AT_BOUND) == [True, True, False]


def test_poor_fit_is_a_status_and_not_a_missing_value(bolus, cine_times, noise):
    curves = bolus.box(cine_times, [10.0], [5.0], [2.0]) + 4 * noise.normal(size=(200, len(cine_times)))
    fit = fit_box_model(curves, cine_times, bolus.arterial(cine_times))
    poor = fit.status == FitStatus.POOR_FIT
    assert poor.any()
    assert (fit.r_squared[poor] < 0.5).all()
    assert np.isfinite(fit.cbf[poor]).all()
    assert np.isfinite(fit.ttp[poor]).all()


@given(scale=st.floats(1e-3, 1e3))
@settings(max_examples=10, deadline=None)
def test_scaled_curves_scale_flow_and_volume_only(bolus, tiles, cine_times, scale):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += np.random.default_rng(1).normal(size=curves.shape)
    aif = bolus.arterial(cine_times)
    fit, scaled = (fit_box_model(factor * curves, cine_times, aif) for factor in (1.0, scale))
    np.testing.assert_allclose(scaled.cbf, scale * fit.cbf, rtol=0.02)
    np.testing.assert_allclose(scaled.cbv, scale * fit.cbv, rtol=0.01)
    np.testing.assert_allclose(scaled.ttp, fit.ttp, atol=0.05)
    np.testing.assert_array_equal(scaled.status, fit.status)


@given(shift=st.floats(-1.5, 8.0), origin=st.floats(-100.0, 1000.0))
@settings(max_examples=10, deadline=None)
def test_later_tissue_has_a_longer_delay_and_the_clock_does_not_matter(bolus, shift, origin):
    times = np.arange(120) * 0.5
    cbf, mtt = np.array([60.0, 25.0, 12.0]), np.array([3.5, 5.0, 10.0])
    curves = bolus.box(times, cbf, mtt, np.full(3, shift))
    fit = fit_box_model(curves, times + origin, bolus.arterial(times))
    np.testing.assert_allclose(fit.delay, shift, atol=0.03)
    np.testing.assert_allclose(fit.cbf, cbf, rtol=0.02)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_result_of_a_voxel_does_not_depend_on_its_neighbours(bolus, tiles, cine_times, seed):
    order = np.random.default_rng(seed).permutation(len(tiles.cbf))
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += np.random.default_rng(1).normal(size=curves.shape)
    aif = bolus.arterial(cine_times)
    fit, permuted = fit_box_model(curves, cine_times, aif), fit_box_model(curves[order], cine_times, aif)
    np.testing.assert_allclose(permuted.mtt, fit.mtt[order], rtol=1e-3)
    np.testing.assert_allclose(permuted.cbv, fit.cbv[order], rtol=1e-4)


def test_memory_order_and_precision_of_the_curves_do_not_matter(bolus, tiles, cine_times):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    aif = bolus.arterial(cine_times)
    fit = fit_box_model(curves, cine_times, aif)
    for other in (curves.astype(np.float32), np.asfortranarray(curves), curves.tolist()):
        np.testing.assert_allclose(fit_box_model(other, cine_times, aif).cbf, fit.cbf, rtol=1e-3)


def test_kappa_and_rho_scale_flow_and_volume(bolus, tiles, cine_times):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    aif = bolus.arterial(cine_times)
    fit = fit_box_model(curves, cine_times, aif)
    other = fit_box_model(curves, cine_times, aif, kappa=0.73, rho=1.04)
    ratio = (0.73 / 1.04) / (0.55 / 0.75 / 1.05)
    np.testing.assert_allclose(other.cbf, ratio * fit.cbf, rtol=1e-6)
    np.testing.assert_allclose(other.cbv, ratio * fit.cbv, rtol=1e-6)


def test_no_curves_give_an_empty_fit(bolus, cine_times):
    fit = fit_box_model(np.empty((0, 89)), cine_times, bolus.arterial(cine_times))
    assert fit.cbf.shape == fit.status.shape == fit.standard_errors["ttp"].shape == (0,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"curves": np.ones(89)}, "voxels, times"),
        ({"curves": np.ones((2, 88))}, "do not match"),
        ({"curves": np.ones((2, 4)), "times": np.arange(4.0)}, "at least 5"),
        ({"times": np.zeros(89)}, "increase"),
        ({"times": np.full(89, np.nan)}, "finite"),
        ({"times": np.tile(np.arange(89.0), (2, 1))}, "aif_times must be given"),
        ({"aif": np.ones(50)}, "do not fit"),
        ({"aif": np.zeros(89)}, "does not enhance"),
        ({"kappa": 0.0}, "positive"),
        ({"rho": -1.0}, "positive"),
    ],
)
def test_wrong_arguments_are_refused_with_the_reason(bolus, cine_times, change, reason):
    arguments = {"curves": np.ones((2, 89)), "times": cine_times, "aif": bolus.arterial(cine_times)} | change
    with pytest.raises(ValueError, match=reason):
        fit_box_model(**arguments)


def test_unknown_device_is_refused_in_one_sentence(bolus, cine_times):
    curves = np.ones((1, 89))
    with pytest.raises(ConfigurationError, match=r"'abacus' is not available .*; choose one of: auto, cpu\."):
        fit_box_model(curves, cine_times, bolus.arterial(cine_times), device="abacus")
    fit_box_model(curves, cine_times, bolus.arterial(cine_times), device="auto")


def test_progress_rises_to_one_and_can_cancel(bolus, cine_times):
    curves = np.ones((40_000, 89), dtype=np.float32)
    fractions = []
    fit_box_model(curves, cine_times, bolus.arterial(cine_times), on_progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) > 3

    def cancel_halfway(fraction):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        fit_box_model(curves, cine_times, bolus.arterial(cine_times), on_progress=cancel_halfway)
