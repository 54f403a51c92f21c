"""The modules ``qt`` and ``ctk``."""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from .pythonqt import class_for
from .ui_files import UiLoader


class _QtModule(ModuleType):
    """Shows the classes of PySide6 as PythonQt would show them."""

    def __getattr__(self, name: str) -> Any:
        for module in (QtCore, QtGui, QtWidgets):
            raw_class = getattr(module, name, None) if name.startswith("Q") else None
            if isinstance(raw_class, type):
                return class_for(raw_class)
        raise AttributeError(f"module 'qt' has no attribute '{name}'")


def install_qt_modules(stand_ins: Iterable[type]) -> None:
    """Make ``import qt`` and ``import ctk`` work.

    Parameters
    ----------
    stand_ins : iterable of type
        Those named ctk... become members of ``ctk``.
    """
    qt = _QtModule("qt")
    qt.QUiLoader = class_for(UiLoader)  # type: ignore[attr-defined]
    ctk = ModuleType("ctk")
    for raw_class in stand_ins:
        if raw_class.__name__.startswith("ctk"):
            setattr(ctk, raw_class.__name__, class_for(raw_class))
    sys.modules["qt"] = qt
    sys.modules["ctk"] = ctk
