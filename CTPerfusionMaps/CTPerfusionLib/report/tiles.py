"""Slices as pictures in radiological convention: the patient's right on the left of the image.

Everything here returns RGB pixels as uint8 arrays, so that what the reader sees can be tested.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..series import Quantity, voxel_spacing
from ..series.geometry import FloatArray

Pixels = NDArray[np.uint8]

BASELINE_WINDOW = (0.0, 80.0)
"""HU shown from black to white: window 80, level 40, usual for brain."""

NO_ENHANCEMENT_GREY = 70
"""Grey level of analysed tissue that has no value, such as the timing of tissue without enhancement."""

_HEAD_HU = -300.0
_SLICE_WORTH_SHOWING = 0.3  # of the tissue area of the fullest slice


@dataclass(frozen=True)
class Viewport:
    """How slices are oriented, cropped and scaled for display.

    Attributes
    ----------
    transpose, flip_rows, flip_columns, flip_slices : bool
        What turns stored slices into radiological ones, inferior slice first.
    rows, columns : slice
        Region to show, in the turned slices.
    tile_shape : tuple of int
        Height and width of one picture.
    """

    transpose: bool
    flip_rows: bool
    flip_columns: bool
    flip_slices: bool
    rows: slice
    columns: slice
    tile_shape: tuple[int, int]

    def orient(self, volume: NDArray[Any]) -> NDArray[Any]:
        """Return `volume` (Z, Y, X) with slices from inferior, rows from anterior, columns from the right."""
        turned = volume.transpose(0, 2, 1) if self.transpose else volume
        return turned[
            :: -1 if self.flip_slices else 1,
            :: -1 if self.flip_rows else 1,
            :: -1 if self.flip_columns else 1,
        ]

    def crop(self, volume: NDArray[Any]) -> NDArray[Any]:
        """Return the oriented `volume`, cut to the region to show."""
        return self.orient(volume)[:, self.rows, self.columns]


def viewport(
    baseline: NDArray[Any], ijk_to_ras: FloatArray, tissue: NDArray[np.bool_], tile_height: int
) -> Viewport:
    """Return the viewport that shows the head of a baseline image in tiles of `tile_height` pixels.

    Parameters
    ----------
    baseline : ndarray, shape (Z, Y, X)
        HU.
    ijk_to_ras : ndarray, shape (4, 4)
    tissue : ndarray of bool, shape (Z, Y, X)
        Shown whatever its HU are.
    tile_height : int
    """
    directions = np.asarray(ijk_to_ras, dtype=float)[:3, :3]
    transpose = abs(directions[0, 1]) > abs(directions[0, 0])
    across, along = (1, 0) if transpose else (0, 1)
    column_step, row_step, _ = voxel_spacing(ijk_to_ras)
    step = (column_step, row_step) if transpose else (row_step, column_step)
    plain = Viewport(
        transpose=bool(transpose),
        flip_rows=bool(directions[1, along] > 0),
        flip_columns=bool(directions[0, across] > 0),
        flip_slices=bool(directions[2, 2] < 0),
        rows=slice(None),
        columns=slice(None),
        tile_shape=(0, 0),
    )
    rows, columns = _head_box(plain.orient((baseline > _HEAD_HU) | tissue), plain.orient(tissue))
    height = (rows.stop - rows.start) * step[0]
    width = (columns.stop - columns.start) * step[1]
    tile_shape = (tile_height, max(1, round(tile_height * width / height)))
    return Viewport(
        plain.transpose, plain.flip_rows, plain.flip_columns, plain.flip_slices, rows, columns, tile_shape
    )


def _head_box(
    head: NDArray[np.bool_], tissue: NDArray[np.bool_], margin: float = 0.02
) -> tuple[slice, slice]:
    """Return rows and columns that hold the head and all tissue; table and noise specks are opened away."""
    _, height, width = head.shape
    radius = max(1, height // 100)
    flat = ndimage.binary_opening(head.mean(axis=0) > 0.3, iterations=radius)
    labels, _ = ndimage.label(flat)
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    shown = ((labels == sizes.argmax()) & flat) | tissue.any(axis=0)
    if not shown.any():
        return slice(0, height), slice(0, width)
    rows, columns = ndimage.find_objects(shown.astype(np.int8))[0]
    pad = round(margin * height)
    return (
        slice(max(0, rows.start - pad), min(height, rows.stop + pad)),
        slice(max(0, columns.start - pad), min(width, columns.stop + pad)),
    )


def grey_pixels(baseline: NDArray[Any]) -> Pixels:
    """Return HU as grey pixels in the brain window, shape ``baseline.shape + (3,)``."""
    low, high = BASELINE_WINDOW
    levels = np.clip((baseline.astype(np.float32) - low) / (high - low), 0, 1)
    grey = np.round(255 * levels).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def map_pixels(quantity: Quantity, values: NDArray[Any], tissue: NDArray[np.bool_]) -> Pixels:
    """Return a map in its colours; tissue without a value is grey, everything else black."""
    pixels = quantity.colourise(values)
    pixels[tissue & np.isnan(values)] = NO_ENHANCEMENT_GREY
    return pixels


def resize(pixels: NDArray[Any], shape: tuple[int, int]) -> Pixels:
    """Return slices (Z, h, w, 3) of pixels averaged or interpolated to (Z, *shape, 3)."""
    from PIL import Image

    height, width = shape
    pictures = [
        Image.fromarray(np.ascontiguousarray(picture)).resize((width, height), Image.Resampling.BICUBIC)
        for picture in pixels
    ]
    return np.stack([np.asarray(picture) for picture in pictures])


def resize_values(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return slices (Z, h, w) of a map at another size, NaN where most of a pixel has no value.

    Values are averaged and not their colours, and tissue without a value does not count.
    """
    known = np.isfinite(values)
    total = _resize_plain(np.where(known, values, 0.0), shape)
    share = _resize_plain(known, shape)
    resized = np.full(total.shape, np.nan, dtype=np.float32)
    np.divide(total, share, out=resized, where=share >= 0.5)
    return resized


def _resize_plain(values: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    from PIL import Image

    height, width = shape
    slices = [
        Image.fromarray(np.ascontiguousarray(each, dtype=np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for each in values
    ]
    return np.stack([np.asarray(each) for each in slices])


def resize_mask(mask: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return slices (Z, h, w) of a mask at the size of the tiles, border where half of a pixel is covered."""
    return np.asarray(_resize_plain(mask, shape) >= 0.5)


def draw_outline(
    pixels: Pixels, mask: NDArray[np.bool_], colour: Sequence[float], *, width: int = 1, shaded: bool = False
) -> None:
    """Draw the inner border of `mask` (Z, h, w) into `pixels` (Z, h, w, 3), `width` pixels wide.

    With `shaded`, a black line inside the border keeps it visible on its own colour, such as red on red.
    """
    inner = _eroded(mask, width)
    if shaded:
        pixels[inner & ~_eroded(inner, 1)] = 0
    pixels[mask & ~inner] = np.round(255 * np.asarray(colour))


def _eroded(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Return the pixels of slices (Z, h, w) that lie more than `width` steps inside."""
    inside = mask
    for _ in range(width):
        padded = np.pad(inside, ((0, 0), (1, 1), (1, 1)))
        inside = (
            inside & padded[:, :-2, 1:-1] & padded[:, 2:, 1:-1] & padded[:, 1:-1, :-2] & padded[:, 1:-1, 2:]
        )
    return inside


def draw_labels(pixels: Pixels, numbers: Sequence[int | None]) -> None:
    """Write R (left) and L (right) into the upper corners of tiles (Z, h, w, 3), and their numbers below."""
    from PIL import Image, ImageDraw, ImageFont

    _, height, width, _ = pixels.shape
    font = ImageFont.load_default(size=max(9, height // 12))
    small = ImageFont.load_default(size=max(8, height // 14))
    for index, (tile, number) in enumerate(zip(pixels, numbers, strict=True)):
        picture = Image.fromarray(tile)
        draw = ImageDraw.Draw(picture)
        draw.text((2, 1), "R", anchor="lt", font=font, fill=(255, 255, 255))
        draw.text((width - 3, 1), "L", anchor="rt", font=font, fill=(255, 255, 255))
        if number is not None:
            draw.text((2, height - 2), str(number), anchor="lb", font=small, fill=(190, 190, 190))
        pixels[index] = np.asarray(picture)


def strip(tiles: Pixels, per_line: int | None = None, gap: int = 3) -> Pixels:
    """Lay tiles (n, h, w, 3) side by side on black, `per_line` in a line; shape (H, W, 3)."""
    count, height, width, _ = tiles.shape
    columns = min(count, per_line or count)
    lines = -(-count // columns)
    sheet = np.zeros((lines * (height + gap) - gap, columns * (width + gap) - gap, 3), dtype=np.uint8)
    for index, tile in enumerate(tiles):
        line, column = divmod(index, columns)
        top, left = line * (height + gap), column * (width + gap)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def png_bytes(pixels: Pixels) -> bytes:
    """Return a picture (H, W, 3) as PNG with at most 256 colours, a third of the size of all."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        buffer, format="PNG"
    )
    return buffer.getvalue()


def choose_slices(tissue: NDArray[np.bool_], lesion: NDArray[np.bool_], count: int) -> list[int]:
    """Return at most `count` slices, evenly spread over those with much tissue, with the largest lesion.

    Parameters
    ----------
    tissue, lesion : ndarray of bool, shape (Z, h, w)
    count : int
    """
    slices = len(tissue)
    if slices <= count:
        return list(range(slices))
    areas = tissue.reshape(slices, -1).sum(axis=1)
    full = np.flatnonzero(areas >= _SLICE_WORTH_SHOWING * areas.max())
    first = min(full[0], slices - count)
    last = max(full[-1], first + count - 1)
    chosen = np.round(np.linspace(first, last, count)).astype(int)
    lesion_areas = lesion.reshape(slices, -1).sum(axis=1)
    if lesion_areas.max() > 0:
        largest = int(lesion_areas.argmax())
        chosen[np.abs(chosen - largest).argmin()] = largest
    return [int(index) for index in chosen]


def draw_place(pixels: Pixels, mask: NDArray[np.bool_], colour: Sequence[float]) -> None:
    """Mark the voxels of `mask` (1, H, W) in the tile (1, h, w, 3); circle them if they lie together."""
    _, height, width, _ = pixels.shape
    scale = np.array([height, width]) / mask.shape[1:]
    points = (np.argwhere(mask[0]) + 0.5) * scale - 0.5
    rows, columns = np.clip(np.round(points).astype(int), 0, np.array([height, width]) - 1).T
    marked = np.zeros((height, width), dtype=bool)
    marked[rows, columns] = True
    centre = np.median(points, axis=0)
    spread = float(np.max(np.linalg.norm(points - centre, axis=1)))
    if spread < height / 8:
        distance = np.hypot(*(np.indices((height, width)) - centre[:, None, None]))
        marked |= np.abs(distance - max(height / 16, 1.4 * spread)) < height / 250
    else:
        marked = ndimage.binary_dilation(marked, iterations=max(1, height // 150))
    pixels[0, marked] = np.round(255 * np.asarray(colour))
