"""Arguments that commands share."""

import argparse
from collections.abc import Callable
from pathlib import Path


def on_call(parser: argparse.ArgumentParser, execute: Callable[[argparse.Namespace], None]) -> None:
    """Let `parser` run `execute` and understand ``--debug``."""
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    parser.set_defaults(execute=execute)


def add_study_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the study and where its times come from: ``study``, ``times``, ``interval``."""
    parser.add_argument(
        "study", type=Path, metavar="STUDY", help="DICOM folder, 4D NIfTI, folder with one, or .seq.nrrd"
    )
    times = parser.add_mutually_exclusive_group()
    times.add_argument(
        "--times",
        type=Path,
        metavar="FILE",
        help="CSV with columns frame, slice (optional), time_s in seconds, instead of the study's",
    )
    times.add_argument(
        "--interval", type=positive, metavar="S", help="seconds between frames, instead of the study's times"
    )


def voxel(text: str) -> tuple[int, int, int]:
    """Parse ``I,J,K``: zero-based column, row, slice."""
    parts = text.split(",")
    if len(parts) != 3 or not all(part.strip().isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a voxel; give column,row,slice such as 256,180,4")
    column, row, slice_index = (int(part) for part in parts)
    return column, row, slice_index


def slice_index(text: str) -> int:
    """Parse the zero-based number of a slice."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a slice; give its number, counted from 0")
    return int(text)


def count(text: str) -> int:
    """Parse a whole number above zero."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def positive(text: str) -> float:
    """Parse a number above zero."""
    value = non_negative(text)
    if value == 0.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def non_negative(text: str) -> float:
    """Parse a finite number of at least zero."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return value
