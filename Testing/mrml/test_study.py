"""Publishing a study into a scene, again and again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from CTPerfusionLib.mrml import (
    HeadlessSlicer,
    LesionContent,
    StudyContent,
    headless_slicer,
    publish_lesion,
    publish_study,
    related_nodes,
)
from CTPerfusionLib.series import TmaxDefinition


@pytest.fixture
def a_source(a_slicer: HeadlessSlicer) -> Any:
    """Return the node of a sequence."""
    return a_slicer.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "CTP")


@pytest.fixture
def another_run(a_study: StudyContent) -> StudyContent:
    """Return the study by another method: other values, no TTP and no Delay, another Tmax, no motion."""
    maps = {name: values + 1 for name, values in a_study.maps.items() if name not in ("TTP", "Delay")}
    return replace(
        a_study,
        maps=maps,
        tmax_definition=TmaxDefinition.CENTRE,
        motion=None,
        findings=(),
        attributes={**a_study.attributes, "CTPerfusion.Method": "nlr"},
    )


def voxels_of(node: Any) -> np.ndarray:
    image = node.GetImageData()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])


def column_of(table: Any, name: str) -> list[Any]:
    column = table.GetTable().GetColumnByName(name)
    return [column.GetValue(row) for row in range(column.GetNumberOfValues())]


def names_of(scene: Any, node_class: str = "vtkMRMLNode") -> list[str]:
    count = scene.GetNumberOfNodesByClass(node_class)
    return sorted(scene.GetNthNodeByClass(index, node_class).GetName() or "" for index in range(count))


def ids_of(scene: Any) -> set[str]:
    return {scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())}


def ancestors_of(hierarchy: Any, node: Any) -> list[str]:
    names, item = [], hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node))
    while item and item != hierarchy.GetSceneItemID():
        names.append(hierarchy.GetItemName(item))
        item = hierarchy.GetItemParent(item)
    return names


def test_a_second_run_fills_the_same_nodes_and_adds_none(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    first = publish_study(a_slicer.scene, a_study, a_source)
    before = ids_of(a_slicer.scene)
    maps = {name: values * 2 for name, values in a_study.maps.items()}
    second = publish_study(a_slicer.scene, replace(a_study, maps=maps), a_source)
    assert ids_of(a_slicer.scene) == before
    assert second.baseline is first.baseline
    for name, node in second.maps.items():
        assert node is first.maps[name]
        np.testing.assert_array_equal(voxels_of(node), maps[name])


def test_what_another_method_does_not_give_goes_with_all_that_belongs_to_it(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent, another_run: StudyContent
) -> None:
    publish_study(a_slicer.scene, another_run, a_source)
    without = names_of(a_slicer.scene)
    publish_study(a_slicer.scene, a_study, a_source)
    nodes = publish_study(a_slicer.scene, another_run, a_source)
    assert sorted(nodes.maps) == ["CBF", "CBV", "MTT", "Tmax"]
    assert (nodes.motion_table, nodes.motion_charts) == (None, ())
    assert names_of(a_slicer.scene) == without
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_slicer.scene)
    assert hierarchy.GetItemByName("Delay") == 0


def test_words_and_attributes_follow_the_method(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent, another_run: StudyContent
) -> None:
    publish_study(a_slicer.scene, a_study, a_source)
    tmax = publish_study(a_slicer.scene, another_run, a_source).maps["Tmax"]
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(tmax)
    assert legend.GetTitleText() == "Tmax (centre), s"
    assert "delay + MTT/2" in tmax.GetDescription()
    assert tmax.GetAttribute("CTPerfusion.Method") == "nlr"


def test_what_the_user_set_by_hand_stays(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    nodes = publish_study(a_slicer.scene, a_study, a_source)
    cbf = nodes.maps["CBF"]
    cbf.SetName("flow of Mr X")
    cbf.GetDisplayNode().SetWindowLevelMinMax(5, 50)
    cbf.GetDisplayNode().SetAndObserveColorNodeID("vtkMRMLColorTableNodeIron")
    nodes.baseline.GetDisplayNode().SetWindowLevel(40, 35)
    slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(cbf).SetVisibility(False)
    nodes.curve_chart.SetXAxisRangeAuto(False)

    again = publish_study(a_slicer.scene, a_study, a_source)
    display = again.maps["CBF"].GetDisplayNode()
    assert again.maps["CBF"].GetName() == "flow of Mr X"
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (5, 50)
    assert display.GetColorNodeID() == "vtkMRMLColorTableNodeIron"
    assert again.baseline.GetDisplayNode().GetWindow() == 40
    assert not slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(cbf).GetVisibility()
    assert not again.curve_chart.GetXAxisRangeAuto()


@pytest.mark.parametrize("role", ["baseline", "curve_chart", "findings_table", "motion_table"])
def test_a_node_that_the_user_deleted_is_made_anew(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent, role: str
) -> None:
    first = publish_study(a_slicer.scene, a_study, a_source)
    before = names_of(a_slicer.scene)
    a_slicer.scene.RemoveNode(getattr(first, role))
    second = publish_study(a_slicer.scene, a_study, a_source)
    assert a_slicer.scene.IsNodePresent(getattr(second, role))
    assert second.maps["CBF"] is first.maps["CBF"]
    kept = [name for name in names_of(a_slicer.scene) if "Display" not in name]
    assert kept == [name for name in before if "Display" not in name]


def test_a_deleted_map_is_made_anew_in_its_colours(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    first = publish_study(a_slicer.scene, a_study, a_source)
    a_slicer.scene.RemoveNode(first.maps["CBV"])
    second = publish_study(a_slicer.scene, a_study, a_source)
    display = second.maps["CBV"].GetDisplayNode()
    assert second.maps["CBV"].GetName() == "CBV"
    assert display.GetColorNode().GetName() == "CBV colours"
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == pytest.approx((0, 6))


def test_deleted_colours_come_back(a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent) -> None:
    cbf = publish_study(a_slicer.scene, a_study, a_source).maps["CBF"]
    a_slicer.scene.RemoveNode(cbf.GetDisplayNode().GetColorNode())
    publish_study(a_slicer.scene, a_study, a_source)
    assert cbf.GetDisplayNode().GetColorNode().GetName() == "CBF colours"


def test_results_stay_together_when_the_sequence_is_deleted(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    first = publish_study(a_slicer.scene, a_study, a_source)
    a_slicer.scene.RemoveNode(a_source)
    assert related_nodes(first.maps["MTT"]).baseline is first.baseline
    assert related_nodes(first.maps["MTT"]).source is None
    second = publish_study(a_slicer.scene, a_study, first.baseline)
    assert second.maps["CBF"] is first.maps["CBF"]


def test_two_studies_have_their_own_nodes_with_names_of_their_own(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    other_source = a_slicer.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "CTP 2")
    first = publish_study(a_slicer.scene, a_study, a_source)
    second = publish_study(a_slicer.scene, a_study, other_source)
    assert first.maps["CBF"] is not second.maps["CBF"]
    volumes = names_of(a_slicer.scene, "vtkMRMLScalarVolumeNode")
    assert len(set(volumes)) == len(volumes) == 14
    assert related_nodes(second.maps["Tmax"]).maps["CBF"] is second.maps["CBF"]


def test_a_copy_of_a_sequence_begins_a_study_of_its_own(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    first = publish_study(a_slicer.scene, a_study, a_source)
    copy = slicer.vtkMRMLSequenceNode()
    copy.Copy(a_source)
    second = publish_study(a_slicer.scene, a_study, a_slicer.scene.AddNode(copy))
    assert second.baseline is not first.baseline


def test_every_node_leads_to_all_others(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent, a_lesion: LesionContent
) -> None:
    study = publish_study(a_slicer.scene, a_study, a_source)
    lesion = publish_lesion(a_slicer.scene, study.baseline, a_lesion)
    for node in (a_source, study.baseline, study.maps["MTT"], lesion.segmentation, study.findings_table):
        related = related_nodes(node)
        assert related.source is a_source
        assert related.baseline is study.baseline
        assert set(related.maps) == {*a_study.maps, *a_lesion.maps}
        assert related.segmentation is lesion.segmentation
        assert related.volumes_table is lesion.volumes_table
        assert related.curve_chart is study.curve_chart
        assert related.motion_charts["Rotation"] is study.motion_charts[1]


def test_a_foreign_node_is_related_to_nothing(a_source: Any) -> None:
    assert related_nodes(a_source).maps == {}
    assert related_nodes(None).baseline is None


def test_a_saved_scene_is_updated_after_it_was_opened_again(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent, tmp_path: Path
) -> None:
    publish_study(a_slicer.scene, a_study, a_source)
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = headless_slicer(tmp_path)
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    source = other.scene.GetFirstNodeByClass("vtkMRMLSequenceNode")
    before = ids_of(other.scene)
    nodes = publish_study(other.scene, a_study, source)
    assert ids_of(other.scene) == before
    assert related_nodes(nodes.maps["CBF"]).source is source
    tables = [nodes.curve_chart.GetNthPlotSeriesNode(index).GetTableNode() for index in range(2)]
    assert tables == [nodes.curve_tables["AIF"], nodes.curve_tables["VOF"]]


def test_a_scene_imported_twice_holds_two_studies(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent, tmp_path: Path
) -> None:
    publish_study(a_slicer.scene, a_study, a_source)
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    assert a_slicer.scene.ReadFromMRB(str(tmp_path / "scene.mrb"), False)
    kind = "vtkMRMLSequenceNode"
    sources = [a_slicer.scene.GetNthNodeByClass(index, kind) for index in range(2)]
    first, second = (publish_study(a_slicer.scene, a_study, source) for source in sources)
    assert first.maps["CBF"] is not second.maps["CBF"]
    assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 14


def test_findings_stand_in_the_order_of_their_weight_with_value_and_limit(
    a_slicer: HeadlessSlicer, a_study: StudyContent
) -> None:
    table = publish_study(a_slicer.scene, a_study).findings_table
    assert column_of(table, "Severity") == ["error", "warning", "info"]
    assert column_of(table, "Finding")[0] == "The artery comes late."
    assert column_of(table, "What to do")[0] == "Choose another one."
    assert column_of(table, "Value") == ["3.25", "4.2", ""]
    assert column_of(table, "Limit") == ["1", "3", ""]


def test_the_motion_table_tells_each_frame(a_slicer: HeadlessSlicer, a_study: StudyContent) -> None:
    table = publish_study(a_slicer.scene, a_study).motion_table
    assert column_of(table, "Frame") == list(range(1, 41))
    np.testing.assert_allclose(column_of(table, "Upwards (mm)"), a_study.motion.motion[0, :, 2])
    np.testing.assert_allclose(column_of(table, "About up-down (°)"), a_study.motion.motion[0, :, 5])
    assert [row for row, used in enumerate(column_of(table, "Used")) if used == "no"] == [11, 12]


def test_the_motion_charts_show_used_frames_and_mark_the_others(
    a_slicer: HeadlessSlicer, a_study: StudyContent
) -> None:
    nodes = publish_study(a_slicer.scene, a_study)
    for chart, unit, first in zip(nodes.motion_charts, ("mm", "degrees"), (0, 3), strict=True):
        assert chart.GetYAxisTitle().endswith(f"({unit})")
        series = [chart.GetNthPlotSeriesNode(index) for index in range(4)]
        assert series[3].GetName().startswith("Left out")
        tables = [each.GetTableNode() for each in series]
        np.testing.assert_allclose(column_of(tables[3], "Time (s)"), a_study.motion.frame_times[[11, 12]])
        used = a_study.motion.motion[0, a_study.motion.used, first]
        np.testing.assert_allclose(column_of(tables[0], chart.GetYAxisTitle()), used)


def test_a_chart_loses_the_marks_when_no_frame_is_left_out_any_more(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    publish_study(a_slicer.scene, a_study, a_source)
    motion = replace(a_study.motion, used=np.ones(40, dtype=bool))
    nodes = publish_study(a_slicer.scene, replace(a_study, motion=motion), a_source)
    assert nodes.motion_charts[0].GetNumberOfPlotSeriesNodes() == 3
    assert not any(name.startswith("Left out") for name in names_of(a_slicer.scene))


def test_results_go_into_the_dicom_study_of_the_sequence(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_slicer.scene)
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Patient")
    study = hierarchy.CreateStudyItem(patient, "Stroke CT")
    hierarchy.CreateItem(study, a_source)
    nodes = publish_study(a_slicer.scene, a_study, a_source)
    assert ancestors_of(hierarchy, nodes.maps["CBF"]) == ["Maps", "CT perfusion", "Stroke CT", "Patient"]
    assert ancestors_of(hierarchy, nodes.baseline) == ["CT perfusion", "Stroke CT", "Patient"]


def test_results_go_into_the_study_of_the_volume_that_shows_the_sequence(
    a_slicer: HeadlessSlicer, a_study: StudyContent
) -> None:
    scene = a_slicer.scene
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Stroke CT")
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "CTP")
    sequence.SetDataNodeAtValue(slicer.vtkMRMLScalarVolumeNode(), "0")
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    hierarchy.CreateItem(study, browser.GetProxyNode(sequence))  # where Slicer's import of DICOM puts it
    nodes = publish_study(scene, a_study, sequence)
    assert ancestors_of(hierarchy, nodes.maps["CBF"]) == ["Maps", "CT perfusion", "Stroke CT"]


def test_items_that_a_plugin_made_are_moved_and_not_doubled(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_slicer.scene)

    def plugin(_scene: Any, _event: str, node: Any = None) -> None:
        if node is not None and not node.GetHideFromEditors() and node.IsA("vtkMRMLStorableNode"):
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    plugin.CallDataType = vtk.VTK_OBJECT
    a_slicer.scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, plugin)
    nodes = publish_study(a_slicer.scene, a_study, a_source)
    items: list[int] = []
    hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
    shown = [hierarchy.GetItemDataNode(item) for item in items]
    shown = [node for node in shown if node is not None]
    assert len(shown) == len({node.GetID() for node in shown})
    assert ancestors_of(hierarchy, nodes.maps["CBF"]) == ["Maps", "CT perfusion"]


def test_a_node_that_the_user_filed_elsewhere_stays_there(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    nodes = publish_study(a_slicer.scene, a_study, a_source)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_slicer.scene)
    mine = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "mine")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(nodes.maps["CBF"]), mine)
    publish_study(a_slicer.scene, a_study, a_source)
    assert ancestors_of(hierarchy, nodes.maps["CBF"]) == ["mine"]
    assert hierarchy.GetItemByName("CT perfusion") != 0


def test_an_update_tells_of_each_map_once(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    cbf = publish_study(a_slicer.scene, a_study, a_source).maps["CBF"]
    events = []
    cbf.AddObserver(slicer.vtkMRMLVolumeNode.ImageDataModifiedEvent, lambda *_: events.append("image"))
    publish_study(a_slicer.scene, a_study, a_source)
    assert events == []  # nothing has changed
    maps = {name: values.copy() for name, values in a_study.maps.items()}
    publish_study(a_slicer.scene, replace(a_study, maps=maps), a_source)
    assert events == ["image"]


def test_a_map_that_something_else_changed_is_filled_again(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    cbf = publish_study(a_slicer.scene, a_study, a_source).maps["CBF"]
    voxels_of(cbf)[:] = 7
    cbf.GetImageData().GetPointData().GetScalars().Modified()
    publish_study(a_slicer.scene, a_study, a_source)
    np.testing.assert_array_equal(voxels_of(cbf), a_study.maps["CBF"])


def test_a_map_that_the_user_put_under_a_transform_lies_where_it_was_measured(
    a_slicer: HeadlessSlicer, a_source: Any, a_study: StudyContent
) -> None:
    nodes = publish_study(a_slicer.scene, a_study, a_source)
    transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    nodes.maps["CBF"].SetAndObserveTransformNodeID(transform.GetID())
    publish_study(a_slicer.scene, a_study, a_source)
    assert nodes.maps["CBF"].GetParentTransformNode() is None
