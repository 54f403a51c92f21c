"""``ctperfusion train core-volume``."""

import argparse
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, NoReturn

from .. import RESEARCH_USE
from ..devices import DEVICES
from ..networks.core_volume import OUTPUTS, PATHWAYS, CoreVolumeInputSettings
from ..phantom import SCANNER_SCHEMES, SIZES
from ..progress import StageProgress
from ..training import require_free
from ..training.core_volume import (
    CORE_PRESETS,
    MEDIAN,
    N_FOLDS,
    TEST,
    VALIDATION,
    VARIANTS,
    CoreVolumeStudy,
    CoreVolumeTraining,
    mean_and_sd,
    train_core_volume,
)
from ..training.core_volume.datasets import (
    CachedCoreSource,
    CorePatientSource,
    cache_core_patients,
    open_core_source,
)
from ..training.datasets import PHANTOMS
from .arguments import count, on_call, positive
from .interruptible import run_with_progress, stage_reporter
from .training_data import FIRST_SEED, affordable_workers, after_preparation, named_dataset

_PRESET = "fast"
_SCANNER, _SIZE = "siemens-shuttle", "tiny"
_PATIENTS = 217
_PREPARED = "data"
"""Folder below the output for prepared patients."""

_PREPARATION_SHARE = 0.3
"""Of the whole that is shown for preparing patients."""

_KEPT = "Cancelled; go on with --resume."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``train core-volume``."""
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="a folder with one folder for each patient, of a series and its core or of a series named in "
        f"labels.csv, a folder of ISLES 2018, prepared patients, or '{PHANTOMS}' for simulated heads",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for the ensemble and its record"
    )
    _add_network(parser)
    _add_patients(parser)
    parser.add_argument(
        "--device", choices=("auto", *DEVICES), default="auto", help="where to compute (default: %(default)s)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the training in DIR from its last epoch"
    )
    on_call(parser, partial(_train_core_volume, parser.error))


def _add_network(parser: argparse.ArgumentParser) -> None:
    titles = "; ".join(f"{preset.name}: {preset.title}" for preset in CORE_PRESETS.values())
    parser.add_argument(
        "--preset", choices=CORE_PRESETS, default=_PRESET, help=f"{titles} (default: %(default)s)"
    )
    parser.add_argument(
        "--folds",
        type=count,
        default=N_FOLDS,
        metavar="K",
        help="networks of the cross-validation by patient (default: %(default)s)",
    )
    parser.add_argument(
        "--threshold",
        type=_threshold,
        default=MEDIAN,
        metavar=f"{MEDIAN}|ML",
        help="core volume in mL from which on a core is large (default: the median of all patients)",
    )
    outputs = "; ".join(f"{output.name}: {output.title}" for output in OUTPUTS.values())
    parser.add_argument(
        "--output-kind", choices=OUTPUTS, default="class", help=f"{outputs} (default: %(default)s)"
    )
    pathways = "; ".join(f"{each.name}: {each.title}" for each in PATHWAYS.values())
    parser.add_argument(
        "--pathways",
        choices=PATHWAYS,
        default="both",
        help=f"temporal filters; {pathways} (default: %(default)s)",
    )
    parser.add_argument(
        "--vgg-weights",
        type=Path,
        metavar="FILE",
        help="state dict of torchvision's vgg19 (.pth or .safetensors) for the preset paper, whose encoder "
        "is random without it; nothing is downloaded",
    )
    parser.add_argument("--epochs", type=count, metavar="N", help="instead of those of the preset")
    parser.add_argument(
        "--patience",
        type=count,
        metavar="N",
        help="end a fold after N epochs without a lower validation loss, instead of those of the preset",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of all that is random (default: %(default)s)"
    )


def _add_patients(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--patients", type=count, metavar="N", help=f"simulated heads (default: {_PATIENTS})")
    parser.add_argument(
        "--first-seed",
        type=int,
        metavar="N",
        help=f"seed of the first simulated head, the others follow (default: {FIRST_SEED})",
    )
    parser.add_argument(
        "--scanner",
        nargs="+",
        choices=SCANNER_SCHEMES,
        help=f"of simulated heads; of several each head gets one at random (default: {_SCANNER})",
    )
    parser.add_argument(
        "--size",
        choices=SIZES,
        help=f"of simulated heads: tiny, 128x128 pixels, or clinical, 512x512 (default: {_SIZE})",
    )
    parser.add_argument(
        "--interval",
        type=positive,
        metavar="S",
        help="seconds between frames, for patients whose files carry no usable times (ISLES 2018: 1)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help=f"folder for prepared patients and their variants, which several trainings may share (default: "
        f"{_PREPARED} and {VARIANTS} in the output)",
    )
    parser.add_argument(
        "--workers",
        type=count,
        default=affordable_workers(),
        metavar="N",
        help="processes that prepare patients (default: one for each core, as far as memory reaches)",
    )


def _threshold(text: str) -> float | Literal["median"]:
    return MEDIAN if text == MEDIAN else positive(text)


def _train_core_volume(usage_error: Callable[[str], NoReturn], options: argparse.Namespace) -> None:
    of_phantoms = (options.patients, options.first_seed, options.scanner, options.size)
    if options.dataset != PHANTOMS and any(each is not None for each in of_phantoms):
        usage_error(f"--patients, --first-seed, --scanner and --size are for '{PHANTOMS}'")
    settings = _settings(options)
    if not options.resume:
        require_free(options.output)

    def work(progress: StageProgress, cancel: threading.Event) -> CoreVolumeStudy:
        source = _prepared(options, progress, cancel)
        return train_core_volume(
            source, options.output, settings, folds=options.folds, encoder_weights=options.vgg_weights,
            variants=options.cache and options.cache / VARIANTS, resume=options.resume,
            on_progress=after_preparation(progress, _PREPARATION_SHARE), cancel=cancel,
        )  # fmt: skip

    sys.stdout.write(_text(run_with_progress(work, cancelled=_KEPT)))


def _settings(options: argparse.Namespace) -> CoreVolumeTraining:
    """Return the settings of the preset with what was asked for."""
    own = CORE_PRESETS[options.preset].settings
    return replace(
        own,
        architecture=replace(own.architecture, pathways=options.pathways, output=options.output_kind),
        threshold=options.threshold,
        epochs=options.epochs or own.epochs,
        patience=options.patience or own.patience,
        seed=options.seed,
        device=options.device,
    )


def _prepared(
    options: argparse.Namespace, progress: StageProgress, cancel: threading.Event
) -> CorePatientSource:
    """Return the patients of the data set, prepared on the disk."""
    source = open_core_source(
        named_dataset(options, _PATIENTS),
        CoreVolumeInputSettings(),
        scanner=options.scanner or _SCANNER,
        size=options.size or _SIZE,
        frame_interval=options.interval,
    )
    if isinstance(source, CachedCoreSource):
        return source
    return cache_core_patients(
        source,
        options.cache or options.output / _PREPARED,
        workers=options.workers,
        on_progress=stage_reporter(progress, cancel, "Preparing patients", 0.0, _PREPARATION_SHARE),
    )


def _text(study: CoreVolumeStudy) -> str:
    """Return what a user is told at the end."""
    areas = ", ".join(f"{part} folds {mean_and_sd(study.auc(part), 2)}" for part in (VALIDATION, TEST))
    lines = [
        f"Model: {study.model}",
        f"Large core: {study.threshold_ml:.1f} mL or more",
        f"Area under the ROC curve, mean (SD): {areas}",
    ]
    if study.gives_volume:
        error = mean_and_sd(study.mean_absolute_error(TEST), 1)
        lines.append(f"Mean absolute error of the volume in test folds: {error} mL")
    return "\n".join([*lines, RESEARCH_USE]) + "\n"
