"""Between numpy and VTK: matrices and images."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series.geometry import FloatArray


def vtk_matrix(matrix: FloatArray) -> Any:
    """Return a (4, 4) array as a vtkMatrix4x4."""
    import vtk

    result = vtk.vtkMatrix4x4()
    result.DeepCopy(np.asarray(matrix, dtype=float).ravel())
    return result


def numpy_matrix(matrix: Any) -> NDArray[np.float64]:
    """Return a vtkMatrix4x4 as a (4, 4) array."""
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def image_of(values: NDArray[Any]) -> Any:
    """Return a vtkImageData that owns a copy of `values` (Z, Y, X)."""
    import vtk

    image = vtk.vtkImageData()
    fill_image(image, values)
    return image


def fill_image(image: Any, values: NDArray[Any]) -> None:
    """Give a vtkImageData the size and a copy of `values` (Z, Y, X)."""
    from vtk.util.numpy_support import numpy_to_vtk

    slices, rows, columns = values.shape
    scalars = numpy_to_vtk(np.ascontiguousarray(values).ravel(), deep=True)
    scalars.SetName("ImageScalars")
    image.SetExtent(0, columns - 1, 0, rows - 1, 0, slices - 1)
    image.GetPointData().SetScalars(scalars)


def values_of(image: Any) -> NDArray[Any]:
    """Return the voxels (Z, Y, X) of a vtkImageData: a view of its memory, not a copy."""
    from vtk.util.numpy_support import vtk_to_numpy

    columns, rows, slices = image.GetDimensions()
    values: NDArray[Any] = vtk_to_numpy(image.GetPointData().GetScalars())
    return values.reshape(slices, rows, columns)
