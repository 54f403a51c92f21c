"""Where nodes of a scene lie, with the transforms that they are under."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .vtk_arrays import numpy_matrix


def volume_matrix(volume: Any) -> NDArray[np.float64]:
    """Return ijk_to_ras (4, 4) of a volume node by itself, without the transform that it is under."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return numpy_matrix(matrix)


def matrix_to_world(node: Any) -> NDArray[np.float64] | None:
    """Return the (4, 4) RAS matrix of the transforms that a node is under, None where they are not linear."""
    import vtk

    transform = node.GetParentTransformNode()
    if transform is None:
        return np.eye(4)
    if not transform.IsTransformToWorldLinear():
        return None
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    return numpy_matrix(matrix)
