"""Simulated tissue has the blood volume, the order in time and the kinds that it is said to have."""

import numpy as np
import pytest

from CTPerfusionLib.kinetics.units import KAPPA, RHO, cbv_scale
from CTPerfusionLib.validation.benchmark_curves import NOISE, CurveSet, benchmark_curves
from CTPerfusionLib.validation.tile_curves import PHANTOM_BOLUS
from CTPerfusionLib.validation.tissue_responses import FAMILY_RESPONSES
from CTPerfusionLib.validation.tissue_sample import STROKE_TISSUE, Tissue, random_tissue


@pytest.mark.parametrize("residue", FAMILY_RESPONSES)
def test_the_area_of_a_curve_over_that_of_the_input_is_the_blood_volume(residue):
    tissue = Tissue(cbf=np.array([50.0, 12.0]), mtt=np.array([4.0, 10.0]), delay=np.array([0.0, 5.0]))
    times = np.arange(0.0, 200.0, 0.1)

    areas = tissue.curves(PHANTOM_BOLUS, residue, times).sum(axis=1) / PHANTOM_BOLUS.value(times).sum()

    assert cbv_scale(KAPPA, RHO) * areas == pytest.approx(tissue.cbf * tissue.mtt / 60.0, rel=1e-3)


def test_a_delay_moves_the_curve():
    tissue = Tissue(cbf=np.full(2, 40.0), mtt=np.full(2, 5.0), delay=np.array([0.0, 3.0]))

    prompt, late = tissue.curves(PHANTOM_BOLUS, "exponential", np.arange(60.0))

    assert late[3:] == pytest.approx(prompt[:-3])


def test_kinds_of_tissue_have_their_shares_and_ranges():
    tissue = random_tissue(STROKE_TISSUE, 20000, np.random.default_rng(5))
    slow = tissue.mtt >= 7.0

    assert slow.mean() == pytest.approx(0.13 + 0.06, abs=0.01)
    assert (tissue.cbf == 0.0).mean() == pytest.approx(0.03, abs=0.005)
    assert tissue.centre == pytest.approx(tissue.delay + tissue.mtt / 2)


def test_benchmark_curves_differ_by_noise_of_the_stated_size():
    given = benchmark_curves(CurveSet(9000, 60), seed=3)
    before_the_bolus = given.curves[:, given.times < 10.0]

    assert given.curves.dtype == np.float32
    assert before_the_bolus.std() == pytest.approx(NOISE, rel=0.02)
    assert given.curves.max() > 10 * NOISE


@pytest.mark.parametrize(("n_frames", "interval"), [(60, 1.0), (89, 0.5), (30, 2.0), (400, 0.5)])
def test_a_scan_lasts_about_a_minute(n_frames, interval):
    assert CurveSet(10, n_frames).interval == interval


@pytest.mark.parametrize(("n_voxels", "n_frames"), [(0, 60), (10, 7)])
def test_sets_that_cannot_be_fitted_are_refused(n_voxels, n_frames):
    with pytest.raises(ValueError, match="too few"):
        CurveSet(n_voxels, n_frames)
