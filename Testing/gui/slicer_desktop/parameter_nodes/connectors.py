"""Which widget can show which type of parameter, as in Slicer 5.8: only widgets of exactly these classes."""

import enum
import pathlib
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ctk
import qt
import slicer

from .containers import FloatRange
from .storage import is_node_type, split
from .validators import Choice, Decimals, Maximum, Minimum, RangeBounds, SingleStep, WithinRange, first_of

_LARGEST_INT = 2**31


@dataclass(frozen=True)
class Connector:
    """Reads and writes the value that a widget shows.

    Attributes
    ----------
    read : callable
    write : callable
    signal : BoundSignal or None
        Emitted when the user changes the value; a label has none.
    """

    read: Callable[[], Any]
    write: Callable[[Any], None]
    signal: Any


def connector_for(widget: Any, annotated: Any) -> Connector:
    """Return how the widget shows a parameter of the type, and give the widget its limits and choices.

    Raises
    ------
    RuntimeError
        If Slicer has no way to do it.
    """
    kind, annotations = split(annotated)
    for suits, widgets, make in _MAKERS:
        if type(widget) in widgets() and suits(kind):
            return make(widget, kind, annotations)
    raise RuntimeError(f"Slicer cannot show {annotated} in a {type(widget).__name__} ({widget.objectName})")


def _property(
    widget: Any, name: str, signal: Any, decode: Callable[[Any], Any] = lambda value: value
) -> Connector:
    return Connector(
        lambda: decode(getattr(widget, name)), lambda value: setattr(widget, name, value), signal
    )


def _check_box(widget: Any, _kind: Any, _annotations: Any) -> Connector:
    return _property(widget, "checked", widget.stateChanged)


def _push_button(widget: Any, _kind: Any, _annotations: Any) -> Connector:
    widget.checkable = True
    return _property(widget, "checked", widget.toggled)


def _set_steps(widget: Any, annotations: Any) -> None:
    decimals, step = first_of(annotations, Decimals), first_of(annotations, SingleStep)
    if decimals is not None:
        widget.decimals = decimals.value
    if step is not None:
        widget.singleStep = step.value


def _limits(annotations: Any) -> tuple[Any, Any]:
    within = first_of(annotations, WithinRange)
    low, high = first_of(annotations, Minimum) or within, first_of(annotations, Maximum) or within
    return (low.minimum if low is not None else None), (high.maximum if high is not None else None)


def _integer(widget: Any, _kind: Any, annotations: Any) -> Connector:
    _set_steps(widget, annotations)
    low, high = _limits(annotations)
    if type(widget) is qt.QSlider and None in (low, high):
        raise RuntimeError(f"{widget.objectName}: a slider needs a parameter with limits")
    widget.minimum = -_LARGEST_INT if low is None else low
    widget.maximum = _LARGEST_INT - 1 if high is None else high
    return _property(widget, "value", widget.valueChanged)


def _real(widget: Any, _kind: Any, annotations: Any) -> Connector:
    _set_steps(widget, annotations)
    low, high = _limits(annotations)
    if type(widget) in (ctk.ctkSliderWidget, slicer.qMRMLSliderWidget) and None in (low, high):
        raise RuntimeError(f"{widget.objectName}: a slider needs a parameter with limits")
    widget.minimum = float("-inf") if low is None else low
    widget.maximum = float("inf") if high is None else high
    return _property(widget, "value", widget.valueChanged)


def _choice(widget: Any, _kind: Any, annotations: Any) -> Connector:
    choice = first_of(annotations, Choice)
    if choice is None:
        raise RuntimeError(f"{widget.objectName}: the parameter needs a Choice annotation")
    return _items(widget, {each: str(each) for each in choice.choices})


def _enum(widget: Any, kind: Any, _annotations: Any) -> Connector:
    label = getattr(kind, "label", lambda member: member.name)
    return _items(widget, {member: label(member) for member in kind})


def _items(widget: Any, labels: dict[Any, str]) -> Connector:
    values = list(labels)
    widget.clear()
    for label in labels.values():
        widget.addItem(label)
    return Connector(
        lambda: values[widget.currentIndex],
        lambda value: setattr(widget, "currentIndex", values.index(value)),
        widget.currentIndexChanged,
    )


def _line(widget: Any, _kind: Any, _annotations: Any) -> Connector:
    return _property(widget, "text", widget.textChanged)


def _label(widget: Any, _kind: Any, _annotations: Any) -> Connector:
    return _property(widget, "text", None)


def _text(widget: Any, _kind: Any, _annotations: Any) -> Connector:
    return Connector(widget.toPlainText, widget.setPlainText, widget.textChanged)


def _range(widget: Any, _kind: Any, annotations: Any) -> Connector:
    bounds = first_of(annotations, RangeBounds)
    if bounds is None:
        raise RuntimeError(f"{widget.objectName}: the parameter needs a RangeBounds annotation")
    _set_steps(widget, annotations)
    widget.setRange(bounds.minimum, bounds.maximum)
    return Connector(
        lambda: FloatRange(widget.minimumValue, widget.maximumValue),
        lambda value: widget.setValues(value.minimum, value.maximum),
        widget.valuesChanged,
    )


def _path(widget: Any, kind: Any, _annotations: Any) -> Connector:
    name, signal = (
        ("currentPath", "currentPathChanged")
        if type(widget) is ctk.ctkPathLineEdit
        else ("directory", "directoryChanged")
    )
    return Connector(
        lambda: kind(getattr(widget, name)),
        lambda value: setattr(widget, name, str(value)),
        getattr(widget, signal),
    )


def _node(widget: Any, kind: Any, _annotations: Any) -> Connector:
    kinds = typing.get_args(kind) if typing.get_origin(kind) is typing.Union else (kind,)
    widget.nodeTypes = [split(each)[0]().GetClassName() for each in kinds if is_node_type(split(each)[0])]
    return Connector(widget.currentNode, widget.setCurrentNode, widget.currentNodeChanged)


def _is_node_or_union(kind: Any) -> bool:
    if typing.get_origin(kind) is typing.Union:
        return all(each is type(None) or is_node_type(split(each)[0]) for each in typing.get_args(kind))
    return is_node_type(kind)


def _is_path(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, pathlib.PurePath)


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, enum.Enum)


_MAKERS: tuple[tuple[Callable[[Any], bool], Callable[[], tuple[Any, ...]], Callable[..., Connector]], ...] = (
    (lambda kind: kind is bool, lambda: (qt.QCheckBox, ctk.ctkCheckBox), _check_box),
    (lambda kind: kind is bool, lambda: (qt.QPushButton,), _push_button),
    (lambda kind: kind is int, lambda: (qt.QSlider, qt.QSpinBox), _integer),
    (
        lambda kind: kind is float,
        lambda: (
            qt.QDoubleSpinBox,
            ctk.ctkSliderWidget,
            slicer.qMRMLSliderWidget,
            ctk.ctkDoubleSlider,
            ctk.ctkDoubleSpinBox,
            slicer.qMRMLSpinBox,
        ),
        _real,
    ),
    (lambda kind: kind in (int, float, str, bool), lambda: (qt.QComboBox, ctk.ctkComboBox), _choice),
    (_is_enum, lambda: (qt.QComboBox, ctk.ctkComboBox), _enum),
    (lambda kind: kind is str, lambda: (qt.QLineEdit,), _line),
    (lambda kind: kind is str, lambda: (qt.QLabel,), _label),
    (lambda kind: kind is str, lambda: (qt.QTextEdit,), _text),
    (
        lambda kind: kind is FloatRange,
        lambda: (ctk.ctkRangeWidget, ctk.ctkDoubleRangeSlider, slicer.qMRMLRangeWidget),
        _range,
    ),
    (_is_path, lambda: (ctk.ctkPathLineEdit, ctk.ctkDirectoryButton), _path),
    (_is_node_or_union, lambda: (slicer.qMRMLNodeComboBox,), _node),
)
