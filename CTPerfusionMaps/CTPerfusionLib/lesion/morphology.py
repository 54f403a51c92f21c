"""Cleaning of segments with disks and volumes in mm and mL, whatever the size of a pixel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


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
    column_step, row_step, _ = spacing
    margin = (opening_radius + closing_radius) * 2.0
    pad = (int(np.ceil(margin / row_step)) + 1, int(np.ceil(margin / column_step)) + 1)
    sampling = (row_step, column_step)
    for raw_slice, tissue_slice, result in zip(raw & tissue, tissue, cleaned, strict=True):
        window = _window(raw_slice, pad)
        segment, votes = raw_slice[window], tissue_slice[window]
        if segment.size == 0:
            continue
        kept = _away_from(votes & ~segment, opening_radius, sampling)
        opened = votes & ~_away_from(kept & votes, opening_radius, sampling)
        closed = _away_from(_away_from(opened, closing_radius, sampling), closing_radius, sampling)
        result[window] = closed & votes
    return cleaned


def drop_small_parts(
    segment: NDArray[np.bool_], spacing: tuple[float, float, float], minimum_ml: float
) -> NDArray[np.bool_]:
    """Return `segment` without its parts (connected through faces) below `minimum_ml` mL."""
    labels, n_parts = ndimage.label(segment)
    if n_parts == 0:
        return segment
    volumes = np.bincount(labels.ravel()) * float(np.prod(spacing)) / 1000.0
    keep = volumes >= minimum_ml * (1.0 - 1e-9)
    keep[0] = False
    return np.asarray(keep[labels])


def _away_from(points: NDArray[np.bool_], radius: float, sampling: tuple[float, float]) -> NDArray[np.bool_]:
    """Return the pixels farther than `radius` mm from all `points`: erosion of their complement by a disk."""
    if not points.any():
        return np.ones(points.shape, dtype=bool)
    if radius == 0.0:
        return ~points
    return np.asarray(ndimage.distance_transform_edt(~points, sampling=sampling) > radius * (1.0 + 1e-9))


def _window(segment: NDArray[np.bool_], pad: tuple[int, int]) -> tuple[slice, slice]:
    """Return the part of a slice that holds the segment and `pad` pixels around it."""
    if not segment.any():
        return slice(0, 0), slice(0, 0)
    bounds: list[slice] = []
    for axis, width in enumerate(pad):
        used: NDArray[Any] = np.flatnonzero(segment.any(axis=1 - axis))
        bounds.append(slice(max(0, int(used[0]) - width), int(used[-1]) + width + 1))
    return bounds[0], bounds[1]
