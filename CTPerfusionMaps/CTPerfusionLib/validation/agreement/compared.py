"""Two sets of results of the same studies, paired and ready for statistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigurationError
from ...statistics import PairMoments

FEWEST_STUDIES = 3
"""Below which pairs say nothing about agreement: two always lie on a line."""

MOST_STRATA = 8
"""Groups that a table and a figure still show."""

ALL_STUDIES = "all"


@dataclass(frozen=True, eq=False)
class Measure:
    """A number of each study in both sets.

    Attributes
    ----------
    name : str
    first, second : ndarray, shape (S,)
        NaN where a study has no value; infinite where it says so, as a mismatch ratio without a core.
    """

    name: str
    first: NDArray[np.float64]
    second: NDArray[np.float64]


@dataclass(frozen=True)
class Rating:
    """A category of each study in both sets, such as whether a treatment criterion is met.

    Attributes
    ----------
    name : str
    first, second : tuple of str or None, length S
        None where a study has no value.
    """

    name: str
    first: tuple[str | None, ...]
    second: tuple[str | None, ...]


@dataclass(frozen=True)
class VoxelPairs:
    """A map of one study in both sets.

    Attributes
    ----------
    moments : PairMoments
        Of the voxels that are finite in both.
    only_first, only_second : int
        Voxels that are finite in one alone.
    """

    moments: PairMoments
    only_first: int
    only_second: int


@dataclass(frozen=True)
class MapPair:
    """A map of all studies in both sets; None where a study lacks it in either."""

    name: str
    voxels: tuple[VoxelPairs | None, ...]


@dataclass(frozen=True)
class SegmentPair:
    """A segment of one study in both sets.

    Attributes
    ----------
    first_ml, second_ml : float
        Volumes in mL.
    dice : float or None
        None where both are empty.
    """

    first_ml: float
    second_ml: float
    dice: float | None


@dataclass(frozen=True)
class Overlap:
    """A segment of all studies in both sets; None where a study lacks it in either."""

    name: str
    segments: tuple[SegmentPair | None, ...]

    @property
    def volumes(self) -> Measure:
        """Its volumes in mL."""
        known = [
            (np.nan, np.nan) if each is None else (each.first_ml, each.second_ml) for each in self.segments
        ]
        first, second = np.array(known, dtype=float).reshape(-1, 2).T
        return Measure(f"{self.name}_ml", first, second)


Pair = TypeVar("Pair", bound=Measure | Rating | MapPair | Overlap)
"""Anything that all studies have in both sets."""


@dataclass(frozen=True)
class LeftOut:
    """A study, a column or an image that is not compared, with the reason as a clause."""

    name: str
    reason: str


@dataclass(frozen=True)
class Strata:
    """Groups of studies.

    Attributes
    ----------
    column : str
        What they are grouped by.
    values : tuple of str or None, length S
        None where a study has no value; it counts among all studies alone.

    Raises
    ------
    ConfigurationError
        If there are none or too many groups.
    """

    column: str
    values: tuple[str | None, ...]

    def __post_init__(self) -> None:
        if not self.names:
            raise ConfigurationError(
                f"The column {self.column} has no value for the studies that are compared",
                "group by another column",
            )
        if len(self.names) > MOST_STRATA:
            raise ConfigurationError(
                f"The column {self.column} has {len(self.names)} different values",
                f"group by a column with at most {MOST_STRATA}",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """All groups in ascending order."""
        return tuple(sorted({value for value in self.values if value is not None}))


@dataclass(frozen=True)
class Subset:
    """Studies that are looked at together.

    Attributes
    ----------
    name : str
        ``all``, or a group.
    places : tuple of int
        Of the studies.
    """

    name: str
    places: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class ComparedSets:
    """Two sets of results of the same studies.

    Attributes
    ----------
    names : tuple of str
        What the first and the second set are called.
    settings : mapping of str to str
        What was compared, for the report.
    studies : tuple of str
        The S studies that are in both.
    measures : tuple of Measure
    ratings : tuple of Rating
    maps : tuple of MapPair
    overlaps : tuple of Overlap
    strata : Strata or None
    left_out_studies, left_out_columns : tuple of LeftOut
        Columns of tables, or images of folders.
    """

    names: tuple[str, str]
    settings: Mapping[str, str]
    studies: tuple[str, ...]
    measures: tuple[Measure, ...] = ()
    ratings: tuple[Rating, ...] = ()
    maps: tuple[MapPair, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    strata: Strata | None = None
    left_out_studies: tuple[LeftOut, ...] = ()
    left_out_columns: tuple[LeftOut, ...] = ()

    @property
    def subsets(self) -> tuple[Subset, ...]:
        """All studies, then each group."""
        everything = Subset(ALL_STUDIES, tuple(range(len(self.studies))))
        if self.strata is None:
            return (everything,)
        values = self.strata.values
        return (
            everything,
            *(
                Subset(name, tuple(place for place, value in enumerate(values) if value == name))
                for name in self.strata.names
            ),
        )
