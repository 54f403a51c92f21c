import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.devices import Device
from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.kinetics import FitStatus, fit_box_model, fit_residue_family
from CTPerfusionLib.kinetics.curves import VolumeCurves

DEVICES = ["cpu", Device("torch on the processor", "the GPU code path", "cpu")]
PARAMETERS = ("cbf", "cbv", "mtt", "delay", "ttp")


@pytest.fixture(params=DEVICES, ids=["compiled", "torch"])
def device(request):
    return request.param


@pytest.fixture(scope="module")
def seconds():
    return np.arange(60.0)


def exponential_tissue(bolus, times, n=40, seed=3):
    """Return curves and (cbf, cbv, mtt, delay) of tissue that is a well-mixed compartment."""
    random = np.random.default_rng(seed)
    mtt, cbf, delay = random.uniform(3.5, 12, n), random.uniform(10, 60, n), random.uniform(0, 5, n)
    curves = [bolus.gamma(times, f, m, d, 1.0) for f, m, d in zip(cbf, mtt, delay, strict=True)]
    return np.array(curves), (cbf, cbf * mtt / 60, mtt, delay)


def test_a_noise_free_well_mixed_compartment_is_read_exactly(bolus, seconds, device):
    curves, (cbf, cbv, mtt, delay) = exponential_tissue(bolus, seconds)
    fit = fit_residue_family(curves, seconds, bolus.arterial(seconds), device=device)
    np.testing.assert_allclose(fit.cbf, cbf, rtol=0.05)
    np.testing.assert_allclose(fit.cbv, cbv, rtol=0.02)
    np.testing.assert_allclose(fit.mtt, mtt, rtol=0.05)
    np.testing.assert_allclose(fit.delay, delay, atol=0.3)
    np.testing.assert_allclose(fit.ttp, delay + mtt / 2, atol=0.25)
    assert (fit.status == FitStatus.OK).all()


def test_noise_free_plug_flow_is_read_within_the_grid_of_transit_times(bolus, seconds, tiles, device):
    curves = bolus.box(seconds, tiles.cbf, tiles.mtt, tiles.delay)
    fit = fit_residue_family(curves, seconds, bolus.arterial(seconds), device=device)
    np.testing.assert_allclose(fit.cbf, tiles.cbf, rtol=0.08)
    np.testing.assert_allclose(fit.cbv, tiles.cbv, rtol=0.04)
    np.testing.assert_allclose(fit.ttp, tiles.delay + tiles.mtt / 2, atol=0.35)
    assert np.median(np.abs(fit.cbf / tiles.cbf - 1)) < 0.02


def test_exponential_tissue_is_not_read_as_slow_as_by_the_box_model(bolus, seconds, noise):
    clean, (cbf, _, mtt, _) = exponential_tissue(bolus, seconds, n=200)
    curves = clean + noise.normal(size=clean.shape)
    aif = bolus.arterial(seconds)
    family, box = fit_residue_family(curves, seconds, aif), fit_box_model(curves, seconds, aif)
    assert abs(np.median(family.mtt / mtt) - 1) < 0.08
    assert abs(np.median(family.cbf / cbf) - 1) < 0.08
    assert np.median(box.mtt / mtt) > 1.3


def test_both_code_paths_give_the_same(bolus, seconds, noise):
    clean, _ = exponential_tissue(bolus, seconds, n=300)
    curves = clean + noise.normal(size=clean.shape)
    compiled, torch = (
        fit_residue_family(curves, seconds, bolus.arterial(seconds), device=d) for d in DEVICES
    )
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(torch, name), getattr(compiled, name), rtol=2e-3, atol=2e-3)
        error, other = compiled.standard_errors[name], torch.standard_errors[name]
        np.testing.assert_allclose(other, error, rtol=0.05, atol=2e-3)
    np.testing.assert_allclose(torch.shape_weights, compiled.shape_weights, atol=1e-3)


def test_the_shape_of_the_residue_is_learned_from_all_curves(bolus, seconds, noise):
    clean, _ = exponential_tissue(bolus, seconds, n=500)
    fit = fit_residue_family(clean + noise.normal(size=clean.shape), seconds, bolus.arterial(seconds))
    assert fit.shape_weights.sum() == pytest.approx(1.0)
    assert fit.shape_weights.argmax() == 0
    assert fit.shape_weights[0] > 0.6


def test_a_single_curve_teaches_nothing_about_shapes(bolus, seconds, noise):
    curve = bolus.gamma(seconds, 30.0, 6.0, 1.0, 1.0) + noise.normal(size=60)
    fit = fit_residue_family(curve[None], seconds, bolus.arterial(seconds))
    np.testing.assert_allclose(fit.shape_weights, [0.4, 0.1, 0.1, 0.4], atol=0.01)


def test_noise_is_estimated_and_differs_between_voxels(bolus, seconds, noise):
    clean, _ = exponential_tissue(bolus, seconds, n=400)
    level = np.repeat([1.0, 3.0], 200)
    fit = fit_residue_family(
        clean + level[:, None] * noise.normal(size=clean.shape), seconds, bolus.arterial(seconds)
    )
    quiet, loud = np.median(fit.noise[:200]), np.median(fit.noise[200:])
    assert 0.8 < quiet < 1.9
    assert 2.2 < loud < 3.5
    equal = fit_residue_family(clean + 2.0 * noise.normal(size=clean.shape), seconds, bolus.arterial(seconds))
    assert np.median(equal.noise) == pytest.approx(2.0, rel=0.05)


def test_known_noise_is_used_as_given(bolus, seconds, noise):
    clean, _ = exponential_tissue(bolus, seconds)
    curves = clean + noise.normal(size=clean.shape)
    sigma = np.linspace(1.0, 4.0, len(curves))
    fit = fit_residue_family(curves, seconds, bolus.arterial(seconds), sigma=sigma)
    np.testing.assert_allclose(fit.noise, sigma, rtol=1e-5)


def test_posterior_standard_deviations_cover_the_truth(bolus, seconds, noise):
    clean, truth = exponential_tissue(bolus, seconds, n=1500)
    fit = fit_residue_family(clean + noise.normal(size=clean.shape), seconds, bolus.arterial(seconds))
    expected = dict(zip(("cbf", "cbv", "mtt", "delay"), truth, strict=True))
    expected["ttp"] = expected["delay"] + expected["mtt"] / 2
    for name, values in expected.items():
        within = np.abs(getattr(fit, name) - values) < fit.standard_errors[name]
        assert 0.55 < within.mean() < 0.85, name


def test_a_frame_that_moved_does_not_change_the_result(bolus, seconds, noise):
    clean, _ = exponential_tissue(bolus, seconds, n=300)
    curves = clean + noise.normal(size=clean.shape)
    moved = curves.copy()
    moved[::2, 24] += 25.0
    aif = bolus.arterial(seconds)
    still, shaken = fit_residue_family(curves, seconds, aif), fit_residue_family(moved, seconds, aif)
    assert np.median(np.abs(shaken.cbf / still.cbf - 1)) < 0.03
    assert np.percentile(np.abs(shaken.cbf / still.cbf - 1), 95) < 0.2


def test_an_offset_can_be_left_open(bolus, seconds, noise, device):
    clean, (cbf, *_) = exponential_tissue(bolus, seconds, n=200)
    curves = clean + 10.0 + noise.normal(size=clean.shape)
    aif = bolus.arterial(seconds)
    fit = fit_residue_family(curves, seconds, aif, marginalise_offset=True, device=device)
    fixed = fit_residue_family(curves, seconds, aif, device=device)
    assert abs(np.median(fit.cbf / cbf) - 1) < 0.05
    error, error_of_fixed = (np.median(np.abs(one.cbf / cbf - 1)) for one in (fit, fixed))
    assert 2 * error < error_of_fixed


def test_noise_alone_is_dead_tissue(bolus, seconds, noise, device):
    curves = 2.0 * noise.normal(size=(2000, 60))
    fit = fit_residue_family(curves, seconds, bolus.arterial(seconds), device=device)
    dead = fit.status == FitStatus.NO_ENHANCEMENT
    assert dead.mean() > 0.99
    assert (fit.cbf[dead] == 0).all()
    assert (fit.cbv[dead] == 0).all()
    assert np.isnan(fit.mtt[dead]).all()
    assert np.isnan(fit.ttp[dead]).all()


def test_strong_noise_does_not_blow_flow_up(bolus, tiles, noise):
    times = np.arange(0.0, 60.0, 0.5)
    curves = np.repeat(bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay), 4, axis=0)
    curves += 5.0 * noise.normal(size=curves.shape)
    fit = fit_residue_family(curves, times, bolus.arterial(times))
    assert np.isfinite(fit.cbf).all()
    assert np.mean(fit.cbf > 3 * np.repeat(tiles.cbf, 4)) <= 0.005


def test_slices_keep_their_own_times(bolus, noise):
    aif_times = np.arange(0.0, 60.0, 1.0)
    per_slice = np.array([np.arange(0.2, 60, 1.5), np.arange(1.1, 60, 1.5) ** 1.001])
    slices = np.arange(80) % 2
    truth = [bolus.gamma(per_slice[index], 30.0, 6.0, 2.0, 1.0) for index in slices]
    curves = np.array(truth) + 0.5 * noise.normal(size=(80, per_slice.shape[1]))
    fit = fit_residue_family(curves, per_slice[slices], bolus.arterial(aif_times), aif_times=aif_times)
    assert abs(np.median(fit.cbf[slices == 0]) / 30 - 1) < 0.08
    assert abs(np.median(fit.cbf[slices == 1]) / 30 - 1) < 0.08
    assert np.median(fit.ttp) == pytest.approx(5.0, abs=0.3)


def test_voxels_of_a_volume_are_fitted_without_a_copy(bolus, seconds):
    curves, _ = exponential_tissue(bolus, seconds, n=24)
    volume = curves.T.reshape(60, 2, 3, 4).astype(np.float32)
    voxels = np.array([1, 5, 6, 20])
    aif = bolus.arterial(seconds)
    from_volume = fit_residue_family(VolumeCurves(volume, voxels), seconds, aif)
    np.testing.assert_allclose(
        from_volume.cbf, fit_residue_family(curves[voxels], seconds, aif).cbf, rtol=1e-5
    )


@pytest.fixture(scope="module")
def noisy(bolus, seconds):
    clean, _ = exponential_tissue(bolus, seconds, n=150)
    return clean + np.random.default_rng(11).normal(size=clean.shape)


def assert_same(one, other, factor=1.0, rtol=3e-3):
    for name in PARAMETERS:
        scale = factor if name in ("cbf", "cbv") else 1.0
        np.testing.assert_allclose(getattr(other, name), scale * getattr(one, name), rtol=rtol, atol=5e-3)


@settings(max_examples=6, deadline=None)
@given(factor=st.floats(0.2, 5.0))
def test_scaling_input_and_tissue_together_changes_nothing(bolus, seconds, noisy, factor):
    aif = bolus.arterial(seconds)
    assert_same(
        fit_residue_family(noisy, seconds, aif), fit_residue_family(factor * noisy, seconds, factor * aif)
    )


@settings(max_examples=6, deadline=None)
@given(factor=st.floats(0.2, 5.0))
def test_flow_and_volume_are_linear_in_the_tissue(bolus, seconds, noisy, factor):
    aif = bolus.arterial(seconds)
    one, other = fit_residue_family(noisy, seconds, aif), fit_residue_family(factor * noisy, seconds, aif)
    assert_same(one, other, factor)


@settings(max_examples=6, deadline=None)
@given(shift=st.floats(-20.0, 20.0))
def test_the_origin_of_time_does_not_matter(bolus, seconds, noisy, shift):
    aif = bolus.arterial(seconds)
    assert_same(
        fit_residue_family(noisy, seconds, aif), fit_residue_family(noisy, seconds + shift, aif), rtol=0.01
    )


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_voxels_does_not_matter(bolus, seconds, noisy, seed):
    order = np.random.default_rng(seed).permutation(len(noisy))
    aif = bolus.arterial(seconds)
    one, other = fit_residue_family(noisy, seconds, aif), fit_residue_family(noisy[order], seconds, aif)
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(other, name), getattr(one, name)[order], rtol=1e-4, atol=1e-4)


def test_a_later_bolus_in_the_tissue_is_delay(bolus, seconds):
    aif = bolus.arterial(seconds)
    early = fit_residue_family(bolus.gamma(seconds, 40.0, 5.0, 0.5, 1.0)[None], seconds, aif)
    late = fit_residue_family(bolus.gamma(seconds, 40.0, 5.0, 5.5, 1.0)[None], seconds, aif)
    assert late.delay[0] - early.delay[0] == pytest.approx(5.0, abs=0.05)
    assert late.cbf[0] == pytest.approx(early.cbf[0], rel=0.03)


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_the_size_of_chunks_does_not_matter(bolus, seconds, noisy, chunk, monkeypatch):
    aif = bolus.arterial(seconds)
    whole = fit_residue_family(noisy, seconds, aif)
    monkeypatch.setattr("CTPerfusionLib.kinetics.residue_family._CHUNK", chunk)
    pieces = fit_residue_family(noisy, seconds, aif)
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(pieces, name), getattr(whole, name), rtol=1e-4, atol=1e-4)


def test_the_number_of_threads_does_not_matter(bolus, seconds, noisy):
    import numba

    aif = bolus.arterial(seconds)
    many = fit_residue_family(noisy, seconds, aif)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        single = fit_residue_family(noisy, seconds, aif)
    finally:
        numba.set_num_threads(before)
    for name in PARAMETERS:
        np.testing.assert_array_equal(getattr(single, name), getattr(many, name))


@pytest.mark.parametrize(("interval", "share"), [(0.5, 95), (2.0, 70)])
def test_results_hardly_change_with_the_sampling_interval(bolus, tiles, interval, share):
    """This bolus rises within 3 s, so that samples every 2 s leave transit times under 5 s open to 10 %."""

    def fit(step):
        times = np.arange(0.0, 60.0, step)
        return fit_residue_family(
            bolus.box(times, tiles.cbf, tiles.mtt, tiles.delay), times, bolus.arterial(times)
        )

    one, other = fit(1.0), fit(interval)
    for name in ("cbf", "cbv", "mtt", "ttp"):
        change = np.abs(getattr(other, name) / getattr(one, name) - 1)
        assert np.percentile(change, share) < 0.03, name
        assert change.max() < 0.12, name


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("curves", np.ones(60)),
        ("curves", np.full((2, 60), np.nan)),
        ("curves", np.ones((2, 7))),
        ("times", np.arange(59.0)),
        ("times", np.zeros(60)),
        ("aif", np.zeros(60)),
        ("aif", np.full(60, np.nan)),
        ("sigma", 0.0),
        ("sigma", np.ones(3)),
        ("sigma", np.nan),
    ],
)
def test_a_bad_argument_is_named(bolus, seconds, argument, value):
    arguments = {
        "curves": np.ones((2, 60)),
        "times": seconds,
        "aif": bolus.arterial(seconds),
        "sigma": 1.0,
    }
    with pytest.raises(ArgumentError) as raised:
        fit_residue_family(**(arguments | {argument: value}))
    assert raised.value.argument == argument
