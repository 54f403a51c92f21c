from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.kinetics import METHODS, FitStatus, TransitTimePrior, compute_maps, fit_box_model

SHAPE = (3, 8, 10)


@dataclass(frozen=True)
class Study:
    enhancement: NDArray[np.float32]
    times: NDArray[np.float64]
    mask: NDArray[np.bool_]
    cbf: NDArray[np.float64]
    mtt: NDArray[np.float64]
    delay: NDArray[np.float64]


@dataclass(frozen=True)
class Artery:
    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]


@pytest.fixture
def artery(bolus):
    times = np.arange(0.0, 50.0, 0.5)
    return Artery(times, bolus.arterial(times))


def make_study(bolus, times):
    random = np.random.default_rng(3)
    cbf, mtt, delay = (random.uniform(low, high, SHAPE) for low, high in ((10, 70), (3, 10), (0, 5)))
    enhancement = np.empty((len(times), *SHAPE), dtype=np.float32)
    for z in range(SHAPE[0]):
        own = times if times.ndim == 1 else times[:, z]
        curves = bolus.box(own, cbf[z].ravel(), mtt[z].ravel(), delay[z].ravel())
        enhancement[:, z] = curves.T.reshape(-1, *SHAPE[1:])
    return Study(enhancement, times, random.random(SHAPE) < 0.6, cbf, mtt, delay)


@pytest.fixture
def a_study(bolus):
    return make_study(bolus, np.arange(0.0, 45.0, 0.5))


@pytest.fixture
def a_shuttle_study(bolus):
    frames = 1.5 * np.arange(32)[:, None]
    upwards = np.arange(32)[:, None] % 2 == 0
    along = np.array([0.0, 0.5, 1.0])
    return make_study(bolus, frames + 1.1 * np.where(upwards, along, 1 - along))


def test_maps_hold_the_true_values_inside_the_mask_and_nothing_outside(a_study, artery):
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method="nlr")
    inside = a_study.mask
    np.testing.assert_allclose(result.maps["CBF"][inside], a_study.cbf[inside], rtol=0.02)
    np.testing.assert_allclose(result.maps["MTT"][inside], a_study.mtt[inside], rtol=0.02)
    np.testing.assert_allclose(result.maps["Delay"][inside], a_study.delay[inside], atol=0.05)
    volume = a_study.cbf * a_study.mtt / 60
    np.testing.assert_allclose(result.maps["CBV"][inside], volume[inside], rtol=3e-3)
    for image in (*result.maps.values(), *result.quality.values()):
        assert image.shape == SHAPE
        assert image.dtype == np.float32
        assert np.isnan(image[~inside]).all()
    assert result.status.dtype == np.uint8
    assert (result.status[~inside] == FitStatus.OUTSIDE).all()
    assert (result.status[inside] == FitStatus.OK).all()


@pytest.mark.parametrize("method", METHODS)
def test_each_method_gives_the_maps_and_the_definition_that_it_announces(a_study, artery, method):
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method=method)
    assert tuple(result.maps) == METHODS[method].maps
    assert tuple(result.quality) == METHODS[method].quality
    assert result.method == method
    assert result.tmax_definition == METHODS[method].tmax_definition
    assert np.isfinite(result.maps["Tmax"][a_study.mask]).all()


def test_box_model_writes_its_ttp_as_tmax_too(a_study, artery):
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method="nlr")
    assert result.tmax_definition == "centre"
    np.testing.assert_array_equal(result.maps["Tmax"], result.maps["TTP"])


def test_deconvolution_gives_tmax_but_no_ttp(a_study, artery):
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method="bsvd")
    assert result.tmax_definition == "argmax"
    assert "TTP" not in result.maps
    expected = (a_study.delay + a_study.mtt / 2)[a_study.mask]
    np.testing.assert_allclose(result.maps["Tmax"][a_study.mask], expected, atol=1.2)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "ssvd"])
def test_slices_are_computed_at_their_own_times(a_shuttle_study, artery, method):
    study = a_shuttle_study
    own = compute_maps(study.enhancement, study.times, study.mask, artery, method=method)
    expected = (study.delay + study.mtt / 2)[study.mask]
    shared = compute_maps(study.enhancement, study.times.mean(axis=1), study.mask, artery, method=method)
    errors = [np.abs(maps["Tmax"][study.mask] - expected).mean() for maps in (own.maps, shared.maps)]
    assert errors[0] < 0.5
    assert errors[0] < errors[1]


def test_values_are_those_of_the_fit_of_each_curve(a_study, artery):
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method="nlr")
    fit = fit_box_model(
        a_study.enhancement[:, a_study.mask].T,
        a_study.times,
        artery.enhancement,
        aif_times=artery.times,
        prior=TransitTimePrior(),
    )
    np.testing.assert_allclose(result.maps["CBV"][a_study.mask], fit.cbv, rtol=1e-5)
    np.testing.assert_allclose(
        result.quality["standard_error_CBV"][a_study.mask], fit.standard_errors["cbv"], rtol=0.05, atol=1e-4
    )


@pytest.mark.parametrize("method", METHODS)
def test_dead_tissue_keeps_zero_flow_without_timing(a_study, artery, method):
    a_study.enhancement[:, 1] = 0.0
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method=method)
    dead = a_study.mask & (np.arange(3) == 1)[:, None, None]
    assert (result.status[dead] == FitStatus.NO_ENHANCEMENT).all()
    assert not result.maps["CBF"][dead].any()
    assert not result.maps["CBV"][dead].any()
    assert np.isnan(result.maps["Tmax"][dead]).all()
    assert np.isnan(result.maps["MTT"][dead]).all()


def test_empty_mask_gives_empty_maps(a_study, artery):
    result = compute_maps(a_study.enhancement, a_study.times, np.zeros(SHAPE, dtype=bool), artery)
    assert np.isnan(result.maps["CBF"]).all()
    assert (result.status == FitStatus.OUTSIDE).all()


@pytest.mark.parametrize("method", METHODS)
def test_progress_rises_to_one_and_can_cancel(a_shuttle_study, artery, method):
    study = a_shuttle_study
    fractions = []
    compute_maps(
        study.enhancement, study.times, study.mask, artery, method=method, on_progress=fractions.append
    )
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert fractions[-1] == 1.0

    def cancel(fraction):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        compute_maps(study.enhancement, study.times, study.mask, artery, method=method, on_progress=cancel)


def test_unknown_method_is_refused_in_one_sentence(a_study, artery):
    with pytest.raises(
        ConfigurationError, match="no kinetic method 'magic'; choose one of: bayes, nlr, bsvd"
    ):
        compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method="magic")


def test_wrong_shapes_are_refused(a_study, artery):
    with pytest.raises(ValueError, match="does not match a mask"):
        compute_maps(a_study.enhancement, a_study.times, a_study.mask[1:], artery)
    with pytest.raises(ValueError, match="times of shape"):
        compute_maps(a_study.enhancement, a_study.times[1:], a_study.mask, artery)


@pytest.mark.parametrize("method", METHODS)
def test_a_voxel_that_is_not_finite_is_lost_alone(a_study, artery, method):
    enhancement = a_study.enhancement.copy()
    lost = np.argwhere(a_study.mask)[3]
    enhancement[(5, *lost)] = np.nan
    whole = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method=method)
    result = compute_maps(enhancement, a_study.times, a_study.mask, artery, method=method)
    others = a_study.mask.copy()
    others[tuple(lost)] = False
    assert result.status[tuple(lost)] == FitStatus.NOT_FINITE
    assert np.isnan(result.maps["CBF"][tuple(lost)])
    np.testing.assert_allclose(result.maps["CBF"][others], whole.maps["CBF"][others], rtol=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_the_zero_of_the_curves_is_left_open_where_the_method_can(a_study, artery, method):
    result = compute_maps(
        a_study.enhancement + 3.0, a_study.times, a_study.mask, artery, method=method, marginalise_offset=True
    )
    assert result.offset_marginalised is not METHODS[method].cbv_from_areas
    if result.offset_marginalised:
        volume = (a_study.cbf * a_study.mtt / 60)[a_study.mask]
        assert np.median(np.abs(result.maps["CBV"][a_study.mask] / volume - 1)) < 0.03


def test_what_was_learned_from_all_curves_is_told(a_study, artery):
    result = compute_maps(a_study.enhancement, a_study.times, a_study.mask, artery, method="bayes")
    weights = [value for name, value in result.learned.items() if name.startswith("weight_of_transit_shape")]
    assert sum(weights) == pytest.approx(1.0, abs=1e-3)
    assert result.learned["noise_hu"] >= 0
