"""What the views of a layout show: baseline and maps in linked slices, the curves in a chart, a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..series import voxel_spacing
from .geometry import matrix_to_world, volume_matrix
from .headless import import_slicer
from .layouts import CHART_VIEWS, MAP_VIEWS, TABLE_VIEW, MapView, PerfusionLayout, register_layouts
from .related import RelatedNodes, related_nodes

_FIELD_OF_VIEW_MARGIN = 1.05

_SIZE_WITHOUT_WINDOW = 512
"""Pixels of a view that no window has sized yet."""


def show_layout(
    scene: Any, node: Any, *, charts: Sequence[Any] = (), slice_index: int | None = None
) -> PerfusionLayout:
    """Show a study: its volumes in six linked views of the acquired planes, fitted, and charts below them.

    In Slicer's window the views appear at once; in a scene without one their nodes are made, so that the
    scene opens in that layout. A window that has not laid out new views yet needs :func:`fit_views`
    afterwards.

    Parameters
    ----------
    scene : vtkMRMLScene
    node : vtkMRMLNode
        Any node of the study.
    charts : sequence of vtkMRMLPlotChartNode
        None; or one, which gets the volumes, or without them the findings, beside it; or two.
    slice_index : int, optional
        The slice that all views show; where it is left out, views that show one of the study stay there, and
        others open on the middle one.

    Returns
    -------
    PerfusionLayout
        What is shown.

    Raises
    ------
    ValueError
        If there are more than two charts.
    """
    if len(charts) > len(CHART_VIEWS):
        raise ValueError(f"there is room for {len(CHART_VIEWS)} charts, got {len(charts)}")
    layout = tuple(PerfusionLayout)[len(charts)]
    layout_node, nodes = layout_node_of(scene), related_nodes(node)
    register_layouts(layout_node)
    layout_node.SetViewArrangement(int(layout))
    fill_views(scene, nodes, MAP_VIEWS, slice_index)
    for view, chart in zip(CHART_VIEWS, charts, strict=False):
        _view_node(scene, view, "vtkMRMLPlotViewNode").SetPlotChartNodeID(chart.GetID())
    table = nodes.volumes_table if nodes.volumes_table is not None else nodes.findings_table
    if layout is PerfusionLayout.MAPS_AND_CHART and table is not None:
        _view_node(scene, TABLE_VIEW, "vtkMRMLTableViewNode").SetTableNodeID(table.GetID())
    return layout


def fill_views(
    scene: Any, nodes: RelatedNodes, views: Sequence[MapView], slice_index: int | None = None
) -> None:
    """Let slice views show the volumes of a study, linked, in the plane of its slices.

    Parameters
    ----------
    scene : vtkMRMLScene
    nodes : RelatedNodes
    views : sequence of MapView
        Views whose volumes are all missing stay empty.
    slice_index : int, optional
        As of :func:`show_layout`.
    """
    volumes = _volumes(nodes)
    if not volumes:
        return
    geometry = next(iter(volumes.values()))
    for view in views:
        slice_node = _view_node(scene, view.name, "vtkMRMLSliceNode")
        name = next((name for name in view.shows if name in volumes), None)
        composite = _view_node(scene, view.name, "vtkMRMLSliceCompositeNode")
        was_showing = _shows_one_of(composite, volumes)
        composite.SetBackgroundVolumeID(None if name is None else volumes[name].GetID())
        composite.SetLinkedControl(True)
        composite.SetHotLinkedControl(True)  # while the mouse moves, not only when it stops
        label = "" if name is None else volumes[name].GetName().replace("_", " ")
        slice_node.SetLayoutLabel(label)
        if slice_index is not None or not was_showing:
            _turn(slice_node, geometry)
            _jump(slice_node, geometry, slice_index)
            _fit(slice_node, geometry)
        _renew_legend(composite)


def fit_views(scene: Any, node: Any) -> None:
    """Let whole slices of the study of a node fit into the views, which have got their size since."""
    volumes = _volumes(related_nodes(node))
    for view in MAP_VIEWS:
        slice_node = scene.GetSingletonNode(view.name, "vtkMRMLSliceNode")
        if slice_node is not None and volumes:
            _fit(slice_node, next(iter(volumes.values())))


def _volumes(nodes: RelatedNodes) -> dict[str, Any]:
    baseline = {} if nodes.baseline is None else {"Baseline": nodes.baseline}
    return {**baseline, **nodes.maps}


def _shows_one_of(composite: Any, volumes: dict[str, Any]) -> bool:
    shown = composite.GetBackgroundVolumeID()
    return any(volume.GetID() == shown for volume in volumes.values())


def _view_node(scene: Any, name: str, node_class: str) -> Any:
    """Return the node of a view, a new one where no window has made it."""
    node = scene.GetSingletonNode(name, node_class)
    if node is not None:
        return node
    node = scene.CreateNodeByClass(node_class)
    node.UnRegister(None)
    node.SetSingletonTag(name)
    node.SetName(name)
    node.SetLayoutName(name)
    if node_class == "vtkMRMLSliceNode":
        node.SetDimensions(_SIZE_WITHOUT_WINDOW, _SIZE_WITHOUT_WINDOW, 1)
    return scene.AddNode(node)


def _renew_legend(composite: Any) -> None:
    """Let a view that is newer than the legends learn of them, which only a change of its volume does."""
    flags = composite.GetInteractionFlags()
    composite.SetInteractionFlags(flags | composite.BackgroundVolumeFlag)
    composite.Modified()
    composite.SetInteractionFlags(flags)


def _turn(slice_node: Any, volume: Any) -> None:
    """Turn a view into the plane of the slices."""
    slice_node.SetOrientationToAxial()
    slice_node.RotateToVolumePlane(volume)
    if slice_node.GetOrientation() == "Reformat":  # which Slicer writes, but complains about on reading
        _name_orientation(slice_node, "Acquired")


def _jump(slice_node: Any, volume: Any, slice_index: int | None) -> None:
    columns, rows, slices = volume.GetImageData().GetDimensions()
    index = slices // 2 if slice_index is None else slice_index
    centre = _world_matrix(volume) @ [(columns - 1) / 2, (rows - 1) / 2, index, 1]
    slice_node.JumpSliceByCentering(*(float(coordinate) for coordinate in centre[:3]))


def _fit(slice_node: Any, volume: Any) -> None:
    columns, rows, _ = volume.GetImageData().GetDimensions()
    column_step, row_step, slice_step = voxel_spacing(_world_matrix(volume))
    size = _FIELD_OF_VIEW_MARGIN * max(columns * column_step, rows * row_step)
    width, height, _ = slice_node.GetDimensions()
    pixel = size / max(min(width, height), 1)
    slice_node.SetFieldOfView(width * pixel, height * pixel, slice_step)


def _world_matrix(volume: Any) -> Any:
    to_world = matrix_to_world(volume)
    return volume_matrix(volume) if to_world is None else np.asarray(to_world @ volume_matrix(volume))


def _name_orientation(node: Any, name: str) -> None:
    """Make the present orientation of a slice view one of those that its menu offers."""
    import vtk

    to_ras = node.GetSliceToRAS()
    matrix = vtk.vtkMatrix3x3()
    for row in range(3):
        for column in range(3):
            matrix.SetElement(row, column, to_ras.GetElement(row, column))
    if node.HasSliceOrientationPreset(name):
        node.RemoveSliceOrientationPreset(name)
    node.AddSliceOrientationPreset(name, matrix)
    node.SetOrientation(name)


def layout_node_of(scene: Any) -> Any:
    """Return the layout node of a scene, a new one where no window has made it."""
    node = scene.GetFirstNodeByClass("vtkMRMLLayoutNode")
    if node is not None:
        return node
    node = import_slicer().vtkMRMLLayoutNode()
    node.SetSingletonTag("vtkMRMLLayoutNode")  # as Slicer's own: when the scene is opened, it takes its place
    return scene.AddNode(node)
