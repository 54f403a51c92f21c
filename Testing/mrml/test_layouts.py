"""Layouts of linked views, in a scene without a window and in one whose views exist."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import slicer

from CTPerfusionLib.mrml import (
    MAP_VIEWS,
    HeadlessSlicer,
    LesionContent,
    PerfusionLayout,
    StudyContent,
    StudyNodes,
    fit_views,
    headless_slicer,
    layout_descriptions,
    layout_node_of,
    publish_lesion,
    publish_probe,
    publish_study,
    register_layouts,
    show_layout,
)


@pytest.fixture
def nodes(a_slicer: HeadlessSlicer, a_study: StudyContent) -> StudyNodes:
    """Return a published study."""
    return publish_study(a_slicer.scene, a_study)


def view(scene: Any, name: str, kind: str = "Slice") -> Any:
    return scene.GetSingletonNode(name, f"vtkMRML{kind}Node")


def shown(scene: Any, name: str) -> str:
    return scene.GetNodeByID(view(scene, name, "SliceComposite").GetBackgroundVolumeID()).GetName()


def test_the_numbers_of_the_layouts_are_those_that_saved_scenes_hold() -> None:
    assert [int(layout) for layout in PerfusionLayout] == [5701, 5702, 5703]


@pytest.mark.parametrize("layout", PerfusionLayout)
def test_every_view_of_a_layout_has_a_name_of_its_own(layout: PerfusionLayout) -> None:
    views = list(ET.fromstring(layout_descriptions()[layout]).iter("view"))  # noqa: S314
    tags = [each.get("singletontag") for each in views]
    assert len(set(tags)) == len(tags)
    assert tags[:6] == [each.name for each in MAP_VIEWS]
    assert [each.get("class") for each in views[6:]] == {
        PerfusionLayout.MAPS: [],
        PerfusionLayout.MAPS_AND_CHART: ["vtkMRMLPlotViewNode", "vtkMRMLTableViewNode"],
        PerfusionLayout.MAPS_AND_CHARTS: ["vtkMRMLPlotViewNode", "vtkMRMLPlotViewNode"],
    }[layout]


def test_slicers_own_layout_logic_makes_the_views(a_slicer: HeadlessSlicer) -> None:
    logic = slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(a_slicer.scene)
    register_layouts(logic.GetLayoutNode())
    logic.GetLayoutNode().SetViewArrangement(int(PerfusionLayout.MAPS_AND_CHARTS))
    for each in MAP_VIEWS:
        assert view(a_slicer.scene, each.name).GetLayoutLabel() == each.name.removeprefix("Perfusion")
    assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLPlotViewNode") == 2


def test_layouts_can_be_registered_again_as_after_a_reload(a_slicer: HeadlessSlicer) -> None:
    node = layout_node_of(a_slicer.scene)
    for _ in range(2):
        register_layouts(node)
    for layout, description in layout_descriptions().items():
        assert node.GetLayoutDescription(int(layout)) == description


def test_views_show_baseline_and_maps_linked_and_labelled(
    a_slicer: HeadlessSlicer, nodes: StudyNodes
) -> None:
    assert show_layout(a_slicer.scene, nodes.maps["CBF"]) is PerfusionLayout.MAPS
    assert layout_node_of(a_slicer.scene).GetViewArrangement() == PerfusionLayout.MAPS
    expected = ["Baseline CT", "CBF", "CBV", "MTT", "Tmax", "Delay"]  # relative flow is not known yet
    assert [shown(a_slicer.scene, each.name) for each in MAP_VIEWS] == expected
    for each, label in zip(MAP_VIEWS, expected, strict=True):
        assert view(a_slicer.scene, each.name).GetLayoutLabel() == label
        assert view(a_slicer.scene, each.name, "SliceComposite").GetLinkedControl()
        assert view(a_slicer.scene, each.name, "SliceComposite").GetHotLinkedControl()


def test_the_last_view_shows_relative_flow_once_there_is_one(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_lesion: LesionContent
) -> None:
    show_layout(a_slicer.scene, nodes.baseline)
    publish_lesion(a_slicer.scene, nodes.baseline, a_lesion)
    show_layout(a_slicer.scene, nodes.baseline)
    assert shown(a_slicer.scene, "PerfusionrCBF") == "rCBF_global"


def test_views_lie_in_the_acquired_planes_on_the_middle_slice_and_fit(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_study: StudyContent
) -> None:
    show_layout(a_slicer.scene, nodes.baseline)
    normal = a_study.ijk_to_ras[:3, 2] / 5.0
    middle = (a_study.ijk_to_ras @ [19.5, 14.5, 2, 1])[:3]
    for each in MAP_VIEWS:
        node = view(a_slicer.scene, each.name)
        to_ras = np.array(
            [[node.GetSliceToRAS().GetElement(row, column) for column in range(4)] for row in range(3)]
        )
        assert abs(to_ras[:, 2] @ normal) == pytest.approx(1.0, abs=1e-6)
        np.testing.assert_allclose(to_ras[:, 3], middle, atol=1e-3)
        assert min(node.GetFieldOfView()[:2]) == pytest.approx(1.05 * 40 * 1.5)


def test_a_view_stays_where_the_user_scrolled_when_results_are_shown_again(
    a_slicer: HeadlessSlicer, nodes: StudyNodes
) -> None:
    show_layout(a_slicer.scene, nodes.baseline)
    node = view(a_slicer.scene, "PerfusionCBF")
    node.SetSliceOffset(node.GetSliceOffset() + 5.0)
    node.SetFieldOfView(20, 20, 5)
    offset = node.GetSliceOffset()
    show_layout(a_slicer.scene, nodes.baseline)
    assert node.GetSliceOffset() == offset
    assert node.GetFieldOfView()[0] == 20


def test_views_fit_into_the_size_that_a_window_gave_them(a_slicer: HeadlessSlicer, nodes: StudyNodes) -> None:
    show_layout(a_slicer.scene, nodes.baseline)
    node = view(a_slicer.scene, "PerfusionMTT")
    node.SetDimensions(800, 400, 1)
    fit_views(a_slicer.scene, nodes.baseline)
    assert node.GetFieldOfView()[:2] == pytest.approx((2 * 63.0, 63.0))


def test_a_chart_has_the_findings_beside_it_and_after_the_lesion_the_volumes(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_lesion: LesionContent
) -> None:
    layout = show_layout(a_slicer.scene, nodes.baseline, charts=[nodes.curve_chart])
    assert layout is PerfusionLayout.MAPS_AND_CHART
    assert (
        view(a_slicer.scene, "PerfusionChart", "PlotView").GetPlotChartNodeID() == nodes.curve_chart.GetID()
    )
    table = view(a_slicer.scene, "PerfusionTable", "TableView")
    assert table.GetTableNodeID() == nodes.findings_table.GetID()
    lesion = publish_lesion(a_slicer.scene, nodes.baseline, a_lesion)
    show_layout(a_slicer.scene, nodes.baseline, charts=[nodes.curve_chart])
    assert table.GetTableNodeID() == lesion.volumes_table.GetID()


def test_two_charts_stand_beside_each_other_and_three_do_not(
    a_slicer: HeadlessSlicer, nodes: StudyNodes
) -> None:
    assert (
        show_layout(a_slicer.scene, nodes.baseline, charts=nodes.motion_charts)
        is PerfusionLayout.MAPS_AND_CHARTS
    )
    charts = [
        view(a_slicer.scene, name, "PlotView").GetPlotChartNodeID()
        for name in ("PerfusionChart", "PerfusionChart2")
    ]
    assert charts == [chart.GetID() for chart in nodes.motion_charts]
    with pytest.raises(ValueError, match="room for 2 charts, got 3"):
        show_layout(a_slicer.scene, nodes.baseline, charts=[nodes.curve_chart] * 3)


def test_no_view_has_the_name_of_a_map(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, a_study: StudyContent
) -> None:
    show_layout(a_slicer.scene, nodes.baseline)
    for name in a_study.maps:
        assert a_slicer.scene.GetNodesByName(name).GetNumberOfItems() == 1


def test_a_saved_scene_opens_in_its_layout(
    a_slicer: HeadlessSlicer, nodes: StudyNodes, tmp_path: Path
) -> None:
    show_layout(a_slicer.scene, nodes.baseline, charts=[nodes.curve_chart])
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = headless_slicer(tmp_path)
    logic = slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(other.scene)
    register_layouts(logic.GetLayoutNode())  # as the modules do when Slicer starts
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    assert logic.GetLayoutNode().GetViewArrangement() == PerfusionLayout.MAPS_AND_CHART
    assert shown(other.scene, "PerfusionTmax") == "Tmax"


def a_probe(shift: float = 0.0, points: int = 20) -> Any:
    times = np.arange(points, dtype=float)
    return SimpleNamespace(
        voxel=(3, 4, 1), times=times, measured=times + shift, fitted_times=times / 2, fitted=times * 2,
        residue_times=times, residue=np.exp(-times),
    )  # fmt: skip


def test_the_curves_of_a_voxel_follow_the_mouse_in_the_same_charts(
    a_slicer: HeadlessSlicer, nodes: StudyNodes
) -> None:
    first = publish_probe(a_slicer.scene, nodes.baseline, a_probe())
    count = a_slicer.scene.GetNumberOfNodes()
    second = publish_probe(a_slicer.scene, nodes.baseline, a_probe(shift=7.0))
    assert (second.curves, second.residue) == (first.curves, first.residue)
    assert a_slicer.scene.GetNumberOfNodes() == count
    names = [second.curves.GetNthPlotSeriesNode(index).GetName() for index in range(2)]
    assert names == ["Measured", "Fitted"]
    table = second.curves.GetNthPlotSeriesNode(0).GetTableNode().GetTable()
    measured = table.GetColumnByName("Enhancement (HU)")
    assert [measured.GetValue(row) for row in range(3)] == [7.0, 8.0, 9.0]
    assert "column 3, row 4, slice 1" in second.curves.GetTitle()


def test_a_voxel_without_a_fit_leaves_its_charts_without_the_lines(
    a_slicer: HeadlessSlicer, nodes: StudyNodes
) -> None:
    publish_probe(a_slicer.scene, nodes.baseline, a_probe())
    charts = publish_probe(a_slicer.scene, nodes.baseline, a_probe(points=0))
    assert charts.curves.GetNumberOfPlotSeriesNodes() == 0
    assert charts.residue.GetNumberOfPlotSeriesNodes() == 0
    charts = publish_probe(a_slicer.scene, nodes.baseline, a_probe())
    assert charts.curves.GetNumberOfPlotSeriesNodes() == 2
