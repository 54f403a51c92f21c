"""``ctperfusion evaluate core-volume``: networks that tell large from small cores."""

import argparse
import threading
from pathlib import Path

from ..devices import DEVICES
from ..phantom import SCANNER_SCHEMES, SIZES
from ..progress import StageProgress
from ..validation.core_volume_case import CoreVolumeEvaluation
from ..validation.core_volume_output import core_volume_report
from ..validation.core_volume_study import CoreVolumeData, evaluate_trainings
from .arguments import count, on_call, positive
from .evaluation_run import add_output, cancellable, run_evaluation

_TITLE = "Evaluating core-volume networks"

_DEFAULTS = CoreVolumeData()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate core-volume``."""
    parser.add_argument(
        "trainings",
        nargs="+",
        type=Path,
        metavar="TRAINING",
        help="folders of finished trainings (train core-volume): the full model, those with one temporal "
        "pathway, one that estimates the volume; their validation and test folds are evaluated as recorded",
    )
    parser.add_argument(
        "--held-out",
        metavar="DATASET",
        help="patients of the same kind whom no network knows: phantoms:FIRST-LAST for simulated heads with "
        "these seeds, or a folder: a cache of a training, ISLES 2018, or one folder for each patient",
    )
    parser.add_argument(
        "--external",
        metavar="DATASET",
        help="patients of another scanner or institution, likewise; the threshold of the training holds",
    )
    add_output(parser)
    _add_patients(parser)
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default="auto",
        help="where the networks compute (default: %(default)s)",
    )
    on_call(parser, _evaluate_core_volume)


def _add_patients(parser: argparse.ArgumentParser) -> None:
    patients = parser.add_argument_group("patients")
    for name, scanners, whose in (
        ("--scanner", _DEFAULTS.scanners, "held-out"),
        ("--external-scanner", _DEFAULTS.external_scanners, "external"),
    ):
        patients.add_argument(
            name,
            nargs="+",
            choices=SCANNER_SCHEMES,
            default=list(scanners),
            help=f"scanners of simulated {whose} heads; of several each head gets one at random (default: "
            f"{' '.join(scanners)})",
        )
    patients.add_argument(
        "--size",
        choices=SIZES,
        default=_DEFAULTS.size,
        help="of simulated heads: tiny, 128x128 pixels, or clinical, 512x512 (default: %(default)s)",
    )
    patients.add_argument(
        "--interval",
        type=positive,
        metavar="S",
        help="seconds between frames, for patients whose files carry no usable times (ISLES 2018: 1)",
    )
    patients.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="folder in which prepared patients are kept for another evaluation (default: they are not kept)",
    )
    patients.add_argument(
        "--workers",
        type=count,
        default=_DEFAULTS.workers,
        metavar="N",
        help="processes that prepare patients for the cache (default: %(default)s)",
    )


def _evaluate_core_volume(options: argparse.Namespace) -> None:
    data = CoreVolumeData(
        held_out=options.held_out,
        external=options.external,
        scanners=tuple(options.scanner),
        external_scanners=tuple(options.external_scanner),
        size=options.size,
        frame_interval=options.interval,
        cache=options.cache,
        workers=options.workers,
    )

    def evaluate(progress: StageProgress, cancel: threading.Event) -> CoreVolumeEvaluation:
        report = cancellable(progress, cancel)
        return evaluate_trainings(
            options.trainings, data, options.device, lambda fraction: report(_TITLE, fraction)
        )

    run_evaluation(options.output, evaluate, core_volume_report)
