"""Reading and writing what an object has: properties, slots, signals, dynamic properties and children."""

import enum
from functools import partial
from typing import Any

import shiboken6
from PySide6 import QtCore, QtWidgets

from .api import ClassApi
from .conversion import accepts, converted
from .dialogs import answer_dialog
from .reflection import api_of, has_property
from .signals import BoundSignal, connect, disconnect
from .wrapping import Wrapped, unwrap, wrap

_STAND_IN_PREFIXES = ("ctk", "qMRML", "qSlicer")
_NAMES_IN_PYSIDE = {"raise": "raise_", "print": "print_"}


def read_member(wrapper: Wrapped, name: str) -> Any:
    """Return an attribute of an object.

    Raises
    ------
    AttributeError
        If the class has no such name, and the object neither such a dynamic property nor such a child.
    NotImplementedError
        If the real class has it but not the stand-in.
    """
    raw = wrapper._raw
    is_object = isinstance(raw, QtCore.QObject)
    if isinstance(raw, QtWidgets.QDialog) and name == "exec":
        return lambda: answer_dialog(wrapper)
    if is_object and name in _OF_ANY_OBJECT:
        return partial(_OF_ANY_OBJECT[name], wrapper)
    api = api_of(raw)
    if name in api.properties:
        return _read_property(raw, name)
    if name in api.signals and name not in api.slots:
        return BoundSignal(wrapper, name)
    if name in api:
        return _function(raw, name, api)
    if is_object and QtCore.QByteArray(name.encode()) in raw.dynamicPropertyNames():
        return wrap(raw.property(name))
    for child in raw.children() if is_object else ():
        if child.objectName() == name:
            return wrap(child)
    raise AttributeError(f"{type(raw).__name__} has no attribute named '{name}'")


def write_member(wrapper: Wrapped, name: str, value: Any) -> None:
    """Set an attribute of an object.

    Raises
    ------
    AttributeError
        If it is no property, is read-only or does not take the value.
    """
    raw = wrapper._raw
    class_name = type(raw).__name__
    api = api_of(raw)
    if name in api.properties:
        _write_property(raw, name, api.properties[name], value)
    elif name in api:
        raise AttributeError(f"'{name}' can not be overwritten on {class_name} object")
    elif isinstance(raw, QtCore.QObject) and raw.property(name) is not None:
        raw.setProperty(name, unwrap(value))
    elif hasattr(wrapper, "__dict__"):  # of a class derived in Python
        object.__setattr__(wrapper, name, value)
    else:
        raise AttributeError(
            f"'{name}' does not exist on {class_name}; creating new attributes on C++ objects is not allowed"
        )


def _read_property(raw: QtCore.QObject, name: str) -> Any:
    if has_property(type(raw), name):
        return wrap(raw.property(name))
    written = raw.__dict__.get("_appearance", {})
    if name in written:
        return wrap(written[name])
    raise NotImplementedError(f"the stand-in {type(raw).__name__} has no property {name}")


def _write_property(raw: QtCore.QObject, name: str, cpp_type: str, value: Any) -> None:
    class_name = type(raw).__name__
    try:
        value = converted(cpp_type, value)
    except TypeError as error:
        raise AttributeError(f"Property '{name}' of {class_name}: {error}") from None
    if has_property(type(raw), name):
        if not raw.setProperty(name, value):
            raise AttributeError(f"Property '{name}' of {class_name} is not writable, or not with {value!r}")
    elif class_name.startswith(_STAND_IN_PREFIXES):
        raw.__dict__.setdefault("_appearance", {})[name] = value  # the stand-in looks different anyway
    else:
        raise NotImplementedError(f"{class_name} of Qt 6 has no property {name}")


def _function(raw: Any, name: str, api: ClassApi) -> Any:
    class_name = type(raw).__name__
    member = getattr(raw, _NAMES_IN_PYSIDE.get(name, name), None)
    if isinstance(member, enum.Enum) or (member is not None and not callable(member)):
        return wrap(member)

    def call(*arguments: Any) -> Any:
        if member is None:
            raise NotImplementedError(f"the stand-in {class_name} does not do {name}()")
        _check_arguments(class_name, name, arguments, api.slots.get(name))
        return wrap(member(*map(unwrap, arguments)))

    return call


def _check_arguments(
    class_name: str, name: str, arguments: tuple[Any, ...], overloads: list[tuple[str, ...]] | None
) -> None:
    if overloads is None:
        return
    for types in overloads:
        if len(types) == len(arguments) and all(map(accepts, types, arguments)):
            return
    signatures = ", ".join(f"{name}({', '.join(types)})" for types in overloads)
    raise ValueError(f"{class_name}: called {name}{arguments!r}, but there is only {signatures}")


def _class_name(wrapper: Wrapped) -> str:
    return type(wrapper._raw).__name__


def _delete(wrapper: Wrapped) -> None:
    shiboken6.delete(wrapper._raw)


def _find_children(wrapper: Wrapped, kind: Any, name: str | None = None) -> tuple[Any, ...]:
    raw_kind = unwrap(kind)
    found = [
        child
        for child in wrapper._raw.findChildren(QtCore.QObject)
        if (child.inherits(raw_kind) if isinstance(raw_kind, str) else isinstance(child, raw_kind))
    ]
    return wrap([child for child in found if name in (None, child.objectName())])


_OF_ANY_OBJECT: dict[str, Any] = {
    "connect": connect,
    "disconnect": disconnect,
    "className": _class_name,
    "delete": _delete,
    "findChildren": _find_children,
}
