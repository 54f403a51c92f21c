"""One threshold on one map, and what is known of the maps that can have one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from ..errors import ConfigurationError
from ..series import TMAX_QUANTITIES, TmaxDefinition


class Relation(StrEnum):
    """On which side of a threshold tissue is abnormal."""

    BELOW = "below"
    ABOVE = "above"

    @property
    def sign(self) -> str:
        """``<`` or ``>``."""
        return "<" if self is Relation.BELOW else ">"


@dataclass(frozen=True)
class CriterionScale:
    """A map that can have a threshold, and the control that sets it.

    Attributes
    ----------
    map : str
        Its name in criteria.
    title : str
        The name in words.
    unit : str
        Unit in which thresholds are shown.
    factor : float
        Shown number for a value of 1 of the map: 100 for ratios that are shown in per cent.
    lowest, highest, step : float
        Range of thresholds and least difference between two, as values of the map.
    decimals : int
        Of the shown number.
    needs : str
        The map of a kinetic method that it is made of.
    of_reference : str
        What a ratio refers to; empty for maps that are no ratio.
    """

    map: str
    title: str
    unit: str
    factor: float
    lowest: float
    highest: float
    step: float
    decimals: int
    needs: str
    of_reference: str = ""

    def shown(self, value: float) -> float:
        """Return the number that stands for a value of the map."""
        return value * self.factor

    def value(self, shown: float) -> float:
        """Return the value of the map that a shown number stands for, not beyond the range."""
        return min(max(shown / self.factor, self.lowest), self.highest)

    def text(self, value: float) -> str:
        """Return a value with its unit, such as ``30 %``; never more digits than it has."""
        return f"{float(f'{self.shown(value):.6g}'):g} {self.unit}"

    @property
    def range_text(self) -> str:
        """The range of thresholds as values of the map, such as ``1 to 20 s``."""
        unit = f"(fraction of {self.of_reference})" if self.of_reference else self.unit
        return f"{self.lowest:g} to {self.highest:g} {unit}"


def _ratio(
    name: str, title: str, needs: str, limits: tuple[float, float, float], reference: str
) -> CriterionScale:
    return CriterionScale(name, title, "%", 100.0, *limits, 0, needs, reference)


CRITERION_SCALES: Mapping[str, CriterionScale] = MappingProxyType(
    {
        scale.map: scale
        for scale in (
            CriterionScale("CBF", "Blood flow", "mL/100 g/min", 1.0, 2.0, 80.0, 1.0, 0, "CBF"),
            _ratio("rCBF", "Relative blood flow", "CBF", (0.05, 0.95, 0.01), "the reference"),
            CriterionScale("CBV", "Blood volume", "mL/100 g", 1.0, 0.2, 6.0, 0.1, 1, "CBV"),
            _ratio("rCBV", "Relative blood volume", "CBV", (0.05, 0.95, 0.01), "the reference"),
            CriterionScale("MTT", "Mean transit time", "s", 1.0, 1.0, 30.0, 0.1, 1, "MTT"),
            _ratio(
                "rMTT_contralateral", "Relative mean transit time", "MTT", (1.05, 4.0, 0.05), "the other side"
            ),
            CriterionScale("Tmax", "Tmax", "s", 1.0, 1.0, 20.0, 0.1, 1, "Tmax"),
            CriterionScale("TTP", "Time to peak", "s", 1.0, 1.0, 20.0, 0.1, 1, "TTP"),
            CriterionScale("Delay", "Arrival delay", "s", 1.0, 0.5, 15.0, 0.1, 1, "Delay"),
        )
    }
)
"""All maps that criteria can name. rCBF is the one that is counted, global or local."""

_SYMBOLS = {"rMTT_contralateral": "MTT"}
"""Where the sentence itself says what a ratio refers to."""


def criterion_scale(name: str) -> CriterionScale:
    """Return what is known of thresholds on the map called `name`.

    Raises
    ------
    ConfigurationError
        If criteria cannot name such a map.
    """
    if not isinstance(name, str) or name not in CRITERION_SCALES:
        raise ConfigurationError(
            f"There is no map called {name!r} that could have a threshold",
            f"choose one of {', '.join(CRITERION_SCALES)}",
        )
    return CRITERION_SCALES[name]


@dataclass(frozen=True)
class Criterion:
    """Tissue whose value of a map lies below or above a threshold; a value at it is still normal.

    Tissue without any flow, which has no times, is beyond every threshold.

    Attributes
    ----------
    map : str
        A key of :data:`CRITERION_SCALES`.
    relation : Relation
    value : float
        The threshold in the unit of the map; ratios have 1 for normal.

    Raises
    ------
    ConfigurationError
        If map, relation or value is not one that a threshold can have.
    """

    map: str
    relation: Relation
    value: float

    def __post_init__(self) -> None:
        scale = criterion_scale(self.map)
        if self.relation not in tuple(Relation):
            raise ConfigurationError(
                f"The threshold of {self.map} has the relation {self.relation!r}", "give below or above"
            )
        is_number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not is_number or not math.isfinite(self.value) or not self._in_range(scale):
            raise ConfigurationError(
                f"The threshold of {self.map} is {self.value!r}", f"give a number from {scale.range_text}"
            )

    def _in_range(self, scale: CriterionScale) -> bool:
        return scale.lowest <= self.value <= scale.highest

    @property
    def scale(self) -> CriterionScale:
        """Title, unit, range and step of the threshold."""
        return criterion_scale(self.map)

    def at(self, value: float) -> "Criterion":
        """Return the criterion with another threshold."""
        return replace(self, value=value)

    def text(self, tmax_definition: TmaxDefinition | None = None) -> str:
        """Return the criterion as it is read out, such as ``rCBF < 30 %`` or ``Tmax (centre) > 6 s``."""
        symbol = _SYMBOLS.get(self.map, self.map)
        if self.map == "Tmax" and tmax_definition is not None:
            symbol = TMAX_QUANTITIES[tmax_definition].short_title
        words = f"{symbol} {self.relation.sign} {self.scale.text(self.value)}"
        return f"{words} of {self.scale.of_reference}" if self.map in _SYMBOLS else words
