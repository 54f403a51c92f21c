"""Compute, Cancel and what is seen meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from CTPerfusionLib.errors import Cancelled

from .background import BackgroundTask
from .coreVolumeChoice import coreVolumeOptions, namesCoreVolumeModel
from .dependencies import (
    NETWORK_REQUIREMENTS,
    TORCH_FOR_CORE_VOLUME,
    TORCH_FOR_GPU,
    TORCH_FOR_NETWORKS,
    ensureDependencies,
    ensureTorch,
)
from .logic import TITLE
from .messages import errorsShown, showError, waitCursor
from .modelChoice import needsModel
from .wording import describeProgress

if TYPE_CHECKING:
    from collections.abc import Callable

    from .logic import CTPerfusionMapsLogic
    from .parameters import CTPerfusionMapsParameterNode
    from .studies import ComputedStudy

    Voxels = tuple[tuple[int, int, int], ...]

_STEPS = 1000  # of the progress bar

_GPU_DEVICES = ("cuda", "mps")


class RunPanel:
    """Runs the computation in the background and puts its results into the scene.

    Parameters
    ----------
    ui : object
        Widgets by name.
    logic : CTPerfusionMapsLogic
    onResult : callable
        Called with the sequence and its new ComputedStudy, whose nodes are in the scene.
    onStateChanged : callable
        Called when a run begins or ends.
    """

    def __init__(
        self,
        ui: Any,
        logic: CTPerfusionMapsLogic,
        onResult: Callable[[Any, ComputedStudy], None],
        onStateChanged: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._logic = logic
        self._onResult = onResult
        self._onStateChanged = onStateChanged
        self._task: BackgroundTask | None = None
        self._cancelled: BackgroundTask | None = None
        self._remaining: Any = None
        ui.cancelButton.connect("clicked(bool)", lambda _checked: self.cancel())
        self._showIdle("")

    @property
    def running(self) -> bool:
        """Whether a computation is under way."""
        return self._task is not None

    def start(
        self, node: CTPerfusionMapsParameterNode, aif: Voxels | None = None, vof: Voxels | None = None
    ) -> None:
        """Compute the maps of the selected series, with vessels at these voxels or found automatically."""
        with errorsShown(), waitCursor():
            _ensurePackages(node)
            self.cancel()
            from CTPerfusionLib.progress import RemainingTime

            sequence = node.inputSequence
            compute = self._logic.computation(sequence, _config(node, aif, vof))
            hidden = frozenset(node.hiddenMaps)
            self._remaining = RemainingTime()
            self._task = BackgroundTask(
                compute,
                self._showProgress,
                lambda study: self._deliver(sequence, study, hidden),
                self._fail,
                after=self._cancelled,
            )
            self._ui.progressLabel.text = _("Starting")
            self._ui.progressBar.value = 0
            self._ui.progressBar.visible = True
            self._ui.cancelButton.enabled = True
            self._task.start()
            self._onStateChanged()

    def cancel(self) -> None:
        """Stop a run; its results are never shown, the scene stays as it is."""
        if self._task is None:
            return
        self._task.cancel()
        self._cancelled, self._task = self._task, None
        self._showIdle(_("Cancelled; the scene is as before."))
        self._onStateChanged()

    def close(self) -> None:
        """Stop a run and wait until its thread has noticed, for when the module or Slicer goes away."""
        self.cancel()
        if self._cancelled is not None:
            self._cancelled.waitUntilStopped()

    def _showProgress(self, stage: str, fraction: float, elapsed: float) -> None:
        remaining = self._remaining.update(fraction, elapsed)
        self._ui.progressBar.value = round(_STEPS * fraction)
        self._ui.progressLabel.text = describeProgress(stage, fraction, remaining)

    def _deliver(self, sequence: Any, study: ComputedStudy, hidden: frozenset[str]) -> None:
        self._task = None
        self._showIdle("")
        with errorsShown():
            if slicer.mrmlScene.GetNodeByID(sequence.GetID()) is not sequence:
                self._showIdle(_("The series was removed from the scene, so its maps are not shown."))
            else:
                self._logic.publish(sequence, study, hidden)
                self._showIdle(_("The maps of {series} are computed.").format(series=sequence.GetName()))
                self._onResult(sequence, study)
        self._onStateChanged()

    def _fail(self, error: Exception) -> None:
        self._task = None
        self._showIdle(
            "" if isinstance(error, Cancelled) else _("The computation failed; the scene is as before.")
        )
        self._onStateChanged()
        showError(error)

    def _showIdle(self, message: str) -> None:
        self._ui.progressBar.visible = False
        self._ui.cancelButton.enabled = False
        self._ui.progressLabel.text = message


def _ensurePackages(node: CTPerfusionMapsParameterNode) -> None:
    """Make sure that the packages are there which these choices need."""
    if namesCoreVolumeModel(node):
        ensureTorch(TITLE, TORCH_FOR_CORE_VOLUME)
        ensureDependencies(TITLE, NETWORK_REQUIREMENTS)
    if needsModel(node.method):
        ensureTorch(TITLE, TORCH_FOR_NETWORKS)
        ensureDependencies(TITLE, NETWORK_REQUIREMENTS)
        return
    ensureDependencies(TITLE)
    if node.device in _GPU_DEVICES:
        ensureTorch(TITLE, TORCH_FOR_GPU)


def _config(node: CTPerfusionMapsParameterNode, aif: Voxels | None, vof: Voxels | None) -> Any:
    from CTPerfusionLib.pipeline import PipelineConfig

    return PipelineConfig(
        method=node.method,
        model=node.model if needsModel(node.method) else None,
        device=node.device,
        registration=node.registration,
        filter=node.filter,
        arterial_input=node.arterialInput,
        frame_interval=node.frameInterval or None,
        aif=aif,
        vof=vof,
        **coreVolumeOptions(node),
    )
