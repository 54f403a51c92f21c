"""Annotations of a parameter: what values it may have, its default, and how a widget shows it."""

# ruff: noqa: N815 - the names are those of Qt, CTK and Slicer

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any


class Validator:
    """Refuses values that a parameter may not have."""

    def validate(self, value: Any) -> None:
        """Raise TypeError or ValueError if the value is not allowed."""
        raise NotImplementedError


@dataclass(frozen=True)
class IsInstance(Validator):
    """Allow None and instances of the type."""

    classtype: Any

    def validate(self, value: Any) -> None:
        """Raise TypeError for any other value."""
        if value is not None and not isinstance(value, self.classtype):
            raise TypeError(f"{value!r} is not of type {self.classtype}")


@dataclass(frozen=True)
class NotNone(Validator):
    """Refuse None."""

    def validate(self, value: Any) -> None:
        """Raise ValueError for None."""
        if value is None:
            raise ValueError("None is not allowed")


@dataclass(frozen=True)
class WithinRange(Validator):
    """Allow values between two limits, the limits included."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError outside the limits."""
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within {self.minimum} to {self.maximum}")


@dataclass(frozen=True)
class Minimum(Validator):
    """Allow values from a limit upwards."""

    minimum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError below the limit."""
        if value < self.minimum:
            raise ValueError(f"{value} is less than {self.minimum}")


@dataclass(frozen=True)
class Maximum(Validator):
    """Allow values up to a limit."""

    maximum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError above the limit."""
        if value > self.maximum:
            raise ValueError(f"{value} is more than {self.maximum}")


@dataclass(frozen=True)
class Choice(Validator):
    """Allow some values."""

    choices: Collection[Any]

    def validate(self, value: Any) -> None:
        """Raise ValueError for any other value."""
        if value not in self.choices:
            raise ValueError(f"{value!r} is not one of {self.choices}")


@dataclass(frozen=True)
class Exclude(Validator):
    """Refuse some values."""

    excludedValues: Collection[Any]

    def validate(self, value: Any) -> None:
        """Raise ValueError for these values."""
        if value in self.excludedValues:
            raise ValueError(f"{value!r} is excluded")


@dataclass(frozen=True)
class RangeBounds(Validator):
    """Allow ranges that lie between two limits."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError for a range that leaves the limits."""
        if not (self.minimum <= value.minimum and value.maximum <= self.maximum):
            raise ValueError(f"{value} is not within {self.minimum} to {self.maximum}")


class Default:
    """The value of a parameter that was not set, given itself or as a function that makes it."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value = value
        self._generator = generator

    @property
    def value(self) -> Any:
        """The default."""
        return self._generator() if self._generator is not None else self._value


@dataclass(frozen=True)
class Decimals:
    """How many digits a widget shows after the point."""

    value: int


@dataclass(frozen=True)
class SingleStep:
    """How far a widget goes in one step."""

    value: float


def first_of(annotations: tuple[Any, ...], kind: type) -> Any:
    """Return the first annotation of that kind, or None."""
    return next((annotation for annotation in annotations if isinstance(annotation, kind)), None)
