import numpy as np
import pytest
from scipy.linalg import circulant

from CTPerfusionLib.devices import Device
from CTPerfusionLib.errors import ArgumentError, Cancelled, ConfigurationError
from CTPerfusionLib.kinetics import DECONVOLUTIONS, FitStatus, deconvolve
from CTPerfusionLib.kinetics.curves import VolumeCurves
from CTPerfusionLib.kinetics.deconvolution_methods import OSCILLATION_THRESHOLDS
from CTPerfusionLib.kinetics.deconvolution_operators import convolution_matrix

TO_CBF = 6000 * (0.55 / 0.75) / 1.05
INSENSITIVE = [name for name, method in DECONVOLUTIONS.items() if not method.is_delay_sensitive]


@pytest.fixture
def times():
    return np.arange(60.0)


@pytest.fixture(
    params=["cpu", Device("torch on the processor", "torch, single precision", "cpu")], ids=["numba", "torch"]
)
def device(request):
    return request.param


def refined_peaks(responses, first_lag):
    """Return height and time in samples of the vertex of the parabola through the three greatest samples."""
    peaks = responses.argmax(axis=1)
    offsets = np.arange(-1, 2)
    vertices = []
    for response, peak in zip(responses, peaks, strict=True):
        a, b, c = np.polyfit(offsets, response[peak + offsets], 2)
        vertices.append((c - b * b / (4 * a), peak + first_lag - b / (2 * a)))
    return np.transpose(vertices)


def block_circulant_responses(curves, aif, threshold):
    """Wu et al. 2003: singular values of the block-circulant matrix below the threshold are left out."""
    n = len(aif)
    u, values, v = np.linalg.svd(circulant(np.concatenate([aif, np.zeros(n)])))
    inverse = np.where(values >= threshold * values.max(), 1 / values, 0.0)
    return np.roll((curves @ u[:n] * inverse) @ v, n, axis=1)


def noisy_tissue(bolus, times, noise, n_repeats=50):
    clean = bolus.box(times, [60.0, 40.0, 25.0, 10.0], [3.5, 4.0, 5.0, 12.0], [0.0, 2.3, 1.0, 5.0])
    return np.repeat(clean, n_repeats, axis=0) + noise.normal(size=(4 * n_repeats, len(times)))


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.15, 0.4])
def test_block_circulant_maps_are_those_of_the_singular_value_decomposition(
    bolus, times, noise, device, threshold
):
    aif = bolus.arterial(times)
    curves = noisy_tissue(bolus, times, noise)
    result = deconvolve(curves, times, aif, threshold=threshold, device=device)
    height, tmax = refined_peaks(block_circulant_responses(curves, aif, threshold), -60)
    np.testing.assert_allclose(result.cbf, TO_CBF * height, rtol=1e-4)
    np.testing.assert_allclose(result.tmax, tmax, atol=1e-3)


def test_oscillation_index_chooses_the_smallest_truncation_below_the_limit(bolus, times, noise, device):
    aif = bolus.arterial(times)
    curves = noisy_tissue(bolus, times, noise)
    result = deconvolve(curves, times, aif, method="osvd", device=device)
    chosen = np.full((len(curves), 120), np.nan)
    for threshold in OSCILLATION_THRESHOLDS:
        responses = block_circulant_responses(curves, aif, threshold)
        changes = np.diff(responses, 2, axis=1, append=responses[:, :2])
        index = np.abs(changes).mean(axis=1) / responses.max(axis=1)
        first = np.isnan(chosen[:, 0]) & (index < 0.035)
        chosen[first] = responses[first]
    height, tmax = refined_peaks(chosen, -60)
    np.testing.assert_allclose(result.cbf, TO_CBF * height, rtol=1e-4)
    np.testing.assert_allclose(result.tmax, tmax, atol=1e-3)


def test_cross_validation_chooses_the_strength_within_its_bounds(bolus, times, noise, device):
    aif = bolus.arterial(times)
    curves = noisy_tissue(bolus, times, noise)
    result = deconvolve(curves, times, aif, method="tikhonov", device=device)
    matrix = convolution_matrix(aif, 1.0, 5)
    best, chosen = np.full(len(curves), np.inf), np.empty((len(curves), 60))
    for strength in np.geomspace(0.1, 0.6, 24):
        penalty = (strength * np.linalg.norm(matrix, 2)) ** 2 * np.eye(60)
        inverse = np.linalg.solve(matrix.T @ matrix + penalty, matrix.T)
        remains = np.eye(60) - matrix @ inverse
        score = np.sum((curves @ remains.T) ** 2, axis=1) / np.trace(remains) ** 2
        better = score < best
        best[better], chosen[better] = score[better], (curves @ inverse.T)[better]
    height, tmax = refined_peaks(chosen, -5)
    np.testing.assert_allclose(result.cbf, TO_CBF * height, rtol=1e-4)
    np.testing.assert_allclose(result.tmax, tmax, atol=1e-3)


def test_standard_and_block_circulant_decomposition_differ(bolus, times):
    curves = bolus.box(times, [40.0], [5.0], [0.0])
    standard, circular = (
        deconvolve(curves, times, bolus.arterial(times), method=method, threshold=0.2)
        for method in ("ssvd", "bsvd")
    )
    assert abs(standard.cbf[0] - circular.cbf[0]) > 0.1 * circular.cbf[0]


@pytest.mark.parametrize("interval", [0.5, 1.0, 1.5, 2.0])
def test_units_do_not_depend_on_the_interval(bolus, device, interval):
    # A smooth response is known between the samples too: a Gaussian of 3 s, which no method has to cut.
    times = np.arange(0.0, 70.0, interval)
    aif = bolus.arterial(times)
    height, centre, width = 0.006, 9.3, 3.0
    response = height * np.exp(-(((times - centre) / width) ** 2) / 2)
    curve = interval * np.convolve(aif, response)[: len(times)]
    result = deconvolve(curve[None], times, aif, threshold=0.02, device=device)
    volume = 100 / 6000 * TO_CBF * height * width * np.sqrt(2 * np.pi)
    assert result.cbf[0] == pytest.approx(TO_CBF * height, rel=0.02)
    assert result.cbv[0] == pytest.approx(volume, rel=0.02)
    assert result.mtt[0] == pytest.approx(width * np.sqrt(2 * np.pi), rel=0.02)
    assert result.tmax[0] == pytest.approx(centre, abs=0.1)
    assert result.r_squared[0] > 0.999


@pytest.mark.parametrize(
    ("method", "tolerance"), [("bsvd", 0.04), ("osvd", 0.08), ("tikhonov", 0.04), ("tikhonov-fixed", 0.04)]
)
@pytest.mark.parametrize(("kind", "mtt"), [("box", 4.0), ("box", 8.0), ("exponential", 6.0)])
def test_maps_are_alike_whatever_the_interval(bolus, method, tolerance, kind, mtt):
    results = []
    for interval in (0.5, 1.0, 2.0):
        times = np.arange(0.0, 60.0, interval)
        if kind == "box":
            curves = bolus.box(times, [40.0], [mtt], [1.3])
        else:
            curves = bolus.gamma(times, 40.0, mtt, 1.3, 1.0)[None]
        result = deconvolve(curves, times, bolus.arterial(times), method=method)
        results.append([result.cbf[0], result.cbv[0], result.mtt[0]])
    changes = np.ptp(results, axis=0) / np.mean(results, axis=0)
    assert (changes < [tolerance, 0.01, tolerance]).all()


@pytest.mark.parametrize("method", INSENSITIVE)
@pytest.mark.parametrize(("interval", "tolerance"), [(0.5, 0.03), (1.0, 0.03), (2.0, 0.09)])
def test_delay_of_either_sign_moves_tmax_and_nothing_else(bolus, device, method, interval, tolerance):
    times = np.arange(0.0, 80.0, interval)
    delay = np.arange(-2.0, 8.1, 0.5)
    curves = bolus.box(times, np.full_like(delay, 40.0), np.full_like(delay, 5.0), delay)
    result = deconvolve(curves, times, bolus.arterial(times), method=method, device=device)
    slope, intercept = np.polyfit(delay, result.tmax, 1)
    assert slope == pytest.approx(1.0, abs=0.03)
    assert intercept == pytest.approx(2.5, abs=0.3)
    assert np.ptp(result.cbf) < tolerance * result.cbf.mean()
    assert np.ptp(result.cbv) < 0.03 * result.cbv.mean()
    assert np.ptp(result.mtt) < tolerance * result.mtt.mean()


def test_standard_decomposition_is_sensitive_to_delay(bolus, times):
    delay = np.array([-2.0, 0.0, 1.0, 3.0])
    curves = bolus.box(times, np.full(4, 40.0), np.full(4, 4.0), delay)
    result = deconvolve(curves, times, bolus.arterial(times), method="ssvd")
    assert np.ptp(result.cbf) > 0.5 * result.cbf.mean()
    assert np.ptp(result.mtt) > 0.5 * result.mtt.mean()
    assert result.tmax[0] == 0.0
    assert DECONVOLUTIONS["ssvd"].is_delay_sensitive


@pytest.mark.parametrize("mtt", [4.0, 6.0, 12.0])
def test_tmax_lies_at_the_centre_of_a_box_response(bolus, times, noise, mtt):
    curves = bolus.box(times, [30.0], [mtt], [1.0]) + 0.5 * noise.normal(size=(100, 60))
    result = deconvolve(curves, times, bolus.arterial(times))
    assert np.median(result.tmax) - 1.0 == pytest.approx(mtt / 2, abs=0.5)


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_volume_is_the_ratio_of_areas_and_keeps_negative_values(bolus, times, device, method):
    curves = bolus.box(times, [30.0], [6.0], [1.0])
    curves[0, :5] -= 2.0
    aif = bolus.arterial(times)
    result = deconvolve(curves, times, aif, method=method, device=device)
    assert result.cbv[0] == pytest.approx(TO_CBF / 60 * curves.sum() / aif.sum(), rel=1e-5)
    assert result.mtt[0] == pytest.approx(60 * result.cbv[0] / result.cbf[0], rel=1e-5)


def test_tissue_on_its_own_irregular_times_gives_the_same_maps(bolus):
    arterial_times = np.arange(0.0, 60.0, 0.5)
    sweep = 1.5 * np.arange(40)
    own = np.stack([sweep, sweep + 0.7, sweep + 0.4 * (np.arange(40) % 2)])
    curves = np.concatenate([bolus.box(row, [40.0], [5.0], [2.0]) for row in own])
    result = deconvolve(curves, own, bolus.arterial(arterial_times), aif_times=arterial_times)
    np.testing.assert_allclose(result.tmax, 4.5, atol=0.1)
    np.testing.assert_allclose(result.cbv, 40 * 5 / 60, rtol=0.02)
    np.testing.assert_allclose(result.cbf, result.cbf[0], rtol=0.05)


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_tissue_without_enhancement_has_no_flow_no_volume_and_no_timing(bolus, times, noise, device, method):
    curves = noise.normal(size=(1000, 60))
    curves[0] = 0.0
    curves[1] = -bolus.box(times, [30.0], [5.0], [1.0])
    result = deconvolve(curves, times, bolus.arterial(times), method=method, device=device)
    dead = result.status == FitStatus.NO_ENHANCEMENT
    assert dead[:2].all()
    assert dead.mean() > 0.98
    assert not result.cbf[dead].any()
    assert not result.cbv[dead].any()
    assert np.isnan(result.mtt[dead]).all()
    assert np.isnan(result.tmax[dead]).all()


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_input_shorter_than_the_interval_is_no_obstacle(times, method):
    aif, curve = np.zeros(60), np.zeros(60)
    aif[5] = 300.0
    curve[7:12] = 10.0
    result = deconvolve(curve[None], times, aif, method=method)
    assert result.status[0] == FitStatus.OK
    assert result.cbv[0] == pytest.approx(TO_CBF / 60 * 50 / 300, rel=1e-5)
    assert result.cbf[0] == pytest.approx(TO_CBF * 10 / 300, rel=0.15)


def test_no_voxels_give_no_results(bolus, times, device):
    result = deconvolve(np.empty((0, 60)), times, bolus.arterial(times), device=device)
    assert result.cbf.shape == (0,)


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_perfused_tissue_is_not_called_dead(bolus, times, noise, method):
    clean = bolus.box(times, [53.0, 25.0, 15.0], [3.7, 4.6, 9.0], [0.0, 1.0, 5.0])
    curves = np.repeat(clean, 200, axis=0) + noise.normal(size=(600, 60))
    result = deconvolve(curves, times, bolus.arterial(times), method=method)
    assert np.mean(result.status == FitStatus.NO_ENHANCEMENT) < 0.005


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_results_are_in_single_precision_and_do_not_depend_on_that_of_the_curves(bolus, times, dtype):
    curves = np.round(20 * bolus.box(times, [30.0, 60.0], [5.0, 3.5], [1.0, 4.0]))
    aif = bolus.arterial(times)
    result, expected = deconvolve(curves.astype(dtype), times, aif), deconvolve(curves, times, aif)
    for name in ("cbf", "cbv", "mtt", "tmax", "r_squared"):
        assert getattr(result, name).dtype == np.float32
        np.testing.assert_allclose(getattr(result, name), getattr(expected, name), rtol=1e-5)


def test_voxels_of_a_volume_are_taken_without_a_copy_of_it(bolus, times, noise, device):
    curves = noisy_tissue(bolus, times, noise, 6).astype(np.float32)
    volume = curves.T.reshape(60, 2, 3, 4)
    voxels = np.array([0, 3, 4, 11, 20])
    result = deconvolve(VolumeCurves(volume, voxels), times, bolus.arterial(times), device=device)
    expected = deconvolve(curves[voxels], times, bolus.arterial(times))
    np.testing.assert_allclose(result.cbf, expected.cbf, rtol=1e-4)


def test_progress_rises_to_one_and_cancelling_passes_through(bolus, times, device):
    curves = np.ones((20000, 60), dtype=np.float32)
    reports = []
    deconvolve(curves, times, bolus.arterial(times), on_progress=reports.append, device=device)
    assert reports[0] == 0.0
    assert reports[-1] == 1.0
    assert reports == sorted(reports)

    def cancel(fraction):
        raise Cancelled(fraction)

    with pytest.raises(Cancelled):
        deconvolve(curves, times, bolus.arterial(times), on_progress=cancel, device=device)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_curves_with_invalid_values_are_refused(bolus, times, device, value):
    curves = bolus.box(times, [30.0, 30.0], [5.0, 5.0], [1.0, 1.0])
    curves[0, 10] = value
    with pytest.raises(ArgumentError) as caught:
        deconvolve(curves, times, bolus.arterial(times), device=device)
    assert caught.value.argument == "curves"


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        ("method", {"method": "magic"}),
        ("threshold", {"threshold": 1.0}),
        ("threshold", {"threshold": 0.0}),
        ("threshold", {"threshold": np.nan}),
        ("threshold", {"method": "ssvd", "threshold": -0.1}),
        ("threshold", {"method": "tikhonov", "threshold": 0.1}),
        ("oscillation_limit", {"method": "osvd", "oscillation_limit": 0.0}),
        ("strength", {"method": "tikhonov-fixed", "strength": -1.0}),
        ("strongest", {"method": "tikhonov", "weakest": 0.5, "strongest": 0.4}),
        ("treshold", {"treshold": 0.1}),
        ("curves", {"curves": np.ones(60)}),
        ("curves", {"curves": np.ones((2, 7)), "times": np.arange(7.0)}),
        ("times", {"curves": np.ones((2, 9))}),
        ("times", {"times": np.arange(60.0)[::-1]}),
        ("aif", {"aif": np.zeros(60)}),
        ("aif", {"aif": np.ones(59)}),
        ("aif", {"aif": np.full(60, np.nan)}),
        ("aif", {"aif_times": np.arange(60.0) + 100.0}),
        ("aif_times", {"aif_times": np.zeros(60)}),
        ("aif_times", {"times": np.add.outer([0.0, 0.5], np.arange(60.0))}),
    ],
)
def test_wrong_arguments_are_refused_by_name(bolus, times, argument, change):
    arguments = {"curves": np.ones((2, 60)), "times": times, "aif": bolus.arterial(times)} | change
    with pytest.raises(ArgumentError) as caught:
        deconvolve(**arguments)
    assert caught.value.argument == argument


def test_unknown_device_is_refused(bolus, times):
    with pytest.raises(ConfigurationError, match="no device 'abacus'"):
        deconvolve(np.ones((1, 60)), times, bolus.arterial(times), device="abacus")
