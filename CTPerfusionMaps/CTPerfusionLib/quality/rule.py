"""What a quality rule is: measured values, each with a limit, and the words that it gives a reader."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ..series import Finding, Severity

Measurements = TypeVar("Measurements")
"""What a rule judges: a data class of measured values."""

Measure = Callable[[Measurements], float | None]
"""Takes the measurements and returns the value to judge, or None where it was not measured."""


class Bound(StrEnum):
    """On which side of its limit a value is worth a finding."""

    ABOVE = ">"
    BELOW = "<"


@dataclass(frozen=True)
class Limit(Generic[Measurements]):
    """One value and how far it may go.

    Attributes
    ----------
    severity : Severity
        Of the finding where the limit is broken.
    measure : callable
    bound : Bound
    value : float
        The limit itself; a value that equals it is within.
    message : str
        One sentence. ``{value}`` and ``{limit}`` stand for the numbers, ``{study}`` for all measurements.
    """

    severity: Severity
    measure: Measure[Measurements]
    bound: Bound
    value: float
    message: str

    @property
    def is_measured(self) -> bool:
        """Whether a number is judged, which the message then names, and not a fact."""
        return "{value" in self.message

    def broken_by(self, measurements: Measurements) -> float | None:
        """Return the measured value where it is beyond the limit, otherwise None."""
        value = self.measure(measurements)
        if value is None:
            return None
        beyond = value > self.value if self.bound is Bound.ABOVE else value < self.value
        return value if beyond else None


@dataclass(frozen=True)
class QualityRule(Generic[Measurements]):
    """One thing that can be wrong with a study.

    Attributes
    ----------
    code : str
        In snake_case.
    limits : tuple of Limit
        The first one that is broken makes the finding, so the gravest comes first.
    remedy : str
        One sentence that says what to do.
    """

    code: str
    limits: tuple[Limit[Measurements], ...]
    remedy: str

    def judge(self, measurements: Measurements) -> Finding | None:
        """Return the finding, or None if there is nothing to report."""
        for limit in self.limits:
            value = limit.broken_by(measurements)
            if value is not None:
                return self._finding(limit, value, measurements)
        return None

    def _finding(self, limit: Limit[Measurements], value: float, measurements: Measurements) -> Finding:
        return Finding(
            self.code,
            limit.severity,
            limit.message.format(value=value, limit=limit.value, study=measurements),
            self.remedy,
            value=round(float(value), 3) if limit.is_measured else None,
            limit=limit.value if limit.is_measured else None,
        )


@dataclass(frozen=True)
class RuleDescription:
    """One row of the table of rules: a limit as a reader sees it.

    Attributes
    ----------
    code : str
    severity : Severity
    condition : str
        Such as ``> 3``, in the unit that `sentence` names; empty where a rule asks yes or no.
    sentence, remedy : str
        With an ellipsis where a measured number will stand.
    """

    code: str
    severity: Severity
    condition: str
    sentence: str
    remedy: str


def describe(rules: Iterable[QualityRule[Any]]) -> Iterator[RuleDescription]:
    """Yield a row for each limit of each rule, in their order."""
    for rule in rules:
        for limit in rule.limits:
            condition = f"{limit.bound} {limit.value:g}" if limit.is_measured else ""
            yield RuleDescription(rule.code, limit.severity, condition, _sentence(limit), rule.remedy)


def _sentence(limit: Limit[Any]) -> str:
    with_limit = re.sub(r"\{limit:([^}]*)\}", lambda found: format(limit.value, found[1]), limit.message)
    return re.sub(r"\{[^}]*\}", "\N{HORIZONTAL ELLIPSIS}", with_limit)


def share(part: float | None, whole: float | None) -> float | None:
    """Return a part of a whole as a fraction; None where either is unknown or the whole is nothing."""
    return None if part is None or not whole else part / whole


def flag(state: bool | None) -> float | None:
    """Return 1 where something is so, to be held against 0; None where it is not or is unknown."""
    return 1.0 if state else None
