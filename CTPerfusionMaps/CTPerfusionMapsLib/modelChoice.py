"""Which networks are used: installed ones or files, asked for only where one is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parameters import CTPerfusionMapsParameterNode


class ModelBox:
    """A combo box of models, and the button that takes one from a file.

    Parameters
    ----------
    box : QComboBox
    fileButton : QPushButton
    field : str
        Of the parameter node.
    titles : mapping of str to str
        What is offered apart from files, title by value of the field.
    """

    def __init__(self, box: Any, fileButton: Any, field: str, titles: Mapping[str, str]) -> None:
        self._box = box
        self._field = field
        self._node: CTPerfusionMapsParameterNode | None = None
        for name, title in titles.items():
            box.addItem(title, name)
        box.connect("currentIndexChanged(int)", lambda _index: self._onChosen())
        fileButton.connect("clicked(bool)", lambda _checked: self._onFile())

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the model of a parameter node, and change that from now on."""
        self._node = None  # nothing is written while the box changes
        if node is not None:
            self._box.setCurrentIndex(self._indexOf(getattr(node, self._field)))
        self._node = node

    def _indexOf(self, model: str) -> int:
        """Return the position of a model; one that is not installed is a file, or was installed elsewhere."""
        if self._box.findData(model) < 0:
            self._box.addItem(Path(model).name, model)
        return int(self._box.findData(model))

    def _onChosen(self) -> None:
        if self._node is not None:
            setattr(self._node, self._field, self._box.currentData)

    def _onFile(self) -> None:
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), _("Weights of a network"), "", _("Weights") + " (*.safetensors)"
        )
        if path and self._node is not None:
            setattr(self._node, self._field, path)


class ModelChoice:
    """The network that computes the maps, for methods that use one.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        from CTPerfusionLib.networks import available_models

        titles = {name: card.title for name, card in available_models().items()}
        self._box = ModelBox(ui.modelComboBox, ui.modelFileButton, "model", titles)
        self._widgets = (ui.modelLabel, ui.modelComboBox, ui.modelFileButton)

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the model of a parameter node where its method uses one."""
        self._box.show(node)
        for widget in self._widgets:
            widget.visible = node is not None and needsModel(node.method)


def needsModel(method: str) -> bool:
    """Say whether a method computes by a network."""
    from CTPerfusionLib.networks.predict_method import UNET

    return method == UNET.name
