"""Lightning without its own words in the terminal, and torch's settings as they were afterwards."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils import deterministic

_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities.rank_zero")


@contextmanager
def quiet_and_repeatable() -> Iterator[None]:
    """Keep Lightning quiet; give back random numbers and settings of torch that a training changes."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    repeatable, warns = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    filled = deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        with warnings.catch_warnings(), torch.random.fork_rng():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        torch.use_deterministic_algorithms(repeatable, warn_only=warns)
        deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]
