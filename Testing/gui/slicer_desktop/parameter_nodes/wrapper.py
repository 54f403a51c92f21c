"""The decorator that makes a class with typed members a view of a ``vtkMRMLScriptedModuleNode``."""

# ruff: noqa: N802, N815 - the names are those of Qt, CTK and Slicer

from collections.abc import Callable
from typing import Any

import qt
import vtk
from slicer.util import NodeModify

from .connectors import Connector, connector_for
from .containers import Parameter, data_type, parameters_of

_PROPERTY = "SlicerParameterName"
_RESERVED = ("allParameters", "default", "dataType", "getValue", "setValue", "connectGui", "disconnectGui")


def parameterNodeWrapper(holder: Any = None) -> Any:
    """Give a class typed access to a parameter node, and a connection to widgets."""
    if holder is None:
        return parameterNodeWrapper
    for name in _RESERVED:
        if hasattr(holder, name):
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
    parameters = parameters_of(holder)
    for name, parameter in parameters.items():
        setattr(holder, name, _member(name, parameter))
    holder.allParameters = parameters
    holder.dataType = classmethod(data_type)
    for name, function in vars(_ParameterNode).items():
        if callable(function):
            setattr(holder, name, function)
    return holder


def isParameterNodeWrapper(candidate: Any) -> bool:
    """Return whether the class or object was made by `parameterNodeWrapper`."""
    return hasattr(candidate, "allParameters") and hasattr(candidate, "connectGui")


def _member(name: str, parameter: Parameter) -> property:
    def read(self: Any) -> Any:
        full_name = self._prefix + name
        if not parameter.storage.is_in(self.parameterNode, full_name):
            parameter.storage.write(self.parameterNode, full_name, parameter.default.value)
        return parameter.storage.read(self.parameterNode, full_name)

    def write(self: Any, value: Any) -> None:
        parameter.storage.validate(value)
        parameter.storage.write(self.parameterNode, self._prefix + name, value)

    return property(read, write)


class _ParameterNode:
    """The functions that a decorated class gets."""

    _prefix: str
    _connectors: dict[int, dict[str, tuple[Connector, Callable[[], None]]]]
    allParameters: dict[str, Parameter]

    def __init__(self, parameterNode: Any, prefix: str | None = None) -> None:
        self.__dict__.update(
            parameterNode=parameterNode,
            _prefix=prefix or "",
            _connectors={},
            _next_tag=0,
            _updating_widgets=False,
        )
        for name, parameter in self.allParameters.items():
            if not parameter.storage.is_in(parameterNode, self._prefix + name):
                setattr(self, name, parameter.default.value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.allParameters:
            raise AttributeError(f"{type(self).__name__} has no parameter {name!r}")
        object.__setattr__(self, name, value)

    def default(self, name: str) -> Any:
        """Return the default of a parameter, with its value in ``value``."""
        return self.allParameters[name].default

    def getValue(self, name: str) -> Any:
        """Return the value of a parameter, the name of which may be dotted."""
        data_type(type(self), name)
        top, _, rest = name.partition(".")
        return getattr(self, top).getValue(rest) if rest else getattr(self, top)

    def setValue(self, name: str, value: Any) -> None:
        """Set the value of a parameter, the name of which may be dotted."""
        data_type(type(self), name)
        top, _, rest = name.partition(".")
        if rest:
            getattr(self, top).setValue(rest, value)
        else:
            setattr(self, top, value)

    def connectGui(self, gui: Any) -> None:
        """Connect all widgets that have the property ``SlicerParameterName``.

        As in Slicer there is no tag to disconnect them with; `connectParametersToGui` returns one.
        """
        widgets = gui.findChildren(qt.QWidget) if hasattr(gui, "isWidgetType") else list(vars(gui).values())
        named = {widget.property(_PROPERTY): widget for widget in widgets if widget.property(_PROPERTY)}
        self.connectParametersToGui(named)

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        """Connect widgets, given by the names of their parameters; return a tag to disconnect them with."""
        connectors = {
            name: connector_for(widget, data_type(type(self), name)) for name, widget in mapping.items()
        }
        tag = self._next_tag
        self.__dict__["_next_tag"] += 1
        connected = self._connectors[tag] = {}
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            slot = _take_over(self, name, connector)
            if connector.signal is not None:
                connector.signal.connect(slot)
            connected[name] = (connector, slot)
        self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _show_all(self))
        return tag

    def disconnectGui(self, tag: int | None) -> None:
        """Disconnect the widgets of a tag; any other value disconnects nothing."""
        for connector, slot in self._connectors.pop(tag, {}).values():
            if connector.signal is not None:
                connector.signal.disconnect(slot)

    def StartModify(self) -> Any:
        """Hold events back."""
        return self.parameterNode.StartModify()

    def EndModify(self, before: Any) -> Any:
        """Let events go."""
        return self.parameterNode.EndModify(before)

    def AddObserver(self, event: Any, callback: Any, priority: float = 0.0) -> int:
        """Observe the node."""
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        """Stop observing the node."""
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        """Tell observers of the node."""
        self.parameterNode.Modified()


def _take_over(parameters: Any, name: str, connector: Connector) -> Callable[[], None]:
    def slot() -> None:
        if not parameters._updating_widgets:
            with NodeModify(parameters):
                parameters.setValue(name, connector.read())

    return slot


def _show_all(parameters: Any) -> None:
    if parameters._updating_widgets:
        return
    parameters.__dict__["_updating_widgets"] = True
    try:
        for connected in list(parameters._connectors.values()):
            for name, (connector, _) in connected.items():
                connector.write(parameters.getValue(name))
    finally:
        parameters.__dict__["_updating_widgets"] = False
