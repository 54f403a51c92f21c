"""What all evaluations of the command line have in common: a folder that appears whole or not at all."""

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..errors import Cancelled, ConfigurationError
from ..progress import StageProgress
from ..staging import publish, staging_folder
from ..validation.evaluation_files import PAGE, EvaluationReport, report_text, write_report
from .interruptible import run_with_progress

Result = TypeVar("Result")


def add_output(parser: argparse.ArgumentParser) -> None:
    """Add where the files of an evaluation go: ``output``."""
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for cases.csv, tables.md, tables.json, figures and index.html",
    )


def run_evaluation(
    target: Path,
    evaluate: Callable[[StageProgress, threading.Event], Result],
    describe: Callable[[Result], EvaluationReport],
) -> Result:
    """Evaluate, write all files, print the tables and return what was found.

    Parameters
    ----------
    target : Path
        Folder for the files.
    evaluate : callable
        Takes the progress display and an event that is set once the user asks to stop.
    describe : callable
        Returns what is said about what was found.

    Raises
    ------
    ConfigurationError
        If the target is a file or cannot be written.
    """
    output = target.resolve()
    if output.exists() and not output.is_dir():
        raise ConfigurationError(f"The output {target} is a file", "name a folder for the result")

    def work(progress: StageProgress, cancel: threading.Event) -> tuple[Result, EvaluationReport]:
        # Opened before the work, so that a folder that cannot be written is refused at once.
        with staging_folder(output) as folder:
            found = evaluate(progress, cancel)
            report = describe(found)
            write_report(folder, report)
            publish(folder, output)
        return found, report

    found, report = run_with_progress(work)
    sys.stdout.write(f"{report_text(report)}\nPage: {target / PAGE}\n")
    return found


def cancellable(progress: StageProgress, cancel: threading.Event) -> StageProgress:
    """Return the progress display as a callback that raises ``Cancelled`` once the user asked to stop."""

    def report(title: str, fraction: float) -> None:
        if cancel.is_set():
            raise Cancelled
        progress(title, fraction)

    return report
