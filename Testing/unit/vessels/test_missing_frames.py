"""Frames that motion correction rejected are missing, so times are uneven and may start late."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.vessels import curve_at, partial_volume_scale, select_aif, select_vof
from CTPerfusionLib.vessels.features import measure, smoothed

SHUTTLE = np.arange(30)[:, None] * 1.5 + np.array([0.0, 0.4, 0.8, 1.2])


def without(block, missing):
    kept = np.setdiff1d(np.arange(block.series.n_frames), missing)
    series = replace(block.series, voxels=block.series.voxels[kept], times=block.series.times[kept])
    counts = np.array([(kept < count).sum() for count in block.baseline.slice_frames])
    return series, replace(block.baseline, slice_frames=counts)


@pytest.mark.parametrize("missing", [[3, 4, 23, 24, 25], [30, 31, 40, 41, 42, 43], [0, 1, 2, 60, 79]])
def test_missing_frames_do_not_change_what_is_found(build_block, true_artery, true_vein, missing):
    block = build_block(collateral_peak=180.0)
    series, baseline = without(block, missing)
    aif = select_aif(series, block.masks, baseline)
    vof = select_vof(series, block.masks, baseline, aif)
    np.testing.assert_array_equal(aif.times, series.times)
    assert block.inside(aif.voxels, block.arteries) == 1.0
    assert block.inside(vof.voxels, block.vein) == 1.0
    assert np.corrcoef(aif.enhancement, true_artery(aif.times))[0, 1] > 0.998
    assert np.corrcoef(vof.enhancement, true_vein(vof.times))[0, 1] > 0.998
    assert aif.quality["time_to_peak_s"] == pytest.approx(13.5, abs=0.4)


@pytest.mark.parametrize("missing", [[4, 9, 10], [1, 12, 20]])
def test_missing_frames_of_a_shuttle_do_not_either(build_block, true_artery, missing):
    block = build_block(times=SHUTTLE)
    series, baseline = without(block, missing)
    aif = select_aif(series, block.masks, baseline)
    assert block.inside(aif.voxels, block.arteries) > 0.9
    assert np.corrcoef(aif.enhancement, true_artery(aif.times))[0, 1] > 0.99


def test_times_that_start_late_shift_the_curve_and_nothing_else(build_block):
    block = build_block(collateral_peak=180.0)
    late = replace(block.series, times=block.series.times + 100.0)
    curves = []
    for series in (block.series, late):
        aif = select_aif(series, block.masks, block.baseline)
        curves.append((aif, select_vof(series, block.masks, block.baseline, aif)))
    (aif, vof), (late_aif, late_vof) = curves
    np.testing.assert_array_equal(late_aif.voxels, aif.voxels)
    np.testing.assert_array_equal(late_vof.voxels, vof.voxels)
    assert late_aif.quality["arrival_s"] == pytest.approx(aif.quality["arrival_s"] + 100.0)
    assert partial_volume_scale(late_aif, late_vof).factor == pytest.approx(
        partial_volume_scale(aif, vof).factor, rel=1e-3
    )


def test_a_voxel_named_by_the_user_is_read_at_the_times_there_are(block, true_artery):
    series, baseline = without(block, [20, 21, 22])
    curve = curve_at(series, baseline, (12, 10, 1))
    np.testing.assert_array_equal(curve.times, series.times)
    assert np.corrcoef(curve.enhancement, true_artery(curve.times))[0, 1] > 0.995


def test_smoothing_keeps_a_straight_line_where_samples_are_even():
    times = np.arange(0.0, 20.0, 0.5)
    line = np.stack([3.0 * times, np.ones_like(times)], axis=1)
    inner = (times > 3.0) & (times < 16.0)
    np.testing.assert_allclose(smoothed(line, times)[inner], line[inner], atol=1e-9)


def test_smoothing_weighs_samples_by_the_time_that_they_stand_for():
    even = np.arange(0.0, 30.0, 0.1)
    uneven = np.sort(np.concatenate([np.arange(0.0, 15.0, 0.3), np.arange(15.0, 30.0, 0.1)]))
    curve = [100.0 * np.exp(-0.5 * ((times - 15.0) / 3.0) ** 2) for times in (even, uneven)]
    smooth = smoothed(curve[1][:, None], uneven)[:, 0]
    np.testing.assert_allclose(
        smooth, np.interp(uneven, even, smoothed(curve[0][:, None], even)[:, 0]), atol=0.8
    )


@pytest.mark.parametrize("gap", [0.5, 1.0, 2.0])
def test_the_peak_of_a_parabola_is_exact_for_uneven_samples(gap):
    times = np.array([0.0, 4.0, 6.0, 6.0 + gap, 12.0, 13.0])
    curve = 100.0 - (times - 5.7) ** 2
    assert measure(curve[:, None], times).time_to_peak[0] == pytest.approx(5.7)
