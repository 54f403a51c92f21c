"""How a public cohort lies on the disk, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import SeriesError
from .cohort_case import SERIES, CohortCase


@dataclass(frozen=True)
class CohortLayout:
    """A public cohort with reference maps.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title, source : str
        What it is called, and where it is described.
    reference : str
        What made the reference maps.
    units : mapping of str to str
        Of the reference maps, by quantity.
    patients : str
        What tells which cases are of one patient.
    late_map : str
        The reference map whose values above 6 s count as late: ``Tmax``, or ``TTP`` where that stands for it
        (centre of the tissue's response, delay + MTT/2).
    frame_interval : float or None
        Seconds between frames where the files do not tell times; None where they do.
    place : str
        Which folder of the cohort has to be given.
    find : callable
        Returns the cases in a folder, complete or not.
    """

    name: str
    title: str
    source: str
    reference: str
    units: Mapping[str, str]
    patients: str
    late_map: str
    frame_interval: float | None
    place: str
    find: Callable[[Path], tuple[CohortCase, ...]]

    @property
    def needed(self) -> tuple[str, ...]:
        """Parts without which a case cannot be compared."""
        return (SERIES, "CBF", self.late_map)

    def cases(self, folder: Path) -> tuple[CohortCase, ...]:
        """Return all cases in a folder, also those that lack files.

        Raises
        ------
        SeriesError
            If the folder does not follow the layout.
        """
        found = self.find(folder) if folder.is_dir() else ()
        if not found:
            raise SeriesError(f"The folder {folder} does not hold cases of {self.title}", self.place)
        return found
