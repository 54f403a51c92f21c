"""Which network says whether the core is large, and at which slices it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from CTPerfusionLib.errors import ConfigurationError

from .modelChoice import ModelBox
from .parameters import AUTOMATIC_SLICE

if TYPE_CHECKING:
    from .parameters import CTPerfusionMapsParameterNode

AUTOMATIC_MODEL = ""
"""In place of the name of a network: an installed one, where there is any."""


class CoreVolumeChoice:
    """The combo box of core-volume networks; the slices are connected by the form itself.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        from CTPerfusionLib.networks.core_volume import available_core_volume_models
        from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL

        titles = {AUTOMATIC_MODEL: _("Automatic"), NO_CORE_VOLUME_MODEL: _("Off")}
        titles |= {name: card.title for name, card in available_core_volume_models().items()}
        self._box = ModelBox(
            ui.coreVolumeModelComboBox, ui.coreVolumeModelFileButton, "coreVolumeModel", titles
        )
        self._slices = (ui.coreVolumeLowerSpinBox, ui.coreVolumeUpperSpinBox)

    def show(self, node: CTPerfusionMapsParameterNode | None) -> None:
        """Show the network of a parameter node; one that is off looks at no slices."""
        from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL

        self._box.show(node)
        for spinBox in self._slices:
            spinBox.enabled = node is not None and node.coreVolumeModel != NO_CORE_VOLUME_MODEL


def namesCoreVolumeModel(node: CTPerfusionMapsParameterNode) -> bool:
    """Say whether the user has named a core-volume network, which then has to work."""
    from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL

    return node.coreVolumeModel not in (AUTOMATIC_MODEL, NO_CORE_VOLUME_MODEL)


def coreVolumeOptions(node: CTPerfusionMapsParameterNode) -> dict[str, Any]:
    """Return the choices as fields of ``CTPerfusionLib.pipeline.PipelineConfig``.

    Raises
    ------
    ConfigurationError
        If one slice is chosen and the other is not.
    """
    from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL

    model = node.coreVolumeModel or None
    slices = (node.coreVolumeLower, node.coreVolumeUpper)
    if model == NO_CORE_VOLUME_MODEL or slices == (AUTOMATIC_SLICE, AUTOMATIC_SLICE):
        return {"core_volume_model": model}
    if AUTOMATIC_SLICE in slices:
        raise ConfigurationError(
            "Only one of the two slices for the core-volume network is chosen",
            "choose both, or set both to automatic",
        )
    return {"core_volume_model": model, "core_volume_slices": slices}
