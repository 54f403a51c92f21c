"""The mid-sagittal plane as a plane that the user sees in the slices and can move."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import Colour, grid_centre
from ..series.geometry import FloatArray
from .hierarchy import file_nodes
from .study_hub import hub_for

PLANE_NAME = "Mid-sagittal plane"

_COLOUR: Colour = (0.95, 0.9, 0.25)
"""Yellow: on the grey image as on the colours of the maps."""

_MARGIN = 1.05

_SAME_PLANE = 1e-6
"""Change of the normal, or of the offset in mm, below which a plane is where it was."""


def publish_plane(
    scene: Any,
    source: Any,
    normal: FloatArray,
    offset: float,
    ijk_to_ras: FloatArray,
    shape: tuple[int, int, int],
) -> Any:
    """Make or update the plane; one that lies there already is left alone, so that no event answers an event.

    Parameters
    ----------
    scene : vtkMRMLScene
    source : vtkMRMLNode
        Any node of the study.
    normal : ndarray, shape (3,)
        Unit vector in RAS.
    offset : float
        Distance of the plane from the RAS origin along `normal`, in mm.
    ijk_to_ras : ndarray, shape (4, 4)
        Of the grid that the plane shall cross.
    shape : tuple of int
        (Z, Y, X) of the grid.

    Returns
    -------
    vtkMRMLMarkupsPlaneNode
    """
    hub = hub_for(scene, source)
    node, is_new = hub.ensure("Plane", "vtkMRMLMarkupsPlaneNode", PLANE_NAME)
    if is_new:
        _show(node)
    elif node.GetIsPlaneValid():
        present, distance = plane_of(node)
        sign = 1.0 if present @ normal > 0 else -1.0
        if (
            np.abs(present - sign * normal).max() < _SAME_PLANE
            and abs(distance - sign * offset) < _SAME_PLANE
        ):
            return node
    grid = np.asarray(ijk_to_ras, dtype=float)[:3, :3] * np.array(shape[::-1])  # edges of the grid, mm
    along, up = _axes(np.asarray(normal, dtype=float), grid[:, 2])
    centre = grid_centre(ijk_to_ras, shape)
    centre = centre + (offset - normal @ centre) * np.asarray(normal)  # of the plane, nearest to the grid's
    modifying = node.StartModify()
    node.SetPlaneType(node.PlaneTypePointNormal)
    node.SetAxesWorld(along, up, normal)
    node.SetCenterWorld(*(float(part) for part in centre))
    node.SetSizeMode(node.SizeModeAbsolute)
    node.SetSize(*(_MARGIN * float(np.abs(axis @ grid).sum()) for axis in (along, up)))
    node.EndModify(modifying)
    file_nodes(hub, {"Lesion": (node,)}, beside=source)
    return node


def _axes(
    normal: NDArray[np.float64], upwards: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit vectors in a plane: one that lies in the slices too, and one that crosses them."""
    along = np.cross(upwards, normal)
    along /= np.linalg.norm(along)
    return along, np.cross(normal, along)


def plane_of(node: Any) -> tuple[NDArray[np.float64], float]:
    """Return a plane as its unit normal, which points to the patient's right, and its offset in mm.

    Parameters
    ----------
    node : vtkMRMLMarkupsPlaneNode
    """
    normal, centre = np.zeros(3), np.zeros(3)
    node.GetNormalWorld(normal)
    node.GetCenterWorld(centre)
    normal = normal / np.linalg.norm(normal)
    if normal[0] < 0:
        normal = -normal
    return normal, float(normal @ centre)


def _show(node: Any) -> None:
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetColor(*_COLOUR)
    display.SetSelectedColor(*_COLOUR)
    display.SetFillOpacity(0.15)
    display.SetOutlineOpacity(1.0)
    display.SetLineThickness(0.1)
    display.SetNormalVisibility(False)
    display.SetPointLabelsVisibility(False)
    display.SetPropertiesLabelVisibility(False)
    display.SetHandlesInteractive(False)  # large marks over every view, until the user asks for them
    display.SetTranslationHandleVisibility(True)
    display.SetRotationHandleVisibility(True)
    display.SetScaleHandleVisibility(False)
