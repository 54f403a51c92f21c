"""Vessel points: where arterial input and venous output are measured, as points that the user can move.

Each point stands for voxels. One that the automatic choice placed stands for its whole cluster of vessel
voxels, which it keeps in its description; once it is moved, and if the user placed it, it stands for the
one voxel under it. So the points of a node always say which voxels are used, with few points to drag. All
voxels that are used are also shown, small and locked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from ..errors import ConfigurationError
from ..series.geometry import FloatArray
from .charts import CURVE_COLOURS
from .hierarchy import file_nodes
from .plots import GREEN
from .study_hub import StudyHub, hub_for

Voxel = tuple[int, int, int]
"""Zero-based column, row and slice."""

_CLUSTER_REACH = 2
"""Steps along column, row or slice between voxels that one point stands for."""

_POINT_SCALE = 2.2
_VOXEL_SCALE = 0.8
"""Size of the marks in per cent of the view."""


@dataclass(frozen=True)
class _Point:
    """A point of a node: its place in the list, the voxel under it, the voxels that it stands for."""

    index: int
    voxel: Voxel
    voxels: tuple[Voxel, ...]

    @property
    def is_automatic(self) -> bool:
        return len(self.voxels) > 1


def publish_points(
    scene: Any, source: Any, name: str, voxels: Sequence[Sequence[int]] | NDArray[Any], ijk_to_ras: FloatArray
) -> Any:
    """Make or update the points of a vessel, so that they stand for `voxels`.

    Points that stand for some of them stay where they are, and a point that the user put into a cluster
    covers it: only what differs is changed, so that no event answers an event and no point jumps.

    Parameters
    ----------
    scene : vtkMRMLScene
    source : vtkMRMLNode
        The sequence, or any other node of the study.
    name : str
        ``AIF`` or ``VOF``.
    voxels : array-like of int, shape (k, 3)
        Column, row and slice.
    ijk_to_ras : ndarray, shape (4, 4)

    Returns
    -------
    vtkMRMLMarkupsFiducialNode
    """
    hub = hub_for(scene, source)
    node, is_new = hub.ensure(f"Points.{name}", "vtkMRMLMarkupsFiducialNode", f"{name} points")
    if is_new:
        _show(node, name, _POINT_SCALE)
        node.SetControlPointLabelFormat(f"{name} %d")
    used = [(int(column), int(row), int(index)) for column, row, index in voxels]
    modifying = node.StartModify()
    open_clusters = _drop_idle_points(node, _clusters(used), ijk_to_ras)
    for cluster in open_clusters:
        _add_point(node, name, cluster, ijk_to_ras)
    node.EndModify(modifying)
    _publish_voxels(hub, name, used, ijk_to_ras)
    file_nodes(hub, {"Curves": (node,)}, beside=source)
    return node


def voxels_of_points(node: Any, ijk_to_ras: FloatArray, shape: tuple[int, int, int]) -> tuple[Voxel, ...]:
    """Return the voxels that the points of a node stand for, each once.

    Parameters
    ----------
    node : vtkMRMLMarkupsFiducialNode
    ijk_to_ras : ndarray, shape (4, 4)
    shape : tuple of int
        (Z, Y, X) of the grid.

    Raises
    ------
    ConfigurationError
        If a point lies outside the grid.
    """
    slices, rows, columns = shape
    voxels: dict[Voxel, None] = {}
    for point in _points(node, ijk_to_ras):
        if not all(0 <= i < size for i, size in zip(point.voxel, (columns, rows, slices), strict=True)):
            label = node.GetNthControlPointLabel(point.index)
            raise ConfigurationError(
                f"The point {label or point.index + 1} lies outside the images of the scan",
                "move it into a bright vessel, or delete it",
            )
        voxels |= dict.fromkeys(point.voxels)
    return tuple(voxels)


def _points(node: Any, ijk_to_ras: FloatArray) -> list[_Point]:
    """Return the placed points with the voxels that they stand for."""
    to_voxel = np.linalg.inv(np.asarray(ijk_to_ras, dtype=float))
    points, place = [], np.zeros(3)
    for index in range(node.GetNumberOfControlPoints()):
        if node.GetNthControlPointPositionStatus(index) != node.PositionDefined:
            continue
        node.GetNthControlPointPositionWorld(index, place)
        column, row, slice_ = np.round(to_voxel @ [*place, 1.0])[:3].astype(int)
        voxel = (int(column), int(row), int(slice_))
        cluster = _read_cluster(node.GetNthControlPointDescription(index))
        points.append(_Point(index, voxel, cluster if voxel in cluster[:1] else (voxel,)))
    return points


def _drop_idle_points(
    node: Any, clusters: Iterable[tuple[Voxel, ...]], ijk_to_ras: FloatArray
) -> list[tuple[Voxel, ...]]:
    """Remove points that stand for none of the clusters; return the clusters that no point stands for."""
    open_clusters, kept = list(clusters), set()
    for point in _points(node, ijk_to_ras):
        for cluster in list(open_clusters):
            if set(point.voxels) == set(cluster) or (not point.is_automatic and point.voxel in cluster):
                kept.add(point.index)
    covered = {point.voxel for point in _points(node, ijk_to_ras) if point.index in kept}
    for index in reversed(range(node.GetNumberOfControlPoints())):
        if index not in kept:
            node.RemoveNthControlPoint(index)
    return [cluster for cluster in open_clusters if covered.isdisjoint(cluster)]


def _add_point(node: Any, name: str, cluster: tuple[Voxel, ...], ijk_to_ras: FloatArray) -> None:
    """Place a point at the voxel of a cluster that is nearest to its centre."""
    centre = np.mean(cluster, axis=0)
    nearest = min(cluster, key=lambda voxel: (float(np.sum((voxel - centre) ** 2)), voxel))
    others = [voxel for voxel in cluster if voxel != nearest]
    label = name if node.GetNumberOfControlPoints() == 0 else f"{name} {node.GetNumberOfControlPoints() + 1}"
    index = node.AddControlPointWorld(*_place(nearest, ijk_to_ras), label)
    node.SetNthControlPointDescription(index, _cluster_text((nearest, *others)))


def _publish_voxels(hub: StudyHub, name: str, voxels: Sequence[Voxel], ijk_to_ras: FloatArray) -> None:
    role, title = f"UsedVoxels.{name}", f"{name} voxels"
    node, is_new = hub.ensure(role, "vtkMRMLMarkupsFiducialNode", title, hidden=True)
    if is_new:
        _show(node, name, _VOXEL_SCALE)
        node.GetDisplayNode().SetPointLabelsVisibility(False)
        node.SetLocked(True)
    shown = [point.voxel for point in _points(node, ijk_to_ras)]
    if shown == list(voxels):
        return
    modifying = node.StartModify()
    node.RemoveAllControlPoints()
    for voxel in voxels:
        node.AddControlPointWorld(*_place(voxel, ijk_to_ras), "")
    node.EndModify(modifying)


def _show(node: Any, name: str, scale: float) -> None:
    node.CreateDefaultDisplayNodes()
    display, colour = node.GetDisplayNode(), CURVE_COLOURS.get(name, GREEN)
    display.SetColor(*colour)
    display.SetSelectedColor(*colour)
    display.SetGlyphTypeFromString("Circle2D" if scale > 1 else "Vertex2D")
    display.SetUseGlyphScale(True)
    display.SetGlyphScale(scale)
    display.SetTextScale(3.0)
    display.SetPropertiesLabelVisibility(False)


def _clusters(voxels: Sequence[Voxel]) -> list[tuple[Voxel, ...]]:
    """Return voxels in groups of neighbours, in the order in which they were given."""
    if not voxels:
        return []
    array = np.array(voxels)
    near = np.abs(array[:, None] - array[None]).max(axis=2) <= _CLUSTER_REACH
    _, labels = connected_components(near, directed=False)
    return [
        tuple(voxel for voxel, label in zip(voxels, labels, strict=True) if label == wanted)
        for wanted in dict.fromkeys(labels.tolist())
    ]


def _place(voxel: Voxel, ijk_to_ras: FloatArray) -> list[float]:
    return [float(value) for value in (np.asarray(ijk_to_ras, dtype=float) @ [*voxel, 1.0])[:3]]


def _cluster_text(cluster: Sequence[Voxel]) -> str:
    return " ".join("/".join(str(part) for part in voxel) for voxel in cluster)


def _read_cluster(text: str) -> tuple[Voxel, ...]:
    """Return the voxels in a point's description, none where the user wrote something else there."""
    try:
        voxels = [tuple(int(part) for part in item.split("/")) for item in text.split()]
    except ValueError:
        return ()
    return tuple((voxel[0], voxel[1], voxel[2]) for voxel in voxels if len(voxel) == 3)
