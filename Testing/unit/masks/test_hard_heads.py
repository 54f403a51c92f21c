"""Masks on whole simulated heads that were made hard; what is brain is known by construction."""

import numpy as np
import pytest

from CTPerfusionLib.phantom import head_phantom
from CTPerfusionLib.preprocessing import segment_tissue
from CTPerfusionLib.validation.hard_heads import HARD_HEADS, WHOLE_HEAD, tissue_errors
from CTPerfusionLib.validation.labelled_head import FLUID, FOREIGN, labelled


@pytest.fixture(scope="module")
def whole_head():
    phantom = head_phantom(seed=301, scanner=WHOLE_HEAD, size="tiny", motion="none")
    return labelled(phantom.series, phantom.truth.labels)


@pytest.mark.parametrize("name", HARD_HEADS)
def test_the_brain_is_analysed_and_nothing_else(whole_head, name):
    case = HARD_HEADS[name]
    head = case.alter(whole_head)
    masks = segment_tissue(head.series)
    lost, wrong = tissue_errors(head, masks.tissue)
    assert lost <= case.most_lost
    assert wrong <= case.most_wrong
    assert not masks.tissue[head.labels == FOREIGN].any()


def test_metal_and_its_surroundings_are_invalid(whole_head):
    head = HARD_HEADS["clip"].alter(whole_head)
    metal = head.labels == FOREIGN
    masks = segment_tissue(head.series)
    assert masks.invalid[metal].all()
    assert masks.invalid.sum() > 5 * metal.sum()
    assert masks.invalid.sum() < 60 * metal.sum()


def test_fresh_blood_is_analysed_and_an_old_infarct_is_fluid(whole_head):
    bleeding = HARD_HEADS["dense_bleeding"].alter(whole_head)
    changed = (bleeding.series.voxels != whole_head.series.voxels).any(axis=0)
    assert segment_tissue(bleeding.series).tissue[changed].mean() > 0.97
    infarct = HARD_HEADS["old_infarct"].alter(whole_head)
    changed = (infarct.series.voxels != whole_head.series.voxels).any(axis=0) & (infarct.labels == FLUID)
    assert segment_tissue(infarct.series).csf[changed].mean() > 0.97


def test_contrast_from_the_start_does_not_change_the_brain(whole_head):
    series = whole_head.series
    late = series.frame_times > 8.0
    cut = type(series)(
        series.voxels[late], series.times[late], series.ijk_to_ras, series.time_source, series.metadata
    )
    masks, before = segment_tissue(cut), segment_tissue(series)
    assert (masks.brain & before.brain).sum() > 0.97 * before.brain.sum()
    assert not masks.tissue[whole_head.forbidden].any()
    assert np.isin(whole_head.labels[masks.tissue], (6, 7)).mean() < 0.002
