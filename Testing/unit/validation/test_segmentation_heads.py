"""Which heads are simulated, and what is held against their truth."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from CTPerfusionLib.lesion import SymmetryPlane
from CTPerfusionLib.phantom import SCANNER_SCHEMES, head_phantom
from CTPerfusionLib.validation.segmentation_case import Group, group_of
from CTPerfusionLib.validation.segmentation_midline import midline_plane, mirror_plane, plane_error
from CTPerfusionLib.validation.segmentation_phantoms import phantom_heads

BRAIN = 3  # label from which on voxels lie in the brain


@pytest.fixture(scope="module")
def a_head():
    return head_phantom(seed=301, scanner="ge-shuttle", size="tiny", noise=0.0, motion="none")


def test_sixteen_heads_hold_each_grade_with_each_occlusion_and_each_scanner_with_each_grade():
    heads = phantom_heads(16, 301)

    assert Counter((head.grade, head.lesion) for head in heads) == {
        (grade, lesion): 2 if lesion == "none" else 1 for grade in range(4) for lesion in ("m1", "m2", "none")
    }
    assert Counter((head.grade, head.scanner) for head in heads) == {
        (grade, scanner): 1 for grade in range(4) for scanner in SCANNER_SCHEMES
    }


def test_sixty_four_heads_hold_every_combination():
    heads = phantom_heads(64, 301)

    combinations = Counter((head.grade, head.lesion, head.scanner) for head in heads)
    assert set(combinations) == {
        (grade, lesion, scanner)
        for grade in range(4)
        for lesion in ("m1", "m2", "none")
        for scanner in SCANNER_SCHEMES
    }
    assert set(combinations.values()) == {1, 2}


def test_every_head_has_a_seed_of_its_own_and_fewer_heads_are_the_first_of_more():
    assert [head.seed for head in phantom_heads(5, 301)] == [301, 302, 303, 304, 305]
    assert phantom_heads(64, 301)[:5] == phantom_heads(5, 301)


def test_groups_are_those_of_the_paper():
    assert [group_of(grade) for grade in range(4)] == [Group.NO_MICROANGIOPATHY] * 2 + [
        Group.MICROANGIOPATHY
    ] * 2
    labels = phantom_heads(16, 301)[2].labels
    assert (labels.group, labels.grade, labels.stroke) == (Group.MICROANGIOPATHY, 2, True)


def mirrored_overlap(phantom, plane) -> float:
    """Return the share of brain voxels whose mirror image lies in the brain as well."""
    brain = phantom.truth.labels >= BRAIN
    matrix = phantom.series.ijk_to_ras
    indices = np.argwhere(brain)[:, ::-1]
    homogeneous = np.column_stack([indices, np.ones(len(indices))])
    mirror = np.linalg.inv(matrix) @ plane.reflection() @ matrix
    found = np.rint((homogeneous @ mirror.T)[:, 2::-1]).astype(int)
    inside = np.all((found >= 0) & (found < brain.shape), axis=1)
    return float(brain[tuple(found[inside].T)].mean())


def test_the_plane_of_counterparts_mirrors_the_brain_onto_itself(a_head):
    true = mirror_plane(a_head)
    turned = SymmetryPlane(Rotation.from_euler("z", 5.0, degrees=True).apply(true.normal), true.offset)

    best = mirrored_overlap(a_head, true)

    assert best > 0.95
    assert best > mirrored_overlap(a_head, replace(true, offset=true.offset + 3.0)) + 0.005
    assert best > mirrored_overlap(a_head, replace(true, offset=true.offset - 3.0)) + 0.005
    assert best > mirrored_overlap(a_head, turned) + 0.005


@pytest.mark.parametrize("true_plane", [midline_plane, mirror_plane])
def test_true_planes_have_the_lesion_on_its_side(a_head, true_plane):
    distance = true_plane(a_head).distance(a_head.truth.labels.shape, a_head.series.ijk_to_ras)
    sign = 1.0 if a_head.truth.side == "right" else -1.0

    assert np.median(sign * distance[a_head.truth.core]) > 15.0


def test_the_plane_through_the_midline_runs_along_the_sagittal_sinus_and_the_third_ventricle(a_head):
    """Near the midline fluid and veins abound, on both sides of it alike."""
    distance = midline_plane(a_head).distance(a_head.truth.labels.shape, a_head.series.ijk_to_ras)
    brain = a_head.truth.labels >= BRAIN
    tissue = (a_head.truth.labels == 4) | (a_head.truth.labels == 5)

    def free_of_tissue(low, high):
        between = brain & (distance >= low) & (distance < high)
        return 1.0 - tissue[between].mean()

    assert free_of_tissue(-2.0, 2.0) > 2.0 * max(free_of_tissue(-7.0, -3.0), free_of_tissue(3.0, 7.0))
    assert free_of_tissue(-7.0, -3.0) == pytest.approx(free_of_tissue(3.0, 7.0), abs=0.1)


def test_both_true_planes_lie_close_to_each_other(a_head):
    error = plane_error(midline_plane(a_head), mirror_plane(a_head), a_head)

    assert error.angle < 2.0
    assert error.distance < 1.5


@pytest.mark.parametrize("angle", [-4.0, 1.5, 12.0])
def test_a_turned_plane_is_off_by_its_angle(a_head, angle):
    true = midline_plane(a_head)
    axis = np.cross(true.normal, [0.0, 0.0, 1.0])
    axis *= np.radians(angle) / np.linalg.norm(axis)
    brain = np.argwhere(a_head.truth.labels >= BRAIN)[:, ::-1].mean(axis=0)
    centre = (a_head.series.ijk_to_ras @ np.append(brain, 1.0))[:3]
    normal = Rotation.from_rotvec(axis).apply(true.normal)
    # Turned about the centre of the brain, where it keeps its distance.
    offset = normal @ centre - (true.normal @ centre - true.offset)

    error = plane_error(SymmetryPlane(normal, float(offset)), true, a_head)

    assert error.angle == pytest.approx(abs(angle), abs=0.01)
    assert error.distance == pytest.approx(0.0, abs=0.1)


def test_a_shifted_plane_is_off_by_its_shift_whichever_way_it_points(a_head):
    true = midline_plane(a_head)

    for plane in (
        SymmetryPlane(true.normal, true.offset + 2.5),
        SymmetryPlane(-true.normal, -true.offset - 2.5),
    ):
        error = plane_error(plane, true, a_head)
        assert error.distance == pytest.approx(2.5, abs=1e-6)
        assert error.angle == pytest.approx(0.0, abs=1e-4)
