"""Layouts of linked slice views: baseline and maps beside each other, with or without charts below."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any


class PerfusionLayout(IntEnum):
    """The layouts by the numbers under which Slicer knows them; scenes keep the number."""

    MAPS = 5701
    """Six slice views."""

    MAPS_AND_CHART = 5702
    """Six slice views, below them a chart and a table."""

    MAPS_AND_CHARTS = 5703
    """Six slice views, below them two charts."""


@dataclass(frozen=True)
class MapView:
    """A slice view of the layouts.

    Attributes
    ----------
    name : str
        Singleton tag of its slice node.
    shows : tuple of str
        Volumes by name, the first one that there is; ``Baseline`` is the baseline image.
    """

    name: str
    shows: tuple[str, ...]


MAP_VIEWS = (
    MapView("PerfusionBaseline", ("Baseline",)),
    MapView("PerfusionCBF", ("CBF",)),
    MapView("PerfusionCBV", ("CBV",)),
    MapView("PerfusionMTT", ("MTT",)),
    MapView("PerfusionTmax", ("Tmax", "TTP")),
    MapView("PerfusionrCBF", ("rCBF_global", "rCBF_local", "Delay")),
)
"""From upper left to lower right."""

CHART_VIEWS = ("PerfusionChart", "PerfusionChart2")
TABLE_VIEW = "PerfusionTable"

_PREFIX = "Perfusion"
"""Of all names of views, so that no view is called as a map is: nodes are looked up by their names."""

_VIEW_COLOUR = "#35618f"


def layout_descriptions() -> Mapping[PerfusionLayout, str]:
    """Return the layouts in Slicer's XML."""
    rows = "".join(_item(_row(MAP_VIEWS[start : start + 3])) for start in (0, 3))
    maps = f'<layout type="vertical">{rows}</layout>'
    first, second = (_view("vtkMRMLPlotViewNode", tag, f"C{n}") for n, tag in enumerate(CHART_VIEWS, 1))
    table = _view("vtkMRMLTableViewNode", TABLE_VIEW, "T")
    return MappingProxyType(
        {
            PerfusionLayout.MAPS: maps,
            PerfusionLayout.MAPS_AND_CHART: _above(maps, first, table),
            PerfusionLayout.MAPS_AND_CHARTS: _above(maps, first, second),
        }
    )


def register_layouts(layout_node: Any) -> None:
    """Make the layouts known to Slicer; to be called when a module starts, so that scenes that use them open.

    Parameters
    ----------
    layout_node : vtkMRMLLayoutNode
    """
    for layout, description in layout_descriptions().items():
        if not layout_node.AddLayoutDescription(int(layout), description):
            layout_node.SetLayoutDescription(int(layout), description)


def _above(maps: str, left: str, right: str) -> str:
    below = f'<layout type="horizontal" split="true">{_item(left)}{_item(right)}</layout>'
    return (
        f'<layout type="vertical" split="true"><item splitSize="700">{maps}</item>'
        f'<item splitSize="300">{below}</item></layout>'
    )


def _row(views: tuple[MapView, ...]) -> str:
    items = "".join(_item(_slice_view(view)) for view in views)
    return f'<layout type="horizontal">{items}</layout>'


def _slice_view(view: MapView) -> str:
    orientation = '<property name="orientation" action="default">Axial</property>'
    return _view("vtkMRMLSliceNode", view.name, view.name.removeprefix(_PREFIX), orientation)


def _view(node_class: str, tag: str, label: str, more: str = "") -> str:
    return (
        f'<view class="{node_class}" singletontag="{tag}">{more}'
        f'<property name="viewlabel" action="default">{label}</property>'
        f'<property name="viewcolor" action="default">{_VIEW_COLOUR}</property></view>'
    )


def _item(content: str) -> str:
    return f"<item>{content}</item>"
