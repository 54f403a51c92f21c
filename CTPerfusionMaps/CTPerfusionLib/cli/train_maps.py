"""``ctperfusion train maps``."""

import argparse
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

from .. import RESEARCH_USE
from ..devices import DEVICES
from ..networks import ARCHITECTURES, MAP_TARGETS
from ..progress import StageProgress
from ..training import (
    PRESETS,
    Compute,
    EarlyStopping,
    MapTraining,
    Precision,
    Schedule,
    TrainedNetwork,
    is_first_process,
    require_free,
    train_study,
)
from ..training.datasets import PHANTOMS, read_split
from .arguments import count, on_call
from .interruptible import run_with_progress
from .map_patients import PREPARATION_SHARE, add_patients, prepared_patients
from .training_data import after_preparation

_PRESET = "fast"
_KEPT = "Cancelled; go on with --resume."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``train maps``."""
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="a folder of UniToBrain, a folder with one folder of series and maps for each patient, prepared "
        f"patients, or '{PHANTOMS}' for simulated heads",
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="folder for the model and its record"
    )
    _add_network(parser)
    add_patients(parser)
    _add_machine(parser)
    parser.add_argument(
        "--resume", action="store_true", help="go on with the training in DIR from its last epoch"
    )
    on_call(parser, partial(_train_maps, parser.error))


def _add_network(parser: argparse.ArgumentParser) -> None:
    titles = "; ".join(f"{preset.name}: {preset.title}" for preset in PRESETS.values())
    parser.add_argument("--preset", choices=PRESETS, default=_PRESET, help=f"{titles} (default: %(default)s)")
    parser.add_argument(
        "--target",
        nargs="+",
        choices=MAP_TARGETS,
        metavar="MAP",
        help=f"maps to be learned, of {', '.join(MAP_TARGETS)} (default: those of the preset)",
    )
    parser.add_argument("--architecture", choices=ARCHITECTURES, help="instead of that of the preset")
    parser.add_argument(
        "--epochs",
        type=count,
        nargs="+",
        metavar="N",
        help="passes through the data in each phase, instead of those of the preset",
    )
    parser.add_argument(
        "--schedule",
        choices=tuple(Schedule),
        help="how the learning rate changes in each phase, instead of that of the preset",
    )
    parser.add_argument(
        "--patience",
        type=count,
        metavar="N",
        help="end a phase after N epochs without a lower error on the validation patients (default: never)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of all that is random (default: %(default)s)"
    )


def _add_machine(parser: argparse.ArgumentParser) -> None:
    defaults = Compute()
    parser.add_argument(
        "--device",
        choices=("auto", *DEVICES),
        default=defaults.device,
        help="where to compute (default: %(default)s)",
    )
    parser.add_argument(
        "--devices", type=count, default=1, metavar="N", help="GPUs of each host (default: %(default)s)"
    )
    parser.add_argument(
        "--hosts",
        type=count,
        default=1,
        metavar="N",
        help="hosts that share DIR, with the same command on each: docs/training.md (default: %(default)s)",
    )
    parser.add_argument(
        "--precision",
        choices=tuple(Precision),
        default=defaults.precision,
        help="of the layers: auto is 16 bits on an NVIDIA GPU, 32 elsewhere (default: %(default)s)",
    )
    parser.add_argument(
        "--low-memory",
        action="store_true",
        help="keep fewer values between the layers: less memory, a third more time, the same weights",
    )


def _train_maps(usage_error: Callable[[str], NoReturn], options: argparse.Namespace) -> None:
    preset = PRESETS[options.preset]
    simulated = options.dataset == PHANTOMS
    of_phantoms = (options.patients, options.first_seed, options.size, options.scanner)
    if not simulated and any(each is not None for each in of_phantoms):
        usage_error(f"--patients, --first-seed, --size and --scanner are for '{PHANTOMS}'")
    if simulated and options.interval is not None:
        usage_error("--interval is for files, simulated heads have their times")
    if options.epochs and len(options.epochs) != len(preset.settings.phases):
        usage_error(f"--epochs takes {len(preset.settings.phases)} numbers with the preset {preset.name}")
    settings = _settings(options)
    split = None if options.split is None else read_split(options.split)
    if not options.resume and is_first_process(settings.compute.n_processes):
        require_free(options.output)

    def work(progress: StageProgress, cancel: threading.Event) -> tuple[TrainedNetwork, ...]:
        source = prepared_patients(options, settings, progress, cancel)
        return train_study(
            source, options.output, settings, joint=preset.joint, n_folds=options.folds, split=split,
            resume=options.resume, on_progress=after_preparation(progress, PREPARATION_SHARE), cancel=cancel,
        )  # fmt: skip

    trained = run_with_progress(work, cancelled=_KEPT)
    if is_first_process(settings.compute.n_processes):
        sys.stdout.write(_text(trained))


def _settings(options: argparse.Namespace) -> MapTraining:
    """Return the settings of the preset with what was asked for."""
    own = PRESETS[options.preset].settings
    epochs = options.epochs or [phase.epochs for phase in own.phases]
    return replace(
        own,
        architecture=options.architecture or own.architecture,
        targets=tuple(options.target or own.targets),
        phases=tuple(
            replace(phase, epochs=n, schedule=Schedule(options.schedule or phase.schedule))
            for phase, n in zip(own.phases, epochs, strict=True)
        ),
        early_stopping=EarlyStopping(options.patience) if options.patience else own.early_stopping,
        seed=options.seed,
        compute=replace(
            own.compute,
            device=options.device,
            devices=options.devices,
            hosts=options.hosts,
            precision=Precision(options.precision),
            checkpoint_gradients=options.low_memory,
        ),
    )


def _text(trained: tuple[TrainedNetwork, ...]) -> str:
    """Return what a user is told at the end."""
    lines = []
    for network in trained:
        test = network.result.parts["test"]
        errors = ", ".join(f"{name} {mse:.5f} ({test.psnr(name):.1f} dB)" for name, mse in test.maps.items())
        lines.append(f"Model: {network.result.model}\nMSE on patients held out: {errors}")
    return "\n".join([*lines, RESEARCH_USE]) + "\n"
