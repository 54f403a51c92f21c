"""The window about the brain to which the slices of a patient are cut."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ...progress import ProgressCallback, reported
from ..datasets import PatientMaps, PatientSource
from ..datasets.resizing import resized_shape

MULTIPLE = 16
"""Pixels of which windows are multiples: networks halve an image four times."""


class Window(NamedTuple):
    """A window in the plane of a slice.

    Attributes
    ----------
    row, column : int
        Where it begins.
    rows, columns : int
        Its size; an image may be smaller.
    """

    row: int
    column: int
    rows: int
    columns: int

    def cut(self, image: torch.Tensor) -> torch.Tensor:
        """Return the part of an image (..., Y, X) inside the window; curves (K, T) pass as they are."""
        return image[..., self.row : self.row + self.rows, self.column : self.column + self.columns]


def brain_windows(
    source: PatientSource, patients: Iterable[str], size: int | None, on_progress: ProgressCallback
) -> dict[str, Window]:
    """Return a window about the brain of each patient, all of one size where images are large enough.

    Parameters
    ----------
    source : PatientSource
    patients : iterable of str
    size : int or None
        Pixels of the longer side to which slices will be averaged.
    on_progress : callable
    """
    boxes = {
        patient: _brain_box(source.load(patient), size) for patient in reported(list(patients), on_progress)
    }
    rows = _multiple(max(box.rows for box, _ in boxes.values()))
    columns = _multiple(max(box.columns for box, _ in boxes.values()))
    return {patient: _centred(box, shape, (rows, columns)) for patient, (box, shape) in boxes.items()}


def _brain_box(patient: PatientMaps, size: int | None) -> tuple[Window, tuple[int, int]]:
    """Return the bounding box of a brain and the shape of its slices, at the size that they will have."""
    inside: NDArray[np.bool_] = np.logical_or.reduce(patient.brain, axis=0)
    whole = (inside.shape[0], inside.shape[1])
    shape = whole if size is None else resized_shape(whole, size)
    limits = []
    for axis in (0, 1):
        places = np.flatnonzero(inside.any(axis=1 - axis))
        first, last = (int(places[0]), int(places[-1])) if len(places) else (0, inside.shape[axis] - 1)
        scale = shape[axis] / inside.shape[axis]
        limits.append((int(first * scale), int(np.ceil((last + 1) * scale))))
    (top, bottom), (left, right) = limits
    return Window(top, left, bottom - top, right - left), shape


def _multiple(length: int) -> int:
    return -(-length // MULTIPLE) * MULTIPLE


def _centred(box: Window, shape: tuple[int, int], size: tuple[int, int]) -> Window:
    starts = []
    for first, length, whole, wanted in zip(box[:2], box[2:], shape, size, strict=True):
        starts.append(min(max(first - (wanted - length) // 2, 0), max(whole - wanted, 0)))
    return Window(starts[0], starts[1], min(size[0], shape[0]), min(size[1], shape[1]))
