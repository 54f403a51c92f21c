"""Slicer scenes: the only package that knows Slicer, of the application or of slicer-core."""

from .content import SceneContent
from .headless import HeadlessSlicer, headless_slicer
from .scene import write_scene
from .vtk_errors import vtk_errors_raised

__all__ = [
    "HeadlessSlicer",
    "SceneContent",
    "headless_slicer",
    "vtk_errors_raised",
    "write_scene",
]
