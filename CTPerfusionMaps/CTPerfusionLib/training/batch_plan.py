"""Which slices make up the batches of an epoch, and which process takes which of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..errors import ConfigurationError

_ORDER_STREAM = 1
"""Keeps the random numbers of the order apart from those of the augmentation."""


class SliceKey(NamedTuple):
    """A slice as it is asked for in one epoch.

    Attributes
    ----------
    place : int
        Of the slice among those that an epoch shows.
    epoch : int
    counts : bool
        False for a slice that only fills the share of a process that would have none.
    """

    place: int
    epoch: int
    counts: bool


@dataclass(frozen=True)
class Share:
    """Which part of each batch a process takes.

    Attributes
    ----------
    rank : int
        Of this process, from 0.
    n_processes : int
    """

    rank: int = 0
    n_processes: int = 1


class BatchPlan:
    """The batches of every epoch, each of slices of one shape, as one process sees them.

    The batches of an epoch follow from the seed and the epoch alone. All processes plan the same ones and
    take every n-th slice, so that the work of an optimiser step does not depend on their number.

    Parameters
    ----------
    shapes : sequence of tuple of int
        Rows and columns of each slice.
    batch_size : int
        Slices of a batch over all processes, at most; the slices of a shape are spread evenly.
    shuffled : bool
        Whether each epoch has an order of its own.
    seed : tuple of int
    share : Share
    epoch : int
        The epoch at which iteration begins.

    Raises
    ------
    ConfigurationError
        If batches are smaller than the number of processes.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, int]],
        batch_size: int,
        *,
        shuffled: bool,
        seed: tuple[int, ...],
        share: Share,
        epoch: int = 0,
    ) -> None:
        if batch_size < share.n_processes:
            raise ConfigurationError(
                f"A batch of {batch_size} slices cannot be shared by {share.n_processes} processes",
                "use fewer devices or larger batches",
            )
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, shape in enumerate(shapes):
            groups[shape].append(index)
        self._groups = [np.array(groups[shape]) for shape in sorted(groups)]
        self._batch_size = batch_size
        self._shuffled = shuffled
        self._seed = seed
        self._share = share
        self._epoch = epoch

    @property
    def sampler(self) -> "BatchPlan":
        """The plan itself: Lightning tells the epoch to the ``sampler`` of a batch sampler."""
        return self

    def set_epoch(self, epoch: int) -> None:
        """Let the next iteration be that of an epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return sum(_n_batches(len(group), self._batch_size) for group in self._groups)

    def __iter__(self) -> Iterator[list[SliceKey]]:
        rank, n_processes = self._share.rank, self._share.n_processes
        for batch in self.batches(self._epoch):
            own = batch[rank::n_processes]
            counts = bool(own)
            yield [SliceKey(place, self._epoch, counts) for place in own or batch[:1]]

    def batches(self, epoch: int) -> list[list[int]]:
        """Return the slices of all batches of an epoch, over all processes."""
        random = np.random.default_rng([*self._seed, _ORDER_STREAM, epoch])
        batches: list[list[int]] = []
        for group in self._groups:
            order = random.permutation(group) if self._shuffled else group
            parts = np.array_split(order, _n_batches(len(group), self._batch_size))
            batches += [[int(index) for index in part] for part in parts]
        if self._shuffled:
            batches = [batches[position] for position in random.permutation(len(batches))]
        return batches


def _n_batches(n_slices: int, batch_size: int) -> int:
    return -(-n_slices // batch_size)
