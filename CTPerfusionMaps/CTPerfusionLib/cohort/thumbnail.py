"""A small picture of a result: the slice of the Tmax map with most hypoperfusion."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from ..io import read_nifti, read_segmentation, segment_kinds
from ..report.pictures import slice_number
from ..report.tiles import (
    Pixels,
    Viewport,
    draw_labels,
    draw_outline,
    map_pixels,
    png_bytes,
    resize_mask,
    resize_values,
    viewport,
)
from ..series import Quantity, TmaxDefinition, quantities_of
from ..staging import staging_folder, unwritable
from .columns import SUMMARY

Mask = NDArray[np.bool_]

SIZE = 160
"""Height and width in pixels."""

_AIR_HU = -1000.0


def write_thumbnail(study_folder: Path, path: Path) -> None:
    """Write a PNG of the slice with most hypoperfusion, or with most tissue where there is none.

    Tmax in its colours with the outlines of core and penumbra, the patient's right on the left, as in the
    report.

    Parameters
    ----------
    study_folder : Path
        Where `ctperfusion run` left its files.
    path : Path
        File to write, whole or not at all.

    Raises
    ------
    ProcessingError, SeriesError
        If the maps or segments are missing or damaged.
    ConfigurationError
        If `path` cannot be written.
    """
    content = png_bytes(thumbnail(study_folder))
    with staging_folder(path) as staging:
        try:
            (staging / path.name).write_bytes(content)
            (staging / path.name).replace(path)
        except OSError as error:
            raise unwritable(path, error) from error


def thumbnail(study_folder: Path) -> Pixels:
    """Return the picture of a result, shape (SIZE, SIZE, 3).

    Raises
    ------
    ProcessingError, SeriesError
        If the maps or segments are missing or damaged.
    """
    quantity = _tmax_quantity(study_folder / SUMMARY)
    tmax, ijk_to_ras = read_nifti(study_folder / "maps" / "Tmax.nii.gz")
    flow, _ = read_nifti(study_folder / "maps" / "CBF.nii.gz")
    masks, _ = read_segmentation(study_folder / "core_penumbra.seg.nrrd")
    tissue = np.isfinite(flow)  # dead tissue has a flow, 0, and no Tmax
    if not {"core", "penumbra"} <= set(masks) or any(mask.shape != tmax.shape for mask in masks.values()):
        raise ProcessingError("The segments do not belong to the maps of this result", "run the study again")
    outlines = {"penumbra": masks["penumbra"] | masks["core"], "core": masks["core"]}
    view = _view(tissue, ijk_to_ras)
    shown = _fullest(view.crop(outlines["penumbra"]), view.crop(tissue))
    pixels = map_pixels(
        quantity,
        resize_values(view.crop(tmax)[shown], view.tile_shape),
        resize_mask(view.crop(tissue)[shown], view.tile_shape),
    )
    for kind, mask in outlines.items():
        outline = resize_mask(view.crop(mask)[shown], view.tile_shape)
        draw_outline(pixels, outline, segment_kinds()[kind].colour, width=2, shaded=kind == "core")
    square = _squared(pixels)
    draw_labels(square, [slice_number(shown[0], len(tmax), view)])
    picture: Pixels = square[0]
    return picture


def _tmax_quantity(summary: Path) -> Quantity:
    """Return what Tmax is in this result."""
    try:
        record = json.loads(summary.read_text(encoding="utf-8"))
        return quantities_of(TmaxDefinition(record["tmax_definition"]))["Tmax"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProcessingError(
            f"The {SUMMARY} of a result is missing or damaged", "run the study again"
        ) from error


def _view(tissue: Mask, ijk_to_ras: NDArray[np.float64]) -> Viewport:
    """Return the viewport that fits the analysed tissue into the square."""
    air = np.full(tissue.shape, _AIR_HU, dtype=np.float32)  # the baseline is not among the maps
    view = viewport(air, ijk_to_ras, tissue, SIZE)
    width = view.tile_shape[1]
    return view if width <= SIZE else viewport(air, ijk_to_ras, tissue, SIZE * SIZE // width)


def _fullest(lesion: Mask, tissue: Mask) -> list[int]:
    """Return the slice with the largest lesion, or with most tissue where there is no lesion."""
    mask = lesion if lesion.any() else tissue
    return [int(np.count_nonzero(mask, axis=(1, 2)).argmax())]


def _squared(pixels: Pixels) -> Pixels:
    """Return tiles (n, h, w, 3) in the middle of black squares (n, SIZE, SIZE, 3)."""
    _, height, width, _ = pixels.shape
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    square = np.zeros((len(pixels), SIZE, SIZE, 3), dtype=np.uint8)
    square[:, top : top + height, left : left + width] = pixels
    return square
