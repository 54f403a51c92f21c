"""Timing of several tasks side by side: in turns, so that a busy machine troubles all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from ..progress import ProgressCallback, ignore_progress

FIRST_VOXELS = 256
"""Voxels of the first call, which is timed apart; enough for a method that needs milliseconds for each."""

LONGEST_TURN = 1.5
"""Seconds that one turn should take at most; slower tasks are given fewer voxels."""

_SHORTEST_TURN = 0.1
_MOST_REPEATS = 8
_LARGEST_STEP = 8.0
_WORTHWHILE_STEP = 1.25

Task = Callable[[int], object]
"""Processes the first n voxels and returns when the results are there."""

Clock = Callable[[], float]


class Role(StrEnum):
    """What a contestant is there for."""

    YARDSTICK = "yardstick"
    OURS = "ours"
    REFERENCE = "reference"
    PEER = "peer"


@dataclass(frozen=True)
class Contestant:
    """A task that takes part in a comparison.

    Attributes
    ----------
    name, title : str
    role : Role
    run : callable
        See :data:`Task`.
    blas_threads : int or None
        Threads that the linear algebra may use; None leaves it as it is.
    """

    name: str
    title: str
    role: Role
    run: Task
    blas_threads: int | None = None


@dataclass(frozen=True)
class Timing:
    """How long a contestant took.

    Attributes
    ----------
    contestant : Contestant
    n_voxels : int
        Voxels of each turn.
    first_call : float
        Seconds of the first call, with a few voxels: compilation or loading of compiled code.
    seconds : tuple of float
        Of the turn in each round.
    """

    contestant: Contestant
    n_voxels: int
    first_call: float
    seconds: tuple[float, ...]

    @property
    def microseconds_per_voxel(self) -> float:
        """Median over the rounds."""
        return median(self.seconds) / self.n_voxels * 1e6

    def ratio_to(self, other: "Timing") -> float:
        """Return how many times as long as `other` this takes for each voxel, the median over the rounds."""
        shares = (mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True))
        return median(shares) * other.n_voxels / self.n_voxels

    def undisturbed_ratio_to(self, other: "Timing") -> float:
        """Return that ratio of the least times, which other work on the machine disturbs least."""
        return min(self.seconds) / self.n_voxels / (min(other.seconds) / other.n_voxels)


def time_side_by_side(
    contestants: Sequence[Contestant],
    n_voxels: int,
    rounds: int,
    *,
    on_progress: ProgressCallback = ignore_progress,
    clock: Clock = time.perf_counter,
) -> list[Timing]:
    """Time all contestants once in each round, in forward and backward order by turns.

    Parameters
    ----------
    contestants : sequence of Contestant
    n_voxels : int
        Voxels that there are. A contestant whose turn would take longer than :data:`LONGEST_TURN` is given
        fewer of them; a turn that is very short is repeated and its median counts.
    rounds : int
    on_progress : callable
        Called before each turn.
    clock : callable
        Returns seconds.

    Returns
    -------
    list of Timing
        In the order of `contestants`.
    """
    turns, n_turns = 0, len(contestants) * (rounds + 1)
    entered = []
    for contestant in contestants:
        on_progress(turns / n_turns)
        entered.append(_Entry(contestant, n_voxels, clock))
        turns += 1
    for turn in range(rounds):
        for entry in entered[:: -1 if turn % 2 else 1]:
            on_progress(turns / n_turns)
            entry.take_turn()
            turns += 1
    on_progress(1.0)
    return [entry.timing() for entry in entered]


class _Entry:
    """A contestant with what was measured of it so far."""

    def __init__(self, contestant: Contestant, n_voxels: int, clock: Clock) -> None:
        self._contestant = contestant
        self._clock = clock
        few = min(FIRST_VOXELS, n_voxels)
        self._first_call = self._measure(few)
        self._n_voxels, seconds = self._affordable(few, n_voxels)
        self._repeats = min(max(round(_SHORTEST_TURN / max(seconds, 1e-9)), 1), _MOST_REPEATS)
        self._seconds: list[float] = []

    def take_turn(self) -> None:
        self._seconds.append(median(self._measure(self._n_voxels) for _ in range(self._repeats)))

    def timing(self) -> Timing:
        return Timing(self._contestant, self._n_voxels, self._first_call, tuple(self._seconds))

    def _measure(self, n_voxels: int) -> float:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=self._contestant.blas_threads, user_api="blas"):
            started = self._clock()
            self._contestant.run(n_voxels)
            return self._clock() - started

    def _affordable(self, n_voxels: int, most: int) -> tuple[int, float]:
        """Return the number of voxels, from `n_voxels` to `most`, for a turn, and the seconds it takes."""
        seconds = self._measure(n_voxels)
        while n_voxels < most:
            step = min(LONGEST_TURN / max(seconds, 1e-9), _LARGEST_STEP)
            if step < _WORTHWHILE_STEP:
                break
            n_voxels = min(int(n_voxels * step), most)
            seconds = self._measure(n_voxels)
        return n_voxels, seconds
