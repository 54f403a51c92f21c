"""What a C++ property or argument accepts from Python.

PythonQt turns anything into a string and any truth value into a bool, and rounds numbers towards minus
infinity. Here a value has to be of the type that was asked for.
"""

import numbers
from collections.abc import Sequence
from typing import Any

from .wrapping import EnumValue, Wrapped, unwrap

_LARGEST_INT = 2**31


def accepts(cpp_type: str, value: Any) -> bool:
    """Return whether an argument or property of the C++ type takes the value."""
    cpp_type = cpp_type.rstrip("*&")
    check = _CHECKS.get(cpp_type)
    if check is not None:
        return check(value)
    if cpp_type.startswith("vtk"):
        return value is None or (hasattr(value, "IsA") and bool(value.IsA(cpp_type)))
    if isinstance(value, Wrapped):
        return _is_a(value, cpp_type)
    if cpp_type.startswith("Q") and "::" not in cpp_type:
        return value is None
    return isinstance(value, EnumValue | int)  # an enum, of this class or of another


def converted(cpp_type: str, value: Any) -> Any:
    """Return the value as PySide6 wants it.

    Raises
    ------
    TypeError
        If a property or argument of the C++ type does not take it.
    """
    if not accepts(cpp_type, value):
        raise TypeError(f"{cpp_type} does not accept {type(value).__name__} ({value!r})")
    if cpp_type == "double":
        return float(value)
    if cpp_type == "int":
        return int(value)
    return unwrap(value)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or type(value).__name__ == "bool_"


def _is_int(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and -_LARGEST_INT <= value < _LARGEST_INT


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(map(_is_text, value))


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _is_a(value: Wrapped, cpp_type: str) -> bool:
    return any(base.__name__ == cpp_type for base in type(value._raw).__mro__)


_CHECKS = {
    "bool": _is_bool,
    "int": _is_int,
    "uint": _is_int,
    "vtkIdType": _is_int,
    "double": _is_number,
    "QString": _is_text,
    "QStringList": _is_text_list,
    "QVariant": lambda _: True,
    "QVariantMap": _is_map,
    "qSlicerIO::IOFileType": _is_text,
    "qSlicerIO::IOProperties": _is_map,
}
