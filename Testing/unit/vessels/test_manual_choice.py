import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError, ProcessingError
from CTPerfusionLib.vessels import curve_at


def test_it_averages_the_neighbours_that_show_the_same_curve(block, true_artery):
    curve = curve_at(block.series, block.baseline, (12, 10, 1))
    assert len(curve.voxels) == 9
    np.testing.assert_array_equal(curve.voxels[0], [12, 10, 1])
    assert np.corrcoef(curve.enhancement, true_artery(curve.times))[0, 1] > 0.995


def test_neighbours_outside_the_vessel_are_left_out(block):
    curve = curve_at(block.series, block.baseline, (24, 45, 0), "VOF")
    assert 1 < len(curve.voxels) < 9
    assert block.inside(curve.voxels, block.vein) == 1.0


def test_a_voxel_in_the_corner_of_the_image_works(build_block):
    block = build_block()
    voxels = block.series.voxels.copy()
    voxels[:, 0, 0, 0] = voxels[:, 0, 10, 12]
    curve = curve_at(block.series.with_voxels(voxels), block.baseline, (0, 0, 0))
    np.testing.assert_array_equal(curve.voxels, [[0, 0, 0]])


@pytest.mark.parametrize("voxel", [(48, 0, 0), (0, 48, 0), (0, 0, 4), (-1, 0, 0)])
def test_a_voxel_outside_the_images_is_refused(block, voxel):
    with pytest.raises(
        ConfigurationError, match=r"AIF voxel .* outside the images of 48 columns, 48 rows and 4"
    ):
        curve_at(block.series, block.baseline, voxel)


def test_a_voxel_without_a_bolus_is_refused(block):
    with pytest.raises(ProcessingError, match=r"No bolus passes through the VOF voxel \(2, 30, 1\)"):
        curve_at(block.series, block.baseline, (2, 30, 1), "VOF")
