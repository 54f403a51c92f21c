"""CTK's boxes to choose from lists, and to choose files and folders."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from pathlib import Path
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets


class ctkComboBox(QtWidgets.QComboBox):
    """A box to choose one item."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._default_text = ""

    defaultText = QtCore.Property(
        str, lambda self: self._default_text, lambda self, text: setattr(self, "_default_text", text)
    )


class ctkCheckableComboBox(QtWidgets.QComboBox):
    """A box to choose any number of items."""

    checkedIndexesChanged = QtCore.Signal()

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(QtGui.QStandardItemModel(self))
        self.model().rowsInserted.connect(self._make_checkable)
        self.model().dataChanged.connect(self._tell_about_checks)

    def _make_checkable(self, _parent: Any, first: int, last: int) -> None:
        for row in range(first, last + 1):
            item = self.model().item(row)
            item.setFlags(QtCore.Qt.ItemFlag.ItemIsUserCheckable | QtCore.Qt.ItemFlag.ItemIsEnabled)
            item.setData(QtCore.Qt.CheckState.Unchecked, QtCore.Qt.ItemDataRole.CheckStateRole)

    def _tell_about_checks(self, _first: Any, _last: Any, roles: list[Any]) -> None:
        if QtCore.Qt.ItemDataRole.CheckStateRole in roles:
            self.checkedIndexesChanged.emit()

    def checkableModel(self) -> QtCore.QAbstractItemModel:
        """Return the model of the items."""
        return self.model()

    def checkState(self, index: QtCore.QModelIndex) -> Any:
        """Return whether the item is checked."""
        return self.model().itemFromIndex(index).checkState()

    def setCheckState(self, index: QtCore.QModelIndex, state: Any) -> None:
        """Check or uncheck the item."""
        self.model().itemFromIndex(index).setCheckState(QtCore.Qt.CheckState(state))

    def checkedIndexes(self) -> list[QtCore.QModelIndex]:
        """Return the checked items."""
        rows = (self.model().item(row) for row in range(self.count()))
        return [item.index() for item in rows if item.checkState() == QtCore.Qt.CheckState.Checked]

    def allChecked(self) -> bool:
        """Return whether all items are checked."""
        return len(self.checkedIndexes()) == self.count()

    def noneChecked(self) -> bool:
        """Return whether no item is checked."""
        return not self.checkedIndexes()


class ctkPathLineEdit(QtWidgets.QWidget):
    """A line with the path of a file or folder; empty for no path."""

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)
    Dirs, Files, Readable, Writable = (
        QtCore.QDir.Filter[name] for name in ("Dirs", "Files", "Readable", "Writable")
    )

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._box = QtWidgets.QComboBox(self)
        self._box.setEditable(True)
        self._box.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self._name_filters: list[str] = []
        self._filters = int((QtCore.QDir.Filter.Files | QtCore.QDir.Filter.Readable).value)
        self.history: list[str] = []
        browse = QtWidgets.QToolButton(self)
        browse.setText("…")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._box, 1)
        layout.addWidget(browse)
        self._box.editTextChanged.connect(self._change)

    def _change(self, path: str) -> None:
        self.validInputChanged.emit(Path(path).exists() if path else False)
        self.currentPathChanged.emit(path)

    def setCurrentPath(self, path: str) -> None:
        """Show the path."""
        self._box.setEditText(path)

    def comboBox(self) -> QtWidgets.QComboBox:
        """Return the box that holds the line."""
        return self._box

    def addCurrentPathToHistory(self) -> None:
        """Offer the current path next time."""
        self.history.insert(0, self._box.currentText())

    currentPath = QtCore.Property(str, lambda self: self._box.currentText(), setCurrentPath)
    nameFilters = QtCore.Property(
        "QStringList",
        lambda self: self._name_filters,
        lambda self, each: setattr(self, "_name_filters", list(each)),
    )
    filters = QtCore.Property(
        int, lambda self: self._filters, lambda self, filters: setattr(self, "_filters", filters)
    )


class ctkDirectoryButton(QtWidgets.QPushButton):
    """A button that shows a folder."""

    directoryChanged = QtCore.Signal(str)
    directorySelected = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._directory = str(Path.cwd())
        self._caption = ""

    def _set_directory(self, directory: str) -> None:
        changed = directory != self._directory
        self._directory = directory
        self.setText(directory)
        if changed:
            self.directoryChanged.emit(directory)

    directory = QtCore.Property(str, lambda self: self._directory, _set_directory)
    caption = QtCore.Property(
        str, lambda self: self._caption, lambda self, text: setattr(self, "_caption", text)
    )


class ctkFittedTextBrowser(QtWidgets.QTextBrowser):
    """A text as high as it needs to be."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._collapsed = False
        self.textChanged.connect(self.updateGeometry)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)

    def heightForWidth(self, width: int) -> int:
        """Return the height of the text in that width."""
        text = self.document().clone()
        text.setTextWidth(max(width - 2 * self.frameWidth() - 10, 50))
        return round(text.size().height()) + 2 * self.frameWidth()

    def sizeHint(self) -> QtCore.QSize:
        """Return the size of the text in the current width."""
        return QtCore.QSize(self.width(), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QtCore.QSize:
        """Return the size of the text in the current width."""
        return QtCore.QSize(100, self.heightForWidth(self.width()))

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        """Fit the height to the new width."""
        super().resizeEvent(event)
        self.updateGeometry()

    collapsed = QtCore.Property(
        bool, lambda self: self._collapsed, lambda self, on: setattr(self, "_collapsed", on)
    )
