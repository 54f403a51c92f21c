"""Connection of a parameter node with the widgets of a form, which can be ended again."""

from __future__ import annotations

from typing import Any

import qt

PARAMETER_PROPERTY = "SlicerParameterName"


class GuiConnection:
    """Keeps widgets and the parameters that they name in step, of one parameter node at a time.

    ``parameterNode.connectGui(ui)`` of Slicer would do the same, but returns nothing by which the connection
    could be ended: the nodes of closed scenes would go on driving the widgets.

    Parameters
    ----------
    form : qMRMLWidget
        Widget whose children name parameters by their property ``SlicerParameterName``.
    """

    def __init__(self, form: Any) -> None:
        widgets = form.findChildren(qt.QWidget)
        named = {widget.property(PARAMETER_PROPERTY): widget for widget in widgets}
        self._widgets = {name: widget for name, widget in named.items() if name}
        self._node: Any = None
        self._tag: Any = None

    def connect(self, node: Any) -> None:
        """Connect the widgets with this parameter node and no other; with none if it is None."""
        if node is self._node:
            return
        if self._node is not None:
            self._node.disconnectGui(self._tag)
        self._node = node
        if node is not None:
            self._tag = node.connectParametersToGui(self._widgets)
