"""Zero mean and unit variance: by the batch as published, or by numbers that are kept with the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ArgumentError

if TYPE_CHECKING:
    import torch

    Stack = TypeVar("Stack", NDArray[np.float32], torch.Tensor)


@dataclass(frozen=True)
class Standardisation:
    """Mean and SD in HU by which stacks are standardised.

    Attributes
    ----------
    mean, sd : float

    Raises
    ------
    ArgumentError
        If the SD is not above zero.
    """

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not self.sd > 0:
            raise ArgumentError("sd", f"sd is {self.sd}", "give stacks that show more than one value")

    @classmethod
    def of(cls, stacks: Iterable[Any]) -> Standardisation:
        """Return mean and SD of all values of some stacks (arrays or tensors of any shape).

        Raises
        ------
        ArgumentError
            If there are no values, or all are the same.
        """
        moments = np.array([_moments(stack) for stack in stacks]).reshape(-1, 3)
        n = moments[:, 0]
        if not n.sum():
            raise ArgumentError("stacks", "stacks hold no values", "give at least one stack")
        mean = float(n @ moments[:, 1] / n.sum())
        variance = float(n @ (moments[:, 2] + (moments[:, 1] - mean) ** 2) / n.sum())
        return cls(mean, float(np.sqrt(variance)))

    def as_json(self) -> dict[str, float]:
        """Return mean and SD as JSON holds them."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Standardisation:
        """Return mean and SD of a record.

        Raises
        ------
        TypeError, KeyError, ValueError
            If the record has none.
        """
        return cls(float(record["mean"]), float(record["sd"]))


def standardise(stack: Stack, statistics: Standardisation | None = None) -> Stack:
    """Return a stack, or a batch of them, with zero mean and unit variance.

    Parameters
    ----------
    stack : ndarray or tensor of float32
        HU.
    statistics : Standardisation, optional
        Those kept with a model, so that an answer does not depend on what else is in the batch. By default
        those of the batch itself, as in training by Mittermeier et al. 2022, section 2.2.

    Raises
    ------
    ArgumentError
        If the statistics of the batch are needed and all its values are the same.
    """
    used = Standardisation.of([stack]) if statistics is None else statistics
    return (stack - used.mean) / used.sd


def _moments(stack: Any) -> tuple[float, float, float]:
    """Return number, mean and variance of the values of an array or tensor, wherever it lies."""
    n = float(np.prod(stack.shape))
    if not n:
        return 0.0, 0.0, 0.0
    mean = float(stack.mean())
    return n, mean, float(((stack - mean) ** 2).mean())
