"""What a volume is like."""

# ruff: noqa: N801, N802 - the names are those of Qt, CTK and Slicer

from typing import Any

from PySide6 import QtWidgets

from .scene import HoldsScene


class qMRMLVolumeInfoWidget(HoldsScene, QtWidgets.QWidget):
    """Dimensions and spacing of a volume."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = QtWidgets.QLabel(self)
        QtWidgets.QVBoxLayout(self).addWidget(self._label)

    def setVolumeNode(self, node: Any) -> None:
        """Show another volume."""
        image = node.GetImageData() if node is not None else None
        self._label.setText(f"{image.GetDimensions()}, {node.GetSpacing()} mm" if image is not None else "")
