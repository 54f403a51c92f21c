"""The pictures of a report: mosaic of maps, all slices, both cores, place of the vessels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..io.segmentation import segment_kinds
from ..progress import ProgressCallback, ignore_progress, reported
from ..series import EnhancementCurve, Quantity, TmaxDefinition
from .content import ReportContent
from .plots import CURVE_COLOURS, OTHER_COLOUR
from .tiles import (
    Pixels,
    Viewport,
    choose_slices,
    draw_labels,
    draw_outline,
    draw_place,
    grey_pixels,
    map_pixels,
    resize,
    resize_mask,
    resize_values,
    strip,
    viewport,
)
from .what_if import WhatIf

MOSAIC_MAPS = ("CBF", "CBV", "MTT", "TTP", "Tmax", "rCBF_global", "rCBF_local")
"""Maps of the first page in the order of their rows; TTP is left out where Tmax is defined as the same."""

MOSAIC_SLICES = 8
"""Slices in a row of the first page; studies with more also get a picture of all slices."""

DIFFERENCE_COLOURS = ((230, 40, 40), (255, 170, 0), (70, 150, 255))
"""Red, green and blue of core by both references, by the global one only, and by the local one only."""

_TILE_HEIGHT = 192
_VESSEL_TILE_HEIGHT = 300
_CORE_VOLUME_TILE_HEIGHT = 256


@dataclass(frozen=True, eq=False)
class MosaicRow:
    """One map across the slices.

    Attributes
    ----------
    title, unit : str
    formula : str
        Which of several definitions of the quantity the map has; empty where there is only one.
    quantity : Quantity or None
        Gives the colour bar; None for the baseline image.
    pixels : ndarray of uint8, shape (H, W, 3)
    """

    title: str
    unit: str
    formula: str
    quantity: Quantity | None
    pixels: Pixels


@dataclass(frozen=True, eq=False)
class Mosaic:
    """The maps of the first page, the slices that they show, and all slices where there are more.

    Attributes
    ----------
    rows : tuple of MosaicRow
    slices : tuple of int
        Counted from the lowest, which is 0.
    all_slices : ndarray of uint8, shape (H, W, 3), or None
        The baseline with outlines; None where the rows show all slices.
    """

    rows: tuple[MosaicRow, ...]
    slices: tuple[int, ...]
    all_slices: Pixels | None


@dataclass(frozen=True, eq=False)
class VesselPicture:
    """Where a curve was measured: in words and on a slice (H, W, 3)."""

    name: str
    place: str
    pixels: Pixels


def mosaic(content: ReportContent, *, on_progress: ProgressCallback = ignore_progress) -> Mosaic:
    """Return the pictures of all maps with the outlines of core and penumbra."""
    view = viewport(content.baseline, content.ijk_to_ras, content.tissue, _TILE_HEIGHT)
    outlines = tile_outlines(content, view)
    count = len(content.baseline)
    slices = choose_slices(view.crop(content.tissue), outlines["penumbra"], MOSAIC_SLICES)
    names: list[str | None] = [None, *mosaic_maps(content)]
    rows = tuple(
        _mosaic_row(
            None if name is None else content.quantities[name],
            strip(tiles(name, view, slices, content, outlines)),
        )
        for name in reported(names, on_progress)
    )
    all_slices = None
    if count > MOSAIC_SLICES:
        every = tiles(None, view, list(range(count)), content, outlines)
        all_slices = strip(every, per_line=MOSAIC_SLICES)
    return Mosaic(rows, tuple(slices), all_slices)


def slice_number(index: int, count: int, view: Viewport) -> int:
    """Return the number of a slice, counted from 1 as stored, by its index from below."""
    return count - index if view.flip_slices else index + 1


def mosaic_maps(content: ReportContent) -> list[str]:
    """Return the names of the maps to show."""
    names = [name for name in MOSAIC_MAPS if name in content.maps]
    if content.tmax_definition is TmaxDefinition.CENTRE and {"TTP", "Tmax"} <= set(names):
        names.remove("TTP")
    return names


def tile_outlines(content: ReportContent, view: Viewport) -> Mapping[str, NDArray[np.bool_]]:
    """Return the regions to outline (Z, h, w) at the size of the tiles, by the segment that gives the colour.

    The line of the penumbra runs around penumbra and core together: a second line along the border
    between them would hide it.
    """
    core, penumbra = content.masks["core"], content.masks["penumbra"]
    return {
        kind: resize_mask(view.crop(mask), view.tile_shape)
        for kind, mask in (("penumbra", penumbra | core), ("core", core))
    }


def tiles(
    name: str | None,
    view: Viewport,
    slices: list[int],
    content: ReportContent,
    outlines: Mapping[str, NDArray[np.bool_]],
) -> Pixels:
    """Return tiles (n, h, w, 3) of one map, or of the baseline where `name` is None, with outlines and sides.

    Parameters
    ----------
    name : str or None
    view : Viewport
    slices : list of int
        Counted from below.
    content : ReportContent
    outlines : mapping of str to ndarray of bool, shape (Z, h, w)
        As :func:`tile_outlines` gives them.
    """
    if name is None:
        pictures = resize(grey_pixels(view.crop(content.baseline)[slices]), view.tile_shape)
    else:
        values = resize_values(view.crop(content.maps[name])[slices], view.tile_shape)
        tissue = resize_mask(view.crop(content.tissue)[slices], view.tile_shape)
        pictures = map_pixels(content.quantities[name], values, tissue)
    for kind, mask in outlines.items():
        draw_outline(pictures, mask[slices], segment_kinds()[kind].colour, width=2, shaded=kind == "core")
    count = len(content.baseline)
    draw_labels(pictures, [slice_number(index, count, view) for index in slices])
    return pictures


def core_comparison(content: ReportContent, what_if: WhatIf, slices: Sequence[int]) -> Pixels:
    """Return the cores by global and by local reference, each on its map, and where they differ.

    Parameters
    ----------
    content : ReportContent
    what_if : WhatIf
        With both cores.
    slices : sequence of int
        Counted from the lowest, which is 0.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        Three rows of slices.
    """
    view = viewport(content.baseline, content.ijk_to_ras, content.tissue, _TILE_HEIGHT)
    chosen = list(slices)
    cores = {name: view.crop(levels.mask())[chosen] for name, levels in what_if.cores.items()}
    rows = []
    for name, core in cores.items():
        outline = np.zeros((len(content.baseline), *view.tile_shape), dtype=bool)
        outline[chosen] = resize_mask(core, view.tile_shape)
        rows.append(strip(tiles(f"rCBF_{name}", view, chosen, content, {"core": outline})))
    pixels = grey_pixels(view.crop(content.baseline)[chosen])
    by_global, by_local = cores["global"], cores["local"]
    for place, colour in zip(
        (by_global & by_local, by_global & ~by_local, by_local & ~by_global), DIFFERENCE_COLOURS, strict=True
    ):
        pixels[place] = np.round(0.35 * pixels[place] + 0.65 * np.array(colour)).astype(np.uint8)
    difference = resize(pixels, view.tile_shape)
    count = len(content.baseline)
    draw_labels(difference, [slice_number(index, count, view) for index in chosen])
    return np.concatenate([*rows, strip(difference)])


def core_volume_picture(images: NDArray[np.float32], slices: Mapping[str, int]) -> Pixels:
    """Return the two slices that a core-volume network saw, side by side, numbered as in all pictures.

    Parameters
    ----------
    images : ndarray, shape (2, Y, X)
        HU of the lower and the upper slice, the patient's right on the left.
    slices : mapping of str to int
        ``lower`` and ``upper``: their numbers, counted from 0 as stored.
    """
    pixels = resize(grey_pixels(images), (_CORE_VOLUME_TILE_HEIGHT, _CORE_VOLUME_TILE_HEIGHT))
    draw_labels(pixels, [slices["lower"] + 1, slices["upper"] + 1])
    return strip(pixels)


def vessel_picture(content: ReportContent, curve: EnhancementCurve) -> VesselPicture:
    """Return the slice that holds most voxels of a curve, with the voxels marked."""
    slice_index = int(np.bincount(curve.voxels[:, 2]).argmax())
    here = curve.voxels[curve.voxels[:, 2] == slice_index]
    view = viewport(content.baseline, content.ijk_to_ras, content.tissue, _VESSEL_TILE_HEIGHT)
    view = replace(view, flip_slices=False)
    marked = np.zeros((1, *content.baseline.shape[1:]), dtype=bool)
    marked[0, here[:, 1], here[:, 0]] = True
    picture = resize(grey_pixels(view.crop(content.baseline[slice_index : slice_index + 1])), view.tile_shape)
    draw_place(picture, view.crop(marked), _rgb(CURVE_COLOURS.get(curve.name, OTHER_COLOUR)))
    draw_labels(picture, [None])
    column, row = (int(value) for value in np.median(here[:, :2], axis=0))
    total = f"{len(curve.voxels)} voxels" if len(curve.voxels) > 1 else "1 voxel"
    shown = f", {len(here)} of them on this slice" if len(here) < len(curve.voxels) else ""
    place = f"{total}{shown}; around column {column}, row {row}, slice {slice_index} (counted from 0)"
    return VesselPicture(curve.name, place, picture[0])


def _mosaic_row(quantity: Quantity | None, pixels: Pixels) -> MosaicRow:
    if quantity is None:
        return MosaicRow("Baseline CT", "HU", "", None, pixels)
    return MosaicRow(quantity.short_title, quantity.unit, quantity.formula, quantity, pixels)


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
