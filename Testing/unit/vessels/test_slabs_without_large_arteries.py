"""Above the larger arteries only small ones are left; where there are none, nothing is taken."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.vessels import find_candidates, select_aif
from CTPerfusionLib.vessels.pool import LEAST_LEAD


def with_arteries_reduced_to(block, share):
    """Return the block with the enhancement of its arteries and their rims multiplied by `share`."""
    voxels = block.series.voxels.copy()
    rows, columns = np.mgrid[:48, :48]
    near = (np.hypot(rows - 10, columns - 12) <= 3.5) | (np.hypot(rows - 10, columns - 35) <= 3.5)
    tissue = block.series.voxels[:, :, 30, 5][:, :, None]
    voxels[:, :, near] = tissue + share * (voxels[:, :, near] - tissue)
    series = block.series.with_voxels(voxels)
    count = block.baseline.n_frames
    return series, replace(block.baseline, image=voxels[:count].mean(axis=0))


def test_a_slab_with_large_arteries_needs_no_fallback(block):
    assert select_aif(block.series, block.masks, block.baseline).quality["is_fallback"] == 0.0


def test_small_arteries_are_taken_when_there_are_no_others_and_marked(build_block, true_artery):
    block = build_block(noise=1.0)
    series, baseline = with_arteries_reduced_to(block, 0.2)
    aif = select_aif(series, block.masks, baseline)
    rows, columns = np.mgrid[:48, :48]
    near = (np.hypot(rows - 10, columns - 12) <= 3.5) | (np.hypot(rows - 10, columns - 35) <= 3.5)
    assert block.inside(aif.voxels, np.repeat(near[None], 4, axis=0)) == 1.0
    assert aif.quality["is_fallback"] == 1.0
    assert aif.reason.startswith("The slab holds no larger artery")
    assert np.corrcoef(aif.enhancement, true_artery(aif.times))[0, 1] > 0.98


@pytest.mark.parametrize("noise", [1.0, 5.0])
def test_veins_and_collaterals_alone_are_never_taken_for_arteries(build_block, noise):
    block = build_block(noise=noise)
    series, baseline = with_arteries_reduced_to(block, 0.0)
    with pytest.raises(ProcessingError, match=r"all bright vessels enhance after the tissue.*--aif"):
        select_aif(series, block.masks, baseline)


def test_every_voxel_taken_peaks_before_the_tissue(block):
    candidates = find_candidates(block.series, block.masks, block.baseline)
    aif = select_aif(block.series, block.masks, block.baseline, candidates=candidates)
    chosen = (candidates.voxels[:, None] == aif.voxels).all(axis=2).any(axis=1)
    latest = candidates.features.time_to_peak[chosen].max()
    assert latest <= candidates.tissue_peak_time - LEAST_LEAD
    assert aif.quality["lead_over_tissue_s"] >= LEAST_LEAD


@pytest.mark.parametrize("name", ["tissue", "brain"])
def test_a_head_without_tissue_or_brain_has_no_artery(block, name):
    masks = replace(block.masks, **{name: np.zeros_like(block.masks.brain)})
    with pytest.raises(ProcessingError, match=r"No artery was found.*--aif"):
        select_aif(block.series, masks, block.baseline)
