from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.vessels import select_aif, select_vof


def test_it_lies_in_the_vein_and_follows_its_curve(build_block, true_vein):
    block = build_block(collateral_peak=180.0)
    aif = select_aif(block.series, block.masks, block.baseline)
    vof = select_vof(block.series, block.masks, block.baseline, aif)
    assert block.inside(vof.voxels, block.vein) == 1.0
    assert np.corrcoef(vof.enhancement, true_vein(vof.times))[0, 1] > 0.998
    assert vof.quality["peak_hu"] == pytest.approx(220.0, rel=0.04)


def test_it_comes_after_the_artery(block):
    aif = select_aif(block.series, block.masks, block.baseline)
    vof = select_vof(block.series, block.masks, block.baseline, aif)
    assert vof.quality["arrival_s"] > aif.quality["arrival_s"] + 2.0
    assert vof.quality["time_to_peak_s"] > aif.quality["time_to_peak_s"] + 2.0


def test_a_slab_that_holds_only_arteries_is_refused_with_the_option(build_block):
    whole = build_block()
    voxels = whole.series.voxels.copy()
    voxels[:, whole.vein | whole.collateral] = voxels[:, :1, :1, :1].reshape(-1, 1)
    series = whole.series.with_voxels(voxels)
    aif = select_aif(series, whole.masks, whole.baseline)
    with pytest.raises(ProcessingError, match=r"No vein was found.*--vof COLUMN,ROW,SLICE"):
        select_vof(series, whole.masks, whole.baseline, aif)


def test_the_edge_of_a_moving_skull_is_no_vein_although_it_brightens_more(build_block):
    block = build_block(collateral_peak=180.0)
    voxels, image = block.series.voxels.copy(), block.baseline.image.copy()
    drift = np.clip((block.series.times - 12.0) / 8.0, 0.0, 1.0)[:, None, None]
    for volume in (voxels, image[None]):
        volume[:, :, :, 0] = 1000.0
        volume[:, :, :, 1] = 70.0
    voxels[:, :, :, 1] += 400.0 * drift
    series = block.series.with_voxels(voxels)
    baseline = replace(block.baseline, image=image)
    aif = select_aif(series, block.masks, baseline)
    vof = select_vof(series, block.masks, baseline, aif)
    assert block.inside(aif.voxels, block.arteries) == 1.0
    assert block.inside(vof.voxels, block.vein) == 1.0


def test_a_drifting_edge_is_no_vein_although_its_area_is_larger(build_block):
    block = build_block(collateral_peak=180.0)
    voxels = block.series.voxels.copy()
    rise = np.clip((block.series.times - 14.0) / 7.0, 0.0, 1.0) - 0.3 * (block.series.times > 24.0)
    voxels[:, :, 20:24, 2:6] += 250.0 * rise[:, None, None, None]
    series = block.series.with_voxels(voxels)
    aif = select_aif(series, block.masks, block.baseline)
    vof = select_vof(series, block.masks, block.baseline, aif)
    assert block.inside(vof.voxels, block.vein) == 1.0


def test_a_weak_noisy_vein_is_found(build_block):
    block = build_block(collateral_peak=180.0, noise=2.0)
    series = block.series.with_voxels(34.0 + 0.2 * (block.series.voxels - 34.0))
    noisy = series.voxels + np.random.default_rng(1).normal(0.0, 6.0, series.voxels.shape)
    series = series.with_voxels(noisy.astype(np.float32))
    baseline = replace(block.baseline, image=series.voxels[:18].mean(axis=0), noise=6.0)
    aif = select_aif(series, block.masks, baseline)
    vof = select_vof(series, block.masks, baseline, aif)
    assert block.inside(vof.voxels, block.vein) == 1.0
