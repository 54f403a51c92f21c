"""``ctperfusion tune``: a deconvolution calibrated to reference maps, kept as a method preset."""

import argparse
import shlex
import sys
import threading

from ..errors import ConfigurationError
from ..kinetics import DECONVOLUTIONS, refuse_known_name, save_preset
from ..networks import MAP_METHODS
from ..progress import StageProgress
from ..validation.deconvolution_tuning import Tuning, TuningChoices, tune_deconvolution
from ..validation.patient_halves import Half
from ..validation.tuning_output import tuning_report
from .arguments import on_call
from .evaluation_run import cancellable, run_evaluation
from .reference_cohort import add_reference_cohort, reference_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``tune``."""
    add_reference_cohort(parser)
    parser.add_argument(
        "--name",
        required=True,
        metavar="NAME",
        help="of the preset, which --method takes from then on: lower case letters, digits and . _ -",
    )
    parser.add_argument(
        "--method",
        choices=DECONVOLUTIONS,
        default=next(iter(DECONVOLUTIONS)),
        help="which deconvolution is calibrated: "
        + "; ".join(f"{name}: {each.title}" for name, each in DECONVOLUTIONS.items())
        + " (default: %(default)s)",
    )
    on_call(parser, _tune)


def _tune(options: argparse.Namespace) -> None:
    if options.name in MAP_METHODS:
        raise ConfigurationError(
            f"There is a method called '{options.name}' already", "choose another name for the new one"
        )
    refuse_known_name(options.name)
    # Any method that needs an artery prepares a scan as a deconvolution does.
    config = reference_config(options, method="bsvd")
    choices = TuningChoices(
        layout=options.layout,
        deconvolution=options.method,
        name=options.name,
        seed=options.seed,
        workers=options.workers,
    )

    def tune(progress: StageProgress, cancel: threading.Event) -> Tuning:
        return tune_deconvolution(options.root, choices, config, cancellable(progress, cancel))

    tuning = run_evaluation(options.output, tune, tuning_report)
    path = save_preset(tuning.preset)
    evaluation = (
        f"ctperfusion evaluate reference {shlex.quote(str(options.root))} --layout {options.layout} "
        f"--seed {options.seed} --half {Half.REPORTING} --method {options.name} --output DIR"
    )
    sys.stdout.write(f"Preset: {path}, for --method {options.name}\nHeld-out numbers: {evaluation}\n")
