"""``ctperfusion send``: DICOM files to an archive or a workstation."""

import argparse
import sys
import threading
from pathlib import Path

from ..errors import Cancelled, ConfigurationError
from ..export import DicomNode, send_files
from ..export.node import CALLING_TITLE
from ..io import dicom_files_below
from ..progress import StageProgress
from .arguments import on_call
from .interruptible import run_with_progress, stage_reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``send``."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="all DICOM files below it are sent, such as the folder dicom of a result",
    )
    parser.add_argument(
        "--node",
        required=True,
        metavar="AET@HOST:PORT",
        help="application entity title, host and port of the receiver, such as ARCHIVE@pacs.example.org:104",
    )
    parser.add_argument(
        "--calling",
        default=CALLING_TITLE,
        metavar="AET",
        help="application entity title of this software, as the receiver knows it (default: %(default)s)",
    )
    on_call(parser, _send)


def _send(options: argparse.Namespace) -> None:
    node = DicomNode.parse(options.node, options.calling)
    if not options.folder.is_dir():
        raise ConfigurationError(f"There is no folder {options.folder}", "check its path")

    def work(progress: StageProgress, cancel: threading.Event) -> int:
        report = stage_reporter(progress, cancel, "Sending", 0.0, 1.0)
        return send_files(dicom_files_below(options.folder), node, on_progress=report)

    try:
        count = run_with_progress(work)
    except Cancelled:
        sys.stderr.write(f"What {node} had stored by then stays there.\n")
        raise
    sys.stdout.write(f"{count} file{'s' if count > 1 else ''} stored by {node}\n")
