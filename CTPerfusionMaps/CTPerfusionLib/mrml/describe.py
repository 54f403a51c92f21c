"""How results were made, as attributes of their nodes."""

from collections.abc import Iterable, Mapping
from typing import Any

METHOD_ATTRIBUTE = "CTPerfusion.Method"
TMAX_DEFINITION_ATTRIBUTE = "CTPerfusion.TmaxDefinition"
FLOW_READING_ATTRIBUTE = "CTPerfusion.FlowReading"
"""What the method reads at the border of the core where the true relative flow is 1."""


def describe(nodes: Iterable[Any], attributes: Mapping[str, str]) -> None:
    """Set the attributes of all nodes; those that are so already cause no event."""
    for node in nodes:
        modifying = node.StartModify()
        for name, value in attributes.items():
            if node.GetAttribute(name) != value:
                node.SetAttribute(name, value)
        node.EndModify(modifying)
