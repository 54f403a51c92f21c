"""Maps and segments of one study in two sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ProcessingError
from ...io import segment_kinds
from ...series import QUANTITIES, largest_shift, voxel_spacing, voxel_volume_ml
from ...statistics import dice, pair_moments
from .compared import SegmentPair, VoxelPairs
from .study_images import Image, ImageReaders

_GRID_TOLERANCE = 0.1
"""Part of a voxel by which corners of one grid may be off, by rounding in headers."""

_HIGHEST_LABEL = 31
"""Images of whole numbers up to this one are labels, unless they are called as a map is."""


@dataclass(frozen=True)
class StudyComparison:
    """One study in two sets.

    Attributes
    ----------
    maps : mapping of str to VoxelPairs
    labels : mapping of str to mapping of int to SegmentPair
        By the name of the image and the label; of an image without labels in either set empty.
    """

    maps: Mapping[str, VoxelPairs] = field(default_factory=dict)
    labels: Mapping[str, Mapping[int, SegmentPair]] = field(default_factory=dict)


def compare_images(first: ImageReaders, second: ImageReaders) -> StudyComparison:
    """Hold the images that a study has in both sets against each other.

    Raises
    ------
    SeriesError
        If an image cannot be read.
    ProcessingError
        If an image lies on another grid in the second set.
    """
    maps: dict[str, VoxelPairs] = {}
    labels: dict[str, Mapping[int, SegmentPair]] = {}
    for name in (name for name in first if name in second):
        (one, ijk_to_ras), (other, its_matrix) = first[name](), second[name]()
        _require_same_grid(name, (one, ijk_to_ras), (other, its_matrix))
        if name in segment_kinds():
            labels[name] = {1: _segments(one > 0, other > 0, ijk_to_ras)}
        elif _are_labels(name, one) and _are_labels(name, other):
            labels[name] = {
                int(label): _segments(one == label, other == label, ijk_to_ras)
                for label in np.flatnonzero(_label_counts(one) + _label_counts(other))
                if label
            }
        else:
            maps[name] = _voxels(one, other)
    return StudyComparison(maps, labels)


def _require_same_grid(name: str, first: Image, second: Image) -> None:
    (one, ijk_to_ras), (other, its_matrix) = first, second
    if one.shape == other.shape:
        shift = largest_shift(ijk_to_ras, its_matrix, one.shape)
        if shift <= _GRID_TOLERANCE * min(voxel_spacing(ijk_to_ras)):
            return
    raise ProcessingError(f"{name} lies on different grids", "resample one set to the grid of the other")


def _are_labels(name: str, voxels: NDArray[Any]) -> bool:
    if name in QUANTITIES:
        return False
    if voxels.dtype == np.bool_:
        return True
    # Comparisons with NaN are false.
    return bool(((voxels >= 0) & (voxels <= _HIGHEST_LABEL) & (voxels == np.floor(voxels))).all())


def _label_counts(voxels: NDArray[Any]) -> NDArray[np.intp]:
    return np.bincount(voxels.astype(np.uint8).ravel(), minlength=_HIGHEST_LABEL + 1)


def _segments(first: NDArray[Any], second: NDArray[Any], ijk_to_ras: NDArray[np.float64]) -> SegmentPair:
    voxel_ml = voxel_volume_ml(ijk_to_ras)
    return SegmentPair(
        first_ml=float(np.count_nonzero(first) * voxel_ml),
        second_ml=float(np.count_nonzero(second) * voxel_ml),
        dice=dice(first, second),
    )


def _voxels(first: NDArray[Any], second: NDArray[Any]) -> VoxelPairs:
    in_first, in_second = np.isfinite(first), np.isfinite(second)
    both = in_first & in_second
    return VoxelPairs(
        moments=pair_moments(first[both], second[both]),
        only_first=int(np.count_nonzero(in_first & ~in_second)),
        only_second=int(np.count_nonzero(in_second & ~in_first)),
    )
