"""What the class of an object offers: as recorded in Slicer, else what PySide6 knows of a plain Qt class."""

from functools import cache
from typing import Any

from PySide6 import QtCore

from .api import ClassApi, class_api


def api_of(raw: Any) -> ClassApi:
    """Return what an object or class of Qt, not wrapped, offers."""
    raw_class = raw if isinstance(raw, type) else type(raw)
    for base in raw_class.__mro__:
        if not is_shell(base):
            recorded = class_api(base.__dict__.get("api_name", base.__name__))
            return recorded if recorded is not None else reflected(base)
    raise TypeError(f"{raw!r} is not of Qt")


def is_shell(raw_class: type) -> bool:
    """Return whether the class only lets virtual functions call Python."""
    return bool(raw_class.__dict__.get("_is_shell", False))


def is_of_qt(raw_class: type) -> bool:
    """Return whether the class is of PySide6 itself."""
    return raw_class.__module__.startswith("PySide6")


def has_property(raw_class: type, name: str) -> bool:
    """Return whether a class of PySide6, or a stand-in, has a property of Qt."""
    for base in raw_class.__mro__:
        if is_of_qt(base):
            return name in reflected(base).properties
        if isinstance(vars(base).get(name), QtCore.Property):
            return True
    return False


@cache
def reflected(raw_class: type) -> ClassApi:
    """Return what PySide6 knows of one of its classes.

    ``metaObject()`` of an object is not asked anywhere, because what it returns dies with the object, and
    ``staticMetaObject`` of its class with it.
    """
    if not issubclass(raw_class, QtCore.QObject):
        return ClassApi(methods=frozenset(dir(raw_class)))
    meta = raw_class.staticMetaObject
    signals: dict[str, list[str]] = {}
    for method in (meta.method(index) for index in range(meta.methodCount())):
        if method.methodType() == QtCore.QMetaMethod.MethodType.Signal:
            signature = method.methodSignature().data().decode()
            signals.setdefault(method.name().data().decode(), []).append(signature)
    properties = (meta.property(index) for index in range(meta.propertyCount()))
    return ClassApi(
        properties={each.name(): each.typeName() for each in properties},
        signals=signals,
        methods=frozenset(dir(raw_class)) | {"delete", "className"},
    )
