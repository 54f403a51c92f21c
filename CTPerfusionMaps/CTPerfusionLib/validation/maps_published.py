"""What the papers report, and the targets set beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class PublishedScore:
    """What was reported of one map.

    Attributes
    ----------
    correlation, dice : float or None
        Mean over slices on all pixels at 512 x 512, Dice at half range (Perlo et al., section 4).
    squared_error : float or None
        On maps from 0 to 1, of the cross-validation (Gava et al. 2023, table 1 and text).
    """

    correlation: float | None = None
    dice: float | None = None
    squared_error: float | None = None


PUBLISHED_SCORES: Mapping[str, PublishedScore] = MappingProxyType(
    {
        "CBV": PublishedScore(0.73, 0.75, 0.01),
        "CBF": PublishedScore(0.83, 0.52, 0.01),
        "TTP": PublishedScore(0.87, 0.54, 0.017),
        "MTT": PublishedScore(),
    }
)
"""By the name of the map; the papers have no MTT."""


@dataclass(frozen=True)
class PublishedLesion:
    """What Gava et al. 2023 report of one kind of lesion, as text for a table.

    Attributes
    ----------
    title : str
        As tables call the lesion.
    dice, correlation, icc : str
    differences : mapping of str to str
        Mean absolute difference of volumes in mL, by rater.
    repeatability : mapping of str to str
        Coefficients of repeatability in mL, by rater; empty where there are none.
    """

    title: str
    dice: str
    correlation: str
    icc: str
    differences: Mapping[str, str]
    repeatability: Mapping[str, str]


PUBLISHED_LESIONS: Mapping[str, PublishedLesion] = MappingProxyType(
    {
        "core": PublishedLesion(
            "core (CBV lesion)",
            ".80 to .86",
            ".99, p < .001",
            ".98 (.95 to 1.00)",
            MappingProxyType({"R1": "1.20 ± 2.31", "R2": "2.27 ± 5.44"}),
            MappingProxyType({}),
        ),
        "hypoperfusion": PublishedLesion(
            "hypoperfused (CBF/TTP lesion)",
            ".82 to .87",
            ".98, p < .001",
            ".99 (.98 to 1.00)",
            MappingProxyType({"R1": "9.37 ± 4.84", "R2": "8.52 ± 6.49"}),
            MappingProxyType({"R1": "19.9, 17.7", "R2": "20.9, 18.4"}),
        ),
    }
)
"""By the kind of lesion."""

PUBLISHED_FRAME_ERRORS: Mapping[int, float] = MappingProxyType(
    {2: 0.00740, 3: 0.00701, 5: 0.00643, 7: 0.00695, 10: 0.00638, 18: 0.00610}
)
"""Mean squared error on test data by number of frames, in a table beside the papers' code (which map is not
said; a network was trained for each number)."""
