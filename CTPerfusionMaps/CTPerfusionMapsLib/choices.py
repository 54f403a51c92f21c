"""Combo boxes that offer what the library's registries hold, and remember the choice by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parameters import CTPerfusionMapsParameterNode


def registrationChoices() -> dict[str, str]:
    """Return the ways to correct motion, title by name."""
    from CTPerfusionLib.pipeline import NO_REGISTRATION
    from CTPerfusionLib.preprocessing import REGISTRATION_METHODS

    return {name: method.title for name, method in REGISTRATION_METHODS.items()} | {NO_REGISTRATION: _("Off")}


def filterChoices() -> dict[str, str]:
    """Return the noise filters, title by name."""
    from CTPerfusionLib.pipeline import AUTOMATIC_FILTER
    from CTPerfusionLib.preprocessing import FILTERS

    automatic = {AUTOMATIC_FILTER: _("Automatic: the one that the method was calibrated with")}
    return automatic | {name: _capitalised(noise_filter.title) for name, noise_filter in FILTERS.items()}


def arterialInputChoices() -> dict[str, str]:
    """Return the ways to find the artery, title by name."""
    from CTPerfusionLib.vessels import ARTERIAL_INPUT_METHODS

    return {name: method.title for name, method in ARTERIAL_INPUT_METHODS.items()}


def methodChoices() -> dict[str, str]:
    """Return the ways to compute maps, title by name: methods of the software and presets of the user."""
    from CTPerfusionLib.networks import available_map_methods

    return {name: method.title for name, method in available_map_methods().items()}


def deviceChoices() -> dict[str, str]:
    """Return the devices, title by name."""
    from CTPerfusionLib.devices import DEVICES

    devices = {name: _capitalised(device.title) for name, device in DEVICES.items()}
    return {"auto": _("Automatic: the GPU where there is one")} | devices


CHOICES = {
    "registration": ("registrationComboBox", registrationChoices),
    "filter": ("filterComboBox", filterChoices),
    "arterialInput": ("arterialInputComboBox", arterialInputChoices),
    "method": ("methodComboBox", methodChoices),
    "device": ("deviceComboBox", deviceChoices),
}
"""Combo box and choices by the field of the parameter node.

Slicer's own connection of combo boxes needs the choices when the class of the parameter node is made, at
start-up; the registries are read when the module is opened.
"""


class ChoiceBoxes:
    """The combo boxes of :data:`CHOICES`, in both directions."""

    def __init__(self, ui: Any) -> None:
        self._node: CTPerfusionMapsParameterNode | None = None
        self._boxes = {field: getattr(ui, widget) for field, (widget, _choices) in CHOICES.items()}
        for field, box in self._boxes.items():
            _fill(box, CHOICES[field][1]())
            box.connect("currentIndexChanged(int)", lambda _index, field=field: self._onChosen(field))

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the choices of a parameter node, and change that from now on."""
        self._node = None  # nothing is written while boxes change
        if node is not None:
            for field, box in self._boxes.items():
                index = box.findData(getattr(node, field))
                if index < 0:  # a scene of another version, or of a machine with other methods installed
                    index = 0
                    setattr(node, field, box.itemData(index))
                box.setCurrentIndex(index)
        self._node = node

    def _onChosen(self, field: str) -> None:
        if self._node is not None:
            setattr(self._node, field, self._boxes[field].currentData)


def _fill(box: Any, titles: Mapping[str, str]) -> None:
    box.clear()
    for name, title in titles.items():
        box.addItem(title, name)


def _capitalised(title: str) -> str:
    return title[:1].upper() + title[1:]
