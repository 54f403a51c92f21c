"""The whole of masks, baseline and vessels on a simulated stroke patient."""

import numpy as np
import pytest

from CTPerfusionLib.phantom import head_phantom
from CTPerfusionLib.preprocessing import estimate_baseline, head_mask, segment_tissue
from CTPerfusionLib.vessels import partial_volume_scale, scaled, select_aif, select_vof

ARTERY, VEIN, FLUID = 6, 7, 3


@pytest.fixture(scope="module")
def phantom():
    return head_phantom(seed=122, size="tiny", motion="none", lesion="m1")


@pytest.fixture(scope="module")
def baseline(phantom):
    series = phantom.series
    return estimate_baseline(series, head_mask(series.voxels[0], series.ijk_to_ras))


@pytest.fixture(scope="module")
def masks(phantom, baseline):
    return segment_tissue(phantom.series, baseline=baseline)


def label_share(phantom, voxels, label):
    return float((phantom.truth.labels[tuple(voxels.T[::-1])] == label).mean())


def test_tissue_keeps_brain_and_lesion_and_leaves_vessels_and_scalp(phantom, masks):
    truth = phantom.truth
    perfused = np.isfinite(truth.maps["CBF"])
    assert masks.tissue[perfused].mean() > 0.98
    assert masks.tissue[truth.core].mean() > 0.95
    assert masks.tissue[truth.hypoperfusion].mean() > 0.95
    assert not np.isin(truth.labels[masks.tissue], (0, 1, 2)).any()
    assert np.isin(truth.labels[masks.tissue], (ARTERY, VEIN)).mean() < 0.001
    assert (truth.labels[masks.tissue] == FLUID).mean() < 0.1


def test_the_baseline_ends_before_contrast_reaches_any_artery(phantom, baseline):
    arrival = phantom.truth.parameters["arterial_input"]["arrival"]
    assert phantom.truth.times[baseline.n_frames - 1] <= arrival + 1.0
    assert baseline.n_frames > 12


def test_the_scaled_arterial_input_is_the_true_one(phantom, masks, baseline):
    truth = phantom.truth
    aif = select_aif(phantom.series, masks, baseline)
    vof = select_vof(phantom.series, masks, baseline, aif)
    assert label_share(phantom, aif.voxels, VEIN) == 0.0
    assert label_share(phantom, vof.voxels, VEIN) > 0.9
    assert np.corrcoef(aif.enhancement, truth.aif)[0, 1] > 0.98
    assert np.corrcoef(vof.enhancement, truth.vof)[0, 1] > 0.99
    assert vof.enhancement.sum() == pytest.approx(truth.vof.sum(), rel=0.05)
    used = scaled(aif, partial_volume_scale(aif, vof))
    assert used.enhancement.sum() == pytest.approx(truth.aif.sum(), rel=0.1)
    rise = [np.interp(0.2 * curve.max(), curve[: curve.argmax()], truth.times[: curve.argmax()])
            for curve in (used.enhancement, truth.aif)]  # fmt: skip
    assert rise[0] == pytest.approx(rise[1], abs=0.5)
