"""The order of the frames in a multi-frame object.

highdicom puts the slices in descending order along the normal (row x column direction). Readers that take the
first frame for the origin and the normal for the way to the next one, ITK among them, then see the volume
upside down; with ascending slices they and all others are right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def sort_frames(dataset: Dataset) -> None:
    """Put the frames of each segment, or of the one map, into the ascending order of their positions."""
    frames = list(dataset.PerFrameFunctionalGroupsSequence)
    indices = [_dimension_indices(frame) for frame in frames]
    _, ranks = np.unique(np.round(_offsets(dataset, frames), 4), return_inverse=True)
    order = sorted(range(len(frames)), key=lambda frame: (indices[frame][:-1], ranks[frame]))
    for frame, index, rank in zip(frames, indices, ranks.tolist(), strict=True):
        _content(frame).DimensionIndexValues = [*index[:-1], rank + 1]
    dataset.PerFrameFunctionalGroupsSequence = [frames[frame] for frame in order]
    _sort_pixels(dataset, np.array(order))


def _content(frame: Dataset) -> Dataset:
    content: Dataset = frame.FrameContentSequence[0]
    return content


def _dimension_indices(frame: Dataset) -> list[int]:
    """Return the numbers of segment, if there are several, and slice."""
    values = _content(frame).DimensionIndexValues
    return [values] if isinstance(values, int) else list(values)


def _offsets(dataset: Dataset, frames: list[Dataset]) -> NDArray[np.float64]:
    """Return the position of each frame along the normal in mm."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    orientation = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=np.float64)
    places = [frame.PlanePositionSequence[0].ImagePositionPatient for frame in frames]
    return np.asarray(np.array(places, dtype=np.float64) @ np.cross(orientation[:3], orientation[3:]))


def _sort_pixels(dataset: Dataset, order: NDArray[np.intp]) -> None:
    n_pixels = dataset.Rows * dataset.Columns
    if "FloatPixelData" in dataset:
        values = np.frombuffer(dataset.FloatPixelData, dtype="<f4").reshape(len(order), n_pixels)
        dataset.FloatPixelData = values[order].tobytes()
        return
    stored = np.frombuffer(dataset.PixelData, dtype=np.uint8)
    bits = np.unpackbits(stored, bitorder="little", count=len(order) * n_pixels).reshape(len(order), n_pixels)
    packed = np.packbits(bits[order], bitorder="little").tobytes()
    dataset.PixelData = packed + b"\0" * (len(packed) % 2)
