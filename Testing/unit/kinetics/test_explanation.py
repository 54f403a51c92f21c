"""The fitted curve and the residue function of a voxel are those behind the values of its maps."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from CTPerfusionLib.kinetics import METHODS, CurveExplanation, PerfusionMaps, compute_maps, curve_explainer

MODEL_FITS = [name for name, method in METHODS.items() if not method.cbv_from_areas]
DECONVOLUTIONS = [name for name, method in METHODS.items() if method.cbv_from_areas]

CBF = np.array([12.0, 25.0, 40.0, 60.0])
MTT = np.array([9.0, 6.0, 5.0, 4.0])
DELAY = np.array([4.0, 2.0, 0.5, 1.5])


@dataclass(frozen=True)
class Artery:
    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]


@dataclass(frozen=True)
class Explained:
    """Curves (T, N) of voxels side by side, their maps, and what the method makes of the first ones."""

    curves: NDArray[np.float64]
    times: NDArray[np.float64]
    maps: PerfusionMaps
    explanations: list[CurveExplanation]

    def at_samples(self, voxel: int) -> NDArray[np.float64]:
        explanation = self.explanations[voxel]
        return np.interp(self.times, explanation.times, explanation.enhancement)


@pytest.fixture
def artery(bolus):
    times = np.arange(0.0, 60.0, 0.5)
    return Artery(times, bolus.arterial(times))


@pytest.fixture
def boxes(bolus, cine_times):
    return bolus.box(cine_times, CBF, MTT, DELAY).T


@pytest.fixture
def exponentials(bolus, cine_times):
    each = zip(CBF, MTT, DELAY, strict=True)
    return np.column_stack([bolus.gamma(cine_times, *parameters, 1.0) for parameters in each])


def values_of(maps, voxel):
    return {name: float(image[0, 0, voxel]) for name, image in maps.maps.items()}


def explain(curves, times, artery, method, **options) -> Explained:
    volume = curves[:, None, None, :].astype(np.float32)
    mask = np.ones(volume.shape[1:], dtype=bool)
    maps = compute_maps(volume, times, mask, artery, method=method, device="cpu", **options)
    explainer = curve_explainer(maps, times, artery)
    explanations = [explainer(curves[:, voxel], values_of(maps, voxel)) for voxel in range(len(CBF))]
    return Explained(curves, times, maps, explanations)


def area(explanation):
    return np.trapezoid(explanation.residue, explanation.residue_times)


def test_a_box_is_explained_by_the_box_that_made_it(bolus, cine_times, artery):
    delays = DELAY - 0.17
    boxes = bolus.box(cine_times, CBF, MTT, delays).T
    explained = explain(boxes, cine_times, artery, "nlr")
    for voxel, explanation in enumerate(explained.explanations):
        curve = boxes[:, voxel]
        np.testing.assert_allclose(explained.at_samples(voxel), curve, atol=0.004 * curve.max())
        lags, residue = explanation.residue_times, explanation.residue
        assert residue.max() == pytest.approx(CBF[voxel], rel=0.01)
        assert area(explanation) / residue.max() == pytest.approx(MTT[voxel], rel=0.01)
        lasting = delays[voxel] + np.array([0.0, MTT[voxel]])
        np.testing.assert_allclose(lags[residue > 0][[0, -1]], lasting, atol=0.06)


def test_an_exponential_is_explained_by_an_exponential(exponentials, cine_times, artery):
    # Many voxels tell which residue function the tissue has.
    explained = explain(np.tile(exponentials, 250), cine_times, artery, "bayes")
    for voxel, explanation in enumerate(explained.explanations):
        curve = exponentials[:, voxel]
        np.testing.assert_allclose(explained.at_samples(voxel), curve, atol=0.005 * curve.max())
        lags, residue = explanation.residue_times, explanation.residue
        assert residue.max() == pytest.approx(CBF[voxel], rel=0.02)
        assert lags[residue.argmax()] == pytest.approx(DELAY[voxel], abs=0.05)
        assert area(explanation) / residue.max() == pytest.approx(MTT[voxel], rel=0.02)
        truth = residue.max() * np.exp(-np.maximum(lags - DELAY[voxel], 0.0) / MTT[voxel])
        settled = lags > DELAY[voxel] + 0.3
        np.testing.assert_allclose(residue[settled], truth[settled], atol=0.02 * CBF[voxel])


@pytest.mark.parametrize("method", MODEL_FITS)
def test_the_residue_of_a_model_fit_has_the_height_and_the_area_of_the_maps(
    boxes, cine_times, artery, noise, method
):
    noisy = boxes + noise.normal(0.0, 0.5, boxes.shape)
    explained = explain(noisy, cine_times, artery, method)
    for voxel, explanation in enumerate(explained.explanations):
        values = values_of(explained.maps, voxel)
        assert explanation.residue.max() == pytest.approx(values["CBF"], rel=0.03)
        assert area(explanation) / 60.0 == pytest.approx(values["CBV"], rel=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_the_fitted_curve_explains_as_much_as_the_maps_say(boxes, cine_times, artery, noise, method):
    noisy = boxes + noise.normal(0.0, 1.0, boxes.shape)
    explained = explain(noisy, cine_times, artery, method)
    for voxel in range(len(CBF)):
        residual = noisy[:, voxel] - explained.at_samples(voxel)
        r_squared = 1.0 - (residual**2).sum() / (noisy[:, voxel] ** 2).sum()
        assert r_squared == pytest.approx(explained.maps.quality["r_squared"][0, 0, voxel], abs=3e-3)


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_the_maps_of_a_deconvolution_are_read_from_the_residue(boxes, cine_times, artery, noise, method):
    noisy = boxes + noise.normal(0.0, 1.0, boxes.shape)
    explained = explain(noisy, cine_times, artery, method)
    for voxel, explanation in enumerate(explained.explanations):
        values = values_of(explained.maps, voxel)
        top = explanation.residue.argmax()
        assert explanation.residue[top] == pytest.approx(values["CBF"], rel=1e-4)
        assert explanation.residue_times[top] == pytest.approx(values["Tmax"], abs=1e-3)


def test_the_fitted_curve_of_a_deconvolution_is_the_residue_convolved_with_the_input(
    boxes, cine_times, artery, noise
):
    noisy = boxes + noise.normal(0.0, 1.0, boxes.shape)
    explained = explain(noisy, cine_times, artery, "ssvd")
    inflow = artery.enhancement[: len(cine_times)]
    for voxel, explanation in enumerate(explained.explanations):
        lags = np.round(explanation.residue_times / 0.5, 6)
        on_grid = explanation.residue[lags == np.round(lags)]
        flow = on_grid * 1.05 / (0.55 / 0.75) / 6000.0
        convolved = 0.5 * np.convolve(inflow, flow)[: len(inflow)]
        np.testing.assert_allclose(explained.at_samples(voxel), convolved, atol=2e-3 * noisy[:, voxel].max())


@pytest.mark.parametrize("method", MODEL_FITS)
def test_a_fit_that_leaves_the_zero_open_lies_on_the_zero_of_the_measured_curve(
    boxes, cine_times, artery, method
):
    as_it_is = explain(boxes, cine_times, artery, method, marginalise_offset=True)
    raised = explain(boxes + 7.0, cine_times, artery, method, marginalise_offset=True)
    for voxel in range(len(CBF)):
        before, after = as_it_is.explanations[voxel], raised.explanations[voxel]
        np.testing.assert_allclose(after.enhancement, before.enhancement + 7.0, atol=0.02)
        assert area(after) == pytest.approx(area(before), rel=0.01)
        np.testing.assert_allclose(
            raised.at_samples(voxel), raised.curves[:, voxel], atol=0.02 * boxes[:, voxel].max()
        )


@pytest.mark.parametrize("method", METHODS)
def test_uneven_sampling_is_explained_at_its_own_times(bolus, artery, method):
    times = np.cumsum(np.tile([1.2, 2.8], 12)) - 1.2
    explained = explain(bolus.box(times, CBF, MTT, DELAY).T, times, artery, method)
    for voxel, explanation in enumerate(explained.explanations):
        measured = np.interp(explanation.times, times, explained.curves[:, voxel])
        assert np.corrcoef(measured, explanation.enhancement)[0, 1] > 0.98
        assert (np.diff(explanation.times) > 0).all()
        assert (np.diff(explanation.residue_times) > 0).all()


@pytest.mark.parametrize("method", MODEL_FITS)
def test_a_fitted_curve_holds_the_sampling_times_and_points_between_them(boxes, cine_times, artery, method):
    explanation = explain(boxes, cine_times, artery, method).explanations[0]
    assert np.isin(cine_times, explanation.times).all()
    assert np.diff(explanation.times).max() <= 0.25 + 1e-9


def test_a_frame_that_moved_does_not_draw_the_fitted_curve_to_it(boxes, cine_times, artery, noise):
    curves = np.tile(boxes + noise.normal(0.0, 0.3, boxes.shape), 20)
    curves[60, 1] += 15.0
    explained = explain(curves, cine_times, artery, "bayes")
    assert abs(explained.at_samples(1)[60] - boxes[60, 1]) < 0.5
