"""Slices of a few patients that figures show, and how predicted values lie against those of the reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..networks.map_target import MAP_TARGETS
from .maps_case import LesionKind, MapCase
from .maps_patient import ReferencePatient
from .maps_readers import LesionReading
from .maps_score import FloatImage, Mask

REFERENCE = "reference"
"""Row of the reference maps among the methods."""

MOST_EXAMPLES = 4
"""Patients that are shown: the first ones with a lesion and the first without, besides the worst."""

DENSITY_BINS = 96
_MARGIN = 4


@dataclass(frozen=True, eq=False)
class ExampleSlice:
    """One slice of a patient, cut to the brain, anterior up and the patient's right on the left.

    Attributes
    ----------
    patient : str
    slice : int
        Counted from 1.
    maps : mapping of str to mapping of str to ndarray, shape (rows, columns)
        By the name of the map, then :data:`REFERENCE` and the names of the methods; NaN outside tissue.
    outlines : mapping of str to mapping of LesionKind to ndarray of bool, shape (rows, columns)
        Lesions as one reader draws them on the reference and on the maps of a method.
    """

    patient: str
    slice: int
    maps: Mapping[str, Mapping[str, FloatImage]]
    outlines: Mapping[str, Mapping[LesionKind, Mask]]

    @property
    def with_lesion(self) -> bool:
        """Whether anything was drawn on the reference."""
        return any(mask.any() for mask in self.outlines.get(REFERENCE, {}).values())


def example_slice(
    patient: str,
    maps: Mapping[str, Mapping[str, FloatImage]],
    reference: ReferencePatient,
    drawn: Mapping[str, LesionReading],
) -> ExampleSlice:
    """Return the slice with most of the reference's lesion, or the one with most tissue where there is none.

    Parameters
    ----------
    patient : str
    maps : mapping of str to mapping of str to ndarray, shape (Z, Y, X)
        By the name of the map, then :data:`REFERENCE` and the methods.
    reference : ReferencePatient
    drawn : mapping of str to LesionReading
        Lesions on the reference and on the maps of a method.
    """
    tissue = reference.tissue
    shown_region = drawn[REFERENCE].hypoperfusion if REFERENCE in drawn else np.zeros_like(tissue)
    index = int(np.argmax((shown_region if shown_region.any() else tissue).sum(axis=(1, 2))))
    rows, columns = (_span(tissue[index].any(axis=axis)) for axis in (1, 0))
    # A row that runs to the front, or a column that runs to the right, is turned around.
    turn = tuple(slice(None, None, -1 if reference.ijk_to_ras[axis, axis] > 0 else 1) for axis in (1, 0))

    def cut(image: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(image[index][rows, columns][turn])

    shown = cut(tissue)
    return ExampleSlice(
        patient=patient,
        slice=index + 1,
        maps={
            name: {
                method: np.where(shown, cut(values), np.float32(np.nan)).astype(np.float32)
                for method, values in by_method.items()
            }
            for name, by_method in maps.items()
        },
        outlines={
            method: {kind: cut(getattr(reading, kind)) for kind in LesionKind}
            for method, reading in drawn.items()
        },
    )


def _span(line: NDArray[np.bool_]) -> slice:
    known = np.flatnonzero(line)
    return slice(max(int(known[0]) - _MARGIN, 0), int(known[-1]) + 1 + _MARGIN) if len(known) else slice(None)


@dataclass
class ExampleChoice:
    """Keeps the slices that are shown while patients go by.

    Attributes
    ----------
    first : list of ExampleSlice
        Of the first patients with a lesion, and the first without.
    worst : ExampleSlice or None
        Of the patient with the greatest squared error of all maps together.
    """

    first: list[ExampleSlice] = field(default_factory=list)
    worst: ExampleSlice | None = None
    _greatest: float = -np.inf

    def offer(self, example: ExampleSlice, case: MapCase) -> None:
        """Keep a slice if it belongs to the first ones or to the worst patient so far."""
        normal = [each for each in self.first if not each.with_lesion]
        room = len(self.first) - len(normal) < MOST_EXAMPLES - 1 if example.with_lesion else not normal
        if room:
            self.first.append(example)
        errors = [score.brain.squared_error for score in case.scores.values()]
        error = float(np.mean([each for each in errors if each is not None] or [-np.inf]))
        if error > self._greatest:
            self._greatest, self.worst = error, example


def density(name: str, predicted: FloatImage, reference: FloatImage, inside: Mask) -> NDArray[np.int64]:
    """Return how many voxels have which reference (rows) and predicted (columns) value on the map's scale."""
    target = MAP_TARGETS[name]
    known = inside & np.isfinite(reference) & np.isfinite(predicted)
    places = [
        np.minimum((target.scaled(image[known]) * DENSITY_BINS).astype(np.intp), DENSITY_BINS - 1)
        for image in (reference, predicted)
    ]
    flat = np.bincount(places[0] * DENSITY_BINS + places[1], minlength=DENSITY_BINS**2)
    return np.asarray(flat.reshape(DENSITY_BINS, DENSITY_BINS))
