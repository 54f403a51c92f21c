"""The view of a table node."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

import vtk
from PySide6 import QtCore, QtGui, QtWidgets

from .scene import HoldsScene, Observer


class qMRMLTableView(HoldsScene, QtWidgets.QTableView):
    """Shows the columns of a table node; the column names are the header, as with a locked first row."""

    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node: Any = None
        self._observer = Observer(self._show)
        self.setModel(QtGui.QStandardItemModel(self))

    def setMRMLTableNode(self, node: Any) -> None:
        """Show another table."""
        self._node = node
        self._observer.observe(node, (vtk.vtkCommand.ModifiedEvent,))
        self._show()

    def mrmlTableNode(self) -> Any:
        """Return the table shown, or None."""
        return self._node

    def tableModel(self) -> QtCore.QAbstractItemModel:
        """Return the model of the cells."""
        return self.model()

    def _show(self) -> None:
        table = self._node.GetTable() if self._node is not None else None
        columns = range(table.GetNumberOfColumns()) if table is not None else range(0)
        rows = range(table.GetNumberOfRows()) if table is not None else range(0)
        model = self.model()
        model.clear()
        model.setHorizontalHeaderLabels([table.GetColumnName(column) or "" for column in columns])
        for row in rows:
            texts = [table.GetValue(row, column).ToString() for column in columns]
            model.appendRow([QtGui.QStandardItem(text) for text in texts])
        self.resizeColumnsToContents()
