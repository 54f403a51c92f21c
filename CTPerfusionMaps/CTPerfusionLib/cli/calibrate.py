"""``ctperfusion calibrate``: what each method reports for known delay and transit time."""

import argparse
import sys
import threading

from ..devices import DEVICES
from ..progress import StageProgress
from ..validation import TmaxCalibration, calibrate_tmax, calibration_record, calibration_text
from .arguments import non_negative, on_call, positive
from .interruptible import run_with_progress, stage_reporter
from .json_output import add_json_argument, json_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``calibrate``."""
    parser.add_argument(
        "--noise",
        type=non_negative,
        default=2.0,
        metavar="HU",
        help="SD of the noise that filtering leaves, in HU (default: %(default)s)",
    )
    parser.add_argument(
        "--interval",
        type=positive,
        nargs="+",
        default=[0.5, 1.0, 2.0],
        metavar="S",
        help="seconds between frames (default: 0.5 1 2)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default="auto",
        help="where the methods compute (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=900,
        help="seed of the simulated patients and their noise (default: %(default)s)",
    )
    add_json_argument(parser)
    on_call(parser, _calibrate)


def _calibrate(options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> TmaxCalibration:
        report = stage_reporter(progress, cancel, "Calibrating", 0.0, 1.0)
        return calibrate_tmax(
            noise=options.noise,
            intervals=options.interval,
            device=options.device,
            seed=options.seed,
            on_progress=report,
        )

    with json_output(options.json) as write:
        calibration = run_with_progress(work)
        write(calibration_record(calibration))
    sys.stdout.write(calibration_text(calibration))
