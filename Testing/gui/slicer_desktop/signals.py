"""Connections as PythonQt makes them: by signature, to functions that may take fewer arguments."""

import inspect
import sys
from collections.abc import Callable
from typing import Any

from PySide6 import QtCore

from .reflection import api_of, is_of_qt, reflected
from .wrapping import Wrapped, unwrap, wrap


class BoundSignal:
    """A signal of an object, as in ``button.clicked.connect(function)``."""

    def __init__(self, sender: Wrapped, name: str) -> None:
        self._sender = sender
        self._signature = api_of(sender._raw).signals[name][0]

    def connect(self, function: Callable[..., Any]) -> bool:
        """Call the function whenever the signal is emitted."""
        return connect(self._sender, self._signature, function)

    def disconnect(self, function: Callable[..., Any]) -> bool:
        """Stop calling the function."""
        return disconnect(self._sender, self._signature, function)

    def __call__(self, *arguments: Any) -> None:
        """Emit the signal."""
        _pyside_signal(self._sender, self._signature).emit(*map(unwrap, arguments))


def connect(sender: Wrapped, signature: str, *receiver: Any) -> bool:
    """Connect a signal to a function, or to the slot of an object.

    Raises
    ------
    ValueError
        If the class has no signal of that signature; PythonQt prints a line and goes on.
    """
    signature = _known_signature(sender, signature)
    function = _receiver(*receiver)
    kinds = _argument_types(signature)

    def call(*arguments: Any) -> None:
        shown = [_shown(value, kind) for value, kind in zip(arguments, kinds, strict=False)]
        try:
            function(*shown[: _accepted_count(function)])
        except Exception:
            sys.excepthook(*sys.exc_info())

    _pyside_signal(sender, signature).connect(call)
    _connections(sender).append((signature, function, call))
    return True


def disconnect(sender: Wrapped, signature: str, *receiver: Any) -> bool:
    """Undo `connect`; return False if there was nothing to undo."""
    signature = _known_signature(sender, signature)
    function = _receiver(*receiver)
    for connection in _connections(sender):
        if connection[:2] == (signature, function):
            _pyside_signal(sender, signature).disconnect(connection[2])
            _connections(sender).remove(connection)
            return True
    return False


def _known_signature(sender: Wrapped, signature: str) -> str:
    normalised = _normalised(signature)
    known = api_of(sender._raw).signals.get(normalised.partition("(")[0], [])
    if normalised not in map(_normalised, known):
        raise ValueError(
            f"signal '{signature}' does not exist on {type(sender._raw).__name__}; "
            f"it has {', '.join(known) or 'none of that name'}"
        )
    return normalised


def _normalised(signature: str) -> str:
    return QtCore.QMetaObject.normalizedSignature(signature).data().decode()


def _argument_types(signature: str) -> list[str]:
    return [kind for kind in signature.partition("(")[2].rstrip(")").split(",") if kind]


def _pyside_signal(sender: Wrapped, signature: str) -> Any:
    """Return PySide's signal; a stand-in has one that serves all overloads."""
    raw = sender._raw
    name = signature.partition("(")[0]
    signal = getattr(raw, name, None)
    if signal is None or not hasattr(signal, "emit"):
        raise NotImplementedError(f"the stand-in {type(raw).__name__} has no signal {name}")
    kinds = _argument_types(signature)
    declaring = next(base for base in type(raw).__mro__ if name in vars(base) or is_of_qt(base))
    if not kinds or not is_of_qt(declaring):
        return signal
    if signature not in map(_normalised, reflected(declaring).signals.get(name, ())):
        raise NotImplementedError(f"{type(raw).__name__} of Qt 6 has no signal {signature}")
    return signal[tuple(kinds)] if len(kinds) > 1 else signal[kinds[0]]


def _shown(value: Any, kind: str) -> Any:
    """Return the value of an argument; some overloads tell only whether there is a node."""
    if kind == "bool" and not isinstance(value, bool):
        return value is not None
    return wrap(value)


def _receiver(receiver: Any, slot: str | None = None) -> Callable[..., Any]:
    if slot is None:
        if not callable(receiver):
            raise TypeError(f"{receiver!r} is not callable")
        return receiver
    return getattr(receiver, slot.partition("(")[0])


def _accepted_count(function: Callable[..., Any]) -> int | None:
    """Return how many arguments PythonQt passes to a function or method, or None for all."""
    target = function.__func__ if inspect.ismethod(function) else function
    if not inspect.isfunction(target) or target.__code__.co_flags & inspect.CO_VARARGS:
        return None
    return target.__code__.co_argcount - inspect.ismethod(function)


def _connections(sender: Wrapped) -> list[tuple[str, Callable[..., Any], Callable[..., Any]]]:
    return sender._raw.__dict__.setdefault("_connections", [])
