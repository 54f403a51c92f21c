"""``ctperfusion evaluate``: studies that say how far results can be trusted."""

import argparse
import sys
import threading
from functools import partial
from pathlib import Path
from typing import NoReturn, Protocol

from .. import RESEARCH_USE
from ..devices import DEVICES
from ..errors import Cancelled, ConfigurationError
from ..kinetics import METHODS
from ..lesion import load_protocol, protocol_names
from ..phantom import SIZES
from ..pipeline import PipelineConfig, StageProgress
from ..staging import publish, staging_folder
from ..validation.segmentation_case import SegmentationCohort
from ..validation.segmentation_evaluation import evaluate_phantoms, evaluate_studies
from ..validation.segmentation_output import evaluation_text, write_evaluation
from .command import Command, count, on_call
from .interruptible import run_with_progress

_DEFAULTS = PipelineConfig()

_HEADS, _FIRST_SEED = 64, 1001
"""Every combination of grade, occlusion and scanner, from the seeds that reports are made with."""


class _UsageError(Protocol):
    """What ends the program for wrong usage."""

    def __call__(self, message: str) -> NoReturn: ...


def _add_segmentation(parser: argparse.ArgumentParser) -> None:
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
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for cases.csv, tables.md, tables.json, figures and index.html",
    )
    on_call(parser, partial(_evaluate_segmentation, parser.error))


def _add_analysis(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--method",
        choices=METHODS,
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
    config = PipelineConfig(method=options.method, protocol=options.protocol, device=options.device)
    output = options.output.resolve()
    if output.exists() and not output.is_dir():
        raise ConfigurationError(f"The output {options.output} is a file", "name a folder for the result")

    def work(progress: StageProgress, cancel: threading.Event) -> SegmentationCohort:
        # Opened before the work, so that a folder that cannot be written is refused at once.
        with staging_folder(output) as folder:
            cohort = _cohort(options, config, _cancellable(progress, cancel))
            write_evaluation(folder, cohort)
            publish(folder, output)
        return cohort

    sys.stdout.write(evaluation_text(run_with_progress(work)))
    sys.stdout.write(f"\nPage: {options.output / 'index.html'}\n")


def _cohort(
    options: argparse.Namespace, config: PipelineConfig, progress: StageProgress
) -> SegmentationCohort:
    if options.studies is not None:
        return evaluate_studies(options.studies, options.groups, config=config, progress=progress)
    return evaluate_phantoms(
        options.phantoms or _HEADS, options.first_seed, size=options.size, config=config, progress=progress
    )


def _cancellable(progress: StageProgress, cancel: threading.Event) -> StageProgress:
    def report(title: str, fraction: float) -> None:
        if cancel.is_set():
            raise Cancelled
        progress(title, fraction)

    return report


EVALUATIONS: tuple[Command, ...] = (
    Command(
        "segmentation",
        "core by global against local normalisation",
        "Repeat the study of Rau et al. 2024 on simulated heads of known truth, or on real studies: core "
        "volumes by global and local normalisation, with and without microangiopathy. 64 heads of clinical "
        "size take about an hour on two cores.",
        _add_segmentation,
    ),
)
"""All evaluations; a new one is added here."""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(required=True, metavar="PART")
    for evaluation in EVALUATIONS:
        part = parts.add_parser(
            evaluation.name, help=evaluation.summary, description=evaluation.description, epilog=RESEARCH_USE
        )
        evaluation.add_arguments(part)


EVALUATE = Command(
    "evaluate",
    "say how far results can be trusted",
    "Hold results against known truth, or against each other.",
    _add_arguments,
)
