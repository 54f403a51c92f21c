"""The training of one fold, from its first epoch or from its checkpoint, to the weights of its best epoch."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ....errors import ProcessingError
from ....networks.core_volume.modules.core_volume_network import CoreVolumeNetwork
from ....progress import StageProgress
from ....statistics import roc_auc
from ...batch_plan import BatchPlan, Share
from ...loop.checkpoint_file import CHECKPOINT, WholeCheckpoints, read_checkpoint
from ...record import Course, learning_rate
from ..cohort import Cohort
from ..course import CoreCourse, CoreEpoch
from ..settings import CoreVolumeTraining, Optimiser
from .feeds import Feed
from .objective import OBJECTIVES

Weights = dict[str, torch.Tensor]

_DROPOUT_STREAM = 4
"""Keeps the random numbers of dropout apart from the others."""

_OPTIMISERS: dict[Optimiser, Callable[[Iterable[torch.nn.Parameter], float], torch.optim.Optimizer]] = {
    # The constants are Keras's, which the published code relies on.
    Optimiser.RMSPROP: lambda weights, rate: torch.optim.RMSprop(weights, rate, alpha=0.9, eps=1e-7),
    Optimiser.ADAM: lambda weights, rate: torch.optim.Adam(weights, rate, eps=1e-7),
}


@dataclass(frozen=True)
class FoldPlaces:
    """Which patients a fold takes, as places in the cohort.

    Attributes
    ----------
    number : int
        Of the fold, from 1.
    train, validation, test : tuple of int
    """

    number: int
    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]


class FoldRun:
    """The training of one fold.

    Parameters
    ----------
    network : CoreVolumeNetwork
        With its first weights, on `device`.
    feed : Feed
    cohort : Cohort
    fold : FoldPlaces
    settings : CoreVolumeTraining
    folder : Path
        For the checkpoint.
    device : torch.device
    on_epoch : callable
        Takes the course after each epoch.
    on_progress : callable
        Takes a title and the fraction of all epochs.
        May raise to stop.
    """

    def __init__(
        self,
        network: CoreVolumeNetwork,
        feed: Feed,
        cohort: Cohort,
        fold: FoldPlaces,
        settings: CoreVolumeTraining,
        folder: Path,
        device: torch.device,
        *,
        on_epoch: Callable[[CoreCourse], None],
        on_progress: StageProgress,
    ) -> None:
        self._network = network
        self._feed = feed
        self._cohort = cohort
        self._fold = fold
        self._settings = settings
        self._checkpoint = folder / CHECKPOINT
        self._on_epoch = on_epoch
        self._on_progress = on_progress
        self._objective = OBJECTIVES[settings.architecture.output]
        self._targets = torch.tensor(self._objective.targets(cohort.labels), device=device)
        self._optimiser = _OPTIMISERS[settings.optimiser](
            [weights for weights in network.parameters() if weights.requires_grad], settings.learning_rate
        )
        self._plan = BatchPlan(
            [(1, 1)] * len(fold.train), settings.batch_size,
            shuffled=True, seed=(settings.seed, fold.number), share=Share(),
        )  # fmt: skip

    def train(self, *, resume: bool) -> CoreCourse:
        """Train the epochs that are left; the network has the weights of the best one afterwards.

        Raises
        ------
        ProcessingError
            If the training diverges.
        ConfigurationError
            If the checkpoint is damaged.
        """
        course, best = self._restored() if resume and self._checkpoint.is_file() else (CoreCourse(), {})
        while not course.is_done(self._settings.epochs, self._settings.patience):
            number = len(course.epochs) + 1
            course = CoreCourse((*course.epochs, self._epoch(number)))
            if course.best_epoch == number:
                best = {name: value.clone() for name, value in self._trained_state().items()}
            self._keep(course, best)
            self._on_epoch(course)
        self._network.load_state_dict(best, strict=False)
        self._network.eval()
        return course

    def scores(self, places: Sequence[int]) -> list[float]:
        """Return what the network says of patients as they are: probabilities, or mL."""
        scores = self._objective.scores(self._answers(places).cpu().double())
        return [float(score) for score in scores]

    def _epoch(self, number: int) -> CoreEpoch:
        """Train an epoch and measure it: all that is random follows from the seed, the fold and the epoch."""
        start = time.perf_counter()
        settings, fold = self._settings, self._fold
        seed = np.random.default_rng([settings.seed, _DROPOUT_STREAM, fold.number, number])
        torch.manual_seed(int(seed.integers(2**62)))
        batches = self._plan.batches(number)
        n_steps = settings.epochs * len(batches)
        total, rate = 0.0, settings.learning_rate
        self._network.train()
        for position, batch in enumerate(batches):
            self._report(number, position / len(batches))
            rate = learning_rate(settings.phase, Course(), (number - 1) * len(batches) + position, n_steps)
            places = [fold.train[index] for index in batch]
            total += self._step(places, number, rate) * len(places)
        self._report(number, 1.0)
        loss, auc = self._validated(number)
        return CoreEpoch(number, rate, total / len(fold.train), loss, auc, time.perf_counter() - start)

    def _step(self, places: Sequence[int], epoch: int, rate: float) -> float:
        """Take one step and return the mean loss before it."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        given = self._feed.varied(places, epoch)
        loss = self._objective.loss(
            self._feed.answers(self._network, given), self._targets[list(places)]
        ).mean()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise ProcessingError(
                f"The training of fold {self._fold.number} diverged in epoch {epoch}",
                "lower the learning rate",
            )
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        return value

    def _validated(self, number: int) -> tuple[float, float | None]:
        """Return loss and AUC of the validation patients."""
        places = self._fold.validation
        answers = self._answers(places)
        loss = float(self._objective.loss(answers, self._targets[list(places)]).cpu().double().mean())
        if not math.isfinite(loss):
            raise ProcessingError(
                f"The training of fold {self._fold.number} diverged in epoch {number}",
                "lower the learning rate",
            )
        large = self._cohort.labels.large
        return loss, roc_auc([large[place] for place in places], answers.cpu().double().numpy())

    def _answers(self, places: Sequence[int]) -> torch.Tensor:
        """Return logits or mL of patients as they are."""
        self._network.eval()
        size = self._settings.batch_size
        parts = [places[start : start + size] for start in range(0, len(places), size)]
        with torch.inference_mode():
            return torch.cat([self._feed.answers(self._network, self._feed.plain(part)) for part in parts])

    def _trained_state(self) -> Weights:
        """Return the weights that training changes."""
        network = self._network
        return network.head_state() if network.has_frozen_encoder else network.state_dict()

    def _keep(self, course: CoreCourse, best: Weights) -> None:
        state: dict[str, Any] = {
            "course": course.as_state(),
            "weights": self._trained_state(),
            "best_weights": best,
            "optimiser": self._optimiser.state_dict(),
        }
        WholeCheckpoints().save_checkpoint(state, self._checkpoint)

    def _restored(self) -> tuple[CoreCourse, Weights]:
        checkpoint = read_checkpoint(self._checkpoint)
        self._network.load_state_dict(checkpoint["weights"], strict=False)
        self._optimiser.load_state_dict(checkpoint["optimiser"])
        return CoreCourse.from_state(checkpoint["course"]), checkpoint["best_weights"]

    def _report(self, epoch: int, share: float) -> None:
        self._on_progress(
            f"epoch {epoch} of {self._settings.epochs}", (epoch - 1 + share) / self._settings.epochs
        )
