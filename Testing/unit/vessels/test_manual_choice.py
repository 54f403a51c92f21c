from dataclasses import replace

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


def test_of_several_voxels_exactly_these_are_averaged(block, true_artery):
    named = [(12, 10, 1), (35, 10, 2), (13, 11, 3)]
    curve = curve_at(block.series, block.baseline, named)
    np.testing.assert_array_equal(curve.voxels, named)
    expected = np.mean(
        [block.series.voxels[:, z, y, x] - block.baseline.image[z, y, x] for x, y, z in named], 0
    )
    np.testing.assert_allclose(curve.enhancement, expected, rtol=1e-4, atol=1e-3)
    assert np.corrcoef(curve.enhancement, true_artery(curve.times))[0, 1] > 0.995
    assert curve.reason == "Mean of the 3 voxels that the user chose."


def test_a_list_of_one_voxel_is_that_voxel(block):
    one, listed = (curve_at(block.series, block.baseline, each) for each in ((12, 10, 1), [(12, 10, 1)]))
    np.testing.assert_array_equal(one.voxels, listed.voxels)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((12, 10, 4), r"AIF voxel \(12, 10, 4\) lies outside"),
        ((-1, 10, 1), r"AIF voxel \(-1, 10, 1\) lies outside"),
        ((35, 10, 2), r"AIF voxel \(35, 10, 2\) is named twice"),
    ],
)
def test_the_wrong_one_of_several_voxels_is_named(block, wrong, message):
    with pytest.raises(ConfigurationError, match=message):
        curve_at(block.series, block.baseline, [(12, 10, 1), (35, 10, 2), wrong])


def test_one_of_several_without_a_bolus_is_named(block):
    with pytest.raises(ProcessingError, match=r"No bolus passes through the AIF voxel \(2, 30, 1\)"):
        curve_at(block.series, block.baseline, [(12, 10, 1), (2, 30, 1)])


def test_a_voxel_in_air_is_refused(block):
    image = block.baseline.image.copy()
    image[1, 30, 2] = -1000.0
    with pytest.raises(ConfigurationError, match=r"VOF voxel \(2, 30, 1\) lies in air"):
        curve_at(block.series, replace(block.baseline, image=image), (2, 30, 1), "VOF")


@pytest.mark.parametrize("voxels", [[], (1, 2), (1.5, 2.0, 0.0), [(1, 2, 3, 4)], "1,2,3"])
def test_what_is_no_voxel_is_refused(block, voxels):
    with pytest.raises(ConfigurationError, match="COLUMN,ROW,SLICE"):
        curve_at(block.series, block.baseline, voxels)


def test_a_voxel_that_is_not_a_number_is_refused(block):
    voxels = block.series.voxels.copy()
    voxels[30, 1, 10, 12] = np.nan
    with pytest.raises(ProcessingError, match="No bolus"):
        curve_at(block.series.with_voxels(voxels), block.baseline, (12, 10, 1))


def test_a_vein_named_as_an_artery_shows_in_its_lead_over_the_tissue(block):
    artery = curve_at(block.series, block.baseline, (12, 10, 1), masks=block.masks)
    vein = curve_at(block.series, block.baseline, (24, 42, 1), masks=block.masks)
    assert artery.quality["lead_over_tissue_s"] > 1.0
    assert vein.quality["lead_over_tissue_s"] < -1.0
    unknown = curve_at(block.series, block.baseline, (12, 10, 1))
    assert np.isnan(unknown.quality["lead_over_tissue_s"])
