"""A deconvolution with values of its own under a name of its own, as it is kept in a file."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any

from ..errors import ArgumentError, ConfigurationError
from ..preprocessing import noise_filter
from .area_method import area_method
from .deconvolution_methods import DECONVOLUTIONS
from .kinetic_method import KineticMethod
from .residue_shape import ResidueShape

FORMAT = "ctperfusion method preset 1"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")

_FLOW_READINGS = (0.2, 3.0)
"""Least and greatest: 30 % read as 6 % and as 90 % of normal flow."""

_MEND = "mend or remove its file"


@dataclass(frozen=True)
class MethodPreset:
    """A calibration of a deconvolution.

    Attributes
    ----------
    name : str
        What the command line calls it: the name of its file. Lower case letters, digits, ``.``, ``_``, ``-``.
    title, source : str
        For the reader of a report: what it is called, and where its values come from.
    deconvolution : str
        A name in :data:`CTPerfusionLib.kinetics.DECONVOLUTIONS`.
    options : mapping of str to float
        Of the deconvolution, where they differ from its defaults.
    filter : str
        The noise filter, as :func:`CTPerfusionLib.preprocessing.noise_filter` takes it.
    flow_reading : float
        What thresholds of relative flow are multiplied by, whatever the residue function; see
        :class:`MapMethod`.
    tuned_with : tuple of str
        Digests (:func:`patient_digest`) of the patients that the values were fitted to: numbers that are
        reported with these are too good.

    Raises
    ------
    ConfigurationError
        If a value is not one that it can have.
    """

    name: str
    title: str
    source: str
    deconvolution: str
    options: Mapping[str, float]
    filter: str
    flow_reading: float
    tuned_with: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse_unusable_name(self.name)
        for field in ("title", "source", "deconvolution", "filter"):
            if not isinstance(getattr(self, field), str):
                raise self._problem(f"has {field} = {getattr(self, field)!r}, which is no text")
        if self.deconvolution not in DECONVOLUTIONS:
            raise self._problem(
                f"has the deconvolution '{self.deconvolution}', none of {', '.join(DECONVOLUTIONS)}"
            )
        least, greatest = _FLOW_READINGS
        if not is_number(self.flow_reading) or not least <= self.flow_reading <= greatest:
            raise self._problem(
                f"has flow_reading = {self.flow_reading!r}, not a number from {least} to {greatest}"
            )
        if not all(map(is_number, self.options.values())):
            raise self._problem(f"has options = {dict(self.options)!r}, which are not all numbers")
        if not all(isinstance(digest, str) for digest in self.tuned_with):
            raise self._problem("has patients in tuned_with that are no texts")
        try:
            noise_filter(self.filter)
            self.method("")
        except ArgumentError as error:
            raise self._problem(f"cannot be used: {error.reason}") from error

    def method(self, sha256: str) -> KineticMethod:
        """Return the kinetic method; `sha256` is that of its file."""
        return area_method(
            self.deconvolution,
            MappingProxyType(dict.fromkeys(ResidueShape, float(self.flow_reading))),
            noise_filter=self.filter,
            name=self.name,
            title=self.title,
            options=self.options,
            preset_sha256=sha256,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the content of its file."""
        content = {**asdict(self), "options": dict(self.options), "tuned_with": list(self.tuned_with)}
        del content["name"]
        return {"format": FORMAT, **content}

    @classmethod
    def from_json(cls, name: str, content: Any) -> "MethodPreset":
        """Return the preset that the content of a file describes.

        Raises
        ------
        ConfigurationError
            If it describes none.
        """
        expected = {field.name for field in fields(cls)} - {"name"}
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise _problem(name, "is not one of this version of the software")
        values = {key: value for key, value in content.items() if key != "format"}
        if values.keys() != expected:
            wrong = ", ".join(sorted(values.keys() ^ expected))
            raise _problem(name, f"lacks these fields, or has them though there are none such: {wrong}")
        if not isinstance(values["options"], dict) or not isinstance(values["tuned_with"], list):
            raise _problem(name, "has options or tuned_with of another kind")
        return cls(name=name, **{**values, "tuned_with": tuple(values["tuned_with"])})

    def _problem(self, what: str) -> ConfigurationError:
        return _problem(self.name, what)


def is_number(value: Any) -> bool:
    """Say whether a value from a file is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def refuse_unusable_name(name: str) -> None:
    """Refuse what can be no name of a file on every system.

    Raises
    ------
    ConfigurationError
        If the name is such.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"'{name}' cannot be the name of a method preset",
            "use lower case letters, digits and . _ - between them, 64 at most",
        )


def _problem(name: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"The method preset {name} {what}", _MEND)
