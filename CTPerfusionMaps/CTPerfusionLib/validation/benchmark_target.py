"""What a benchmark should reach, as data, and whether it does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .text_table import plain_number, text_table

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class BenchmarkTarget(Generic[Measured]):
    """A bound on one measured value.

    Attributes
    ----------
    subject : str
        What is held to it.
    quantity : str
        What is bounded, with its unit.
    measure : callable
        Takes what was measured and returns the value; None where there is none.
    limit : float
    at_least : bool
        The value must not be below the limit; otherwise not above it.
    """

    subject: str
    quantity: str
    measure: Callable[[Measured], float | None]
    limit: float
    at_least: bool = False

    def is_reached(self, value: float) -> bool:
        """Say whether `value` meets the bound."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class TargetOutcome:
    """A target with what was measured."""

    target: BenchmarkTarget[Any]
    value: float

    @property
    def is_reached(self) -> bool:
        """Whether the target is reached."""
        return self.target.is_reached(self.value)


def judge(targets: Iterable[BenchmarkTarget[Measured]], measured: Measured) -> list[TargetOutcome]:
    """Return the outcomes of those targets whose value was measured."""
    values = ((target, target.measure(measured)) for target in targets)
    return [TargetOutcome(target, value) for target, value in values if value is not None]


def outcome_record(outcome: TargetOutcome) -> dict[str, Any]:
    """Return an outcome, without its subject, ready for JSON."""
    return {
        "quantity": outcome.target.quantity,
        "limit": outcome.target.limit,
        "bound": "at least" if outcome.target.at_least else "at most",
        "value": outcome.value,
        "reached": outcome.is_reached,
    }


def outcome_lines(outcomes: Sequence[TargetOutcome]) -> list[str]:
    """Return the lines of a table of outcomes."""
    rows = [
        (
            outcome.target.subject,
            outcome.target.quantity,
            "at least" if outcome.target.at_least else "at most",
            f"{outcome.target.limit:g}",
            plain_number(outcome.value),
            "reached" if outcome.is_reached else "not reached",
        )
        for outcome in outcomes
    ]
    return text_table(("Target", "", "", "", "measured", ""), rows, n_labels=3)
