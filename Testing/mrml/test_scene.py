"""What Slicer finds in a scene that the library wrote."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.io.segmentation import segment_kinds
from CTPerfusionLib.mrml import (
    PerfusionLayout,
    SceneContent,
    headless_slicer,
    vtk_errors_raised,
    write_scene,
)
from CTPerfusionLib.series import QUANTITIES, CodedConcept, TmaxDefinition, quantities_of

MaskReader = Callable[[Any, str, np.ndarray], np.ndarray]

VIEWS = {
    "PerfusionBaseline": "Baseline CT",
    "PerfusionCBF": "CBF",
    "PerfusionCBV": "CBV",
    "PerfusionMTT": "MTT",
    "PerfusionTmax": "Tmax",
    "PerfusionrCBF": "rCBF_global",
}
STANDARD_VIEWS = {"Red": "Baseline CT", "Green": "CBF", "Yellow": "Tmax"}


def all_maps(content: SceneContent) -> dict[str, np.ndarray]:
    return {**content.study.maps, **content.lesion.maps}


def named(scene: Any, name: str) -> Any:
    node = scene.GetFirstNodeByName(name)
    assert node is not None, f"the scene has no node {name}"
    return node


def matrix_of(node: Any) -> np.ndarray:
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def voxels_of(node: Any) -> np.ndarray:
    image = node.GetImageData()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])


def column_of(table: Any, name: str) -> list[Any]:
    column = table.GetTable().GetColumnByName(name)
    return [column.GetValue(row) for row in range(column.GetNumberOfValues())]


def concept_of(entry: Any) -> CodedConcept:
    return CodedConcept(entry.GetCodeValue(), entry.GetCodingSchemeDesignator(), entry.GetCodeMeaning())


def test_the_baseline_keeps_its_hu_and_place_and_shows_the_brain_window(
    a_reopened_scene: Any, a_content: SceneContent
) -> None:
    node = named(a_reopened_scene, "Baseline CT")
    assert voxels_of(node).dtype == np.int16
    np.testing.assert_array_equal(voxels_of(node), a_content.study.baseline)
    np.testing.assert_allclose(matrix_of(node), a_content.study.ijk_to_ras, atol=1e-6)
    display = node.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel(), display.GetAutoWindowLevel()) == (80, 40, 0)
    assert display.GetColorNodeID() == "vtkMRMLColorTableNodeGrey"


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_map_keeps_its_values_place_unit_and_provenance(
    a_reopened_scene: Any, a_content: SceneContent, name: str
) -> None:
    node = named(a_reopened_scene, name)
    np.testing.assert_array_equal(voxels_of(node), all_maps(a_content)[name])
    np.testing.assert_allclose(matrix_of(node), a_content.study.ijk_to_ras, atol=1e-6)
    assert concept_of(node.GetVoxelValueQuantity()) == QUANTITIES[name].quantity_code
    assert concept_of(node.GetVoxelValueUnits()) == QUANTITIES[name].unit_code
    for key, value in a_content.study.attributes.items():
        assert node.GetAttribute(key) == value


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_map_has_the_colours_range_and_legend_of_its_quantity(a_reopened_scene: Any, name: str) -> None:
    quantity = quantities_of(TmaxDefinition.ARGMAX)[name]
    display = named(a_reopened_scene, name).GetDisplayNode()
    assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == pytest.approx(quantity.display_range)
    assert display.GetAutoWindowLevel() == 0
    transfer = display.GetColorNode().GetColorTransferFunction()
    for value, colour in quantity.colour_stops():
        assert transfer.GetColor(value) == pytest.approx(colour, abs=1e-3)
    legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(named(a_reopened_scene, name))
    assert legend.GetTitleText() == quantity.label


@pytest.mark.parametrize(
    ("definition", "legend", "words"),
    [
        (TmaxDefinition.CENTRE, "Tmax (centre), s", "delay + MTT/2"),
        (TmaxDefinition.ARGMAX, "Tmax (peak), s", "residue function's maximum"),
    ],
)
def test_tmax_says_its_definition_in_legend_description_and_volumes(
    a_content: SceneContent, tmp_path: Path, definition: TmaxDefinition, legend: str, words: str
) -> None:
    maps = {"Tmax": a_content.study.maps["Tmax"]}
    attributes = {"CTPerfusion.TmaxDefinition": str(definition)}
    changes = {"tmax_definition": definition, "attributes": attributes}
    content = SceneContent(
        replace(a_content.study, maps=maps, **changes), replace(a_content.lesion, **changes)
    )
    write_scene(tmp_path / "scene.mrb", content)
    with vtk_errors_raised("The scene cannot be read"):
        headless = headless_slicer(tmp_path)
        assert headless.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    node = named(headless.scene, "Tmax")
    assert slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(node).GetTitleText() == legend
    assert words in node.GetDescription()
    assert node.GetAttribute("CTPerfusion.TmaxDefinition") == definition
    regions = column_of(named(headless.scene, "CT perfusion volumes"), "Region")
    assert f"{legend.removesuffix(', s')} > 6 s" in regions


def test_voxels_without_a_value_fall_to_the_threshold_that_makes_them_transparent(
    a_reopened_scene: Any, a_content: SceneContent
) -> None:
    node = named(a_reopened_scene, "Tmax")
    display = node.GetDisplayNode()
    assert display.GetApplyThreshold()
    threshold = vtk.vtkImageThreshold()  # what the slice views put behind the display node
    threshold.SetInputData(node.GetImageData())
    threshold.ThresholdBetween(display.GetLowerThreshold(), display.GetUpperThreshold())
    threshold.SetInValue(1)
    threshold.SetOutValue(0)
    threshold.Update()
    shown = vtk_to_numpy(threshold.GetOutput().GetPointData().GetScalars()).reshape(
        a_content.study.baseline.shape
    )
    np.testing.assert_array_equal(shown == 0, np.isnan(a_content.study.maps["Tmax"]))


def test_segments_keep_masks_names_colours_and_meaning(
    a_reopened_scene: Any, a_content: SceneContent, mask_of: MaskReader
) -> None:
    node = named(a_reopened_scene, "Core and penumbra")
    segmentation = node.GetSegmentation()
    identifiers = [segmentation.GetNthSegmentID(index) for index in range(segmentation.GetNumberOfSegments())]
    assert identifiers == ["core", "penumbra", "hypoperfusion"]
    for identifier in identifiers:
        kind = segment_kinds()[identifier]
        segment = segmentation.GetSegment(identifier)
        assert segment.GetName() == kind.name
        assert segment.GetColor() == pytest.approx(kind.colour, abs=1e-3)
        assert segment.GetTerminology() == kind.terminology.serialise()
        np.testing.assert_array_equal(
            mask_of(node, identifier, a_content.study.ijk_to_ras), a_content.lesion.masks[identifier]
        )


def test_segments_are_outlined_not_filled(a_reopened_scene: Any) -> None:
    display = named(a_reopened_scene, "Core and penumbra").GetDisplayNode()
    for identifier in ("core", "penumbra", "hypoperfusion"):
        assert display.GetSegmentVisibility2DOutline(identifier)
        assert not display.GetSegmentVisibility2DFill(identifier)


def test_the_table_holds_the_volumes_with_their_names(a_reopened_scene: Any) -> None:
    table = named(a_reopened_scene, "CT perfusion volumes")
    titles, values = column_of(table, "Region"), column_of(table, "Volume (mL)")
    assert titles[0].startswith("Core")
    assert "global" in titles[0]
    np.testing.assert_array_equal(values, [23.46, np.nan, 78.9, 55.44, 78.9])


def test_each_curve_has_a_table_and_a_series_in_the_chart(
    a_reopened_scene: Any, a_content: SceneContent
) -> None:
    chart = named(a_reopened_scene, "Arterial input and venous output")
    series_count = chart.GetNumberOfPlotSeriesNodes()
    assert [chart.GetNthPlotSeriesNode(index).GetName() for index in range(series_count)] == ["AIF", "VOF"]
    for curve in a_content.study.curves:
        series = named(a_reopened_scene, curve.name)
        table = series.GetTableNode()
        np.testing.assert_allclose(column_of(table, series.GetXColumnName()), curve.times)
        np.testing.assert_allclose(column_of(table, series.GetYColumnName()), curve.enhancement, rtol=1e-5)


def test_six_linked_views_open_on_the_slice_with_the_largest_lesion(
    a_reopened_scene: Any, a_content: SceneContent
) -> None:
    layout = a_reopened_scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    assert layout.GetViewArrangement() == PerfusionLayout.MAPS
    normal = a_content.study.ijk_to_ras[:3, 2] / 5.0
    expected = (a_content.study.ijk_to_ras @ [19.5, 14.5, 2, 1])[:3]
    for view, volume in {**VIEWS, **STANDARD_VIEWS}.items():
        composite = a_reopened_scene.GetSingletonNode(view, "vtkMRMLSliceCompositeNode")
        assert composite.GetBackgroundVolumeID() == named(a_reopened_scene, volume).GetID()
        assert composite.GetLinkedControl()
        node = a_reopened_scene.GetSingletonNode(view, "vtkMRMLSliceNode")
        to_ras = node.GetSliceToRAS()
        here = np.array([[to_ras.GetElement(row, column) for column in range(4)] for row in range(3)])
        assert abs(here[:, 2] @ normal) == pytest.approx(1.0, abs=1e-6)
        assert normal @ (here[:, 3] - expected) == pytest.approx(0.0, abs=1e-3)


def test_a_view_shows_the_patients_right_on_its_left(a_reopened_scene: Any) -> None:
    to_ras = a_reopened_scene.GetSingletonNode("PerfusionCBF", "vtkMRMLSliceNode").GetSliceToRAS()
    assert to_ras.GetElement(0, 0) < 0  # across the view, R decreases
    assert to_ras.GetElement(1, 1) > 0  # up the view, A increases


def test_results_stand_in_one_folder_of_the_subject_hierarchy(a_reopened_scene: Any) -> None:
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_reopened_scene)
    folder = hierarchy.GetItemByName("CT perfusion")
    for name in ("Baseline CT", "Tmax", "Core and penumbra", "CT perfusion volumes", "AIF curve"):
        item = hierarchy.GetItemByDataNode(named(a_reopened_scene, name))
        ancestors = [hierarchy.GetItemParent(item)]
        while ancestors[-1] not in (folder, hierarchy.GetSceneItemID()):
            ancestors.append(hierarchy.GetItemParent(ancestors[-1]))
        assert ancestors[-1] == folder


def test_the_bundle_names_no_path_of_the_machine_that_wrote_it(a_scene_file: Path) -> None:
    with zipfile.ZipFile(a_scene_file) as bundle:
        for name in bundle.namelist():
            if name.endswith(".mrml"):
                assert str(a_scene_file.parent).encode() not in bundle.read(name)


def test_the_file_appears_alone(a_scene_file: Path) -> None:
    assert [path.name for path in a_scene_file.parent.iterdir()] == ["scene.mrb"]


def test_a_study_without_lesion_and_with_few_maps_gives_a_scene(
    a_content: SceneContent, tmp_path: Path
) -> None:
    nothing = {kind: np.zeros_like(mask) for kind, mask in a_content.lesion.masks.items()}
    few = {name: a_content.study.maps[name] for name in ("CBF", "Tmax")}
    content = SceneContent(replace(a_content.study, maps=few), replace(a_content.lesion, masks=nothing))
    write_scene(tmp_path / "scene.mrb", content)
    with vtk_errors_raised("The scene cannot be read"):
        headless = headless_slicer(tmp_path)
        assert headless.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    assert headless.scene.GetFirstNodeByName("CBV") is None
    assert named(headless.scene, "Core and penumbra").GetSegmentation().GetNumberOfSegments() == 3


def test_the_users_scene_stays_as_it_is(a_content: SceneContent, tmp_path: Path) -> None:
    slicer.mrmlScene = slicer.vtkMRMLScene()
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode", "mine")
    before = slicer.mrmlScene.GetNumberOfNodes()
    try:
        write_scene(tmp_path / "scene.mrb", a_content)
        assert slicer.mrmlScene.GetNumberOfNodes() == before
    finally:
        del slicer.mrmlScene


def test_a_cancelled_write_leaves_the_former_scene(a_content: SceneContent, tmp_path: Path) -> None:
    path = tmp_path / "scene.mrb"
    path.write_text("former")

    def cancel(fraction: float) -> None:
        if fraction > 0.1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_scene(path, a_content, on_progress=cancel)
    assert path.read_text() == "former"
    assert list(tmp_path.iterdir()) == [path]


def read_from_nowhere() -> None:
    with vtk_errors_raised("Reading stopped"):
        reader = vtk.vtkXMLImageDataReader()
        reader.SetFileName("/nowhere.vti")
        reader.Update()


def test_a_vtk_error_becomes_an_exception_and_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ProcessingError, match=r"Reading stopped .*nowhere"):
        read_from_nowhere()
    assert capfd.readouterr() == ("", "")


def output_of(program: str) -> str:
    """Return what a program prints in a Python of its own."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def test_without_slicer_core_the_message_names_the_extra() -> None:
    program = (
        "import sys; sys.modules['slicer'] = None\n"
        "from pathlib import Path\n"
        "from CTPerfusionLib.mrml import headless_slicer\n"
        "from CTPerfusionLib.errors import ConfigurationError\n"
        "try:\n    headless_slicer(Path('.'))\n"
        "except ConfigurationError as error:\n    print(error)\n"
    )
    assert "pip install 'ctperfusion[scene]'" in output_of(program)


def test_importing_the_package_needs_neither_slicer_nor_vtk() -> None:
    program = (
        "import CTPerfusionLib.mrml, sys; print({'slicer', 'vtk', 'matplotlib', 'jinja2'} & set(sys.modules))"
    )
    assert output_of(program).strip() == "set()"
