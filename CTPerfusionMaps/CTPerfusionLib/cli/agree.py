"""``ctperfusion agree``: agreement of two sets of results of the same studies."""

import argparse
import sys
import threading
from functools import partial
from pathlib import Path
from typing import NoReturn, Protocol

from ..errors import ConfigurationError
from ..progress import StageProgress
from ..validation.agreement import (
    KEY,
    ComparedSets,
    agreement_report,
    compare_folders,
    compare_tables,
)
from ..validation.evaluation_files import report_text
from .arguments import on_call
from .evaluation_run import cancellable, run_evaluation
from .interruptible import run_with_progress


class _UsageError(Protocol):
    """What ends the program for wrong usage."""

    def __call__(self, message: str) -> NoReturn: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``agree``."""
    parser.add_argument(
        "first",
        type=Path,
        metavar="A",
        help="table with a row for each study (CSV or Parquet), or folder with a sub-folder of maps and "
        "segments for each study",
    )
    parser.add_argument(
        "second", type=Path, metavar="B", help="the same of another reader, method or software; "
        "differences are B - A"
    )  # fmt: skip
    parser.add_argument(
        "--key",
        metavar="NAME",
        help=f"column that names the studies, for tables (default: {KEY})",
    )
    parser.add_argument(
        "--pair",
        type=_pair,
        action="append",
        default=[],
        metavar="A_NAME=B_NAME",
        help="column of table A and that of table B which holds the same; may be repeated. Columns of one "
        "name are found without it",
    )
    parser.add_argument(
        "--by",
        metavar="COLUMN",
        help="also compare groups of studies, by a column of table A or B, or of cohort.csv in a folder",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for cases.csv, tables.md, tables.csv, tables.json, figures and index.html",
    )
    on_call(parser, partial(_agree, parser.error))


def _agree(usage_error: _UsageError, options: argparse.Namespace) -> None:
    is_folder = options.first.is_dir()
    if is_folder and (options.key is not None or options.pair):
        usage_error("--key and --pair are for tables")
    for path in (options.first, options.second):
        if not path.exists():
            raise ConfigurationError(f"There is no {path}", "check its path")
    if is_folder is not options.second.is_dir():
        raise ConfigurationError(
            "One of A and B is a table, the other a folder", "give two tables or two folders"
        )

    def compare(progress: StageProgress, cancel: threading.Event) -> ComparedSets:
        if is_folder:
            report = cancellable(progress, cancel)
            return compare_folders(options.first, options.second, by=options.by, progress=report)
        return compare_tables(
            options.first, options.second, key=options.key or KEY, pairs=dict(options.pair), by=options.by
        )

    if options.output is None:
        sys.stdout.write(report_text(agreement_report(run_with_progress(compare))))
    else:
        run_evaluation(options.output, compare, agreement_report)


def _pair(text: str) -> tuple[str, str]:
    """Parse ``A_NAME=B_NAME``."""
    first, equals, second = (part.strip() for part in text.partition("="))
    if not (first and equals and second):
        raise argparse.ArgumentTypeError(f"{text!r} is no pair of columns; give A_NAME=B_NAME")
    return first, second
