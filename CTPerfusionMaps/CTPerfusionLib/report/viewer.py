"""The data of the interactive viewer: maps and segments as bytes that a page can hold.

Each map is a block of bytes (slice, row, column), oriented as it is shown, one byte for a pixel; each segment
a block of levels as :class:`.what_if.ThresholdLevels` has them. Blocks are compressed (zlib) and written as
text (base 64), which browsers decode themselves. Pictures would be smaller to write down, but browsers manage
the colours of pictures, and some disturb what is read back from them, so that counts would not be exact.
"""

import base64
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..io.segmentation import segment_kinds
from ..lesion import Criterion
from ..series import Quantity, voxel_spacing
from .content import ReportContent
from .pictures import Mosaic, mosaic_maps
from .tiles import BASELINE_WINDOW, NO_ENHANCEMENT_GREY, Viewport, viewport
from .what_if import ThresholdLevels
from .wording import ratio_text

Bytes = NDArray[np.uint8]

OUTSIDE, NO_VALUE, LOWEST = 0, 1, 2
"""Codes of a pixel: outside the analysed tissue; tissue without a value; the lower end of the range, of which
255 is the upper end."""

BASELINE_RANGE = (-40.0, 213.0)
"""HU of the baseline that the codes span, one for each HU."""

_MOST_PIXELS = 1_250_000  # of one map; maps of more are averaged, so that a page stays below 6 MB
_COMPRESSION = 4


@dataclass(frozen=True, eq=False)
class Viewer:
    """What a page needs for its viewer.

    Attributes
    ----------
    description : mapping
        Geometry, maps, segments and texts, ready for JSON.
    blocks : mapping of str to str
        Compressed bytes in base 64, by the names that `description` refers to.
    """

    description: Mapping[str, Any]
    blocks: Mapping[str, str]


def viewer_of(content: ReportContent, mosaic: Mosaic) -> Viewer:
    """Return the data of the viewer of a study whose first page shows `mosaic`."""
    view = viewport(content.baseline, content.ijk_to_ras, content.tissue, tile_height=1)
    blocks: dict[str, str] = {}
    maps = list(_maps(content, view, blocks))
    segments = _segments(content, view, blocks)
    _, rows, columns = view.crop(content.tissue).shape
    column_step, row_step, slice_step = voxel_spacing(content.ijk_to_ras)
    description = {
        "slices": len(content.tissue),
        "rows": rows,
        "columns": columns,
        "rowStep": column_step if view.transpose else row_step,
        "columnStep": row_step if view.transpose else column_step,
        "voxelMl": column_step * row_step * slice_step / 1000.0,
        "startSlice": _start_slice(
            view.crop(content.masks["core"]), view.crop(content.masks["hypoperfusion"])
        ),
        "startMap": "CBF",
        "mosaicSlices": list(mosaic.slices),
        "noValueColour": [NO_ENHANCEMENT_GREY] * 3,
        "noRatio": ratio_text("mismatch_ratio", {}),
        "storage": _storage(content, view),
        "maps": maps,
        **segments,
    }
    return Viewer(description, blocks)


def encode(values: NDArray[Any], tissue: NDArray[np.bool_], ends: tuple[float, float]) -> Bytes:
    """Return the codes of values, which lie evenly between the ends of their range; shape of `values`."""
    low, high = ends
    share = np.clip((np.nan_to_num(values) - low) / (high - low), 0.0, 1.0)
    codes = (LOWEST + np.round((255 - LOWEST) * share)).astype(np.uint8)
    codes[np.isnan(values)] = NO_VALUE
    codes[~tissue] = OUTSIDE
    return np.asarray(codes)


def averaged(values: NDArray[Any], stride: int) -> NDArray[np.float32]:
    """Return slices (Z, h, w) averaged over `stride` x `stride` pixels, NaN where most have none."""
    if stride == 1:
        return np.asarray(values, dtype=np.float32)
    depth, height, width = values.shape
    padding = ((0, 0), (0, -height % stride), (0, -width % stride))
    padded = np.pad(np.asarray(values, dtype=np.float32), padding, constant_values=np.nan)
    split = padded.reshape(depth, padded.shape[1] // stride, stride, padded.shape[2] // stride, stride)
    known = np.isfinite(split)
    count = known.sum(axis=(2, 4))
    total = np.where(known, split, 0.0).sum(axis=(2, 4))
    mean = np.full(count.shape, np.nan, dtype=np.float32)
    np.divide(total, count, out=mean, where=2 * count >= stride * stride)
    return mean


def packed(codes: Bytes) -> str:
    """Return a block of bytes compressed and as text; each row is written as its difference to the last."""
    differences = codes.copy()
    differences[:, 1:] -= codes[:, :-1]
    return base64.b64encode(zlib.compress(differences.tobytes(), _COMPRESSION)).decode("ascii")


def _maps(content: ReportContent, view: Viewport, blocks: dict[str, str]) -> Iterator[dict[str, Any]]:
    tissue = view.crop(content.tissue)
    stride = 1
    while tissue[:, ::stride, ::stride].size > _MOST_PIXELS:
        stride += 1
    baseline = averaged(view.crop(content.baseline), stride)
    blocks["baseline"] = packed(encode(baseline, np.ones(baseline.shape, dtype=bool), BASELINE_RANGE))
    grey = {"low": BASELINE_RANGE[0], "high": BASELINE_RANGE[1], "window": BASELINE_WINDOW}
    stops = [[0, 0, 0], [255, 255, 255]]
    geometry = {"stride": stride, "rows": baseline.shape[1], "columns": baseline.shape[2]}
    words = {"id": "baseline", "title": "CT", "label": "Baseline CT", "unit": "HU", "decimals": 0}
    yield {**words, "criterion": "", "stops": stops, **grey, **geometry}
    some_tissue = averaged(np.where(tissue, 1.0, np.nan), stride) > 0.0
    for name in mosaic_maps(content):
        quantity = content.quantities[name]
        values = averaged(view.crop(content.maps[name]), stride)
        blocks[name] = packed(encode(values, some_tissue, quantity.display_range))
        yield {**_quantity(quantity), **geometry}


def _quantity(quantity: Quantity) -> dict[str, Any]:
    low, high = quantity.display_range
    return {
        "id": quantity.name,
        "title": quantity.short_title,
        "label": quantity.title,
        "unit": quantity.unit,
        "decimals": int(quantity.number_format[1:-1]),
        "low": low,
        "high": high,
        "window": quantity.display_range,
        "stops": [[round(255 * channel) for channel in colour] for colour in quantity.colours],
        "criterion": {"rCBF_global": "rCBF", "rCBF_local": "rCBF"}.get(quantity.name, quantity.name),
    }


def _segments(content: ReportContent, view: Viewport, blocks: dict[str, str]) -> dict[str, Any]:
    """Return the segments: at a row of thresholds where those are known, else as they are."""
    kinds = segment_kinds()
    colours = {
        name: [round(255 * channel) for channel in kinds[name].colour] for name in ("core", "penumbra")
    }
    if content.what_if is None:
        blocks["core-as-found"] = packed(view.crop(content.masks["core"]).astype(np.uint8))
        blocks["hypoperfusion"] = packed(view.crop(content.masks["hypoperfusion"]).astype(np.uint8))
        fixed = {"texts": [""], "thresholds": [None], "position": 0, "map": "", "also": ""}
        return {
            "colours": colours,
            "counted": content.counted_core,
            "cores": {content.counted_core: {"block": "core-as-found", **fixed}},
            "hypoperfusion": {"block": "hypoperfusion", **fixed},
        }
    found = content.what_if
    cores = found.cores if content.protocol.core_is_relative else {found.counted: found.cores[found.counted]}
    for name, levels in {**cores, "hypoperfusion": found.hypoperfusion}.items():
        blocks[_block(name)] = packed(view.crop(levels.levels))
    return {
        "colours": colours,
        "counted": found.counted,
        "cores": {name: _levels(name, levels, content) for name, levels in cores.items()},
        "hypoperfusion": _levels("hypoperfusion", found.hypoperfusion, content),
    }


def _block(name: str) -> str:
    return name if name == "hypoperfusion" else f"core-{name}"


def _levels(name: str, levels: ThresholdLevels, content: ReportContent) -> dict[str, Any]:
    criterion: Criterion = levels.criterion
    moved = [criterion.at(value) for value in levels.values]
    return {
        "block": _block(name),
        "texts": [each.text(content.tmax_definition) for each in moved],
        "thresholds": [content.protocol.as_read(each) for each in moved],
        "position": levels.position,
        "map": criterion.map,
        "also": " and ".join(each.text(content.tmax_definition) for each in levels.others),
    }


def _start_slice(*segments: NDArray[np.bool_]) -> int:
    """Return the slice with most of the first segment that is there, the middle one without any."""
    for segment in segments:
        areas = segment.sum(axis=(1, 2))
        if areas.any():
            return int(areas.argmax())
    return len(segments[0]) // 2


def _storage(content: ReportContent, view: Viewport) -> dict[str, Any]:
    """Return how a shown pixel becomes the column, row and slice of the stored volume."""
    _, height, width = content.tissue.shape
    return {
        "transpose": view.transpose,
        "flipRows": view.flip_rows,
        "flipColumns": view.flip_columns,
        "flipSlices": view.flip_slices,
        "top": view.rows.start or 0,
        "left": view.columns.start or 0,
        "rows": width if view.transpose else height,
        "columns": height if view.transpose else width,
    }
