"""CTK's buttons and boxes that open and close."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from PySide6 import QtCore, QtGui, QtWidgets

_HEADER_HEIGHT = 24
_NO_LIMIT = 16777215


class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header that hides and shows what lies below it."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._collapsed = False
        self._hidden_by_collapsing: list[QtWidgets.QWidget] = []
        self.setContentsMargins(0, _HEADER_HEIGHT, 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Preferred)
        self.clicked.connect(lambda: self._set_collapsed(not self._collapsed))

    def _set_collapsed(self, collapsed: bool) -> None:
        if collapsed == self._collapsed:
            return
        self._collapsed = collapsed
        if collapsed:
            self._hide_contents()
        else:
            for widget in self._hidden_by_collapsing:
                widget.setVisible(True)
            self._hidden_by_collapsing = []
        self.setMaximumHeight(_HEADER_HEIGHT if collapsed else _NO_LIMIT)
        self.updateGeometry()
        self.contentsCollapsed.emit(collapsed)

    collapsed = QtCore.Property(bool, lambda self: self._collapsed, _set_collapsed)

    def _hide_contents(self) -> None:
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget) and not child.isHidden():
                self._hidden_by_collapsing.append(child)
                child.setVisible(False)

    def event(self, event: QtCore.QEvent) -> bool:
        """Hide also what is added or shown while the contents are hidden."""
        if event.type() in (QtCore.QEvent.Type.LayoutRequest, QtCore.QEvent.Type.Show) and self._collapsed:
            self._hide_contents()
        return super().event(event)

    def sizeHint(self) -> QtCore.QSize:
        """Return the size of the header and, when open, of the contents."""
        if self._collapsed or self.layout() is None:
            return QtCore.QSize(120, _HEADER_HEIGHT)
        return self.layout().totalSizeHint()

    def minimumSizeHint(self) -> QtCore.QSize:
        """Return the least size of the header and, when open, of the contents."""
        if self._collapsed or self.layout() is None:
            return QtCore.QSize(120, _HEADER_HEIGHT)
        return self.layout().totalMinimumSize()

    def hitButton(self, position: QtCore.QPoint) -> bool:
        """Return whether a click there opens or closes."""
        return position.y() < _HEADER_HEIGHT

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        """Draw the header."""
        painter = QtGui.QPainter(self)
        painter.fillRect(0, 0, self.width(), _HEADER_HEIGHT - 2, self.palette().midlight())
        painter.drawText(8, _HEADER_HEIGHT - 8, ("▸ " if self._collapsed else "▾ ") + self.text())
        painter.end()


class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box that closes when its title is unchecked."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.toggled.connect(self._show_contents)

    def _show_contents(self, shown: bool) -> None:
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(shown)

    collapsed = QtCore.Property(
        bool, lambda self: not self.isChecked(), lambda self, collapsed: self.setChecked(not collapsed)
    )


class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box."""


class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box that can be told not to come again."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._do_not_show_again = False

    dontShowAgain = QtCore.Property(
        bool,
        lambda self: self._do_not_show_again,
        lambda self, again: setattr(self, "_do_not_show_again", again),
    )
