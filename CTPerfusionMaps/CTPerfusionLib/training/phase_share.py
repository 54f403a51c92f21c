"""How much of a whole training a phase takes, for its progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..progress import ProgressCallback, StageProgress
from .phase import Phase

READING_SHARE = 0.02
"""Of a phase that goes into reading its slices."""

_MEASURING_EPOCHS = 1.0
"""Epochs of the last phase that measuring takes the time of."""


@dataclass(frozen=True)
class PhaseShare:
    """The part of a training's progress that belongs to a phase.

    Attributes
    ----------
    start, stop : float
        Fractions of the training.
    on_progress : callable
        Takes a title and a fraction of the training.
    """

    start: float
    stop: float
    on_progress: StageProgress

    def reading(self, title: str) -> ProgressCallback:
        """Return the callback of what is read first."""
        return lambda fraction: self._report(title, READING_SHARE * fraction)

    def steps(self, title: str, fraction: float) -> None:
        """Report the fraction of the phase's steps that is done."""
        self._report(title, READING_SHARE + (1.0 - READING_SHARE) * fraction)

    def _report(self, title: str, fraction: float) -> None:
        self.on_progress(title, self.start + (self.stop - self.start) * fraction)


def phase_shares(
    phases: Sequence[Phase], matrix: tuple[int, int], on_progress: StageProgress
) -> tuple[PhaseShare, ...]:
    """Return the shares of all phases, by the pixels that they see, and of measuring, the last one.

    Parameters
    ----------
    phases : sequence of Phase
    matrix : tuple of int
        Rows and columns of a slice as it is.
    on_progress : callable
        Takes a title and the fraction of the training.
    """
    sides = [min(phase.patch or max(matrix), phase.size or max(matrix)) for phase in phases]
    costs = [float(phase.epochs * side**2) for phase, side in zip(phases, sides, strict=True)]
    costs.append(_MEASURING_EPOCHS * (phases[-1].size or max(matrix)) ** 2)
    whole = sum(costs)
    starts = [sum(costs[:position]) / whole for position in range(len(costs) + 1)]
    return tuple(PhaseShare(start, stop, on_progress) for start, stop in pairwise(starts))
