"""The pictures of a report, ready to stand in the page: mosaic of maps, all slices, place of the vessels."""

import base64
import io
from collections.abc import Mapping
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
    draw_outline,
    draw_place,
    draw_sides,
    grey_pixels,
    map_pixels,
    resize,
    resize_mask,
    strip,
    viewport,
)

MOSAIC_MAPS = ("CBF", "CBV", "MTT", "TTP", "Tmax", "rCBF_global", "rCBF_local")
"""Maps of the first page in the order of their rows; TTP is left out where Tmax is defined as the same."""

MOSAIC_SLICES = 8
"""Slices in a row of the first page; studies with more also get a picture of all slices."""

_TILE_HEIGHT = 192
_VESSEL_TILE_HEIGHT = 300


@dataclass(frozen=True)
class MosaicRow:
    """One map across the slices.

    Attributes
    ----------
    title, unit : str
    formula : str
        Which of several definitions of the quantity the map has; empty where there is only one.
    quantity : Quantity or None
        Gives the colour bar; None for the baseline image.
    picture : str
        Data URI.
    """

    title: str
    unit: str
    formula: str
    quantity: Quantity | None
    picture: str


@dataclass(frozen=True)
class Mosaic:
    """The maps of the first page, the numbers of their slices, and all slices where there are more."""

    rows: tuple[MosaicRow, ...]
    slice_numbers: tuple[int, ...]
    all_slices: str | None


@dataclass(frozen=True)
class VesselPicture:
    """Where a curve was measured."""

    name: str
    place: str
    picture: str


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
        all_slices = data_uri(strip(every, per_line=MOSAIC_SLICES))
    numbers = tuple(count - index if view.flip_slices else index + 1 for index in slices)
    return Mosaic(rows, numbers, all_slices)


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
        pixels = grey_pixels(view.crop(content.baseline)[slices])
    else:
        values = view.crop(content.maps[name])[slices]
        pixels = map_pixels(content.quantities[name], values, view.crop(content.tissue)[slices])
    pictures = resize(pixels, view.tile_shape)
    for kind, mask in outlines.items():
        draw_outline(pictures, mask[slices], segment_kinds()[kind].colour, shaded=kind == "core")
    draw_sides(pictures)
    return pictures


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
    draw_sides(picture)
    column, row = (int(value) for value in np.median(here[:, :2], axis=0))
    total = f"{len(curve.voxels)} voxels" if len(curve.voxels) > 1 else "1 voxel"
    shown = f", {len(here)} of them on this slice" if len(here) < len(curve.voxels) else ""
    place = f"{total}{shown}; around column {column}, row {row}, slice {slice_index} (counted from 0)"
    return VesselPicture(curve.name, place, data_uri(picture[0]))


def data_uri(pixels: Pixels) -> str:
    """Return a picture (H, W, 3) as a PNG data URI."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=False, compress_level=6)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _mosaic_row(quantity: Quantity | None, pixels: Pixels) -> MosaicRow:
    if quantity is None:
        return MosaicRow("Baseline CT", "HU", "", None, data_uri(pixels))
    return MosaicRow(quantity.short_title, quantity.unit, quantity.formula, quantity, data_uri(pixels))


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
