"""Widgets that show a segmentation."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from .scene import HoldsScene, Observer


def _segment_events() -> tuple[int, ...]:
    segmentation = slicer.vtkSegmentation
    return segmentation.SegmentAdded, segmentation.SegmentRemoved, segmentation.SegmentModified


class qMRMLSegmentsTableView(HoldsScene, QtWidgets.QWidget):
    """A table of the segments with visibility, colour and name."""

    selectionChanged = QtCore.Signal(object, object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._observer = Observer(self._show)
        self._display_observer = Observer(self._show)
        self._table = QtWidgets.QTableWidget(0, 3, self)
        self._table.setHorizontalHeaderLabels(["Visible", "Color", "Name"])
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.setSelectionBehavior(QtWidgets.QAbstractItemView.SelectionBehavior.SelectRows)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._table)
        self._selection = self._table.selectionModel()
        self._selection.selectionChanged.connect(lambda *change: self.selectionChanged.emit(*change))

    def segmentationNode(self) -> Any:
        """Return the node shown, or None."""
        return self._node

    def setSegmentationNode(self, node: Any) -> None:
        """Show another segmentation."""
        self._node = node
        self._observer.observe(node.GetSegmentation() if node is not None else None, _segment_events())
        display = node.GetDisplayNode() if node is not None else None
        self._display_observer.observe(display, ("ModifiedEvent",))
        self._show()

    def tableWidget(self) -> QtWidgets.QTableWidget:
        """Return the table."""
        return self._table

    def displayedSegmentIDs(self) -> list[str]:
        """Return the segments in the order of the rows."""
        segmentation = self._node.GetSegmentation() if self._node is not None else None
        count = segmentation.GetNumberOfSegments() if segmentation is not None else 0
        return [segmentation.GetNthSegmentID(row) for row in range(count)]

    def selectedSegmentIDs(self) -> list[str]:
        """Return the segments of the selected rows."""
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        return [self.displayedSegmentIDs()[row] for row in rows]

    def setSelectedSegmentIDs(self, identifiers: list[str]) -> None:
        """Select the rows of the segments."""
        self._table.clearSelection()
        for row, identifier in enumerate(self.displayedSegmentIDs()):
            if identifier in identifiers:
                self._table.selectRow(row)

    def _show(self) -> None:
        identifiers = self.displayedSegmentIDs()
        self._table.setRowCount(len(identifiers))
        display = self._node.GetDisplayNode() if self._node is not None else None
        for row, identifier in enumerate(identifiers):
            segment = self._node.GetSegmentation().GetSegment(identifier)
            visible = display is not None and display.GetSegmentVisibility(identifier)
            colour = QtWidgets.QTableWidgetItem()
            colour.setBackground(QtGui.QColor.fromRgbF(*segment.GetColor()))
            self._table.setItem(row, 0, QtWidgets.QTableWidgetItem("yes" if visible else "no"))
            self._table.setItem(row, 1, colour)
            self._table.setItem(row, 2, QtWidgets.QTableWidgetItem(segment.GetName()))

    segmentCount = QtCore.Property(int, lambda self: len(self.displayedSegmentIDs()))


class qMRMLSegmentationShow3DButton(QtWidgets.QPushButton):
    """A button that makes and shows surfaces of the segments."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self.setText("Show 3D")
        self.setCheckable(True)
        self.setEnabled(False)
        self.toggled.connect(self._show)

    def segmentationNode(self) -> Any:
        """Return the segmentation, or None."""
        return self._node

    def setSegmentationNode(self, node: Any) -> None:
        """Serve another segmentation."""
        self._node = node
        self.setEnabled(node is not None)

    def _show(self, shown: bool) -> None:
        if self._node is None:
            return
        if shown:
            self._node.CreateClosedSurfaceRepresentation()
        else:
            self._node.RemoveClosedSurfaceRepresentation()


class qMRMLSegmentEditorWidget(HoldsScene, QtWidgets.QWidget):
    """The editor, without its effects; it can take nodes only when it has a node for its settings."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings: Any = None

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        """Keep the settings in another node."""
        self._settings = node

    def mrmlSegmentEditorNode(self) -> Any:
        """Return the node with the settings, or None."""
        return self._settings

    def setSegmentationNode(self, node: Any) -> None:
        """Edit another segmentation."""
        self._settings.SetAndObserveSegmentationNode(node)

    def segmentationNode(self) -> Any:
        """Return the segmentation that is edited, or None."""
        return self._settings.GetSegmentationNode()

    def setSourceVolumeNode(self, node: Any) -> None:
        """Show another volume below the segments."""
        self._settings.SetAndObserveSourceVolumeNode(node)

    def sourceVolumeNode(self) -> Any:
        """Return the volume below the segments, or None."""
        return self._settings.GetSourceVolumeNode()
