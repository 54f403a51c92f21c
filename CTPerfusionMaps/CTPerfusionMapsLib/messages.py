"""What the user is told when something fails: one sentence with reason and remedy."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import qt
import slicer
from slicer.i18n import tr as _

from CTPerfusionLib.errors import Cancelled, CTPerfusionError

_logger = logging.getLogger(__name__)


def showError(error: Exception) -> None:
    """Show a failure: the sentence of an error of ours, the details of any other."""
    if isinstance(error, Cancelled):
        return
    if isinstance(error, CTPerfusionError):
        _logger.info("%s", error)
        slicer.util.errorDisplay(str(error))
        return
    details = "".join(traceback.format_exception(error))
    _logger.error("%s", details)
    message = _("Something unexpected went wrong ({kind}); please report it with the details below.")
    slicer.util.errorDisplay(message.format(kind=type(error).__name__), detailedText=details)


@contextmanager
def errorsShown() -> Iterator[None]:
    """Show whatever fails inside, and go on after it."""
    try:
        yield
    except Exception as error:  # a slot must not let anything escape into Qt
        showError(error)


@contextmanager
def waitCursor() -> Iterator[None]:
    """Show that the window is busy for a moment."""
    slicer.app.setOverrideCursor(qt.Qt.WaitCursor)
    try:
        yield
    finally:
        slicer.app.restoreOverrideCursor()
