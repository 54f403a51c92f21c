"""Publishing a lesion: segments that follow a slider, and segments that the user edits."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from vtk.util.numpy_support import numpy_to_vtk

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.io.segmentation import segment_kinds
from CTPerfusionLib.mrml import (
    HeadlessSlicer,
    LesionContent,
    StudyContent,
    headless_slicer,
    masks_of,
    publish_lesion,
    publish_study,
)

MaskReader = Callable[[Any, str, np.ndarray], np.ndarray]
SHAPE = (4, 30, 40)
NAMES = ("core", "penumbra", "hypoperfusion")


@pytest.fixture
def a_baseline(a_slicer: HeadlessSlicer, a_study: StudyContent) -> Any:
    """Return the baseline of a published study."""
    return publish_study(a_slicer.scene, a_study).baseline


@pytest.fixture
def another_lesion(a_lesion: LesionContent) -> LesionContent:
    """Return a smaller core elsewhere, in a penumbra of other shape."""
    z, y, x = np.mgrid[:4, :30, :40]
    hypoperfusion = (abs(x - 10) < 6) & (abs(y - 20) < 4 + z)
    core = hypoperfusion & (x < 9)
    masks = {"core": core, "penumbra": hypoperfusion & ~core, "hypoperfusion": hypoperfusion}
    return replace(a_lesion, masks=masks, volumes_ml={"core_global": 1.0})


def draw(
    node: Any, identifier: str, mask: np.ndarray, start: tuple[int, int, int], matrix: np.ndarray
) -> None:
    """Set `mask`, whose first voxel is `start` (column, row, slice), as a tool of Segment Editor does."""
    labelmap = slicer.vtkOrientedImageData()
    ends = (first + size - 1 for first, size in zip(start, mask.shape[::-1], strict=True))
    labelmap.SetExtent(*(bound for pair in zip(start, ends, strict=True) for bound in pair))
    labelmap.GetPointData().SetScalars(numpy_to_vtk(mask.astype(np.uint8).ravel(), deep=True))
    to_world = vtk.vtkMatrix4x4()
    to_world.DeepCopy(matrix.ravel())
    labelmap.SetImageToWorldMatrix(to_world)
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    assert logic.SetBinaryLabelmapToSegment(
        labelmap, node, identifier, logic.MODE_REPLACE, labelmap.GetExtent()
    )


def assert_masks(node: Any, masks: dict[str, np.ndarray], matrix: np.ndarray, mask_of: MaskReader) -> None:
    for name, mask in masks.items():
        np.testing.assert_array_equal(mask_of(node, name, matrix), mask)
        np.testing.assert_array_equal(masks_of(node, matrix, SHAPE)[name], mask)


def test_segments_have_masks_names_colours_and_terms(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent, mask_of: MaskReader
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    assert_masks(node, a_lesion.masks, a_lesion.ijk_to_ras, mask_of)
    for name in NAMES:
        segment, kind = node.GetSegmentation().GetSegment(name), segment_kinds()[name]
        assert segment.GetName() == kind.name
        assert segment.GetColor() == pytest.approx(kind.colour)
        assert segment.GetTerminology() == kind.terminology.serialise()
    assert node.GetNodeReference("referenceImageGeometryRef") is a_baseline


def test_segments_that_do_not_overlap_share_a_labelmap(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent
) -> None:
    segmentation = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation.GetSegmentation()
    core, penumbra, hypoperfusion = (
        segmentation.GetSegmentRepresentation(name, "Binary labelmap") for name in NAMES
    )
    assert core is penumbra
    assert core is not hypoperfusion


def test_an_update_changes_masks_and_volumes_in_place(
    a_slicer: HeadlessSlicer,
    a_baseline: Any,
    a_lesion: LesionContent,
    another_lesion: LesionContent,
    mask_of: MaskReader,
) -> None:
    first = publish_lesion(a_slicer.scene, a_baseline, a_lesion)
    count = a_slicer.scene.GetNumberOfNodes()
    second = publish_lesion(a_slicer.scene, a_baseline, another_lesion)
    assert (second.segmentation, second.volumes_table) == (first.segmentation, first.volumes_table)
    assert a_slicer.scene.GetNumberOfNodes() == count
    assert_masks(second.segmentation, another_lesion.masks, a_lesion.ijk_to_ras, mask_of)
    assert second.volumes_table.GetNumberOfRows() == 1


def test_an_update_reaches_views_and_surfaces(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent, another_lesion: LesionContent
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    assert node.CreateClosedSurfaceRepresentation()
    events: list[str] = []
    modified = slicer.vtkSegmentation.SourceRepresentationModified
    node.GetSegmentation().AddObserver(modified, lambda *_: events.append("modified"))
    publish_lesion(a_slicer.scene, a_baseline, another_lesion)
    assert events
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")  # else it would show the old


def test_the_same_masks_again_cause_no_event(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    events: list[str] = []
    segmentation = slicer.vtkSegmentation
    for event in (segmentation.SourceRepresentationModified, segmentation.SegmentModified):
        node.GetSegmentation().AddObserver(event, lambda *_: events.append("modified"))
    publish_lesion(a_slicer.scene, a_baseline, a_lesion)
    assert events == []


def test_edited_segments_are_read_and_left_alone_without_masks(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    drawn = np.ones((1, 3, 2), dtype=bool)
    draw(node, "core", drawn, (5, 6, 1), a_lesion.ijk_to_ras)
    expected = np.zeros(SHAPE, dtype=bool)
    expected[1, 6:9, 5:7] = True
    np.testing.assert_array_equal(masks_of(node, a_lesion.ijk_to_ras, SHAPE)["core"] & expected, expected)
    before = masks_of(node, a_lesion.ijk_to_ras, SHAPE)
    publish_lesion(a_slicer.scene, a_baseline, replace(a_lesion, masks={}))
    after = masks_of(node, a_lesion.ijk_to_ras, SHAPE)
    for name in NAMES:
        np.testing.assert_array_equal(after[name], before[name])


def test_a_segment_of_the_user_survives_an_update(
    a_slicer: HeadlessSlicer,
    a_baseline: Any,
    a_lesion: LesionContent,
    another_lesion: LesionContent,
    mask_of: MaskReader,
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    matrix = a_lesion.ijk_to_ras
    node.GetSegmentation().AddEmptySegment("mine", "bleeding")
    draw(node, "mine", np.ones((1, 2, 2), dtype=bool), (1, 1, 0), matrix)
    mine = mask_of(node, "mine", matrix)
    assert mine.sum() == 4
    publish_lesion(a_slicer.scene, a_baseline, another_lesion)
    np.testing.assert_array_equal(mask_of(node, "mine", matrix), mine)
    assert_masks(node, another_lesion.masks, matrix, mask_of)


def test_a_deleted_segment_comes_back_and_a_renamed_one_keeps_its_name(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent, mask_of: MaskReader
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    node.GetSegmentation().RemoveSegment("penumbra")
    assert set(masks_of(node, a_lesion.ijk_to_ras, SHAPE)) == {"core", "hypoperfusion"}
    node.GetSegmentation().GetSegment("core").SetName("dead")
    node.GetDisplayNode().SetSegmentOpacity2DFill("core", 0.3)
    publish_lesion(a_slicer.scene, a_baseline, a_lesion)
    assert node.GetSegmentation().GetSegment("core").GetName() == "dead"
    assert node.GetDisplayNode().GetSegmentOpacity2DFill("core") == 0.3
    assert_masks(node, a_lesion.masks, a_lesion.ijk_to_ras, mask_of)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(masks=st.lists(hnp.arrays(np.bool_, (3, *SHAPE), elements=st.booleans()), min_size=1, max_size=3))
def test_any_masks_come_back_after_any_others(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent, masks: list[np.ndarray]
) -> None:
    for triple in masks:
        content = replace(a_lesion, masks=dict(zip(NAMES, triple, strict=True)), maps={})
        node = publish_lesion(a_slicer.scene, a_baseline, content).segmentation
        for name, mask in masks_of(node, a_lesion.ijk_to_ras, SHAPE).items():
            np.testing.assert_array_equal(mask, content.masks[name])


def test_masks_follow_a_transform_and_another_grid(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    step = vtk.vtkMatrix4x4()
    for row in range(3):
        step.SetElement(row, 3, 2 * a_lesion.ijk_to_ras[row, 0])  # two columns
    transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(step)
    node.SetAndObserveTransformNodeID(transform.GetID())
    moved = masks_of(node, a_lesion.ijk_to_ras, SHAPE)["core"]
    np.testing.assert_array_equal(moved[:, :, 2:], a_lesion.masks["core"][:, :, :-2])
    node.SetAndObserveTransformNodeID(None)
    half = a_lesion.ijk_to_ras @ np.diag([0.5, 0.5, 1, 1])
    half[:3, 3] -= 0.25 * (a_lesion.ijk_to_ras[:3, 0] + a_lesion.ijk_to_ras[:3, 1])
    finer = masks_of(node, half, (4, 60, 80))["core"]
    np.testing.assert_array_equal(finer, a_lesion.masks["core"].repeat(2, axis=1).repeat(2, axis=2))


def test_a_warped_segmentation_is_refused(
    a_slicer: HeadlessSlicer, a_baseline: Any, a_lesion: LesionContent
) -> None:
    node = publish_lesion(a_slicer.scene, a_baseline, a_lesion).segmentation
    transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
    transform.SetAndObserveTransformToParent(slicer.vtkOrientedBSplineTransform())
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(ConfigurationError, match="not linear; take it out"):
        masks_of(node, a_lesion.ijk_to_ras, SHAPE)


def test_a_saved_scene_is_updated_after_it_was_opened_again(
    a_slicer: HeadlessSlicer,
    a_baseline: Any,
    a_lesion: LesionContent,
    another_lesion: LesionContent,
    mask_of: MaskReader,
    tmp_path: Path,
) -> None:
    publish_lesion(a_slicer.scene, a_baseline, a_lesion)
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = headless_slicer(tmp_path)
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    baseline = other.scene.GetFirstNodeByName("Baseline CT")
    count = other.scene.GetNumberOfNodes()
    node = publish_lesion(other.scene, baseline, another_lesion).segmentation
    assert other.scene.GetNumberOfNodes() == count
    assert_masks(node, another_lesion.masks, a_lesion.ijk_to_ras, mask_of)


def test_maps_of_other_software_begin_a_study_of_their_own(
    a_slicer: HeadlessSlicer, a_lesion: LesionContent
) -> None:
    volume = a_slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "their CBF")
    volume.CreateDefaultDisplayNodes()
    first = publish_lesion(a_slicer.scene, volume, a_lesion)
    second = publish_lesion(a_slicer.scene, volume, a_lesion)
    assert first.segmentation is second.segmentation
