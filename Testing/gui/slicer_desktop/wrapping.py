"""The border between code written for PythonQt and PySide6: objects are wrapped and unwrapped."""

import enum
from typing import Any, Self

from PySide6 import QtCore

WRAPPER_KEY = "_pythonqt_wrapper"


class Wrapped:
    """An object of Qt in the hands of Python; `pythonqt.Wrapper` says how it behaves."""

    __slots__ = ("__weakref__", "_raw")
    _raw: Any


class EnumValue(int):
    """A value of a Qt enum: an integer, as in PythonQt, that remembers the enum that PySide6 asks for."""

    raw: Any

    def __new__(cls, raw: enum.Enum) -> Self:
        value = super().__new__(cls, raw.value)
        value.raw = raw
        return value

    def __or__(self, other: int) -> int:
        if isinstance(other, EnumValue) and isinstance(self.raw, enum.Flag):
            return EnumValue(self.raw | other.raw)
        return int(self) | int(other)


def wrap(value: Any) -> Any:
    """Return what PythonQt would hand to Python for a value that comes from Qt."""
    from .pythonqt import class_for  # which needs this module

    if isinstance(value, list | tuple):
        return tuple(map(wrap, value))
    if isinstance(value, QtCore.QObject):
        return value.__dict__.get(WRAPPER_KEY) or class_for(type(value))._around(value)
    if isinstance(value, type) or not type(value).__module__.startswith("PySide6"):
        return value
    return EnumValue(value) if isinstance(value, enum.Enum) else class_for(type(value))._around(value)


def unwrap(value: Any) -> Any:
    """Return what PySide6 expects for a value that comes from code written for PythonQt."""
    if isinstance(value, Wrapped):
        return value._raw
    if isinstance(value, EnumValue):
        return value.raw
    if isinstance(value, type) and issubclass(value, Wrapped):
        return value._raw_class
    if isinstance(value, list | tuple):
        return [unwrap(item) for item in value]
    return value
