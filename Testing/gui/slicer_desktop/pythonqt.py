"""Objects as PythonQt shows them to Python: properties are attributes, and unknown names are refused.

PythonQt's own rules (PythonQtInstanceWrapper): a property is read and written as an attribute; slots, signals
and enum values cannot be overwritten; a new attribute can be set on an object of a class derived in Python
only; ``name`` means ``objectName``.
"""

import enum
from functools import cache
from typing import Any, Self

from PySide6 import QtCore

from .api import class_api
from .dialogs import STATIC_DIALOGS
from .members import read_member, write_member
from .reflection import is_shell
from .wrapping import WRAPPER_KEY, Wrapped, unwrap, wrap

_NAMES_IN_CPP = {"name": "objectName", "exec_": "exec", "raise_": "raise", "print_": "print"}


class PythonQtClass(type):
    """Type of the classes in ``qt``, ``ctk`` and of the widgets in ``slicer``."""

    def __getattr__(cls, name: str) -> Any:
        """Return an enum value, a static function, a nested class or an unbound method."""
        bases = (base for base in cls.__mro__ if "_raw_class" in vars(base))
        raw_class = next((vars(base)["_raw_class"] for base in bases), None)
        if name.startswith("_") or raw_class is None:
            raise AttributeError(name)
        if (shown := STATIC_DIALOGS.get((raw_class.__name__, name))) is not None:
            return shown
        raw = getattr(raw_class, name, None)
        recorded = class_api(raw_class.__name__)
        if raw is None or (recorded is not None and name not in recorded and not isinstance(raw, type)):
            raise AttributeError(f"{raw_class.__name__} has no attribute named '{name}'")
        if isinstance(raw, type):
            return raw if issubclass(raw, enum.Enum) else class_for(raw)
        if callable(raw) and not isinstance(raw, enum.Enum):
            return lambda *arguments: wrap(raw(*map(unwrap, arguments)))
        return wrap(raw)


class Wrapper(Wrapped, metaclass=PythonQtClass):
    """A C++ object in the hands of Python."""

    __slots__ = ()
    _raw_class: type

    def __init__(self, *arguments: Any) -> None:
        self._attach(_instantiable(type(self))(*map(unwrap, arguments)))

    @classmethod
    def _around(cls, raw: Any) -> Self:
        wrapper = cls.__new__(cls)
        wrapper._attach(raw)
        return wrapper

    def _attach(self, raw: Any) -> None:
        object.__setattr__(self, "_raw", raw)
        if isinstance(raw, QtCore.QObject):
            raw.__dict__[WRAPPER_KEY] = self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return read_member(self, _NAMES_IN_CPP.get(name, name))

    def __setattr__(self, name: str, value: Any) -> None:
        write_member(self, _NAMES_IN_CPP.get(name, name), value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wrapper):
            return False
        if isinstance(self._raw, QtCore.QObject):
            return self._raw is other._raw
        return bool(self._raw == other._raw)

    def __hash__(self) -> int:
        return hash(self._raw)

    def __repr__(self) -> str:
        return f"{type(self._raw).__name__} (C++ object {self._raw!r})"

    def __add__(self, other: Any) -> Any:
        return wrap(self._raw + unwrap(other))

    def __sub__(self, other: Any) -> Any:
        return wrap(self._raw - unwrap(other))


@cache
def class_for(raw_class: type) -> PythonQtClass:
    """Return the class that PythonQt would show for a PySide6 class or a stand-in.

    As in PythonQt, the classes do not inherit from each other: ``isinstance(button, qt.QWidget)`` is False.
    """
    visible = next(base for base in raw_class.__mro__ if not is_shell(base))
    if visible is not raw_class:
        return class_for(visible)
    return PythonQtClass(raw_class.__name__, (Wrapper,), {"__slots__": (), "_raw_class": raw_class})


@cache
def _instantiable(python_class: PythonQtClass) -> type:
    """Return the class to instantiate; one derived in Python gets virtual functions that call Python."""
    raw_class = python_class._raw_class
    if "_raw_class" in vars(python_class):
        return raw_class
    derived = [
        base for base in python_class.__mro__ if "_raw_class" not in vars(base) and base is not Wrapper
    ]
    names = {name for base in derived for name, member in vars(base).items() if callable(member)}
    overrides = {
        name: _forward(raw_class, name)
        for name in names
        if not name.startswith("_") and hasattr(raw_class, name)
    }
    return type(raw_class)(raw_class.__name__, (raw_class,), overrides | {"_is_shell": True})


def _forward(raw_class: type, name: str) -> Any:
    def forward(raw: Any, *arguments: Any) -> Any:
        wrapper = raw.__dict__.get(WRAPPER_KEY)
        if wrapper is None:  # called by the constructor of the base class
            return getattr(raw_class, name)(raw, *arguments)
        return unwrap(getattr(wrapper, name)(*map(wrap, arguments)))

    return forward
