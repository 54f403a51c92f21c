"""The course of a training: its errors by epoch, its best epoch, how fast it learns and when it stops."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .phase import Phase, Schedule
from .settings import EarlyStopping

_FIRST_SHARE = 1.0 / 25.0
"""Of the highest rate, with which a one-cycle schedule begins."""

_LAST_SHARE = 1e-3
"""Of the highest rate, with which it ends."""


@dataclass(frozen=True)
class EpochErrors:
    """What was measured in one epoch.

    Attributes
    ----------
    phase, epoch : int
        From 1; epochs are those of the phase.
    learning_rate : float
        At the end of the epoch.
    train : float
        Mean squared error over the slices as they were varied, before each step.
    validation : float
        After the epoch, of whole slices as they are.
    maps : mapping of str to float
        Validation error of each map.
    """

    phase: int
    epoch: int
    learning_rate: float
    train: float
    validation: float
    maps: Mapping[str, float]

    def as_row(self) -> dict[str, Any]:
        """Return the epoch as a row of a table."""
        row = {name: getattr(self, name) for name in ("phase", "epoch", "learning_rate")}
        row |= {"train_mse": self.train, "validation_mse": self.validation}
        return row | {f"validation_mse_{name}": value for name, value in self.maps.items()}


@dataclass(frozen=True)
class Course:
    """The course of a training up to some epoch; it travels in the checkpoint.

    Attributes
    ----------
    phase : int
        Position of the current phase, from 0.
    epochs : tuple of EpochErrors
        Of all phases so far.
    best_epoch : int
        Of the current phase, from 1; 0 before its first.
    best_error : float
        Validation error then.
    waited : int
        Epochs since.
    rate_factor : float
        By which a plateau schedule has lowered the rate.
    rate_waited : int
        Epochs since the best or the last lowering.
    phase_done : bool
        Whether the current phase has ended.
    """

    phase: int = 0
    epochs: tuple[EpochErrors, ...] = ()
    best_epoch: int = 0
    best_error: float = math.inf
    waited: int = 0
    rate_factor: float = 1.0
    rate_waited: int = 0
    phase_done: bool = False

    def next_phase(self) -> "Course":
        """Return the course at the start of the next phase."""
        return Course(self.phase + 1, self.epochs)

    def after(self, errors: EpochErrors, phase: Phase, stopping: EarlyStopping | None) -> "Course":
        """Return the course with one more epoch of the current phase.

        Parameters
        ----------
        errors : EpochErrors
        phase : Phase
            The current one.
        stopping : EarlyStopping or None
        """
        is_best = errors.validation < self.best_error
        gain = 0.0 if stopping is None else stopping.smallest_gain
        counts = self.best_epoch == 0 or errors.validation < self.best_error * (1.0 - gain)
        waited = 0 if counts else self.waited + 1
        return replace(
            self._lowered_if_flat(phase, is_best=is_best),
            epochs=(*self.epochs, errors),
            best_epoch=errors.epoch if is_best else self.best_epoch,
            best_error=min(errors.validation, self.best_error),
            waited=waited,
            phase_done=errors.epoch >= phase.epochs or (stopping is not None and waited >= stopping.patience),
        )

    def _lowered_if_flat(self, phase: Phase, *, is_best: bool) -> "Course":
        """Return the course with the rate that a plateau schedule has for the next epoch."""
        waited = 0 if is_best else self.rate_waited + 1
        if phase.schedule is not Schedule.PLATEAU or waited < phase.plateau.patience:
            return replace(self, rate_waited=waited)
        lowest = min(phase.plateau.lowest / phase.learning_rate, self.rate_factor)
        return replace(self, rate_waited=0, rate_factor=max(self.rate_factor * phase.plateau.factor, lowest))

    @property
    def epochs_of_phase(self) -> int:
        """Epochs of the current phase so far."""
        return sum(epoch.phase == self.phase + 1 for epoch in self.epochs)

    def as_state(self) -> dict[str, Any]:
        """Return the course as numbers, lists and mappings."""
        own = {name: value for name, value in vars(self).items() if name != "epochs"}
        return {**own, "epochs": [{**vars(epoch), "maps": dict(epoch.maps)} for epoch in self.epochs]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Course":
        """Return the course of a state."""
        return cls(**{**state, "epochs": tuple(EpochErrors(**epoch) for epoch in state["epochs"])})


def learning_rate(phase: Phase, course: Course, step: int, n_steps: int) -> float:
    """Return the learning rate of an optimiser step.

    Parameters
    ----------
    phase : Phase
    course : Course
    step, n_steps : int
        Steps of the phase that are done, and of the whole phase.
    """
    if phase.schedule is not Schedule.ONE_CYCLE:
        return phase.learning_rate * course.rate_factor
    rising = phase.warm_up * n_steps
    if step < rising:
        return phase.learning_rate * _between(_FIRST_SHARE, 1.0, step / rising)
    return phase.learning_rate * _between(1.0, _LAST_SHARE, (step - rising) / max(n_steps - rising, 1.0))


def _between(start: float, stop: float, share: float) -> float:
    """Return a value on the half cosine from `start` to `stop`."""
    return stop + (start - stop) * 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0)))
