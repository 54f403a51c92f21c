"""Bone and fluid that share a voxel are no dead tissue."""

import dataclasses

import numpy as np
import pytest
from scipy import ndimage

from CTPerfusionLib.lesion import Side, SymmetryPlane, load_protocol, prepare_lesion, segment
from CTPerfusionLib.lesion.reliable_tissue import beside_bone

IJK_TO_RAS = np.diag([-1.0, -1.0, 5.0, 1.0])


def test_voxels_beside_bone_lie_within_four_mm_and_a_slice_of_it():
    baseline = np.full((5, 20, 20), 30.0)
    baseline[2, 10, 0] = 800.0

    near = beside_bone(baseline, IJK_TO_RAS)

    row, column = np.indices((20, 20))
    for index in range(5):
        within = (np.hypot(row - 10, column) <= 4.0) & (abs(index - 2) <= 1)
        np.testing.assert_array_equal(near[index], within)


@pytest.mark.parametrize(("thickness", "slices"), [(1.0, 5), (2.5, 2), (5.0, 1), (10.0, 1)])
def test_bone_above_and_below_counts_in_mm(thickness, slices):
    baseline = np.full((25, 3, 3), 30.0)
    baseline[12] = 800.0

    near = beside_bone(baseline, np.diag([1.0, 1.0, thickness, 1.0]))

    assert np.count_nonzero(near[:, 1, 1]) == 2 * slices + 1


def test_a_late_part_beside_bone_is_dropped_and_one_that_reaches_inwards_stays(make_head):
    head = make_head(pixel=3.0, matrix=74)
    reached = np.stack([ndimage.binary_dilation(each) for each in head.baseline > 100.0])
    shell = head.tissue & reached & (head.head_mm[1] > 20.0)
    inwards = head.ball(-50, -20, 0, 16)
    tmax = np.where(head.tissue, np.where(shell | inwards, 8.0, 3.0), np.nan)
    maps = {"CBF": np.where(head.tissue, 50.0, np.nan), "Tmax": tmax}

    prepared = prepare_lesion(
        maps, head.tissue, head.baseline, head.ijk_to_ras, reference_tmax_at_most=4.0, local=False,
        plane=SymmetryPlane(head.normal, head.offset),
    )  # fmt: skip
    protocol = dataclasses.replace(load_protocol(), opening_radius_mm=0.0, closing_radius_mm=0.0)
    found = segment(prepared, protocol, side=Side.NONE)

    np.testing.assert_array_equal(found.segmentation.hypoperfusion, inwards)
    assert found.volumes.volumes_ml["tmax_6"] == found.volumes.hypoperfusion_ml
    assert found.volumes.raw_ml["tmax_6"] > found.volumes.volumes_ml["tmax_6"] + 3.0


def test_a_dead_rim_beneath_the_vault_is_no_core_and_no_side_is_affected(make_head):
    head = make_head(pixel=3.0, matrix=74)
    bone = head.baseline > 100.0
    reached = np.stack([ndimage.binary_dilation(each) for each in bone])
    rim = head.tissue & reached & (head.head_mm[0] > 0)
    maps = {"CBF": np.where(rim, 0.0, 50.0), "Tmax": np.where(rim, np.nan, 3.0)}
    maps = {name: np.where(head.tissue, values, np.nan) for name, values in maps.items()}

    with_bone, without = (
        segment(
            prepare_lesion(
                maps, head.tissue, baseline, head.ijk_to_ras, reference_tmax_at_most=4.0, local=False,
                plane=SymmetryPlane(head.normal, head.offset),
            ),
            load_protocol(),
        )
        for baseline in (head.baseline, np.minimum(head.baseline, 60.0))
    )  # fmt: skip

    assert without.affected.side == "right"
    assert with_bone.affected.side == "none"
    assert with_bone.volumes.raw_ml["core_global"] == 0.0
    assert rim.sum() * 0.045 > 5.0
