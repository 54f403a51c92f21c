"""Which of the maps that a method gives are put into the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt

if TYPE_CHECKING:
    from .parameters import CTPerfusionMapsParameterNode


class MapChoice:
    """The combo box of maps with a mark at each that is shown.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        self._box = ui.outputMapsComboBox
        self._node: CTPerfusionMapsParameterNode | None = None
        self._method = ""
        self._box.connect("checkedIndexesChanged()", self._onChecked)

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the maps of the chosen method and which of them are shown."""
        self._node = None  # nothing is written while marks change
        if node is not None:
            self._offer(node.method)
            hidden = set(node.hiddenMaps)
            for position in range(self._box.count):
                shown = self._box.itemData(position) not in hidden
                self._box.setCheckState(self._index(position), qt.Qt.Checked if shown else qt.Qt.Unchecked)
        self._node = node

    def _offer(self, method: str) -> None:
        from CTPerfusionLib.networks import available_map_methods
        from CTPerfusionLib.series import QUANTITIES

        if method == self._method:
            return
        methods = available_map_methods()
        if method not in methods:
            return
        self._method = method
        self._box.clear()
        for name in methods[method].maps:
            self._box.addItem(f"{name}: {QUANTITIES[name].title}", name)

    def _onChecked(self) -> None:
        if self._node is None:
            return
        offered = {self._box.itemData(position) for position in range(self._box.count)}
        hidden = {
            self._box.itemData(position)
            for position in range(self._box.count)
            if self._box.checkState(self._index(position)) != qt.Qt.Checked
        }
        # Maps that only another method gives keep their mark.
        self._node.hiddenMaps = sorted(hidden | (set(self._node.hiddenMaps) - offered))

    def _index(self, position: int) -> Any:
        return self._box.model().index(position, 0)
