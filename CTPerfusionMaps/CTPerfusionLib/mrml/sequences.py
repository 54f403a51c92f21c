"""A perfusion series as a sequence that Slicer shows and plays, and back."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..io.sequence_times import SLICE_TIMES_ATTRIBUTE, slice_times_text
from ..progress import ProgressCallback, ignore_progress, reported
from ..series import PerfusionSeries
from .headless import import_slicer
from .series_attributes import series_attributes
from .study_hub import free_name
from .volumes import BASELINE_WINDOW_LEVEL
from .vtk_arrays import vtk_matrix


@dataclass(frozen=True, eq=False)
class SequenceNodes:
    """A series in a scene.

    Attributes
    ----------
    sequence : vtkMRMLSequenceNode
    browser : vtkMRMLSequenceBrowserNode
        Steps through the frames.
    """

    sequence: Any
    browser: Any


def add_sequence(
    scene: Any, series: PerfusionSeries, name: str, *, on_progress: ProgressCallback = ignore_progress
) -> SequenceNodes:
    """Add a series to a scene as a sequence of volumes with the time in seconds as its index.

    Times of slices, time source, metadata and findings go into attributes, so that
    :func:`series_from_sequence` returns the same series again.

    Parameters
    ----------
    scene : vtkMRMLScene
    series : PerfusionSeries
    name : str
        Of the sequence; made unique where a node of the scene has it.
    on_progress : callable, optional
    """
    slicer = import_slicer()
    sequence = slicer.vtkMRMLSequenceNode()
    sequence.SetName(free_name(scene, name))
    sequence.SetIndexName("time")
    sequence.SetIndexUnit("s")
    sequence.SetIndexTypeFromString("numeric")
    for attribute, text in series_attributes(series).items():
        sequence.SetAttribute(attribute, text)
    modifying = sequence.StartModify()
    for frame in reported(range(series.n_frames), on_progress):
        volume = _frame_volume(slicer, series, frame, name)
        sequence.SetDataNodeAtValue(volume, f"{series.frame_times[frame]:.3f}")  # makes its own copy
    sequence.EndModify(modifying)
    sequence = scene.AddNode(sequence)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{sequence.GetName()} browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    proxy = browser.GetProxyNode(sequence)
    if proxy is not None and proxy.GetDisplayNode() is not None:  # made by the Sequences module's logic
        display = proxy.GetDisplayNode()
        display.AutoWindowLevelOff()
        display.SetWindowLevel(*BASELINE_WINDOW_LEVEL)
    return SequenceNodes(sequence, browser)


def _frame_volume(slicer: Any, series: PerfusionSeries, frame: int, name: str) -> Any:
    """Return a volume node that looks at the voxels of a frame without a copy; valid while `series` lives."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    slices, rows, columns = series.shape
    image = vtk.vtkImageData()
    image.SetDimensions(columns, rows, slices)
    scalars = numpy_to_vtk(np.ascontiguousarray(series.voxels[frame]).ravel(), deep=False)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    volume = slicer.vtkMRMLScalarVolumeNode()
    volume.SetName(name)
    volume.SetIJKToRASMatrix(vtk_matrix(series.ijk_to_ras))
    volume.SetAndObserveImageData(image)
    volume.SetAttribute(SLICE_TIMES_ATTRIBUTE, slice_times_text(series.times[frame]))
    return volume
