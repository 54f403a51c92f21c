"""Arteries of both sides of the head are compared, and the earlier ones are taken."""

import numpy as np
import pytest

from CTPerfusionLib.vessels import select_aif, select_vof
from CTPerfusionLib.vessels.features import measure

RIGHT, LEFT = slice(24, 48), slice(0, 24)


def with_side_delayed(block, columns, seconds):
    """Return the series with everything in some columns later by `seconds` (a multiple of 0.5)."""
    frames = round(seconds / 0.5)
    voxels = block.series.voxels.copy()
    voxels[frames:, :, :20, columns] = block.series.voxels[:-frames, :, :20, columns]
    voxels[:frames, :, :20, columns] = block.series.voxels[:frames, :, :20, columns]
    return block.series.with_voxels(voxels)


def test_the_lead_of_the_other_side_is_near_zero_when_both_fill_together(block):
    aif = select_aif(block.series, block.masks, block.baseline)
    assert abs(aif.quality["contralateral_lead_s"]) < 0.3


@pytest.mark.parametrize(("late", "early"), [(RIGHT, LEFT), (LEFT, RIGHT)])
@pytest.mark.parametrize("delay", [2.0, 2.5])
def test_a_side_that_fills_late_is_left_out_even_when_it_is_brighter(build_block, late, early, delay):
    block = build_block()
    series = with_side_delayed(block, late, delay)
    voxels = series.voxels.copy()
    voxels[:, :, :20, late] = 34.0 + 1.2 * (voxels[:, :, :20, late] - 34.0)
    aif = select_aif(series.with_voxels(voxels), block.masks, block.baseline)
    assert ((aif.voxels[:, 0] >= early.start) & (aif.voxels[:, 0] < early.stop)).all()
    assert aif.quality["contralateral_lead_s"] == pytest.approx(-delay, abs=0.6)


def test_a_head_with_arteries_on_one_side_has_no_other_to_compare(build_block):
    block = build_block()
    voxels = block.series.voxels.copy()
    voxels[:, :, :20, RIGHT] = voxels[:, :, 30:31, 5:6]
    aif = select_aif(block.series.with_voxels(voxels), block.masks, block.baseline)
    assert np.isnan(aif.quality["contralateral_lead_s"])


def test_the_reason_tells_place_and_the_faults_of_the_brightest_competitor(block):
    aif = select_aif(block.series, block.masks, block.baseline)
    assert f"Mean of {len(aif.voxels)} arterial voxels" in aif.reason
    assert "slices 0 to 3, right and left" in aif.reason
    # The collateral is brighter and the vein darker than the arteries; only true faults are named.
    assert "The brightest vessel left out (slices 0 to 3, " in aif.reason
    assert "s later" in aif.reason
    assert "lower" not in aif.reason


def test_a_competitor_is_called_lower_and_wider_where_it_is(build_block):
    block = build_block(collateral_peak=100.0)
    reason = select_aif(block.series, block.masks, block.baseline).reason
    assert "% lower and" in reason
    assert "s wider." in reason


def test_the_vein_is_named_by_how_much_it_follows(build_block):
    block = build_block(collateral_peak=100.0)
    aif = select_aif(block.series, block.masks, block.baseline)
    vof = select_vof(block.series, block.masks, block.baseline, aif)
    expected = vof.quality["time_to_peak_s"] - aif.quality["time_to_peak_s"]
    assert aif.quality["lead_over_vein_s"] == pytest.approx(expected, abs=0.5)
    assert vof.quality["lead_over_tissue_s"] < 0.0
    assert "follow the artery" in vof.reason


def test_the_time_left_after_the_peak_is_that_of_the_curve(block):
    aif = select_aif(block.series, block.masks, block.baseline)
    crest = measure(aif.enhancement[:, None], aif.times).time_to_peak[0]
    assert aif.quality["end_after_peak_s"] == pytest.approx(39.5 - crest)
