"""Cleaning of segments with disks and volumes in mm and mL, whatever the size of a pixel."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .bit_slices import Disk, pack, slice_blocks, unpack_into, window_of
from .box import Box


def open_and_close(
    raw: NDArray[np.bool_],
    tissue: NDArray[np.bool_],
    spacing: tuple[float, float, float],
    *,
    opening_radius: float,
    closing_radius: float,
) -> NDArray[np.bool_]:
    """Open and then close a segment slice by slice with disks.

    Only tissue votes: a vessel, a sulcus or the edge of the brain beside a lesion is no evidence against
    it, so opening erodes from the healthy tissue and not from where nothing was analysed. Otherwise the
    cortical ribbon between sulci would always be lost.

    Parameters
    ----------
    raw : ndarray of bool, shape (Z, Y, X)
        Voxels beyond the threshold.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that was analysed.
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    opening_radius, closing_radius : float
        Radius of the disk in mm; 0 for none.
    """
    cleaned = np.zeros(raw.shape, dtype=bool)
    opening, closing = Disk(opening_radius, spacing[:2]), Disk(closing_radius, spacing[:2])
    pad = reach(spacing, opening_radius, closing_radius)
    for block in slice_blocks(len(raw)):
        segment = pack(raw[block] & tissue[block])
        window = window_of(segment, pad)
        if window is None:
            continue
        segment, votes = segment[window], pack(tissue[block][:, *window])
        kept = ~opening.dilate(votes & ~segment) & votes
        opened = opening.dilate(kept) & votes
        closed = ~closing.dilate(~closing.dilate(opened)) & votes
        unpack_into(cleaned[block][:, *window], closed)
    return cleaned


def grown(mask: NDArray[np.bool_], spacing: tuple[float, float, float], radius: float) -> NDArray[np.bool_]:
    """Return all voxels within `radius` mm of a mask, slice by slice, shape (Z, Y, X).

    Parameters
    ----------
    mask : ndarray of bool, shape (Z, Y, X)
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    radius : float
        mm.
    """
    result = np.zeros(mask.shape, dtype=bool)
    disk, pad = Disk(radius, spacing[:2]), reach(spacing, radius, 0.0)
    for block in slice_blocks(len(mask)):
        bits = pack(mask[block])
        window = window_of(bits, pad)
        if window is not None:
            unpack_into(result[block][:, *window], disk.dilate(bits[window]))
    return result


def reach(
    spacing: tuple[float, float, float], opening_radius: float, closing_radius: float
) -> tuple[int, int]:
    """Return how many rows and columns away a voxel can still change what cleaning does to another."""
    column_step, row_step, _ = spacing
    margin = (opening_radius + closing_radius) * 2.0
    return int(np.ceil(margin / row_step)) + 1, int(np.ceil(margin / column_step)) + 1


@dataclass(frozen=True, eq=False)
class PartVolumes:
    """How large the parts of a segment are.

    Attributes
    ----------
    counts : ndarray of int, shape (N + 1,)
        Voxels of each part, by its label; 0 is no part and has none.
    voxel_ml : float
        Volume of a voxel in mL.
    sure : ndarray of int, shape (N + 1,)
        Those voxels of each part by which it is judged whether it is large enough.
    """

    counts: NDArray[np.int64]
    voxel_ml: float
    sure: NDArray[np.int64]

    def large(self, minimum_ml: float) -> NDArray[np.bool_]:
        """Return which labels belong to parts with at least a volume in mL of sure voxels, (N + 1,)."""
        found = self.sure * self.voxel_ml >= minimum_ml * (1.0 - 1e-9)
        found[0] = False
        return np.asarray(found)

    def total_ml(self, minimum_ml: float) -> float:
        """Return the volume of all parts with at least a volume in mL of sure voxels."""
        return float(self.counts[self.large(minimum_ml)].sum() * self.voxel_ml)

    def sure_ml(self, minimum_ml: float) -> float:
        """Return the volume of the sure voxels of these parts."""
        return float(self.sure[self.large(minimum_ml)].sum() * self.voxel_ml)


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a segment that are connected through faces.

    Attributes
    ----------
    segment : ndarray of bool, shape (Z, Y, X)
    box : Box
        Where the segment lies.
    labels : ndarray of int
        Inside the box; 0 is no part.
    volumes : PartVolumes
    """

    segment: NDArray[np.bool_]
    box: Box
    labels: NDArray[np.int32]
    volumes: PartVolumes

    @classmethod
    def of(
        cls,
        segment: NDArray[np.bool_],
        spacing: tuple[float, float, float],
        sure: NDArray[np.bool_] | None = None,
    ) -> "Parts":
        """Find the parts of a segment on voxels of given size in mm; all voxels are sure by default."""
        box = Box.around(segment)
        inside = box.part_of(segment)
        labels, n_parts = ndimage.label(inside)
        counts = np.bincount(labels[inside], minlength=n_parts + 1)
        certain = counts
        if sure is not None:
            certain = np.bincount(labels[inside & box.part_of(sure)], minlength=n_parts + 1)
        return cls(segment, box, labels, PartVolumes(counts, float(np.prod(spacing)) / 1000.0, certain))

    def from_ml(self, minimum_ml: float) -> NDArray[np.bool_]:
        """Return the segment without parts below a volume in mL of sure voxels, shape (Z, Y, X)."""
        keep = self.volumes.large(minimum_ml)
        return self.segment if keep[1:].all() else self.box.whole(keep[self.labels])
