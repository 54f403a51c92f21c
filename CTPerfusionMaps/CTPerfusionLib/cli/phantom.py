"""``ctperfusion phantom``: studies with known truth."""

import argparse
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from .. import RESEARCH_USE
from ..phantom import (
    LESIONS,
    MOTIONS,
    RESIDUES,
    SCANNER_SCHEMES,
    SIDES,
    SIZES,
    STUDY_FORMATS,
    Phantom,
    head_phantom,
    tile_phantom,
    write_phantom,
)
from ..progress import ProgressCallback, StageProgress
from .arguments import non_negative, on_call, positive
from .interruptible import run_with_progress, stage_reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``phantom``."""
    kinds = parser.add_subparsers(required=True, metavar="KIND")
    for name, add, summary in (
        ("head", _add_head, "simulate a CTP study of a head with a stroke"),
        ("tiles", _add_tiles, "simulate tiles of known CBV, MTT and delay (Kudo layout)"),
    ):
        add(
            kinds.add_parser(
                name, help=summary, description=f"{summary[0].upper() + summary[1:]}.", epilog=RESEARCH_USE
            )
        )


def _add_head(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument(
        "--scanner",
        choices=SCANNER_SCHEMES,
        default="ge-cine",
        help="how frames and slices are acquired (default: %(default)s)",
    )
    parser.add_argument(
        "--lesion",
        choices=LESIONS,
        default="m1",
        help="occluded segment of the middle cerebral artery (default: %(default)s)",
    )
    parser.add_argument("--side", choices=SIDES, help="hemisphere of the lesion (default: drawn by the seed)")
    parser.add_argument(
        "--microangiopathy",
        type=int,
        choices=range(4),
        default=0,
        help="grade of white-matter disease, 0 to 3 (default: %(default)s)",
    )
    parser.add_argument(
        "--motion", choices=MOTIONS, default="mild", help="head motion (default: %(default)s)"
    )
    parser.add_argument(
        "--noise",
        type=non_negative,
        metavar="HU",
        help="SD of the image noise in HU (default: typical of the scanner)",
    )
    parser.add_argument(
        "--size",
        choices=SIZES,
        default="clinical",
        help="clinical: 512x512 pixels; tiny: 128x128, for tests (default: %(default)s)",
    )
    on_call(parser, _write_head)


def _add_tiles(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument(
        "--residue",
        choices=RESIDUES,
        default="exponential",
        help="shape of the residue function (default: %(default)s)",
    )
    parser.add_argument(
        "--noise",
        type=non_negative,
        default=0.0,
        metavar="HU",
        help="SD of the image noise in HU (default: %(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=positive,
        default=2.0,
        metavar="S",
        help="seconds between frames (default: %(default)s)",
    )
    parser.add_argument(
        "--frames", type=int, default=30, metavar="N", help="number of frames (default: %(default)s)"
    )
    on_call(parser, _write_tiles)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output", type=Path, metavar="OUT", help="folder for study/ and truth/")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of all that is random (default: %(default)s)"
    )
    parser.add_argument(
        "--format", choices=STUDY_FORMATS, default="dicom", help="form of the study (default: %(default)s)"
    )


def _write_head(options: argparse.Namespace) -> None:
    def simulate(report: ProgressCallback) -> Phantom:
        return head_phantom(
            seed=options.seed, scanner=options.scanner, lesion=options.lesion, side=options.side,
            microangiopathy=options.microangiopathy, motion=options.motion, noise=options.noise,
            size=options.size, on_progress=report,
        )  # fmt: skip

    _write(simulate, options)


def _write_tiles(options: argparse.Namespace) -> None:
    def simulate(report: ProgressCallback) -> Phantom:
        return tile_phantom(
            residue=options.residue, noise=options.noise, interval=options.interval, n_frames=options.frames,
            seed=options.seed, on_progress=report,
        )  # fmt: skip

    _write(simulate, options)


def _write(simulate: Callable[[ProgressCallback], Phantom], options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> None:
        phantom = simulate(stage_reporter(progress, cancel, "Simulating", 0.0, 0.7))
        report = stage_reporter(progress, cancel, "Writing", 0.7, 1.0)
        write_phantom(phantom, options.output, format=options.format, on_progress=report)

    run_with_progress(work)
    sys.stdout.write(
        f"Study: {options.output / 'study'}\nTruth: {options.output / 'truth'}\n{RESEARCH_USE}\n"
    )
