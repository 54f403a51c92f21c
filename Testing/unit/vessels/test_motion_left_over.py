"""Frames in which the head lies elsewhere make bone edges enhance; they must not pass for a bolus."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.preprocessing import Baseline
from CTPerfusionLib.series import PerfusionSeries, TimeSource
from CTPerfusionLib.vessels import find_candidates, select_aif, select_vof
from CTPerfusionLib.vessels.steadiness import frame_shifts, steady_frames

JERK = slice(25, 31)


def with_skull(block, shift):
    """Return the block behind a wall of bone that moves by shift(frame) columns, and its baseline."""
    voxels = block.series.voxels.copy()
    columns = np.arange(48.0)
    for frame in range(len(voxels)):
        bone = np.clip(6.5 + shift(frame) - columns, 0.0, 1.0)
        voxels[frame] += 900.0 * bone
    count = block.baseline.n_frames
    image = voxels[:count].mean(axis=0)
    return block.series.with_voxels(voxels), replace(block.baseline, image=image)


@pytest.mark.parametrize("moved", [0.0, 0.2, 0.5, 0.8])
def test_the_movement_of_an_edge_is_measured(moved):
    ramp = np.clip(10.0 * (np.arange(40.0) - 10.0), 0.0, 100.0)
    frames = np.stack([ramp, ramp - 10.0 * moved * ((ramp > 0) & (ramp < 100))])
    voxels = np.broadcast_to(frames[:, None, None, :], (2, 2, 30, 40)).astype(np.float32)
    voxels = 3.0 * voxels
    series = PerfusionSeries(
        voxels, np.array([0.0, 1.0]), np.diag([1.0, 1.0, 5.0, 1.0]), TimeSource.SIMULATED
    )
    baseline = Baseline(voxels[0], np.ones(2, dtype=np.intp), 1.0, 1.0)
    shifts = frame_shifts(series, baseline, np.ones(series.shape, dtype=bool))
    np.testing.assert_allclose(shifts, [0.0, moved / 0.707], atol=1e-4)


def test_a_head_without_edges_does_not_move():
    series = PerfusionSeries(
        np.full((9, 2, 8, 8), 30.0, dtype=np.float32),
        np.arange(9.0),
        np.diag([1.0, 1.0, 5.0, 1.0]),
        TimeSource.SIMULATED,
    )
    baseline = Baseline(series.voxels[0], np.ones(2, dtype=np.intp), 3.0, 1.0)
    np.testing.assert_array_equal(frame_shifts(series, baseline, np.ones(series.shape, dtype=bool)), 0.0)


def test_a_jerk_stands_out_and_a_drift_does_not():
    shifts = np.linspace(0.0, 2.0, 40)
    shifts[20:24] += 3.0
    np.testing.assert_array_equal(np.flatnonzero(~steady_frames(shifts, 1.0)), [20, 21, 22, 23])


def test_an_edge_that_jerks_is_no_artery_and_the_jerk_is_left_out(build_block, true_artery):
    block = build_block(collateral_peak=180.0)
    series, baseline = with_skull(block, lambda frame: 4.0 * (JERK.start <= frame < JERK.stop))
    aif = select_aif(series, block.masks, baseline)
    assert block.inside(aif.voxels, block.arteries) == 1.0
    assert aif.quality["frames_left_out"] == JERK.stop - JERK.start
    assert not np.isin(series.times[JERK], aif.times).any()
    assert np.corrcoef(aif.enhancement, true_artery(aif.times))[0, 1] > 0.998
    vof = select_vof(series, block.masks, baseline, aif)
    assert block.inside(vof.voxels, block.vein) == 1.0


def test_an_edge_that_drifts_is_no_artery(build_block):
    block = build_block(collateral_peak=180.0)
    series, baseline = with_skull(block, lambda frame: 2.0 * frame / 80.0)
    aif = select_aif(series, block.masks, baseline)
    assert block.inside(aif.voxels, block.arteries) == 1.0


def test_slices_that_show_unscanned_anatomy_are_not_searched_unless_most_are_such(build_block):
    block = build_block()
    exchanged = np.array([True, False, False, True])
    parts = block.series, block.masks, block.baseline
    searched = find_candidates(*parts, exchanged=exchanged)
    assert set(searched.voxels[:, 2].tolist()) == {1, 2}
    assert set(select_aif(*parts, exchanged=exchanged).voxels[:, 2].tolist()) <= {1, 2}
    exchanged[1] = True
    assert set(find_candidates(*parts, exchanged=exchanged).voxels[:, 2].tolist()) == {0, 1, 2, 3}
