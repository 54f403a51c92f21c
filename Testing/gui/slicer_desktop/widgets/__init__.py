"""Stand-ins for the widgets of CTK and Slicer, as plain PySide6 classes with the real names."""

from PySide6 import QtWidgets

from . import buttons, choices, markups, nodes, numbers, plots, scene, segments, tables, volumes

_MODULES = (buttons, choices, markups, nodes, numbers, plots, scene, segments, tables, volumes)

STAND_INS: tuple[type, ...] = tuple(
    member
    for module in _MODULES
    for name, member in vars(module).items()
    if name.startswith(("ctk", "qMRML", "qSlicer"))
    and isinstance(member, type)
    and issubclass(member, QtWidgets.QWidget)
    and member.__module__ == module.__name__
)
