"""``ctperfusion evaluate maps``: maps of networks against reference maps of the same patients."""

import argparse
import threading

from ..devices import DEVICES
from ..networks import DEFAULT_MODEL
from ..phantom import SCANNER_SCHEMES, SIZES
from ..progress import StageProgress
from ..validation.maps_evaluation import EvaluationChoices
from ..validation.maps_output import map_report
from ..validation.maps_result import MapEvaluation
from ..validation.maps_study import REFERENCES, EvaluationData, evaluate_models
from .arguments import count, on_call
from .evaluation_run import add_output, cancellable, run_evaluation

_TITLE = "Evaluating maps"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate maps``."""
    parser.add_argument(
        "source",
        metavar="DATASET",
        help="phantoms:FIRST-LAST for simulated heads with these seeds, or a folder: UniToBrain, a cache of "
        "training, or one folder with a series and maps for each patient",
    )
    parser.add_argument(
        "--model",
        nargs="+",
        default=[DEFAULT_MODEL],
        metavar="NAME|PATH",
        help="networks, by name or by their file of weights; those of several folds, or of single maps, are "
        f"evaluated together (default: {DEFAULT_MODEL})",
    )
    add_output(parser)
    _add_phantoms(parser)
    parser.add_argument(
        "--no-frames",
        action="store_true",
        help="leave out the study of fewer frames (2 to 89), which takes the networks ten times as long",
    )
    parser.add_argument(
        "--seen-too",
        action="store_true",
        help="evaluate patients of training and validation as well, in the table of folds only",
    )
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default="auto",
        help="where the networks compute (default: %(default)s)",
    )
    on_call(parser, _evaluate_maps)


def _add_phantoms(parser: argparse.ArgumentParser) -> None:
    phantoms = parser.add_argument_group("simulated heads")
    phantoms.add_argument(
        "--size",
        choices=SIZES,
        default="clinical",
        help="clinical, 512x512 pixels; tiny, 128x128 (default: %(default)s)",
    )
    phantoms.add_argument(
        "--scanner",
        choices=SCANNER_SCHEMES,
        default=next(iter(SCANNER_SCHEMES)),
        help="scanner that they are scanned with (default: %(default)s)",
    )
    phantoms.add_argument(
        "--reference",
        choices=REFERENCES,
        default=REFERENCES[0],
        help="what maps are held against: the truth, or the box-model fit as in the papers "
        "(default: %(default)s)",
    )
    phantoms.add_argument(
        "--conditions",
        type=count,
        default=0,
        metavar="N",
        help="scan the first N heads under other conditions too: more noise, motion, other boluses, fewer "
        "frames, other scanners; each takes as long as a head (default: none)",
    )


def _evaluate_maps(options: argparse.Namespace) -> None:
    data = EvaluationData(
        source=options.source,
        size=options.size,
        scanner=options.scanner,
        reference=options.reference,
        disturbed=options.conditions,
    )
    choices = EvaluationChoices(
        frames=not options.no_frames, seen_too=options.seen_too, device=options.device
    )

    def evaluate(progress: StageProgress, cancel: threading.Event) -> MapEvaluation:
        report = cancellable(progress, cancel)
        return evaluate_models(data, options.model, choices, lambda fraction: report(_TITLE, fraction))

    run_evaluation(options.output, evaluate, map_report)
