"""``ctperfusion cohort``: all studies of a folder to one table."""

import argparse
import sys
import threading
from pathlib import Path

from .. import RESEARCH_USE
from ..cohort import CohortConfig, CohortResult, StudyStatus, local_workers, run_cohort
from ..cohort.page import PAGE
from ..cohort.patients import patients_sentence
from ..cohort.tables import CSV
from ..pipeline import PipelineConfig
from ..progress import StageProgress
from .arguments import count, on_call, positive
from .computation import add_computation_arguments, chosen_computation
from .interruptible import run_with_progress

_GRACE = 20.0
"""Seconds for workers to end and the table to be written after Ctrl-C."""

_KEPT = "Cancelled; what was done is kept, and --resume goes on with it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``cohort``."""
    parser.add_argument(
        "root",
        type=Path,
        metavar="ROOT",
        help="folder with studies in DICOM or 4D NIfTI files or Slicer sequences, however they are "
        "arranged, or with ISLES 2018, ISLES 2024 or UniToBrain as they come",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for results, table and page"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=count,
        metavar="N",
        help="studies that are computed side by side on this machine (default: one for each core, as far as "
        "memory reaches)",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="Dask scheduler whose workers compute, such as tcp://10.0.0.5:8786; they see input and output "
        "under the same paths",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the cohort in DIR: studies that are done and have not changed are kept",
    )
    parser.add_argument("--retry-failed", action="store_true", help="the same, and compute anew what failed")
    parser.add_argument(
        "--own-names",
        action="store_true",
        help="name studies for their folders, which may tell who the patients are (default: a hash of the "
        "place; studies.csv tells which is which)",
    )
    parser.add_argument(
        "--interval", type=positive, metavar="S", help="seconds between frames, instead of the studies' times"
    )
    parser.add_argument(
        "--patients",
        type=Path,
        metavar="FILE",
        help="CSV with a column place or study as in studies.csv, and any of age (years), nihss and hours "
        "since last seen well, for the criteria of the trials",
    )
    add_computation_arguments(parser)
    on_call(parser, _run)


def _run(options: argparse.Namespace) -> None:
    config = CohortConfig(
        study=PipelineConfig(**chosen_computation(options), frame_interval=options.interval),
        workers=None if options.workers is None else local_workers(options.workers),
        scheduler=options.scheduler,
        resume=options.resume or options.retry_failed,
        retry_failed=options.retry_failed,
        own_names=options.own_names,
        patients=options.patients,
    )

    def work(progress: StageProgress, cancel: threading.Event) -> CohortResult:
        return run_cohort(options.root, options.output, config, progress, cancel)

    sys.stdout.write(_describe(run_with_progress(work, cancelled=_KEPT, grace=_GRACE)))


def _describe(result: CohortResult) -> str:
    counts = ", ".join(f"{result.count(status)} {status}" for status in StudyStatus)
    kept = f"; {result.n_kept} kept from before" if result.n_kept else ""
    lines = [
        f"Studies: {counts}{kept}",
        *filter(None, [patients_sentence(result.rows)]),
        f"Table: {result.folder / CSV}",
        f"Page: {result.folder / PAGE}",
        RESEARCH_USE,
    ]
    return "\n".join(lines) + "\n"
