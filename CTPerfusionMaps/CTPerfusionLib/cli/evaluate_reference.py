"""``ctperfusion evaluate reference``: maps and lesions against the reference maps of a public cohort."""

import argparse
import threading

from ..progress import StageProgress
from ..validation.patient_halves import Half
from ..validation.reference_case import ReferenceCohort
from ..validation.reference_evaluation import ReferenceChoices, evaluate_reference
from ..validation.reference_output import reference_report
from .arguments import on_call
from .computation import add_method
from .evaluation_run import cancellable, run_evaluation
from .reference_cohort import add_reference_cohort, reference_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate reference``."""
    add_reference_cohort(parser)
    parser.add_argument(
        "--half",
        choices=tuple(map(str, Half)),
        help="only cases of this half: one to tune parameters with, the other to report them (default: all "
        "cases, for parameters that were not tuned on this cohort)",
    )
    add_method(parser)
    on_call(parser, _evaluate_reference)


def _evaluate_reference(options: argparse.Namespace) -> None:
    config = reference_config(options, method=options.method)
    choices = ReferenceChoices(
        layout=options.layout,
        half=options.half and Half(options.half),
        seed=options.seed,
        workers=options.workers,
    )

    def evaluate(progress: StageProgress, cancel: threading.Event) -> ReferenceCohort:
        return evaluate_reference(options.root, choices, config, cancellable(progress, cancel))

    run_evaluation(options.output, evaluate, reference_report)
