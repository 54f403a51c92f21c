"""The registry of quantities: what each map means, its unit, codes, display range and colours.

The report, the scene and the window all read this one table, so that a CBF of 20 has the same colour, unit
and number of decimals wherever it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]
"""Red, green and blue, 0 to 1."""


class TmaxDefinition(StrEnum):
    """What the Tmax of a kinetic method is."""

    CENTRE = "centre"
    """Centre of the impulse response, delay + MTT/2."""

    ARGMAX = "argmax"
    """Time of the greatest value of the deconvolved impulse response."""


@dataclass(frozen=True)
class CodedConcept:
    """A coded term as DICOM and Slicer write it.

    Attributes
    ----------
    value : str
        Code value, such as ``113084``.
    scheme : str
        Coding scheme designator: ``DCM``, ``UCUM``, ``SCT``, or ``99CTPERF`` for terms that no public scheme
        has (the prefix 99 marks a private scheme, DICOM PS3.16 chapter 8).
    meaning : str
        What a person reads.
    """

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Quantity:
    """What one map holds and how it is shown.

    Attributes
    ----------
    name : str
        Key of the map and stem of its file.
    title : str
        The name in words.
    unit : str
        As written for a reader; empty for ratios.
    unit_code, quantity_code : CodedConcept
        UCUM unit and DICOM quantity.
    display_range : tuple of float
        Values at the two ends of the colour scale; fixed, so that two studies can be compared by eye.
    colours : tuple of Colour
        Evenly spaced from the lower to the upper end of `display_range`, linear between.
    number_format : str
        Format specification for a single value.
    variant : str
        One word that tells definitions of the quantity apart; empty where there is only one.
    formula : str
        The definition in a few words, such as ``delay + MTT/2``; empty where there is only one.
    """

    name: str
    title: str
    unit: str
    unit_code: CodedConcept
    quantity_code: CodedConcept
    display_range: tuple[float, float]
    colours: tuple[Colour, ...]
    number_format: str
    variant: str = ""
    formula: str = ""

    @property
    def short_title(self) -> str:
        """Name with the variant, such as ``Tmax (centre)`` or ``rCBF global``."""
        short = self.name.replace("_", " ")
        return f"{short} ({self.variant})" if self.variant else short

    @property
    def label(self) -> str:
        """Short title with unit, such as ``CBF, mL/100 g/min`` or ``Tmax (centre), s``."""
        return f"{self.short_title}, {self.unit}" if self.unit else self.short_title

    def colour_stops(self) -> tuple[tuple[float, Colour], ...]:
        """Return (value, colour) pairs in ascending order of value."""
        values = np.linspace(*self.display_range, len(self.colours))
        return tuple((float(value), colour) for value, colour in zip(values, self.colours, strict=True))

    def colourise(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Return the colours of `values` as uint8, shape ``values.shape + (3,)``; NaN becomes black."""
        stops, colours = np.linspace(*self.display_range, len(self.colours)), np.array(self.colours)
        known = np.nan_to_num(np.asarray(values, dtype=np.float32), nan=stops[0])
        channels = [np.interp(known, stops, colours[:, channel]) for channel in range(3)]
        picture: NDArray[np.uint8] = np.round(255 * np.stack(channels, axis=-1)).astype(np.uint8)
        picture[np.isnan(values)] = 0
        return picture


_FLOW_COLOURS: tuple[Colour, ...] = (
    (0.00, 0.00, 0.00),
    (0.14, 0.05, 0.42),
    (0.10, 0.25, 0.80),
    (0.00, 0.58, 0.78),
    (0.20, 0.75, 0.38),
    (0.93, 0.88, 0.22),
    (0.95, 0.47, 0.12),
    (0.76, 0.06, 0.06),
)
"""Blood flow and volume as stroke readers know them: black and violet for none, red for most."""

_TIME_COLOURS: tuple[Colour, ...] = (
    (0.07, 0.09, 0.40),
    (0.05, 0.38, 0.75),
    (0.10, 0.66, 0.62),
    (0.93, 0.88, 0.22),
    (0.95, 0.50, 0.12),
    (0.80, 0.08, 0.06),
    (0.48, 0.00, 0.08),
)
"""Times: blue and green for normal, yellow in the middle of the range (6 s of 12 s), red for late."""

_FLOW_UNIT = CodedConcept(
    "ml/[100]g/min", "UCUM", "milliliter per 100 gram per minute"
)  # as in DICOM CID 7181
_VOLUME_UNIT = CodedConcept("ml/(100.g)", "UCUM", "milliliter per 100 gram")  # CID 7181 has none; plain UCUM
_SECOND = CodedConcept("s", "UCUM", "second")
_RATIO = CodedConcept("{ratio}", "UCUM", "ratio")

_RELATIVE_FLOW = CodedConcept("126397", "DCM", "Relative Regional Blood Flow")
_RELATIVE_VOLUME = CodedConcept("126398", "DCM", "Relative Regional Blood Volume")

QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        quantity.name: quantity
        for quantity in (
            Quantity("CBF", "Cerebral blood flow", "mL/100 g/min", _FLOW_UNIT,
                     CodedConcept("113055", "DCM", "Regional Cerebral Blood Flow"),
                     (0.0, 80.0), _FLOW_COLOURS, ".0f"),
            Quantity("CBV", "Cerebral blood volume", "mL/100 g", _VOLUME_UNIT,
                     CodedConcept("113056", "DCM", "Regional Cerebral Blood Volume"),
                     (0.0, 6.0), _FLOW_COLOURS, ".1f"),
            Quantity("MTT", "Mean transit time", "s", _SECOND,
                     CodedConcept("113052", "DCM", "Mean Transit Time"),
                     (0.0, 16.0), _TIME_COLOURS, ".1f"),
            Quantity("TTP", "Time to peak: centre of the tissue response", "s", _SECOND,
                     CodedConcept("113069", "DCM", "Time To Peak"),
                     (0.0, 12.0), _TIME_COLOURS, ".1f"),
            Quantity("Tmax", "Time to maximum of the tissue response", "s", _SECOND,
                     CodedConcept("113084", "DCM", "Tmax"),
                     (0.0, 12.0), _TIME_COLOURS, ".1f"),
            Quantity("Delay", "Arrival delay after the arterial input", "s", _SECOND,
                     CodedConcept("DELAY", "99CTPERF", "Delay relative to the arterial input function"),
                     (0.0, 10.0), _TIME_COLOURS, ".1f"),
            Quantity("rCBF_global", "Blood flow relative to normal tissue", "", _RATIO, _RELATIVE_FLOW,
                     (0.0, 1.5), _FLOW_COLOURS, ".2f"),
            Quantity("rCBF_local", "Blood flow relative to the mirrored side", "", _RATIO, _RELATIVE_FLOW,
                     (0.0, 1.5), _FLOW_COLOURS, ".2f"),
            Quantity("rCBV_global", "Blood volume relative to normal tissue", "", _RATIO, _RELATIVE_VOLUME,
                     (0.0, 1.5), _FLOW_COLOURS, ".2f"),
            Quantity("rCBV_local", "Blood volume relative to the mirrored side", "", _RATIO, _RELATIVE_VOLUME,
                     (0.0, 1.5), _FLOW_COLOURS, ".2f"),
        )
    }
)  # fmt: skip
"""All quantities by the name of their map; for Tmax what its two definitions share."""

TMAX_QUANTITIES: Mapping[TmaxDefinition, Quantity] = MappingProxyType(
    {
        TmaxDefinition.CENTRE: replace(
            QUANTITIES["Tmax"],
            title="Tmax, centre of impulse response (delay + MTT/2)",
            variant="centre",
            formula="delay + MTT/2",
        ),
        TmaxDefinition.ARGMAX: replace(
            QUANTITIES["Tmax"],
            title="Tmax, time of the residue function's maximum",
            variant="peak",
            formula="peak of residue",
        ),
    }
)
"""Tmax by its definition: same unit, code and colours, other words."""


def quantities_of(definition: TmaxDefinition) -> Mapping[str, Quantity]:
    """Return all quantities by the name of their map, Tmax in the words of its definition.

    Whatever shows or writes the maps of one study reads this table, and not :data:`QUANTITIES`.
    """
    return MappingProxyType({**QUANTITIES, "Tmax": TMAX_QUANTITIES[definition]})
