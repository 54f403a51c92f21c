"""Options of the command line for the patients that networks for maps learn from."""

import argparse
import threading
from dataclasses import replace
from pathlib import Path

from ..errors import ConfigurationError
from ..networks import InputSettings
from ..phantom import SCANNER_SCHEMES, SIZES
from ..progress import StageProgress
from ..training import PRESETS, MapTraining, is_first_process
from ..training.datasets import (
    CachedSource,
    PatientSource,
    PhantomReference,
    UniToBrainSource,
    UniToBrainStage,
    cache_source,
    open_source,
)
from .arguments import count, positive
from .interruptible import stage_reporter
from .training_data import FIRST_SEED, affordable_workers, named_dataset

PREPARATION_SHARE = 0.1
"""Of the whole that is shown for preparing patients."""

_PATIENTS = 100
_PREPARED = "data"
"""Folder below the output for prepared patients."""


def add_patients(parser: argparse.ArgumentParser) -> None:
    """Add which patients a network for maps learns from: what :func:`prepared_patients` reads."""
    parser.add_argument(
        "--split",
        type=Path,
        metavar="FILE",
        help="which patients to learn from, choose the best epoch with and test with, as split.json of a "
        "training (default: 70, 15 and 15 %% at random)",
    )
    parser.add_argument(
        "--folds",
        type=count,
        metavar="K",
        help="cross-validation by patient: K networks, each tested with other patients; those that the split "
        "keeps for the test stay out",
    )
    parser.add_argument("--patients", type=count, metavar="N", help=f"simulated heads (default: {_PATIENTS})")
    parser.add_argument(
        "--first-seed",
        type=int,
        metavar="N",
        help=f"seed of the first simulated head, the others follow (default: {FIRST_SEED})",
    )
    parser.add_argument(
        "--size",
        nargs="+",
        choices=SIZES,
        help="of simulated heads: clinical, 512x512 pixels; tiny, 128x128; of several each head gets one at "
        "random (default: by the preset)",
    )
    parser.add_argument(
        "--scanner",
        nargs="+",
        choices=SCANNER_SCHEMES,
        help="scanners of simulated heads; of several each head gets one at random (default: by the preset)",
    )
    parser.add_argument(
        "--reference",
        choices=tuple(PhantomReference),
        default=PhantomReference.TRUTH,
        help="maps of simulated heads that are learned: their truth, or fits as in the papers "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--stage",
        choices=tuple(UniToBrainStage),
        help="series of UniToBrain that are read; what its authors have not done to them, registration and "
        f"filter, is done here (default: {UniToBrainStage.FILTERED})",
    )
    parser.add_argument(
        "--interval",
        type=positive,
        metavar="S",
        help="seconds between frames, for patients whose files carry no usable times",
    )
    parser.add_argument(
        "--frames",
        type=count,
        metavar="N",
        help="frames that the network is given, taken as in the papers' study of fewer frames (default: 89, "
        "one every 0.5 s)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help=f"folder for prepared patients (default: {_PREPARED} in the output)",
    )


def prepared_patients(
    options: argparse.Namespace, settings: MapTraining, progress: StageProgress, cancel: threading.Event
) -> PatientSource:
    """Return the patients of the data set, prepared on the disk where that takes time.

    Parameters
    ----------
    options : argparse.Namespace
        What was asked for.
    settings : MapTraining
        Of the training that they are for.
    progress, cancel
        As everywhere.
    """
    source = open_source(
        named_dataset(options, _PATIENTS),
        _input(options.frames),
        settings.targets,
        reference=options.reference,
        scanner=options.scanner or PRESETS[options.preset].phantom_scanners,
        size=options.size or PRESETS[options.preset].phantom_sizes,
        stage=options.stage or UniToBrainStage.FILTERED,
        frame_interval=options.interval,
    )
    if options.stage is not None and not isinstance(source, UniToBrainSource):
        raise ConfigurationError("--stage is for UniToBrain, and this is another data set", "leave it out")
    if isinstance(source, CachedSource):
        return source
    folder = options.cache or options.output / _PREPARED
    if not is_first_process(settings.compute.n_processes):
        return CachedSource(folder)
    report = stage_reporter(progress, cancel, "Preparing patients", 0.0, PREPARATION_SHARE)
    return cache_source(source, folder, workers=affordable_workers(), on_progress=report)


def _input(n_frames: int | None) -> InputSettings:
    """Return the settings of the input; of fewer frames every k-th, as in the code of the papers."""
    whole = InputSettings()
    if n_frames is None:
        return whole
    return replace(whole, n_frames=n_frames, interval=(whole.n_frames // n_frames) * whole.interval)
