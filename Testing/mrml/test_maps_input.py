"""Maps that the user chooses among the volumes of a scene."""

from typing import Any

import numpy as np
import pytest
import slicer
import vtk

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.mrml import (
    FLOW_READING_ATTRIBUTE,
    HeadlessSlicer,
    StudyContent,
    StudyNodes,
    maps_from_nodes,
    publish_study,
)
from CTPerfusionLib.series import TmaxDefinition


@pytest.fixture
def nodes(a_slicer: HeadlessSlicer, a_study: StudyContent) -> StudyNodes:
    """Return a published study."""
    return publish_study(a_slicer.scene, a_study)


def under_a_transform(node: Any, matrix: np.ndarray) -> None:
    to_parent = vtk.vtkMatrix4x4()
    to_parent.DeepCopy(matrix.ravel())
    transform = node.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(to_parent)
    node.SetAndObserveTransformNodeID(transform.GetID())


def test_maps_come_back_with_tissue_baseline_place_and_method(
    nodes: StudyNodes, a_study: StudyContent
) -> None:
    nodes.maps["CBF"].SetAttribute(FLOW_READING_ATTRIBUTE, "0.85")
    found = maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"], cbv=nodes.maps["CBV"])
    assert sorted(found.maps) == ["CBF", "CBV", "Tmax"]
    for name, values in found.maps.items():
        np.testing.assert_array_equal(values, a_study.maps[name])
    np.testing.assert_array_equal(found.tissue, np.isfinite(a_study.maps["CBF"]))
    np.testing.assert_array_equal(found.baseline, a_study.baseline)  # of the same study
    np.testing.assert_allclose(found.ijk_to_ras, a_study.ijk_to_ras, atol=1e-9)
    assert (found.tmax_definition, found.method, found.flow_reading) == (TmaxDefinition.ARGMAX, "bsvd", 0.85)


def test_the_arrays_are_copies(nodes: StudyNodes, a_study: StudyContent) -> None:
    maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"]).maps["CBF"][:] = 0
    again = maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"])
    np.testing.assert_array_equal(again.maps["CBF"], a_study.maps["CBF"])


def test_the_definition_of_tmax_is_that_of_its_node(nodes: StudyNodes) -> None:
    nodes.maps["Tmax"].SetAttribute("CTPerfusion.TmaxDefinition", "centre")
    found = maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"])
    assert found.tmax_definition is TmaxDefinition.CENTRE


def test_maps_of_other_software_have_tissue_where_blood_flows(
    nodes: StudyNodes, a_study: StudyContent
) -> None:
    foreign = {}
    for name in ("CBF", "Tmax"):
        node = slicer.vtkMRMLScalarVolumeNode()
        node.CopyContent(nodes.maps[name])
        image = vtk.vtkImageData()
        image.DeepCopy(nodes.maps[name].GetImageData())
        scalars = vtk.util.numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
        scalars[np.isnan(scalars)] = 0
        node.SetAndObserveImageData(image)
        for attribute in list(node.GetAttributeNames()):
            node.RemoveAttribute(attribute)
        foreign[name] = nodes.baseline.GetScene().AddNode(node)
    found = maps_from_nodes(foreign["CBF"], foreign["Tmax"])
    np.testing.assert_array_equal(found.tissue, np.nan_to_num(a_study.maps["CBF"]) > 0)
    assert found.baseline is None
    assert (found.tmax_definition, found.method, found.flow_reading) == (TmaxDefinition.ARGMAX, "", 1.0)


def test_a_common_transform_moves_all_and_another_one_is_refused(
    nodes: StudyNodes, a_study: StudyContent
) -> None:
    shift = np.eye(4)
    shift[:3, 3] = [1, 2, 3]
    for node in (nodes.maps["CBF"], nodes.maps["Tmax"], nodes.baseline):
        under_a_transform(node, shift)
    found = maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"])
    np.testing.assert_allclose(found.ijk_to_ras, shift @ a_study.ijk_to_ras, atol=1e-9)
    nodes.maps["Tmax"].SetAndObserveTransformNodeID(None)
    with pytest.raises(
        ConfigurationError, match=r"Tmax volume Tmax does not lie on the grid of the CBF; choose"
    ):
        maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"])


def test_a_volume_of_another_size_is_refused(a_slicer: HeadlessSlicer, nodes: StudyNodes) -> None:
    image = vtk.vtkImageData()
    image.SetDimensions(4, 4, 4)
    image.AllocateScalars(vtk.VTK_FLOAT, 1)
    other = a_slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "other")
    other.SetAndObserveImageData(image)
    with pytest.raises(ConfigurationError, match="CBV volume other does not lie on the grid"):
        maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"], cbv=other)


def test_missing_and_empty_maps_are_refused(a_slicer: HeadlessSlicer, nodes: StudyNodes) -> None:
    with pytest.raises(ConfigurationError, match="No Tmax map is chosen; compute the maps"):
        maps_from_nodes(nodes.maps["CBF"], None)
    empty = a_slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    with pytest.raises(ConfigurationError, match="The Tmax volume empty holds no image"):
        maps_from_nodes(nodes.maps["CBF"], empty)


def code(value: str, scheme: str, meaning: str) -> Any:
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning(value, scheme, meaning)
    return entry


def test_a_map_of_another_quantity_is_refused_by_its_code_whatever_it_is_called(nodes: StudyNodes) -> None:
    nodes.maps["CBV"].SetName("CBF of the study")
    with pytest.raises(
        ConfigurationError,
        match=r"The volume CBF of the study, chosen as CBF, says that it holds Regional Cerebral Blood "
        r"Volume; choose the CBF volume of the study\.",
    ):
        maps_from_nodes(nodes.maps["CBV"], nodes.maps["Tmax"])
    with pytest.raises(ConfigurationError, match="chosen as Tmax, says that it holds Time To Peak"):
        maps_from_nodes(nodes.maps["CBF"], nodes.maps["TTP"])
    with pytest.raises(ConfigurationError, match="chosen as CBF, says that it holds Attenuation Coefficient"):
        maps_from_nodes(nodes.baseline, nodes.maps["Tmax"])
    with pytest.raises(ConfigurationError, match="chosen as baseline, says that it holds Tmax"):
        maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"], baseline=nodes.maps["Tmax"])


def test_a_delay_of_this_software_is_not_taken_for_a_mean_transit_time(nodes: StudyNodes) -> None:
    with pytest.raises(ConfigurationError, match="chosen as MTT, says that it holds Delay relative to"):
        maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"], mtt=nodes.maps["Delay"])


@pytest.mark.parametrize("entry", [None, ("126401", "99OTHER", "CBF by another scheme")])
def test_a_map_whose_code_is_missing_or_not_known_is_taken_as_what_it_is_chosen_for(
    nodes: StudyNodes, a_study: StudyContent, entry: tuple[str, str, str] | None
) -> None:
    nodes.maps["CBF"].SetVoxelValueQuantity(None if entry is None else code(*entry))
    found = maps_from_nodes(nodes.maps["CBF"], nodes.maps["Tmax"])
    np.testing.assert_array_equal(found.maps["CBF"], a_study.maps["CBF"])
