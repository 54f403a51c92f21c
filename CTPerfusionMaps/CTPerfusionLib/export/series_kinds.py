"""The series that results are filed as: one for each kind of object, with its number and name."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MANUFACTURER = "SlicerCTPerfusion"
MODEL = "ctperfusion"
RESEARCH = "research use only"


@dataclass(frozen=True)
class SeriesKind:
    """A series of results.

    Attributes
    ----------
    name : str
    number : int
        Series number: far above those that scanners use, the same in every study.
    description : str
        Up to 64 characters.
    """

    name: str
    number: int
    description: str


SERIES_KINDS: Mapping[str, SeriesKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            SeriesKind("segmentation", 9001, f"CT perfusion core and penumbra ({RESEARCH})"),
            SeriesKind("maps", 9002, f"CT perfusion maps ({RESEARCH})"),
            SeriesKind("measurements", 9003, f"CT perfusion measurements ({RESEARCH})"),
            SeriesKind("summary", 9004, f"CT perfusion summary ({RESEARCH})"),
            SeriesKind("registered", 9005, f"CT perfusion, motion corrected ({RESEARCH})"),
        )
    }
)
"""All kinds by name."""
