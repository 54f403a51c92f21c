"""``ctperfusion evaluate reference``: maps and lesions against the reference maps of a public cohort."""

import argparse
import sys
import threading
from pathlib import Path

from ..devices import DEVICES
from ..io.layouts import LAYOUTS
from ..pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig
from ..progress import StageProgress
from ..validation.patient_halves import Half
from ..validation.reference_case import ReferenceCohort
from ..validation.reference_evaluation import ReferenceChoices, evaluate_reference
from ..validation.reference_output import reference_text, write_reference_evaluation
from .arguments import count, on_call, positive
from .computation import add_method
from .evaluation_run import add_output, cancellable, run_evaluation

_DEFAULTS = PipelineConfig()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate reference``."""
    parser.add_argument("root", type=Path, metavar="ROOT", help="folder of the cohort, as it is given out")
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        required=True,
        help="which cohort it is: "
        + "; ".join(f"{name}: {each.title}, {each.reference} maps" for name, each in LAYOUTS.items()),
    )
    add_output(parser)
    parser.add_argument(
        "--half",
        choices=tuple(map(str, Half)),
        help="only cases of this half: one to tune parameters with, the other to report them (default: all "
        "cases, for parameters that were not tuned on this cohort)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=ReferenceChoices.seed,
        metavar="N",
        help="by which patients are divided into halves (default: %(default)s)",
    )
    add_method(parser)
    parser.add_argument(
        "--interval",
        type=positive,
        metavar="S",
        help="seconds between frames (default: "
        + ", ".join(
            f"{each.frame_interval:g} for {name}" for name, each in LAYOUTS.items() if each.frame_interval
        )
        + ", else as the files say)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default=_DEFAULTS.device,
        help="where to compute (default: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=count,
        default=ReferenceChoices.workers,
        metavar="N",
        help="cases side by side, each in a process on one core; 1 takes all cores for each (default: "
        "%(default)s)",
    )
    on_call(parser, _evaluate_reference)


def _evaluate_reference(options: argparse.Namespace) -> None:
    config = PipelineConfig(
        method=options.method,
        core_volume_model=NO_CORE_VOLUME_MODEL,
        device=options.device,
        frame_interval=options.interval,
    )
    choices = ReferenceChoices(
        layout=options.layout,
        half=options.half and Half(options.half),
        seed=options.seed,
        workers=options.workers,
    )

    def evaluate(progress: StageProgress, cancel: threading.Event) -> ReferenceCohort:
        return evaluate_reference(options.root, choices, config, cancellable(progress, cancel))

    cohort = run_evaluation(options.output, evaluate, write_reference_evaluation)
    sys.stdout.write(reference_text(cohort))
    sys.stdout.write(f"\nPage: {options.output / 'index.html'}\n")
