"""``ctperfusion evaluate segmentation``: core by global against local normalisation."""

import argparse
import threading
from functools import partial
from pathlib import Path
from typing import NoReturn, Protocol

from ..devices import DEVICES
from ..kinetics import available_methods
from ..lesion import load_protocol, protocol_names
from ..phantom import SIZES
from ..pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig
from ..progress import StageProgress
from ..validation.segmentation_case import SegmentationCohort
from ..validation.segmentation_evaluation import evaluate_phantoms, evaluate_studies
from ..validation.segmentation_output import segmentation_report
from .arguments import count, on_call
from .evaluation_run import add_output, cancellable, run_evaluation

_DEFAULTS = PipelineConfig()

_HEADS, _FIRST_SEED = 64, 1001
"""Every combination of grade, occlusion and scanner, from the seeds that reports are made with."""


class _UsageError(Protocol):
    """What ends the program for wrong usage."""

    def __call__(self, message: str) -> NoReturn: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``evaluate segmentation``."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--phantoms",
        type=count,
        metavar="N",
        help="simulate N heads in all, microangiopathy of grade 0 to 3, half of them with a stroke, on all "
        f"scanners; 64 hold each combination (default: {_HEADS})",
    )
    source.add_argument(
        "--studies",
        type=Path,
        metavar="FOLDER",
        help="analyse the studies of a folder instead, or take the results of runs where it has those",
    )
    parser.add_argument(
        "--groups",
        type=Path,
        metavar="CSV",
        help="for --studies: columns study (name in FOLDER), microangiopathy (Fazekas grade 0 to 3, or NoMA "
        "or MA), stroke (yes or no)",
    )
    parser.add_argument(
        "--first-seed",
        type=int,
        default=_FIRST_SEED,
        metavar="N",
        help="seed of the first simulated head, the others follow (default: %(default)s)",
    )
    parser.add_argument(
        "--size",
        choices=SIZES,
        default="clinical",
        help="of the simulated heads: clinical, 512x512 pixels; tiny, 128x128 (default: %(default)s)",
    )
    _add_analysis(parser)
    add_output(parser)
    on_call(parser, partial(_evaluate_segmentation, parser.error))


def _add_analysis(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method",
        choices=available_methods(),
        default=_DEFAULTS.method,
        help="how the maps are computed (default: %(default)s)",
    )
    parser.add_argument(
        "--protocol",
        choices=[name for name in protocol_names() if load_protocol(name).core_is_relative],
        default=_DEFAULTS.protocol,
        help="thresholds for core and hypoperfusion; the core must depend on relative blood flow "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default=_DEFAULTS.device,
        help="where to compute (default: %(default)s)",
    )


def _evaluate_segmentation(usage_error: _UsageError, options: argparse.Namespace) -> None:
    if (options.studies is None) is not (options.groups is None):
        usage_error("--studies and --groups go together")
    config = PipelineConfig(
        method=options.method,
        core_volume_model=NO_CORE_VOLUME_MODEL,
        protocol=options.protocol,
        device=options.device,
    )

    def evaluate(progress: StageProgress, cancel: threading.Event) -> SegmentationCohort:
        return _cohort(options, config, cancellable(progress, cancel))

    run_evaluation(options.output, evaluate, segmentation_report)


def _cohort(
    options: argparse.Namespace, config: PipelineConfig, progress: StageProgress
) -> SegmentationCohort:
    if options.studies is not None:
        return evaluate_studies(options.studies, options.groups, config=config, progress=progress)
    return evaluate_phantoms(
        options.phantoms or _HEADS, options.first_seed, size=options.size, config=config, progress=progress
    )
