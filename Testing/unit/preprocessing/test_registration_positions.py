"""Slices that were acquired at one position of the table move together, apart from those of another."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.phantom import SCANNER_SCHEMES
from CTPerfusionLib.preprocessing import register_frames, table_positions


@pytest.mark.parametrize(
    ("scanner", "sizes"),
    [("ge-cine", [8]), ("siemens-shuttle", [20]), ("ge-shuttle", [8, 8]), ("toshiba", [32])],
)
def test_only_a_table_that_steps_has_several_positions(scanner, sizes):
    scheme = SCANNER_SCHEMES[scanner]
    positions = table_positions(scheme.times(), scheme.n_slices)
    assert [len(slices) for slices in positions] == sizes
    np.testing.assert_array_equal(np.concatenate(positions), np.arange(scheme.n_slices))


def test_a_sweep_with_rounded_times_is_one_position():
    sweep = np.arange(5)[:, None] * 1.5 + np.round(np.linspace(0.0, 1.1, 32), 1)
    assert len(table_positions(sweep, 32)) == 1


def test_a_sweep_of_thin_slices_is_one_position():
    sweep = np.arange(5)[:, None] * 1.5 + np.linspace(0.0, 1.1, 300)
    assert len(table_positions(sweep, 300)) == 1


def test_each_position_is_registered_on_its_own(scan_head, mean_error):
    lower, upper = np.zeros((8, 6)), np.zeros((8, 6))
    lower[3:5] = [2.0, -1.5, 0.3, 0.0, 0.0, 2.0]
    upper[4:7] = [-1.5, 1.0, 0.0, 0.0, 0.0, -2.5]
    below, above = scan_head(lower, np.zeros(8)), scan_head(upper, np.zeros(8))
    voxels = np.concatenate([below.voxels[:, :3], above.voxels[:, 3:]], axis=1)
    times = below.times[:, None] + np.array([0.0, 0.0, 0.0, 0.5, 0.5, 0.5])
    registration = register_frames(replace(below, voxels=voxels, times=times))

    assert registration.position_motion.shape == (2, 8, 6)
    part = replace(below, voxels=voxels[:, :3])
    for measured, true in zip(registration.position_motion, (lower, upper), strict=True):
        assert mean_error(part, measured, true).max() < 0.4
    # Where both moved, the one that moved farther stands for the frame.
    np.testing.assert_array_equal(registration.motion[3], registration.position_motion[0, 3])
    np.testing.assert_array_equal(registration.motion[6], registration.position_motion[1, 6])
    np.testing.assert_array_equal(registration.series.voxels[6, :3], voxels[6, :3])
    bone = voxels[0] > 300
    difference = np.abs(registration.series.voxels[4, bone] - voxels[0, bone]).mean()
    assert difference < 0.4 * np.abs(voxels[4, bone].astype(float) - voxels[0, bone]).mean()
