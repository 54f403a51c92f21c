"""Whole tasks and their parts, timed in turns, so that a busy machine troubles all of them alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from ..progress import ProgressCallback, ignore_progress, part_of
from .side_by_side import Clock, Role

_SHORTEST_TURN = 1.0
"""Seconds; tasks that take less are repeated."""

_MOST_REPEATS = 5

Result = TypeVar("Result")


@dataclass(frozen=True)
class Part:
    """What one time is measured of.

    Attributes
    ----------
    name, title : str
    role : Role
    n_frames : int
        Frames that it processes; ratios are those of the times for each frame.
    """

    name: str
    title: str
    role: Role
    n_frames: int


@dataclass(frozen=True)
class Turn:
    """A task that is done as a whole.

    Attributes
    ----------
    parts : tuple of Part
    run : callable
        Does the task, reporting progress, and returns the seconds of each part by its name.
    first : mapping of str to float
        The seconds of its first call, which may have loaded compiled code.
    """

    parts: tuple[Part, ...]
    run: Callable[[ProgressCallback], Mapping[str, float]]
    first: Mapping[str, float]


@dataclass(frozen=True)
class PartTiming:
    """How long a part took.

    Attributes
    ----------
    part : Part
    first : float
        Seconds of the first call.
    seconds : tuple of float
        Of each round.
    """

    part: Part
    first: float
    seconds: tuple[float, ...]

    @property
    def median_seconds(self) -> float:
        """Median over the rounds."""
        return median(self.seconds)

    def ratio_to(self, other: "PartTiming") -> float:
        """Return how many times as long as `other` this takes for each frame, the median over the rounds."""
        shares = (mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))
        return median(shares) * other.part.n_frames / self.part.n_frames

    def undisturbed_ratio_to(self, other: "PartTiming") -> float:
        """Return that ratio of the least times, which other work on the machine disturbs least."""
        return min(self.seconds) / self.part.n_frames / (min(other.seconds) / other.part.n_frames)


def entered(
    part: Part,
    run: Callable[[ProgressCallback], Result],
    on_progress: ProgressCallback = ignore_progress,
    *,
    clock: Clock = time.perf_counter,
) -> tuple[Turn, Result]:
    """Call a task without parts for the first time; return its turn, and what it returned.

    Parameters
    ----------
    part : Part
    run : callable
        Takes a progress callback; its later results are dropped.
    on_progress : callable
        For the first call.
    clock : callable
        Returns seconds.
    """

    def measured(report: ProgressCallback) -> tuple[Result, float]:
        started = clock()
        result = run(report)
        return result, clock() - started

    result, first = measured(on_progress)
    return Turn((part,), lambda report: {part.name: measured(report)[1]}, {part.name: first}), result


def take_turns(
    turns: Sequence[Turn], rounds: int, on_progress: ProgressCallback = ignore_progress
) -> dict[str, PartTiming]:
    """Do all tasks once in each round, in forward and backward order by turns; the median of short ones.

    Parameters
    ----------
    turns : sequence of Turn
    rounds : int
    on_progress : callable
        Tasks report to parts of it that are equally long.

    Returns
    -------
    dict of str to PartTiming
        By the name of the part, in the order of `turns`.
    """
    measured: dict[str, list[float]] = {part.name: [] for turn in turns for part in turn.parts}
    done, n_turns = 0, rounds * len(turns)
    for number in range(rounds):
        for turn in turns[:: -1 if number % 2 else 1]:
            runs = _repeated(turn, part_of(on_progress, done / n_turns, (done + 1) / n_turns))
            for part in turn.parts:
                measured[part.name].append(median(seconds[part.name] for seconds in runs))
            done += 1
            on_progress(done / n_turns)
    return {
        part.name: PartTiming(part, turn.first[part.name], tuple(measured[part.name]))
        for turn in turns
        for part in turn.parts
    }


def _repeated(turn: Turn, on_progress: ProgressCallback) -> list[Mapping[str, float]]:
    """Do a task once, or more often where it is short and what else the machine does would decide."""
    longest = max(turn.first[part.name] for part in turn.parts)
    n_repeats = min(max(round(_SHORTEST_TURN / max(longest, 1e-9)), 1), _MOST_REPEATS)
    return [
        turn.run(part_of(on_progress, number / n_repeats, (number + 1) / n_repeats))
        for number in range(n_repeats)
    ]
