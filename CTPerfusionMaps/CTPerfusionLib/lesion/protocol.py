"""Threshold protocols: which values of the maps count as core and as hypoperfusion, as data."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from ..errors import ConfigurationError
from ..series import TmaxDefinition
from .criterion import Criterion, CriterionScale, Relation


class CoreNormalisation(StrEnum):
    """Which reference the blood flow of a core was held against."""

    GLOBAL = "global"
    LOCAL = "local"


CUSTOM_PROTOCOL = "custom"
"""Name of a protocol whose thresholds the user has set."""

HYPOPERFUSED_TMAX = 6.0
"""Seconds above which tissue counts as late where a protocol has no threshold of Tmax itself."""


@dataclass(frozen=True)
class ThresholdProtocol:
    """How core and hypoperfusion are cut from the maps.

    Attributes
    ----------
    name : str
        What the command line calls it: the name of its file.
    title, source : str
        For the reader of a report: what it is called, and who published its thresholds.
    core, hypoperfusion : tuple of Criterion
        What tissue must meet, all of it, to be core and to be hypoperfused.
    core_requires_hypoperfusion : bool
        Whether core must meet the criteria of hypoperfusion as well.
    reference_tmax_at_most : float
        The reference of the global normalisation is tissue with a Tmax up to this, in seconds.
    mismatch_core : CoreNormalisation
        The core that counts in mismatch, ratio and criteria; both cores are reported.
    opening_radius_mm, closing_radius_mm : float
        Radius of the in-plane disk with which segments are opened and then closed; 0 for none. The
        installed protocols close with 6 mm: blood from sulcal vessels, spread by the 3 mm filter, cuts
        clefts of that half width into a core (on head phantoms its Dice rises from .80 to .83).
    minimum_cluster_ml : float
        Connected parts smaller than this are dropped; what lies beside bone does not count.
    flow_reading : float
        Relative flow that the kinetic method reads over the true one at the border of the core; thresholds
        of rCBF, and of no other map, are multiplied by it.

    Raises
    ------
    ConfigurationError
        If a value is not one that it can have.
    """

    name: str
    title: str
    source: str
    core: tuple[Criterion, ...]
    hypoperfusion: tuple[Criterion, ...]
    core_requires_hypoperfusion: bool
    reference_tmax_at_most: float
    mismatch_core: CoreNormalisation
    opening_radius_mm: float
    closing_radius_mm: float
    minimum_cluster_ml: float
    flow_reading: float = 1.0

    def __post_init__(self) -> None:
        for field in ("title", "source"):
            if not isinstance(getattr(self, field), str):
                raise self._problem(f"has {field} = {getattr(self, field)!r}", "give a text")
        for field in ("core", "hypoperfusion"):
            criteria = getattr(self, field)
            if not isinstance(criteria, tuple) or not all(isinstance(each, Criterion) for each in criteria):
                raise self._problem(f"has {field} = {criteria!r}", "give a list of criteria")
            if not criteria:
                raise self._problem(f"has no criterion of {field}", "give at least one")
        for field, (lowest, highest, unit) in _RANGES.items():
            value = getattr(self, field)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or not lowest <= value <= highest:
                raise self._problem(
                    f"has {field} = {value!r}", f"give a number from {lowest:g} to {highest:g}{unit}"
                )
        if self.mismatch_core not in tuple(CoreNormalisation):
            raise self._problem(f"has mismatch_core = {self.mismatch_core!r}", "give global or local")
        if not isinstance(self.core_requires_hypoperfusion, bool):
            raise self._problem(
                f"has core_requires_hypoperfusion = {self.core_requires_hypoperfusion!r}",
                "give true or false",
            )
        for criterion in self.criteria:
            if _is_late(criterion) and criterion.value <= self.reference_tmax_at_most:
                raise self._problem(
                    "counts the same tissue as abnormal and as normal reference",
                    f"set the threshold of Tmax above {self.reference_tmax_at_most:g} s",
                )

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """All criteria, those of the core first."""
        return self.core + self.hypoperfusion

    @property
    def required_maps(self) -> tuple[str, ...]:
        """Names of the maps that a kinetic method must give for this protocol."""
        return tuple(dict.fromkeys(("CBF", "Tmax", *(each.scale.needs for each in self.criteria))))

    @property
    def core_criteria(self) -> tuple[Criterion, ...]:
        """All criteria that core must meet."""
        return self.criteria if self.core_requires_hypoperfusion else self.core

    @property
    def core_is_relative(self) -> bool:
        """Whether the core depends on the normalisation of blood flow."""
        return any(each.map == "rCBF" for each in self.core_criteria)

    @property
    def late_tmax(self) -> float:
        """Seconds of Tmax above which tissue is hypoperfused, 6 s in protocols without such a criterion."""
        return next((each.value for each in self.hypoperfusion if _is_late(each)), HYPOPERFUSED_TMAX)

    def check_maps(self, available: Sequence[str]) -> None:
        """Refuse maps of which this protocol needs more.

        Parameters
        ----------
        available : sequence of str
            Names of the maps that there are.

        Raises
        ------
        ConfigurationError
            If one is missing.
        """
        missing = [name for name in self.required_maps if name not in available]
        if missing:
            raise self._problem(
                f"needs a map of {' and of '.join(missing)}, which is not there",
                "choose a kinetic method that gives it, or another protocol",
            )

    def scale_of(self, criterion: Criterion) -> CriterionScale:
        """Return title, unit, range and step of a threshold, as far as the reference leaves it free."""
        scale = criterion.scale
        if not _is_late(criterion):
            return scale
        return replace(scale, lowest=max(scale.lowest, self.reference_tmax_at_most + scale.step))

    def customised(self, **changes: Any) -> "ThresholdProtocol":
        """Return a custom protocol with other values of fields; this one if nothing differs.

        Parameters
        ----------
        **changes
            By the names of the attributes, such as ``core`` or ``minimum_cluster_ml``.

        Raises
        ------
        ConfigurationError
            If a value is not one that it can have.
        """
        changed = replace(self, **changes)
        if changed == self:
            return self
        if self.name == CUSTOM_PROTOCOL:
            return changed
        return replace(
            changed,
            name=CUSTOM_PROTOCOL,
            title="Custom",
            source=f"values set by the user, starting from {self.title}",
        )

    def read_by(self, flow_reading: float) -> "ThresholdProtocol":
        """Return the protocol for maps that read `flow_reading` times the true flow at the core's border."""
        return replace(self, flow_reading=flow_reading)

    def as_read(self, criterion: Criterion) -> float:
        """Return what a map shows where its true value is the threshold."""
        return criterion.value * self.flow_reading if criterion.map == "rCBF" else criterion.value

    def core_text(self, tmax_definition: TmaxDefinition | None = None) -> str:
        """Return the criteria of the core in words, such as ``rCBF < 30 %``."""
        words = _joined(self.core, tmax_definition)
        return f"{words} within the hypoperfusion" if self.core_requires_hypoperfusion else words

    def hypoperfusion_text(self, tmax_definition: TmaxDefinition | None = None) -> str:
        """Return the criteria of the hypoperfusion in words, such as ``Tmax (centre) > 6 s``."""
        return _joined(self.hypoperfusion, tmax_definition)

    def readings_text(self) -> str:
        """Return how thresholds of rCBF read in the maps of the method; empty without such thresholds."""
        flows = [each for each in self.criteria if each.map == "rCBF"]
        return " and ".join(
            f"{each.scale.text(each.value)} of normal flow reads as {100 * self.as_read(each):.0f} %"
            for each in flows
        )

    def _problem(self, what: str, remedy: str) -> ConfigurationError:
        return ConfigurationError(f"The threshold protocol {self.name} {what}", remedy)


_RANGES = {
    "reference_tmax_at_most": (0.5, 15.0, " s"),
    "opening_radius_mm": (0.0, 10.0, " mm"),
    "closing_radius_mm": (0.0, 10.0, " mm"),
    "minimum_cluster_ml": (0.0, 20.0, " mL"),
    "flow_reading": (0.2, 5.0, ""),
}


def _is_late(criterion: Criterion) -> bool:
    return criterion.map == "Tmax" and criterion.relation is Relation.ABOVE


def _joined(criteria: Sequence[Criterion], tmax_definition: TmaxDefinition | None) -> str:
    return " and ".join(each.text(tmax_definition) for each in criteria)
