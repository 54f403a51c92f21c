"""Vessel points and the mid-sagittal plane, which the user moves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.mrml import (
    HeadlessSlicer,
    headless_slicer,
    plane_of,
    publish_plane,
    publish_points,
    related_nodes,
    voxels_of_points,
)

SHAPE = (4, 30, 40)
ARTERIES = ((10, 12, 1), (11, 12, 1), (10, 13, 1), (30, 5, 2), (31, 5, 2))


@pytest.fixture
def a_source(a_slicer: HeadlessSlicer) -> Any:
    """Return the node of a sequence."""
    return a_slicer.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "CTP")


@pytest.fixture
def points(a_slicer: HeadlessSlicer, a_source: Any, an_oblique_geometry: np.ndarray) -> Any:
    """Return the points of two arteries that were found."""
    return publish_points(a_slicer.scene, a_source, "AIF", ARTERIES, an_oblique_geometry)


def place_of(voxel: tuple[float, float, float], ijk_to_ras: np.ndarray) -> list[float]:
    return [float(value) for value in (ijk_to_ras @ [*voxel, 1])[:3]]


def test_each_cluster_has_one_point_at_the_centre_of_a_voxel_and_stands_for_all(
    points: Any, an_oblique_geometry: np.ndarray
) -> None:
    assert points.GetNumberOfControlPoints() == 2
    assert [points.GetNthControlPointLabel(index) for index in range(2)] == ["AIF", "AIF 2"]
    for index, voxel in enumerate([(10, 12, 1), (30, 5, 2)]):
        place = [0.0, 0.0, 0.0]
        points.GetNthControlPointPositionWorld(index, place)
        assert place == pytest.approx(place_of(voxel, an_oblique_geometry))
    assert set(voxels_of_points(points, an_oblique_geometry, SHAPE)) == set(ARTERIES)


def test_arteries_are_red_and_veins_blue(
    a_slicer: HeadlessSlicer, a_source: Any, points: Any, an_oblique_geometry: np.ndarray
) -> None:
    veins = publish_points(a_slicer.scene, a_source, "VOF", ((20, 25, 1),), an_oblique_geometry)
    red, _, blue = points.GetDisplayNode().GetSelectedColor()
    assert red > 0.7 > 0.2 > blue
    red, _, blue = veins.GetDisplayNode().GetSelectedColor()
    assert blue > 0.7 > 0.2 > red
    assert related_nodes(a_source).points == {"AIF": points, "VOF": veins}


def test_a_moved_point_stands_for_the_voxel_under_it_and_the_other_for_its_cluster(
    points: Any, an_oblique_geometry: np.ndarray
) -> None:
    points.SetNthControlPointPositionWorld(0, place_of((15.3, 20.4, 1.8), an_oblique_geometry))
    found = voxels_of_points(points, an_oblique_geometry, SHAPE)
    assert found == ((15, 20, 2), (30, 5, 2), (31, 5, 2))


def test_an_added_point_stands_for_its_voxel_and_a_deleted_one_takes_its_cluster_along(
    points: Any, an_oblique_geometry: np.ndarray
) -> None:
    points.AddControlPointWorld(*place_of((2, 3, 0), an_oblique_geometry))
    points.RemoveNthControlPoint(0)
    assert voxels_of_points(points, an_oblique_geometry, SHAPE) == ((30, 5, 2), (31, 5, 2), (2, 3, 0))


def test_a_point_that_is_not_placed_yet_stands_for_nothing(
    points: Any, an_oblique_geometry: np.ndarray
) -> None:
    points.SetNthControlPointPositionWorld(0, [0.0, 0.0, 0.0], points.PositionPreview)
    assert voxels_of_points(points, an_oblique_geometry, SHAPE) == ((30, 5, 2), (31, 5, 2))


def test_a_point_outside_the_images_is_refused(points: Any, an_oblique_geometry: np.ndarray) -> None:
    points.SetNthControlPointPositionWorld(1, place_of((40, 5, 2), an_oblique_geometry))
    with pytest.raises(ConfigurationError, match=r"point AIF 2 lies outside .*; move it into"):
        voxels_of_points(points, an_oblique_geometry, SHAPE)


def test_points_stay_where_the_user_put_them_when_their_neighbours_are_averaged(
    a_slicer: HeadlessSlicer, a_source: Any, points: Any, an_oblique_geometry: np.ndarray
) -> None:
    chosen = place_of((15.3, 20.4, 1.2), an_oblique_geometry)
    points.SetNthControlPointPositionWorld(0, chosen)
    points.RemoveNthControlPoint(1)
    averaged = ((15, 20, 1), (16, 20, 1), (14, 20, 1))
    publish_points(a_slicer.scene, a_source, "AIF", averaged, an_oblique_geometry)
    place = [0.0, 0.0, 0.0]
    points.GetNthControlPointPositionWorld(0, place)
    assert place == pytest.approx(chosen)
    assert voxels_of_points(points, an_oblique_geometry, SHAPE) == ((15, 20, 1),)


def test_publishing_what_is_there_causes_no_event(
    a_slicer: HeadlessSlicer, a_source: Any, points: Any, an_oblique_geometry: np.ndarray
) -> None:
    events: list[str] = []
    for event in (points.PointAddedEvent, points.PointRemovedEvent, points.PointModifiedEvent):
        points.AddObserver(event, lambda *_: events.append("event"))
    publish_points(a_slicer.scene, a_source, "AIF", ARTERIES, an_oblique_geometry)
    assert events == []


def test_other_vessels_replace_the_points(
    a_slicer: HeadlessSlicer, a_source: Any, points: Any, an_oblique_geometry: np.ndarray
) -> None:
    others = ((3, 4, 0), (4, 4, 0))
    again = publish_points(a_slicer.scene, a_source, "AIF", others, an_oblique_geometry)
    assert again is points
    assert points.GetNumberOfControlPoints() == 1
    assert set(voxels_of_points(points, an_oblique_geometry, SHAPE)) == set(others)


def test_all_voxels_that_are_used_are_shown_small_and_locked(
    a_slicer: HeadlessSlicer, points: Any, an_oblique_geometry: np.ndarray
) -> None:
    shown = a_slicer.scene.GetFirstNodeByName("AIF voxels")
    assert shown.GetLocked()
    assert shown.GetHideFromEditors()
    assert set(voxels_of_points(shown, an_oblique_geometry, SHAPE)) == set(ARTERIES)
    assert shown.GetDisplayNode().GetGlyphScale() < points.GetDisplayNode().GetGlyphScale()


def test_points_survive_a_saved_scene(
    a_slicer: HeadlessSlicer, points: Any, an_oblique_geometry: np.ndarray, tmp_path: Path
) -> None:
    points.SetNthControlPointPositionWorld(0, place_of((15, 20, 1), an_oblique_geometry))
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = headless_slicer(tmp_path)
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    found = related_nodes(other.scene.GetFirstNodeByName("CTP")).points["AIF"]
    assert voxels_of_points(found, an_oblique_geometry, SHAPE) == ((15, 20, 1), (30, 5, 2), (31, 5, 2))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 29), st.integers(0, 3)), max_size=12, unique=True)
)
def test_the_points_of_any_voxels_stand_for_these(
    a_slicer: HeadlessSlicer,
    a_source: Any,
    an_oblique_geometry: np.ndarray,
    voxels: list[tuple[int, int, int]],
) -> None:
    node = publish_points(a_slicer.scene, a_source, "AIF", voxels, an_oblique_geometry)
    found = voxels_of_points(node, an_oblique_geometry, SHAPE)
    assert len(found) == len(voxels)
    assert set(found) == set(voxels)


NORMALS = ([1, 0, 0], [0.96, 0.25, -0.1], [0.7, -0.6, 0.3])


@pytest.mark.parametrize("normal", NORMALS)
def test_a_plane_comes_back_as_it_was(
    a_slicer: HeadlessSlicer, a_source: Any, an_oblique_geometry: np.ndarray, normal: list[float]
) -> None:
    unit = np.array(normal) / np.linalg.norm(normal)
    node = publish_plane(a_slicer.scene, a_source, unit, -7.25, an_oblique_geometry, SHAPE)
    found, offset = plane_of(node)
    np.testing.assert_allclose(found, unit, atol=1e-9)
    assert offset == pytest.approx(-7.25, abs=1e-9)


def test_the_normal_of_a_turned_plane_points_to_the_right(
    a_slicer: HeadlessSlicer, a_source: Any, an_oblique_geometry: np.ndarray
) -> None:
    node = publish_plane(a_slicer.scene, a_source, np.array([1.0, 0, 0]), 3.0, an_oblique_geometry, SHAPE)
    node.SetNormalWorld(-0.8, 0.6, 0.0)
    node.SetCenterWorld(1.0, 2.0, 5.0)
    normal, offset = plane_of(node)
    np.testing.assert_allclose(normal, [0.8, -0.6, 0.0], atol=1e-9)
    assert offset == pytest.approx(0.8 - 1.2)


def test_a_plane_that_lies_there_gets_no_event_and_another_one_moves_it(
    a_slicer: HeadlessSlicer, a_source: Any, an_oblique_geometry: np.ndarray
) -> None:
    normal = np.array([0.96, 0.28, 0.0])
    node = publish_plane(a_slicer.scene, a_source, normal, 3.0, an_oblique_geometry, SHAPE)
    events: list[str] = []
    node.AddObserver(node.PointModifiedEvent, lambda *_: events.append("event"))
    for sign in (1.0, -1.0):  # the same plane
        publish_plane(a_slicer.scene, a_source, sign * normal, sign * 3.0, an_oblique_geometry, SHAPE)
    assert events == []
    again = publish_plane(a_slicer.scene, a_source, normal, 4.0, an_oblique_geometry, SHAPE)
    assert again is node
    assert plane_of(node)[1] == pytest.approx(4.0)


def test_a_plane_survives_a_saved_scene(
    a_slicer: HeadlessSlicer, a_source: Any, an_oblique_geometry: np.ndarray, tmp_path: Path
) -> None:
    normal = np.array([0.96, 0.0, 0.28])
    publish_plane(a_slicer.scene, a_source, normal, 5.5, an_oblique_geometry, SHAPE)
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = headless_slicer(tmp_path)
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    found, offset = plane_of(related_nodes(other.scene.GetFirstNodeByName("CTP")).plane)
    np.testing.assert_allclose(found, normal, atol=1e-6)
    assert offset == pytest.approx(5.5, abs=1e-4)
