"""Widgets that place and list points."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from .nodes import qMRMLNodeComboBox
from .scene import HoldsScene, Observer


class qSlicerMarkupsPlaceWidget(HoldsScene, QtWidgets.QWidget):
    """A button that starts and ends placing points of a node."""

    activeMarkupsPlaceModeChanged = QtCore.Signal(bool)
    ShowPlaceMultipleMarkupsOption, HidePlaceMultipleMarkupsOption = 0, 1
    ForcePlaceSingleMarkup, ForcePlaceMultipleMarkups = 2, 3

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._placing = False
        self._place, self._delete = QtWidgets.QToolButton(self), QtWidgets.QToolButton(self)
        self._place.setText("Place")
        self._place.setCheckable(True)
        self._delete.setText("Delete")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._place)
        layout.addWidget(self._delete)
        self._place.clicked.connect(self.setPlaceModeEnabled)
        self._delete.clicked.connect(self.deleteLastPoint)
        self.setEnabled(False)

    def setCurrentNode(self, node: Any) -> None:
        """Place points of another node."""
        self._node = node
        self.setEnabled(node is not None)

    def currentNode(self) -> Any:
        """Return the node whose points are placed, or None."""
        return self._node

    def currentMarkupsNode(self) -> Any:
        """Return the node whose points are placed, or None."""
        return self._node

    def setPlaceModeEnabled(self, enabled: bool) -> None:
        """Start or end placing."""
        if enabled and self._node is None:
            return
        changed = enabled != self._placing
        self._placing = enabled
        self._place.setChecked(enabled)
        if changed:
            self.activeMarkupsPlaceModeChanged.emit(enabled)

    def deleteLastPoint(self) -> None:
        """Remove the last point."""
        if self._node is not None and self._node.GetNumberOfControlPoints():
            self._node.RemoveNthControlPoint(self._node.GetNumberOfControlPoints() - 1)

    def deleteAllPoints(self) -> None:
        """Remove all points."""
        if self._node is not None:
            self._node.RemoveAllControlPoints()

    def placeButton(self) -> QtWidgets.QToolButton:
        """Return the button that starts and ends placing."""
        return self._place

    def deleteButton(self) -> QtWidgets.QToolButton:
        """Return the button that removes the last point."""
        return self._delete

    placeModeEnabled = QtCore.Property(bool, lambda self: self._placing, setPlaceModeEnabled)


class qSlicerSimpleMarkupsWidget(HoldsScene, QtWidgets.QWidget):
    """A box to choose a node with points, buttons to place them, and a table of them."""

    markupsNodeChanged = QtCore.Signal()
    markupsFiducialNodeChanged = QtCore.Signal()
    updateFinished = QtCore.Signal()
    activeMarkupsPlaceModeChanged = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._observer = Observer(self._show)
        self._selector = qMRMLNodeComboBox(self)
        self._selector.nodeTypes = ["vtkMRMLMarkupsFiducialNode"]
        self._selector.noneEnabled = True
        self._place = qSlicerMarkupsPlaceWidget(self)
        self._table = QtWidgets.QTableWidget(0, 4, self)
        self._table.setHorizontalHeaderLabels(["Label", "R", "A", "S"])
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._selector, self._place, self._table):
            layout.addWidget(widget)
        self._selector.currentNodeChanged.connect(self._change_node)
        self._place.activeMarkupsPlaceModeChanged.connect(self.activeMarkupsPlaceModeChanged)

    def setMRMLScene(self, scene: Any) -> None:
        """Offer the nodes of another scene."""
        super().setMRMLScene(scene)
        self._selector.setMRMLScene(scene)
        self._place.setMRMLScene(scene)

    def setCurrentNode(self, node: Any) -> None:
        """Show the points of another node."""
        self._selector.setCurrentNode(node)

    def currentNode(self) -> Any:
        """Return the node shown, or None."""
        return self._selector.currentNode()

    def setNodeBaseName(self, name: str) -> None:
        """Call new nodes so."""
        self._selector.baseName = name

    def tableWidget(self) -> QtWidgets.QTableWidget:
        """Return the table of the points."""
        return self._table

    def markupsPlaceWidget(self) -> qSlicerMarkupsPlaceWidget:
        """Return the buttons."""
        return self._place

    def markupsSelectorComboBox(self) -> qMRMLNodeComboBox:
        """Return the box to choose a node."""
        return self._selector

    def _change_node(self, node: Any) -> None:
        events = slicer.vtkMRMLMarkupsNode
        self._observer.observe(
            node, (events.PointAddedEvent, events.PointRemovedEvent, events.PointModifiedEvent)
        )
        self._place.setCurrentNode(node)
        self._show()
        self.markupsNodeChanged.emit()

    def _show(self) -> None:
        node = self.currentNode()
        count = node.GetNumberOfControlPoints() if node is not None else 0
        self._table.setRowCount(count)
        for row in range(count):
            position = node.GetNthControlPointPositionWorld(row)
            texts = [node.GetNthControlPointLabel(row), *(f"{value:.1f}" for value in position)]
            for column, text in enumerate(texts):
                self._table.setItem(row, column, QtWidgets.QTableWidgetItem(text))
        self.updateFinished.emit()

    nodeColor = QtCore.Property(QtGui.QColor, lambda _: QtGui.QColor(255, 0, 0))
