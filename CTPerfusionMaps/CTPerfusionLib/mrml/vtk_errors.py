"""VTK reports errors by printing them; here they become exceptions."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..errors import ProcessingError

_logger = logging.getLogger(__name__)


@contextmanager
def vtk_errors_raised(task: str) -> Iterator[None]:
    """Collect what VTK prints meanwhile; raise if there was an error, log what were only warnings.

    Parameters
    ----------
    task : str
        What is being done, as a clause for the message such as ``The scene cannot be written``.

    Raises
    ------
    ProcessingError
        If VTK reported an error.
    """
    import vtk

    window = vtk.vtkStringOutputWindow()
    former = vtk.vtkOutputWindow.GetInstance()
    verbosity = vtk.vtkLogger.GetCurrentVerbosityCutoff()
    vtk.vtkOutputWindow.SetInstance(window)
    vtk.vtkLogger.SetStderrVerbosity(vtk.vtkLogger.VERBOSITY_OFF)
    try:
        yield
    finally:
        vtk.vtkLogger.SetStderrVerbosity(verbosity)
        vtk.vtkOutputWindow.SetInstance(former)
    raise_errors(window.GetOutput(), task)


def raise_errors(printed: Any, task: str) -> None:
    """Raise for the first error in what VTK printed; log the rest.

    Raises
    ------
    ProcessingError
    """
    messages = [message.strip() for message in str(printed or "").split("\n\n") if message.strip()]
    errors = [message for message in messages if message.startswith("ERROR")]
    if errors:
        reason = " ".join(errors[0].splitlines()[1:]).rstrip(".") or errors[0]
        raise ProcessingError(
            f"{task} ({reason})", "check that the disk has space; otherwise please report this as a bug"
        )
    for message in messages:
        _logger.warning("%s", " ".join(message.split()))
