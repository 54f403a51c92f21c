"""Widgets that show nodes of a scene, and follow its events."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from collections.abc import Callable, Iterable
from typing import Any

import shiboken6
from PySide6 import QtCore, QtWidgets


class HoldsScene:
    """A widget that is told which scene it shows."""

    _scene: Any = None

    def mrmlScene(self) -> Any:
        """Return the scene, or None."""
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        """Show another scene."""
        self._scene = scene


class Observer:
    """Calls a method of a widget at events of VTK objects, until told to stop or the widget is deleted."""

    def __init__(self, method: Callable[[], None]) -> None:
        self._method = method
        self._tags: list[tuple[Any, int]] = []

    def observe(self, subject: Any, events: Iterable[Any]) -> None:
        """Stop observing whatever was observed and observe the subject, unless it is None."""
        self.stop()
        if subject is not None:
            self._tags = [(subject, subject.AddObserver(event, self._call)) for event in events]

    def stop(self) -> None:
        """Observe nothing."""
        for subject, tag in self._tags:
            subject.RemoveObserver(tag)
        self._tags = []

    def _call(self, *_: Any) -> None:
        if shiboken6.isValid(self._method.__self__):
            self._method()
        else:
            self.stop()


class qMRMLWidget(HoldsScene, QtWidgets.QWidget):
    """The container of a module's widgets."""

    mrmlSceneChanged = QtCore.Signal(object)

    def setMRMLScene(self, scene: Any) -> None:
        """Pass another scene on to whatever is connected."""
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


class qSlicerWidget(qMRMLWidget):
    """The container of widgets in Slicer's own code."""
