"""Slice views drawn off screen by Slicer's own displayable managers, for tests of what they show."""

import ctypes.util
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from CTPerfusionLib.mrml import HeadlessSlicer

_DISPLAYABLE_MANAGERS = (
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
    "vtkMRMLColorLegendDisplayableManager",
)


class SliceView:
    """One slice view with its logic and managers, as the window of Slicer has it.

    Parameters
    ----------
    headless : HeadlessSlicer
    name : str
        Singleton tag of the slice node, which is taken as it is or made.
    size : int
        Pixels of width and height.
    """

    def __init__(self, headless: HeadlessSlicer, name: str, size: int) -> None:
        _give_what_a_window_gives(headless)
        self._headless = headless
        self._window, self._renderer = _off_screen_window(size)
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        background = vtk.vtkActor2D()
        background.SetMapper(self._mapper)
        background.GetProperty().SetDisplayLocationToBackground()
        self._renderer.AddViewProp(background)  # before those of the managers, which are drawn on it
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(headless.application_logic)
        for manager in _DISPLAYABLE_MANAGERS:
            if not factory.IsDisplayableManagerRegistered(manager):
                factory.RegisterDisplayableManager(manager)
        self._interactor = vtk.vtkRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._group = slicer.vtkMRMLDisplayableManagerGroup()
        self._group.SetRenderer(self._renderer)
        self._group.Initialize(factory, self._renderer)
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(headless.application_logic)
        headless.application_logic.GetSliceLogics().AddItem(self.logic)
        self.logic.SetMRMLScene(headless.scene)
        node = headless.scene.GetSingletonNode(name, "vtkMRMLSliceNode")
        self.node = node if node is not None else self.logic.AddSliceNode(name)
        self.logic.SetSliceNode(self.node)
        self._group.SetMRMLDisplayableNode(self.node)
        self.logic.ResizeSliceNode(size, size)

    def picture(self) -> np.ndarray:
        """Return what is seen, shape (rows, columns, 3), uint8, the first row on top."""
        self._mapper.SetInputConnection(self.logic.GetImageDataConnection())
        if not self._interactor.GetInitialized():
            self._interactor.Initialize()
        self._window.Render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        grabber.Update()
        image = grabber.GetOutput()
        columns, rows, _ = image.GetDimensions()
        pixels = vtk_to_numpy(image.GetPointData().GetScalars())
        return pixels.reshape(rows, columns, -1)[::-1, :, :3].copy()

    def close(self) -> None:
        """Take the view apart in the order in which Slicer does; Python would choose any order."""
        self._headless.application_logic.GetSliceLogics().RemoveItem(self.logic)
        self._group.SetMRMLDisplayableNode(None)
        self._mapper.RemoveAllInputs()
        self.logic.SetMRMLScene(None)
        self._group.SetRenderer(None)
        self._window.RemoveRenderer(self._renderer)
        self._window.Finalize()

    def pixel_of(self, place: np.ndarray) -> tuple[int, int]:
        """Return row and column of the pixel at a place in RAS mm."""
        to_ras = self.node.GetXYToRAS()
        matrix = np.array([[to_ras.GetElement(row, column) for column in range(4)] for row in range(4)])
        column, row, _, _ = np.linalg.solve(matrix, [*place[:3], 1.0])
        height = self.node.GetDimensions()[1]
        return height - 1 - int(np.floor(row + 0.5)), int(np.floor(column + 0.5))


def _give_what_a_window_gives(headless: HeadlessSlicer) -> None:
    """Add the nodes and the list of logics that views look for."""
    for kind in ("vtkMRMLInteractionNode", "vtkMRMLSelectionNode"):
        if headless.scene.GetFirstNodeByClass(kind) is None:
            headless.scene.AddNewNodeByClass(kind)
    if headless.application_logic.GetSliceLogics() is None:
        headless.application_logic.SetSliceLogics(vtk.vtkCollection())


def _off_screen_window(size: int) -> tuple[Any, Any]:
    kinds = {"EGL": "vtkEGLRenderWindow", "OSMesa": "vtkOSOpenGLRenderWindow"}
    there = [kind for library, kind in kinds.items() if ctypes.util.find_library(library)]
    if not there:
        raise RuntimeError(
            "Pictures of slice views need EGL or OSMesa; on Debian: apt-get install libegl1 libgl1-mesa-dri"
        )
    os.environ["VTK_DEFAULT_OPENGL_WINDOW"] = there[0]
    window, renderer = vtk.vtkRenderWindow(), vtk.vtkRenderer()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(size, size)
    window.AddRenderer(renderer)
    renderer.GetActiveCamera().ParallelProjectionOn()
    return window, renderer


@pytest.fixture
def open_view(a_slicer: HeadlessSlicer) -> Iterator[Callable[..., SliceView]]:
    """Return a function that opens a slice view of a name, 300 pixels wide and high unless told."""
    views: list[SliceView] = []

    def open_one(name: str, size: int = 300) -> SliceView:
        views.append(SliceView(a_slicer, name, size))
        return views[-1]

    yield open_one
    for view in views:
        view.close()
