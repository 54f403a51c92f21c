"""Which network computes the maps: an installed one or a file, asked for only where one is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from .parameters import CTPerfusionMapsParameterNode


class ModelChoice:
    """The combo box of models and the button that takes one from a file.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        from CTPerfusionLib.networks import available_models

        self._box = ui.modelComboBox
        self._widgets = (ui.modelLabel, ui.modelComboBox, ui.modelFileButton)
        self._node: CTPerfusionMapsParameterNode | None = None
        for name, card in available_models().items():
            self._box.addItem(card.title, name)
        self._box.connect("currentIndexChanged(int)", lambda _index: self._onChosen())
        ui.modelFileButton.connect("clicked(bool)", lambda _checked: self._onFile())

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the model of a parameter node where its method uses one."""
        self._node = None  # nothing is written while the box changes
        if node is not None:
            self._box.setCurrentIndex(self._indexOf(node.model))
        for widget in self._widgets:
            widget.visible = node is not None and needsModel(node.method)
        self._node = node

    def _indexOf(self, model: str) -> int:
        """Return the position of a model; one that is not installed is a file, or was installed elsewhere."""
        if self._box.findData(model) < 0:
            self._box.addItem(Path(model).name, model)
        return int(self._box.findData(model))

    def _onChosen(self) -> None:
        if self._node is not None:
            self._node.model = self._box.currentData

    def _onFile(self) -> None:
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), _("Weights of a network"), "", _("Weights") + " (*.safetensors)"
        )
        if path and self._node is not None:
            self._node.model = path


def needsModel(method: str) -> bool:
    """Say whether a method computes by a network."""
    from CTPerfusionLib.networks.predict_method import UNET

    return method == UNET.name
