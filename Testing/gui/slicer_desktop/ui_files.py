"""Qt Designer files, read as Slicer reads them but with every mistake an error.

Slicer's loader leaves out widgets that it does not know, turns unknown properties into dynamic ones and
prints a line for a connection that it cannot make; a module then works half.
"""

# ruff: noqa: N802 - the names are those of Qt, CTK and Slicer

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from PySide6 import QtCore, QtUiTools, QtWidgets

from .api import class_api
from .reflection import api_of, has_property
from .signals import connect
from .wrapping import wrap

_VALUES: dict[str, Callable[[ET.Element], Any]] = {
    "string": lambda element: element.text or "",
    "bool": lambda element: element.text == "true",
    "number": lambda element: int(element.text or ""),
    "double": lambda element: float(element.text or ""),
    "stringlist": lambda element: [item.text or "" for item in element],
}
_TAGS = {"bool": {"bool"}, "int": {"number"}, "double": {"double", "number"}, "QString": {"string"}}
_TAGS["QStringList"] = {"stringlist"}


class UiFileError(Exception):
    """A ``.ui`` file asks for something that Slicer would not do."""


class UiLoader(QtUiTools.QUiLoader):
    """``qt.QUiLoader`` that knows the stand-ins."""

    stand_ins: dict[str, type] = {}  # noqa: RUF012 - filled once, by register_widgets

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._made: dict[str, QtCore.QObject] = {}

    def createWidget(self, class_name: str, parent: Any = None, name: str = "") -> Any:
        """Return a new widget of the class."""
        stand_in = self.stand_ins.get(class_name)
        if stand_in is None:
            widget = super().createWidget(class_name, parent, name)
        else:
            widget = stand_in(parent)
            widget.setObjectName(name)
        self._made[name] = widget
        return widget

    def load(self, device: QtCore.QIODevice, parent: Any = None) -> Any:
        """Return the widget that the file describes.

        Raises
        ------
        UiFileError
            For an unknown class, property, signal or slot, a property of the wrong type, a name used twice.
        """
        root = ET.fromstring(bytes(device.readAll().data()))  # noqa: S314 - the files are our own
        _check_names(root)
        cosmetic = list(_check_properties(root, self.stand_ins))
        connections = [_texts(each) for each in root.iter("connection")]
        for each in root.findall("connections"):
            root.remove(each)
        buffer = QtCore.QBuffer()
        buffer.setData(ET.tostring(root))
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        if widget is None:
            raise UiFileError(self.errorString())
        for name, property_name, value in cosmetic:
            setattr(wrap(self._made[name]), property_name, value)
        for connection in connections:
            self._connect(**connection)
        widget.__dict__["_made_by"] = self  # keeps the Python side of the stand-ins alive
        return widget

    def _connect(self, sender: str, signal: str, receiver: str, slot: str) -> None:
        objects = [wrap(self._made[name]) for name in (sender, receiver) if name in self._made]
        if len(objects) < 2:
            raise UiFileError(f"connection of {sender} with {receiver}: there is no such widget")
        slot_name = slot.partition("(")[0]
        if slot_name not in api_of(objects[1]._raw).slots:
            raise UiFileError(f"{receiver} has no slot {slot}")
        try:
            connect(objects[0], signal, objects[1], slot)
        except ValueError as error:
            raise UiFileError(f"{sender}: {error}") from None


def register_widgets(stand_ins: Iterable[type]) -> None:
    """Make the stand-ins known to all loaders."""
    UiLoader.stand_ins.update({raw_class.__name__: raw_class for raw_class in stand_ins})


def _check_names(root: ET.Element) -> None:
    names = [widget.get("name") for widget in root.iter("widget")]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UiFileError(f"used for more than one widget: {', '.join(map(str, twice))}")


def _check_properties(root: ET.Element, stand_ins: dict[str, type]) -> Iterator[tuple[str, str, Any]]:
    """Check all properties, and take out and return those that a stand-in stores without showing them."""
    for widget in root.iter("widget"):
        class_name, name = str(widget.get("class")), str(widget.get("name"))
        raw_class = stand_ins.get(class_name) or getattr(QtWidgets, class_name, None)
        if raw_class is None and class_api(class_name) is not None:
            raise NotImplementedError(f"{name}: there is no stand-in for {class_name}")
        if raw_class is None:
            raise UiFileError(f"{name}: there is no widget class {class_name}")
        api = api_of(raw_class)
        for element in widget.findall("property"):
            property_name = str(element.get("name"))
            if element.get("stdset") == "0" and property_name not in api.properties:
                continue  # a dynamic property, such as SlicerParameterName
            if property_name not in api.properties:
                raise UiFileError(f"{name}: {class_name} has no property {property_name}")
            allowed = _TAGS.get(api.properties[property_name])
            if allowed is not None and element[0].tag not in allowed:
                raise UiFileError(
                    f"{name}.{property_name} is of type {api.properties[property_name]}, not {element[0].tag}"
                )
            if not has_property(raw_class, property_name):
                widget.remove(element)
                if element[0].tag in _VALUES:
                    yield name, property_name, _VALUES[element[0].tag](element[0])


def _texts(connection: ET.Element) -> dict[str, str]:
    return {key: str(connection.findtext(key)) for key in ("sender", "signal", "receiver", "slot")}
