"""The section Thresholds: a published protocol, and sliders that leave it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from .logic import AUTOMATIC_SIDE, LesionChoices
from .parameters import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.lesion import Criterion, CriterionScale, ThresholdProtocol

    from .parameters import CorePenumbraSegmentParameterNode

_SLIDERS = {"core": "coreThreshold", "hypoperfusion": "hypoperfusionThreshold"}
"""Field of the parameter node by the criteria that its slider moves."""


class ThresholdPanel:
    """Shows a protocol and the thresholds that the user moved away from it.

    Each slider moves the first criterion of its segment; a protocol with two keeps the second.

    Parameters
    ----------
    ui : object
        Widgets by name.
    onMoved : callable
        Called when segments have to follow.
    """

    def __init__(self, ui: Any, onMoved: Callable[[], None]) -> None:
        from CTPerfusionLib.lesion import load_protocol, protocol_names

        self._ui = ui
        self._onMoved = onMoved
        self._node: CorePenumbraSegmentParameterNode | None = None
        self._sliders = {"core": ui.coreSlider, "hypoperfusion": ui.hypoperfusionSlider}
        self._labels = {"core": ui.coreLabel, "hypoperfusion": ui.hypoperfusionLabel}
        for name in protocol_names():
            ui.protocolComboBox.addItem(load_protocol(name).title, name)
        counted = {
            "": _("as the protocol says"),
            "global": _("normal tissue"),
            "local": _("the mirrored hemisphere"),
        }
        sides = {
            AUTOMATIC_SIDE: _("automatic"),
            "left": _("left"),
            "right": _("right"),
            "none": _("both hemispheres"),
        }
        references = {
            "normal-median": _("normal Tmax, median"),
            "contralateral-median": _("unaffected side, median"),
            "contralateral-mean": _("unaffected side, mean"),
        }
        boxes = (
            (ui.countedComboBox, counted),
            (ui.sideComboBox, sides),
            (ui.referenceComboBox, references),
        )
        for box, choices in boxes:
            for name, title in choices.items():
                box.addItem(title, name)
        ui.protocolComboBox.connect("currentIndexChanged(int)", lambda _index: self._onProtocol())
        ui.countedComboBox.connect("currentIndexChanged(int)", lambda _index: self._onBox("counted"))
        ui.sideComboBox.connect("currentIndexChanged(int)", lambda _index: self._onBox("side"))
        ui.referenceComboBox.connect("currentIndexChanged(int)", lambda _index: self._onBox("reference"))
        ui.coreSlider.connect("valueChanged(double)", lambda _value: self._onSlider("core"))
        ui.hypoperfusionSlider.connect("valueChanged(double)", lambda _value: self._onSlider("hypoperfusion"))
        ui.minimumClusterSlider.connect("valueChanged(double)", lambda _value: self._onMinimum())

    def show(self, node: CorePenumbraSegmentParameterNode | None) -> None:
        """Show the choices of a parameter node, and change that from now on."""
        self._node = None  # nothing is written while widgets change
        if node is not None:
            self._show(node)
        self._node = node

    def choices(self, node: CorePenumbraSegmentParameterNode) -> LesionChoices:
        """Return what the user chose."""
        return LesionChoices(
            protocol=_protocol(node),
            counted=node.counted or None,
            side=node.side,
            reference=self._ui.referenceComboBox.currentData,
            age=_known(node.age),
            nihss=_known(node.nihss),
            hours=_known(node.hours),
        )

    def _show(self, node: CorePenumbraSegmentParameterNode) -> None:
        protocol = _protocol(node)
        boxes = {
            "protocol": self._ui.protocolComboBox,
            "counted": self._ui.countedComboBox,
            "side": self._ui.sideComboBox,
            "reference": self._ui.referenceComboBox,
        }
        for field, box in boxes.items():
            box.setCurrentIndex(max(box.findData(getattr(node, field)), 0))
        published = _published(node)
        changed = "" if protocol == published else _("; thresholds were moved away from it")
        self._ui.protocolSourceLabel.text = f"{published.source}{changed}."
        titles = {"core": _("Core: {map} {sign}"), "hypoperfusion": _("Hypoperfusion: {map} {sign}")}
        for segment, slider in self._sliders.items():
            criterion = getattr(protocol, segment)[0]
            self._showSlider(slider, criterion, protocol.scale_of(criterion))
            short, _separator, _reference = criterion.map.partition("_")
            label = self._labels[segment]
            label.text = titles[segment].format(map=short, sign=criterion.relation.sign)
            label.toolTip = criterion.scale.title
        self._ui.minimumClusterSlider.value = protocol.minimum_cluster_ml

    def _showSlider(self, slider: Any, criterion: Criterion, scale: CriterionScale) -> None:
        slider.decimals = scale.decimals
        slider.minimum = scale.shown(scale.lowest)
        slider.maximum = scale.shown(scale.highest)
        slider.singleStep = scale.shown(scale.step)
        slider.suffix = f" {scale.unit}"
        slider.value = scale.shown(criterion.value)

    def _onProtocol(self) -> None:
        node = self._node
        if node is None:
            return
        node.protocol = self._ui.protocolComboBox.currentData
        node.coreThreshold = node.hypoperfusionThreshold = 0.0
        node.minimumCluster = UNKNOWN
        self.show(node)
        self._onMoved()

    def _onBox(self, field: str) -> None:
        if self._node is not None:
            setattr(self._node, field, getattr(self._ui, f"{field}ComboBox").currentData)
            self._onMoved()

    def _onSlider(self, segment: str) -> None:
        node = self._node
        if node is None:
            return
        scale = getattr(_protocol(node), segment)[0].scale
        setattr(node, _SLIDERS[segment], scale.value(self._sliders[segment].value))
        self._onMoved()

    def _onMinimum(self) -> None:
        if self._node is not None:
            self._node.minimumCluster = self._ui.minimumClusterSlider.value
            self._onMoved()


def _protocol(node: CorePenumbraSegmentParameterNode) -> ThresholdProtocol:
    """Return the protocol with the thresholds that were moved."""
    protocol = _published(node)
    changes: dict[str, Any] = {}
    for segment, field in _SLIDERS.items():
        value = getattr(node, field)
        if value > 0.0:
            first, *others = getattr(protocol, segment)
            changes[segment] = (replace(first, value=value), *others)
    if node.minimumCluster >= 0.0:
        changes["minimum_cluster_ml"] = node.minimumCluster
    return protocol.customised(**changes)


def _published(node: CorePenumbraSegmentParameterNode) -> ThresholdProtocol:
    """Return the protocol as published; the usual one where a scene names one that is not installed."""
    from CTPerfusionLib.lesion import DEFAULT_PROTOCOL, load_protocol, protocol_names

    return load_protocol(node.protocol if node.protocol in protocol_names() else DEFAULT_PROTOCOL)


def _known(value: float) -> float | None:
    return None if value <= UNKNOWN else value
