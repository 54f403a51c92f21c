from functools import partial

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from CTPerfusionLib.devices import Device
from CTPerfusionLib.errors import ArgumentError, Cancelled, ConfigurationError
from CTPerfusionLib.kinetics import FitStatus, TransitTimePrior, fit_box_model
from CTPerfusionLib.kinetics.curves import VolumeCurves

TIMING = ("mtt", "delay", "ttp")


@pytest.fixture(
    scope="module",
    params=["cpu", Device("torch on the processor", "for tests", "cpu")],
    ids=["numba", "torch"],
)
def fit(request):
    """Every way to compute must pass the same tests."""
    return partial(fit_box_model, device=request.param)


def correlation(measured, true):
    return np.corrcoef(measured, true)[0, 1]


@pytest.mark.parametrize(("interval", "n_frames"), [(0.5, 100), (1.0, 60), (1.5, 40)])
def test_tiles_without_noise_are_recovered(fit, bolus, tiles, interval, n_frames):
    times = interval * np.arange(n_frames)
    curves = bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay)
    result = fit(curves, times, bolus.arterial(times))
    for name in ("cbf", "cbv", "mtt", "delay"):
        assert correlation(getattr(result, name), getattr(tiles, name)) >= 0.9995, name
    assert abs(np.mean(result.cbv / tiles.cbv) - 1) < 0.003
    np.testing.assert_allclose(result.ttp, tiles.delay + tiles.mtt / 2, atol=0.05)
    assert (result.status == FitStatus.OK).all()


def test_each_parameter_is_exact_where_the_input_is_known_finely(fit, bolus, tiles):
    times = 2.0 * np.arange(40)
    curves = bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay)
    result = fit(curves, times, bolus.arterial(bolus.grid), aif_times=bolus.grid)
    np.testing.assert_allclose(result.cbf, tiles.cbf, rtol=3e-3)
    np.testing.assert_allclose(result.cbv, tiles.cbv, rtol=1e-3)
    np.testing.assert_allclose(result.mtt, tiles.mtt, rtol=3e-3)
    np.testing.assert_allclose(result.delay, tiles.delay, atol=0.01)
    np.testing.assert_allclose(result.r_squared, 1.0, atol=1e-5)


def test_ttp_is_the_centre_of_the_response(fit, bolus, tiles, cine_times, noise):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += noise.normal(size=curves.shape)
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    np.testing.assert_allclose(result.ttp, result.delay + result.mtt / 2, rtol=1e-5)


def test_tissue_that_fills_before_the_chosen_artery_has_a_negative_delay(fit, bolus, cine_times):
    curves = bolus.box(cine_times, [40.0, 40.0], [4.0, 6.0], [-2.0, -0.7])
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    np.testing.assert_allclose(result.delay, [-2.0, -0.7], atol=0.02)


def test_irregular_times_of_each_voxel_are_used_as_they_are(fit, bolus, tiles):
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
    result = fit(curves, slices[slice_of_voxel], aif, aif_times=arterial_times)
    np.testing.assert_allclose(result.cbf, tiles.cbf, rtol=0.03)
    np.testing.assert_allclose(result.delay, tiles.delay, atol=0.1)
    alone = fit(curves[slice_of_voxel == 1], slices[1], aif, aif_times=arterial_times)
    np.testing.assert_array_equal(result.mtt[slice_of_voxel == 1], alone.mtt)


def test_fit_is_as_good_as_a_downhill_simplex_from_the_published_start(bolus, cine_times, noise):
    aif = bolus.arterial(cine_times)
    clean = bolus.box(cine_times, [60.0, 25.0, 15.0, 40.0], [3.5, 5.0, 9.0, 4.0], [0.5, 1.0, 4.0, 0.0])
    curves = np.repeat(clean, 5, axis=0)
    curves += 2 * noise.normal(size=curves.shape)
    result = fit_box_model(curves, cine_times, aif)

    def sum_of_squares(parameters, curve):
        cbf, mtt, ttp = parameters
        if not (1 <= mtt <= 30 and -3 <= ttp - mtt / 2 <= 15):
            return 1e9
        return np.sum((bolus.box(cine_times, [cbf], [mtt], [ttp - mtt / 2])[0] - curve) ** 2)

    for curve, sse in zip(curves, result.sse, strict=True):
        simplex = minimize(
            sum_of_squares, [60.0, 5.0, 3.5], args=(curve,), method="Nelder-Mead", options={"maxiter": 300}
        )
        assert sse <= 1.01 * simplex.fun


def test_sum_of_squares_and_r_squared_are_those_of_the_full_curves(fit, bolus, cine_times, noise):
    cbf, mtt, delay = np.full(50, 30.0), np.full(50, 6.0), np.full(50, 1.0)
    curves = bolus.box(cine_times, cbf, mtt, delay) + noise.normal(size=(50, len(cine_times)))
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    residuals = curves - bolus.box(cine_times, result.cbf, result.mtt, result.delay)
    np.testing.assert_allclose(result.sse, np.sum(residuals**2, axis=1), rtol=0.01)
    np.testing.assert_allclose(result.r_squared, 1 - result.sse / np.sum(curves**2, axis=1), atol=1e-5)


def test_standard_errors_are_the_scatter_of_repeated_fits(fit, bolus, cine_times, noise):
    n = 2000
    clean = bolus.box(cine_times, [30.0], [8.0], [2.0])
    curves = clean + 0.5 * noise.normal(size=(n, len(cine_times)))
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    for name, errors in result.standard_errors.items():
        assert np.median(errors) == pytest.approx(np.std(getattr(result, name)), rel=0.1), name


@pytest.mark.parametrize("level", [0.5, 2.0])
def test_tissue_without_enhancement_has_no_flow_no_volume_and_no_timing(fit, bolus, cine_times, noise, level):
    curves = level * noise.normal(size=(2000, len(cine_times)))
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    dead = result.status == FitStatus.NO_ENHANCEMENT
    assert dead.mean() > 0.97
    assert not result.cbf[dead].any()
    assert not result.cbv[dead].any()
    for name in TIMING:
        assert np.isnan(getattr(result, name)[dead]).all()
        assert np.isnan(result.standard_errors[name][dead]).all()
    assert np.isfinite(result.standard_errors["cbv"][dead]).all()


def test_constant_and_falling_curves_count_as_dead_tissue(fit, bolus, cine_times):
    curves = np.stack([np.zeros(89), -bolus.box(cine_times, [30.0], [4.0], [1.0])[0]])
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    assert (result.status == FitStatus.NO_ENHANCEMENT).all()
    assert not result.cbf.any()
    assert np.isnan(result.ttp).all()


def test_curve_that_outlasts_the_record_is_not_called_dead(fit, bolus, noise):
    times = np.arange(50) * 0.5
    clean = bolus.box(times, [15.0], [28.0], [4.0])
    result = fit(clean + 0.5 * noise.normal(size=(50, 50)), times, bolus.arterial(times))
    assert (result.status != FitStatus.NO_ENHANCEMENT).all()
    assert np.median(result.cbf) == pytest.approx(15.0, rel=0.1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_curves_with_invalid_values_are_refused(fit, bolus, tiles, cine_times, value):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves[3, 40] = value
    with pytest.raises(ArgumentError, match="NaN or infinite") as refusal:
        fit(curves, cine_times, bolus.arterial(cine_times))
    assert refusal.value.argument == "curves"


def test_parameters_held_by_their_bounds_are_marked(fit, bolus):
    times = np.arange(120) * 0.5
    curves = bolus.box(times, [30.0, 200.0, 30.0], [4.0, 0.5, 4.0], [18.0, 1.0, 1.0])
    result = fit(curves, times, bolus.arterial(times))
    assert result.delay[0] == 15.0
    assert result.mtt[1] == 1.0
    assert list(result.status == FitStatus.AT_BOUND) == [True, True, False]


def test_poor_fit_is_a_status_and_not_a_missing_value(fit, bolus, cine_times, noise):
    curves = bolus.box(cine_times, [10.0], [5.0], [2.0]) + 4 * noise.normal(size=(200, len(cine_times)))
    result = fit(curves, cine_times, bolus.arterial(cine_times))
    poor = result.status == FitStatus.POOR_FIT
    assert poor.any()
    assert (result.r_squared[poor] < 0.5).all()
    assert np.isfinite(result.cbf[poor]).all()
    assert np.isfinite(result.ttp[poor]).all()


@given(scale=st.floats(1e-3, 1e3))
@settings(max_examples=3, deadline=None)
def test_scaled_curves_scale_flow_and_volume_only(fit, bolus, tiles, cine_times, scale):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += np.random.default_rng(1).normal(size=curves.shape)
    aif = bolus.arterial(cine_times)
    result, scaled = (fit(factor * curves, cine_times, aif) for factor in (1.0, scale))
    np.testing.assert_allclose(scaled.cbf, scale * result.cbf, rtol=0.02)
    np.testing.assert_allclose(scaled.cbv, scale * result.cbv, rtol=0.01)
    np.testing.assert_allclose(scaled.ttp, result.ttp, atol=0.05)
    np.testing.assert_array_equal(scaled.status, result.status)


@given(shift=st.floats(-1.5, 8.0), origin=st.floats(-100.0, 1000.0))
@settings(max_examples=3, deadline=None)
def test_later_tissue_has_a_longer_delay_and_the_clock_does_not_matter(fit, bolus, shift, origin):
    times = np.arange(120) * 0.5
    cbf, mtt = np.array([60.0, 25.0, 12.0]), np.array([3.5, 5.0, 10.0])
    curves = bolus.box(times, cbf, mtt, np.full(3, shift))
    result = fit(curves, times + origin, bolus.arterial(times))
    np.testing.assert_allclose(result.delay, shift, atol=0.03)
    np.testing.assert_allclose(result.cbf, cbf, rtol=0.02)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=3, deadline=None)
def test_result_of_a_voxel_does_not_depend_on_its_neighbours(fit, bolus, tiles, cine_times, seed):
    order = np.random.default_rng(seed).permutation(len(tiles.cbf))
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += np.random.default_rng(1).normal(size=curves.shape)
    aif = bolus.arterial(cine_times)
    result, permuted = fit(curves, cine_times, aif), fit(curves[order], cine_times, aif)
    np.testing.assert_allclose(permuted.mtt, result.mtt[order], rtol=1e-3)
    np.testing.assert_allclose(permuted.cbv, result.cbv[order], rtol=1e-4)


@given(scale=st.floats(1e-2, 1e2))
@settings(max_examples=3, deadline=None)
def test_scaling_input_and_tissue_together_changes_nothing(fit, bolus, tiles, cine_times, scale):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves += np.random.default_rng(1).normal(size=curves.shape)
    aif = bolus.arterial(cine_times)
    result, scaled = fit(curves, cine_times, aif), fit(scale * curves, cine_times, scale * aif)
    np.testing.assert_allclose(scaled.cbf, result.cbf, rtol=0.02)
    np.testing.assert_allclose(scaled.cbv, result.cbv, rtol=2e-3)
    np.testing.assert_allclose(scaled.delay, result.delay, atol=0.03)


def test_series_that_starts_five_seconds_earlier_gives_the_same_maps(fit, bolus, tiles):
    aif_times = np.arange(0.0, 90.0, 0.5)
    early, late = np.arange(0.0, 80.0), np.arange(-5.0, 75.0)
    results = [
        fit(
            bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay),
            times + 5.0,
            bolus.arterial(aif_times - 5.0),
            aif_times=aif_times,
        )
        for times in (early, late)
    ]
    for name in ("cbf", "cbv", "mtt"):
        np.testing.assert_allclose(getattr(results[1], name), getattr(results[0], name), rtol=0.03)
    np.testing.assert_allclose(results[1].delay, results[0].delay, atol=0.03)


@pytest.mark.parametrize("interval", [1.0, 2.0])
def test_sampling_interval_of_the_tissue_does_not_matter(fit, bolus, tiles, interval):
    aif_times = np.arange(0.0, 80.0, 0.5)
    results = []
    for step in (0.5, interval):
        times = np.arange(0.0, 80.0, step)
        curves = bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay)
        results.append(fit(curves, times, bolus.arterial(aif_times), aif_times=aif_times))
    for name in ("cbf", "cbv", "mtt", "ttp"):
        np.testing.assert_allclose(getattr(results[1], name), getattr(results[0], name), rtol=0.01)


@pytest.mark.parametrize("interval", [1.0, 2.0])
def test_sampling_interval_of_all_curves_changes_the_typical_tile_by_less_than_three_percent(
    fit, bolus, tiles, interval
):
    results = []
    for step in (0.5, interval):
        times = np.arange(0.0, 80.0, step)
        curves = bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay)
        results.append(fit(curves, times, bolus.arterial(times)))
    for name in ("cbf", "cbv", "mtt", "ttp"):
        change = np.abs(getattr(results[1], name) / getattr(results[0], name) - 1)
        assert np.median(change) < 0.01
        assert np.mean(change) < 0.03


def test_number_of_threads_and_of_curves_at_a_time_do_not_matter(bolus, tiles, cine_times, noise):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves = np.tile(curves, (20, 1)) + 0.2 * noise.normal(size=(20 * len(curves), 89))
    aif = bolus.arterial(cine_times)
    together = fit_box_model(curves, cine_times, aif)
    n_threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        parts = [
            fit_box_model(curves[start : start + 777], cine_times, aif)
            for start in range(0, len(curves), 777)
        ]
    finally:
        numba.set_num_threads(n_threads)
    for name, tolerance in (("mtt", 2e-3), ("cbv", 2e-4), ("ttp", 2e-4)):
        in_parts = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_allclose(in_parts, getattr(together, name), rtol=tolerance)


@pytest.mark.parametrize("options", [{}, {"prior": TransitTimePrior()}, {"marginalise_offset": True}])
def test_both_ways_to_compute_agree(bolus, tiles, cine_times, noise, options):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    curves = np.tile(curves, (4, 1)) + noise.normal(size=(4 * len(curves), 89))
    aif = bolus.arterial(cine_times)
    torch = Device("torch on the processor", "for tests", "cpu")
    compiled, other = (
        fit_box_model(curves, cine_times, aif, device=device, **options) for device in ("cpu", torch)
    )
    np.testing.assert_array_equal(compiled.status, other.status)
    for name, tolerance in (("cbf", 5e-3), ("cbv", 2e-4), ("mtt", 5e-3), ("r_squared", 1e-5)):
        np.testing.assert_allclose(getattr(compiled, name), getattr(other, name), rtol=tolerance)
    np.testing.assert_allclose(compiled.ttp, other.ttp, atol=2e-3)
    for name, errors in compiled.standard_errors.items():
        np.testing.assert_allclose(errors, other.standard_errors[name], rtol=0.02)


def test_curves_can_be_fetched_from_a_volume(fit, bolus, tiles, cine_times):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay).astype(np.float32)
    volume = np.zeros((89, 2, 10, 20), np.float32)
    voxels = np.arange(0, 245) + 70
    volume.reshape(89, -1)[:, voxels] = curves.T
    aif = bolus.arterial(cine_times)
    fetched = fit(VolumeCurves(volume, voxels), cine_times, aif)
    np.testing.assert_allclose(fetched.mtt, fit(curves, cine_times, aif).mtt, rtol=1e-3)


def test_unknown_offset_of_each_curve_is_found(fit, bolus, tiles, cine_times):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    within = tiles.delay + tiles.mtt < 20
    offsets = np.linspace(-8.0, 8.0, len(curves))[:, None]
    aif = bolus.arterial(cine_times)
    result = fit(curves + offsets, cine_times, aif, marginalise_offset=True)
    np.testing.assert_allclose(result.cbf[within], tiles.cbf[within], rtol=0.02)
    np.testing.assert_allclose(result.cbv[within], tiles.cbv[within], rtol=0.005)
    np.testing.assert_allclose(result.delay[within], tiles.delay[within], atol=0.05)
    assert result.sse[within].max() < 1e-4 * np.sum(curves[within] ** 2, axis=1).max()


def test_standard_errors_know_of_the_offset(fit, bolus, cine_times, noise):
    clean = bolus.box(cine_times, [30.0], [8.0], [2.0])
    curves = clean + 0.5 * noise.normal(size=(2000, len(cine_times)))
    result = fit(curves, cine_times, bolus.arterial(cine_times), marginalise_offset=True)
    for name, errors in result.standard_errors.items():
        assert np.median(errors) == pytest.approx(np.std(getattr(result, name)), rel=0.1), name


def test_memory_order_and_precision_of_the_curves_do_not_matter(fit, bolus, tiles, cine_times):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    aif = bolus.arterial(cine_times)
    result = fit(curves, cine_times, aif)
    for other in (curves.astype(np.float32), np.asfortranarray(curves), curves.tolist()):
        np.testing.assert_allclose(fit(other, cine_times, aif).cbf, result.cbf, rtol=1e-3)


def test_kappa_and_rho_scale_flow_and_volume(fit, bolus, tiles, cine_times):
    curves = bolus.box(cine_times, tiles.cbf, tiles.mtt, tiles.delay)
    aif = bolus.arterial(cine_times)
    result = fit(curves, cine_times, aif)
    other = fit(curves, cine_times, aif, kappa=0.73, rho=1.04)
    ratio = (0.73 / 1.04) / (0.55 / 0.75 / 1.05)
    np.testing.assert_allclose(other.cbf, ratio * result.cbf, rtol=1e-6)
    np.testing.assert_allclose(other.cbv, ratio * result.cbv, rtol=1e-6)


def test_no_curves_give_an_empty_fit(fit, bolus, cine_times):
    result = fit(np.empty((0, 89)), cine_times, bolus.arterial(cine_times))
    assert result.cbf.shape == result.status.shape == result.standard_errors["ttp"].shape == (0,)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"curves": np.ones(89)}, "curves"),
        ({"curves": np.ones((2, 7)), "times": np.arange(7.0)}, "curves"),
        ({"curves": [["a"] * 89]}, "curves"),
        ({"curves": np.ones((2, 88))}, "times"),
        ({"times": np.zeros(89)}, "times"),
        ({"times": np.full(89, np.nan)}, "times"),
        ({"times": np.arange(89.0) + np.array([[0.0], [0.5]])}, "aif_times"),
        ({"aif": np.ones(50)}, "aif"),
        ({"aif": np.zeros(89)}, "aif"),
        ({"aif": np.full(89, np.nan)}, "aif"),
        ({"aif": np.eye(89)[80], "aif_times": 60.0 + np.arange(89)}, "times"),
        ({"aif_times": np.arange(89.0)[::-1]}, "aif_times"),
        ({"discretisation": "guess"}, "discretisation"),
        ({"kappa": 0.0}, "kappa"),
        ({"rho": -1.0}, "rho"),
    ],
)
def test_wrong_arguments_are_refused_by_name(bolus, cine_times, change, argument):
    arguments = {"curves": np.ones((2, 89)), "times": cine_times, "aif": bolus.arterial(cine_times)} | change
    with pytest.raises(ArgumentError) as refusal:
        fit_box_model(**arguments)
    assert refusal.value.argument == argument


def test_unknown_device_is_refused(bolus, cine_times):
    with pytest.raises(ConfigurationError, match="abacus"):
        fit_box_model(np.ones((1, 89)), cine_times, bolus.arterial(cine_times), device="abacus")


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
