"""What is computed once for a study, in the background: normalisation and the mid-sagittal plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from CTPerfusionLib.errors import CTPerfusionError
from CTPerfusionMapsLib.background import BackgroundTask
from CTPerfusionMapsLib.dependencies import ensureDependencies
from CTPerfusionMapsLib.messages import showError, waitCursor
from CTPerfusionMapsLib.wording import describeProgress, toHtml

from .logic import TITLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.lesion import SymmetryPlane

    from .logic import CorePenumbraSegmentLogic, LesionChoices, PreparedLesion
    from .parameters import CorePenumbraSegmentParameterNode

_STEPS = 1000  # of the progress bar


class PreparationRun:
    """Prepares the selected maps and shows how far that is.

    Parameters
    ----------
    ui : object
        Widgets by name.
    logic : CorePenumbraSegmentLogic
    onPrepared : callable
        Called with the PreparedLesion.
    """

    def __init__(
        self, ui: Any, logic: CorePenumbraSegmentLogic, onPrepared: Callable[[PreparedLesion], None]
    ) -> None:
        self._ui = ui
        self._logic = logic
        self._onPrepared = onPrepared
        self._task: BackgroundTask | None = None
        self._cancelled: BackgroundTask | None = None
        ui.cancelButton.connect("clicked(bool)", lambda _checked: self.cancel())
        self._showIdle("")

    @property
    def running(self) -> bool:
        """Whether a study is being prepared."""
        return self._task is not None

    def start(
        self,
        node: CorePenumbraSegmentParameterNode,
        choices: LesionChoices,
        plane: SymmetryPlane | None,
    ) -> None:
        """Prepare the selected maps, with the user's plane or the one that is found."""
        self.cancel()
        if not node.cbf or not node.tmax:
            self._showIdle(
                _("Select CBF and Tmax; the other maps of the same study are found by themselves.")
            )
            return
        try:
            with waitCursor():
                ensureDependencies(TITLE)
                given = self._logic.mapsInput(node.cbf, node.tmax, node.cbv, node.baseline)
        except Exception as error:  # whatever it was, the user is told
            self._fail(error)
            return
        self._task = BackgroundTask(
            self._logic.preparation(given, choices, plane),
            self._showProgress,
            self._deliver,
            self._fail,
            after=self._cancelled,
        )
        self._ui.progressBar.value = 0
        self._ui.progressBar.visible = True
        self._ui.cancelButton.visible = True
        self._task.start()

    def cancel(self) -> None:
        """Stop preparing."""
        if self._task is not None:
            self._task.cancel()
            self._cancelled, self._task = self._task, None
            self._showIdle(_("Cancelled."))

    def close(self) -> None:
        """Stop preparing and wait until the thread has noticed."""
        self.cancel()
        if self._cancelled is not None:
            self._cancelled.waitUntilStopped()

    def _showProgress(self, stage: str, fraction: float, _elapsed: float) -> None:
        self._ui.progressBar.value = round(_STEPS * fraction)
        self._ui.inputStatusLabel.text = describeProgress(stage, fraction, None)

    def _deliver(self, prepared: PreparedLesion) -> None:
        self._task = None
        self._showIdle("")
        self._onPrepared(prepared)

    def _fail(self, error: Exception) -> None:
        """Say in the panel why maps cannot be used: a dialog would open with every wrong choice."""
        self._task = None
        if isinstance(error, CTPerfusionError):
            self._showIdle(toHtml(str(error), "error"))
        else:
            self._showIdle("")
            showError(error)

    def _showIdle(self, message: str) -> None:
        self._ui.progressBar.visible = False
        self._ui.cancelButton.visible = False
        self._ui.inputStatusLabel.text = message
