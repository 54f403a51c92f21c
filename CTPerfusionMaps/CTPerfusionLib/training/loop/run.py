"""A training from its first phase, or from its checkpoint, to the weights of its best epoch."""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import lightning.pytorch as lightning
import numpy as np
import torch

from ...networks import build_network
from ...networks.modules.map_network import MapNetwork
from ...progress import CancelSignal, StageProgress
from ..datasets import PatientSource, Split
from ..phase_share import phase_shares
from ..record import Course
from ..result import PartErrors
from ..settings import MapTraining
from .banks import Banks
from .callbacks import EpochCheckpoint, ProgressReport
from .checkpoint_file import CHECKPOINT, read_checkpoint
from .map_data import MapData
from .map_module import ALL_MAPS, MapModule
from .quiet import quiet_and_repeatable
from .shared_batch_norm import share_batch_norm
from .trainer import checked_device, fitting_trainer, measuring_trainer, usable_precision

_READING = "Reading slices"
_MEASURING = "Measuring"

Weights = dict[str, torch.Tensor]

_WEIGHTS_STREAM = 0
"""Keeps the random numbers of the first weights apart from the others."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a training gives.

    Attributes
    ----------
    network : MapNetwork
        With the weights of the best epoch, on the processor.
    course : Course
    parts : mapping of str to PartErrors
        What the network reaches, by part of the division.
    """

    network: MapNetwork
    course: Course
    parts: Mapping[str, PartErrors]


class MapRun:
    """A training of one network.

    Parameters
    ----------
    source : PatientSource
    split : Split
    settings : MapTraining
    folder : Path
        For the checkpoint and the logs.
    on_start : callable
        Called once data have been read and nothing is written yet.
    on_epoch : callable
        Takes the course after each epoch, on the first process.
    on_progress : callable
        Takes a title and the fraction of the whole training.
    cancel : CancelSignal or None
    """

    def __init__(
        self,
        source: PatientSource,
        split: Split,
        settings: MapTraining,
        folder: Path,
        *,
        on_start: Callable[[], None],
        on_epoch: Callable[[Course], None],
        on_progress: StageProgress,
        cancel: CancelSignal | None,
    ) -> None:
        self._input = source.settings
        self._parts = tuple(split.parts)
        self._settings = settings
        self._folder = folder
        self._on_start = on_start
        self._on_epoch = on_epoch
        self._cancel = cancel
        self._banks = Banks(source, split, settings, cancel)
        matrix = source.load(split.train[0]).brain.shape[1:]
        self._shares = phase_shares(settings.phases, (matrix[0], matrix[1]), on_progress)

    def train(self, *, resume: bool) -> Trained:
        """Train all phases that are left.

        Parameters
        ----------
        resume : bool
            Whether a checkpoint in the folder is gone on from.

        Raises
        ------
        Cancelled
            If the user asked to stop; the checkpoint of the last epoch stays.
        ProcessingError
            If the training diverges.
        ConfigurationError
            If the checkpoint is damaged, or the machine lacks what is asked for.
        """
        usable_precision(self._settings.compute, checked_device(self._settings.compute))
        path = self._folder / CHECKPOINT
        checkpoint = read_checkpoint(path) if resume and path.is_file() else None
        course = Course() if checkpoint is None else Course.from_state(checkpoint["course"])
        weights: Weights = {} if checkpoint is None else checkpoint["best_weights"]
        first_step = 0 if checkpoint is None else int(checkpoint["global_step"])
        with quiet_and_repeatable():
            while True:
                if course.phase_done:
                    if course.phase + 1 == len(self._settings.phases):
                        break
                    course, checkpoint, first_step = course.next_phase(), None, 0
                module = self._run_phase(course, weights, first_step, None if checkpoint is None else path)
                course, weights = module.course, module.best_weights
            return self._measured(course, weights)

    def _run_phase(
        self,
        course: Course,
        weights: Weights,
        first_step: int,
        checkpoint: Path | None,
    ) -> MapModule:
        """Train the current phase from `weights`, or from within it where there is a checkpoint."""
        share = self._shares[course.phase]
        phase = self._settings.phases[course.phase]
        train, validation = self._banks.read(("train", "validation"), phase, share.reading(_READING))
        data = MapData(train, [validation], self._settings, self._input, course.phase, course.epochs_of_phase)
        self._on_start()
        network = self._network(weights)
        compute = self._settings.compute
        if compute.n_processes > 1 and checked_device(compute).name == "cpu":
            share_batch_norm(network)
        module = MapModule(network, self._settings, course, data.n_steps)
        report = ProgressReport(share.steps, self._cancel)
        keep = EpochCheckpoint(self._folder / CHECKPOINT, self._on_epoch)
        trainer = fitting_trainer(self._settings, course.phase, self._folder, report, keep, first_step)
        with _others_ended(trainer):
            trainer.fit(module, datamodule=data, ckpt_path=checkpoint)
        return module

    def _measured(self, course: Course, weights: Weights) -> Trained:
        """Measure the network of the best epoch with all parts of the division."""
        last = len(self._settings.phases) - 1
        share = self._shares[-1]
        banks = self._banks.read(self._parts, self._settings.phases[last], share.reading(_MEASURING))
        data = MapData(banks[0], banks, self._settings, self._input, last)
        module = MapModule(self._network(weights), self._settings, course, data.n_steps)
        trainer = measuring_trainer(self._settings, ProgressReport(share.steps, self._cancel))
        with _others_ended(trainer):
            trainer.validate(module, datamodule=data, verbose=False)
        share.steps(_MEASURING, 1.0)
        parts = {
            name: PartErrors(measured[ALL_MAPS], {each: measured[each] for each in self._settings.targets})
            for name, measured in zip(self._parts, module.measured, strict=True)
        }
        return Trained(self._network(weights), course, MappingProxyType(parts))

    def _network(self, weights: Weights) -> MapNetwork:
        """Return a network with weights; where there are none, with those that its seed gives."""
        seed = np.random.default_rng([self._settings.seed, _WEIGHTS_STREAM])
        torch.manual_seed(int(seed.integers(2**62)))
        network = build_network(self._settings.architecture, self._input, self._settings.targets)
        if weights:
            network.load_state_dict(weights)
        network.checkpoint_gradients = self._settings.compute.checkpoint_gradients
        if self._settings.compute.channels_last:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network


@contextmanager
def _others_ended(trainer: lightning.Trainer) -> Iterator[None]:
    """End the other processes of this host if something stops this one; they would wait for it."""
    try:
        yield
    except BaseException:
        launcher = trainer.strategy.launcher
        if launcher is not None:
            launcher.kill(signal.SIGTERM)
        raise
