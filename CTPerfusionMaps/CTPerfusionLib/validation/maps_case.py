"""One patient of the evaluation of networks: what was predicted, held against the reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any

from .maps_readers import READERS
from .maps_score import MapScore


class Part(StrEnum):
    """What the training of a model had to do with a patient."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
    NEW = "new"
    """The split of the model does not know the patient, or there is none."""

    @property
    def is_held_out(self) -> bool:
        """Whether neither the weights nor the choice of the best epoch depend on the patient."""
        return self in (Part.TEST, Part.NEW)


class Maps(StrEnum):
    """The two sets of maps of a patient."""

    PREDICTED = "predicted"
    REFERENCE = "reference"


HELD_OUT = tuple(part for part in Part if part.is_held_out)

USUAL = "usual"
"""The condition of data as they are."""


class LesionKind(StrEnum):
    """What readers draw."""

    CORE = "core"
    HYPOPERFUSION = "hypoperfusion"


@dataclass(frozen=True)
class Rating:
    """One reader on one set of maps.

    Attributes
    ----------
    reader : str
        A key of :data:`READERS`.
    maps : Maps
    """

    reader: str
    maps: Maps

    @property
    def title(self) -> str:
        """As the paper calls it: R1, R2 on predicted maps, GT1, GT2 on reference maps."""
        return self.reader if self.maps is Maps.PREDICTED else f"GT{self.reader.removeprefix('R')}"


RATINGS = tuple(Rating(reader, maps) for reader in READERS for maps in Maps)
"""The four sets of volumes: R1, GT1, R2, GT2."""

RATING_PAIRS = tuple(combinations(range(len(RATINGS)), 2))
"""All pairs of positions in :data:`RATINGS`."""


@dataclass(frozen=True)
class LesionResult:
    """What both readers drew on both sets of maps of one patient.

    Attributes
    ----------
    volumes : mapping of LesionKind to tuple of float
        mL in the order of :data:`RATINGS`.
    dice : mapping of LesionKind to tuple of float or None
        In the order of :data:`RATING_PAIRS`; None where both segments are empty.
    """

    volumes: Mapping[LesionKind, tuple[float, ...]]
    dice: Mapping[LesionKind, tuple[float | None, ...]]

    @property
    def is_normal(self) -> bool:
        """Whether no reader found anything on any map: left out of all lesion tables, as in the paper."""
        return not any(self.volumes[LesionKind.HYPOPERFUSION])


@dataclass(frozen=True)
class MapCase:
    """One patient as one set of models, or another method, sees it.

    Attributes
    ----------
    patient : str
        Its identifier in the data set.
    method : str
        Name of the set of models, or of the method.
    part : Part
    condition : str
        :data:`USUAL`, or what was changed about the data.
    refusal : str
        Why the model would refuse such a series in use; empty where it would not. It was run nevertheless.
    scores : mapping of str to MapScore
        By the name of the map.
    lesions : LesionResult or None
        None without the maps that readers need, or where too little tissue is normal to refer to.
    groups : mapping of str to str or float
        What the data set says of the patient.
    failure : str
        Why there are no scores; empty where there are.
    """

    patient: str
    method: str
    part: Part
    condition: str = USUAL
    refusal: str = ""
    scores: Mapping[str, MapScore] = field(default_factory=dict)
    lesions: LesionResult | None = None
    groups: Mapping[str, str | float] = field(default_factory=dict)
    failure: str = ""


def case_rows(case: MapCase) -> list[dict[str, Any]]:
    """Return a case as flat rows, one for each map; lesion volumes stand in every row."""
    head: dict[str, Any] = {
        "patient": case.patient,
        "condition": case.condition,
        "method": case.method,
        "part": str(case.part),
    }
    tail = {"refusal": case.refusal, "failure": case.failure}
    tail |= {f"group_{name}": str(value) for name, value in case.groups.items()}
    lesions = lesion_row(case.lesions)
    rows = [head | score_row(score) | lesions | tail for score in case.scores.values()]
    return rows or [head | score_row(None) | lesions | tail]


def score_row(score: MapScore | None) -> dict[str, Any]:
    """Return a score as columns; all columns, empty, without one."""
    values: dict[str, Any] = {
        "map": score.target if score else None,
        "slices": len(score.slices) if score else None,
        "slices_without_dice": score.undefined_slices if score else None,
        "slice_r": score.slice_correlation if score else None,
        "slice_dice": score.slice_dice if score else None,
    }
    for name in ("image", "brain"):
        region = getattr(score, name) if score else None
        values |= {
            f"{name}_mse": region.squared_error if region else None,
            f"{name}_r": region.correlation if region else None,
            f"{name}_dice": region.dice if region else None,
        }
    return values | {"bias": score.bias if score else None, "rmse": score.rmse if score else None}


def lesion_row(lesions: LesionResult | None) -> dict[str, Any]:
    """Return volumes in mL and Dice of predicted against reference maps by reader as columns."""
    row: dict[str, Any] = {}
    for kind in LesionKind:
        for position, rating in enumerate(RATINGS):
            name = f"{kind}_{rating.reader}_{rating.maps}_ml"
            row[name] = lesions.volumes[kind][position] if lesions else None
        for position, (one, other) in enumerate(RATING_PAIRS):
            if RATINGS[one].reader == RATINGS[other].reader:
                row[f"{kind}_{RATINGS[one].reader}_dice"] = lesions.dice[kind][position] if lesions else None
    return row
