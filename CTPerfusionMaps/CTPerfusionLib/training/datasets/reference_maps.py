"""Maps that were stored as DICOM images, on the grid of the series that they were made from.

Slices are placed by where they lie, never by their order: the public code of the papers pairs images and
maps by the order in which files come, and trains on maps of other slices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import SeriesError
from ...io.dicom_headers import read_folder
from ...io.dicom_pixels import AIR, read_stored_file, refuse_undecodable
from ...io.records import ImageRecord
from ...series import RAS_TO_LPS, PerfusionSeries
from .dataset_error import DatasetError

POSITION_TOLERANCE = 0.25
"""Part of the slice spacing by which a map's slice may lie off that of the series."""

_DIRECTION_TOLERANCE = 5e-3
"""Difference in direction cosines (0.3 degrees) within which orientations are one."""

_PIXEL_TOLERANCE = 1e-3
"""mm between pixel spacings that are one."""

_SHIFT_TOLERANCE = 0.25
"""Part of a pixel by which a map may be shifted within its plane."""


@dataclass(frozen=True, eq=False)
class PlacedMap:
    """A map on the grid of a series.

    Attributes
    ----------
    values : ndarray of float32, shape (Z, Y, X)
        Physical units; NaN in slices that the map does not show, and where its files hold padding.
    shown : ndarray of bool, shape (Z,)
        Slices that the map shows.
    """

    values: NDArray[np.float32]
    shown: NDArray[np.bool_]


def read_placed_map(folder: Path, series: PerfusionSeries) -> PlacedMap:
    """Read a map stored as one DICOM image per slice.

    Parameters
    ----------
    folder : Path
        Every image has its own slope and intercept.
    series : PerfusionSeries
        On whose grid the map lies; it may have more or fewer slices.

    Raises
    ------
    SeriesError
        If an image cannot be read.
    DatasetError
        If the images are colour pictures, lie on another grid, or two of them show one slice.
    """
    contents = read_folder(folder)
    records = contents.ct_images
    if contents.damaged or not records:
        raise SeriesError(
            f"The map {folder.name} has {len(contents.damaged)} damaged files and {len(records)} CT images",
            "copy the folder again from the data set",
        )
    _refuse_pictures(records, folder.name)
    refuse_undecodable(records)
    values = np.full(series.shape, np.nan, dtype=np.float32)
    shown = np.zeros(series.n_slices, dtype=bool)
    for record in records:
        index = _slice_index(record, series, folder.name)
        if not 0 <= index < series.n_slices:
            continue
        if shown[index]:
            raise DatasetError(
                f"The map {folder.name} shows slice {index + 1} of the series twice",
                "keep one of the two images",
            )
        shown[index] = True
        _read_slice(record, folder.name, values[index])
    return PlacedMap(values, shown)


def longest_run(shown: NDArray[np.bool_]) -> slice:
    """Return the longest run of neighbouring slices that are shown, shape (Z,); the first of equal ones.

    Raises
    ------
    DatasetError
        If none is.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shown, [False]]).astype(np.int8)))
    starts, stops = edges[::2], edges[1::2]
    if not len(starts):
        raise DatasetError(
            "No slice of the series is shown by all of its maps",
            "check that series and maps belong to the same scan",
        )
    longest = int(np.argmax(stops - starts))
    return slice(int(starts[longest]), int(stops[longest]))


def _refuse_pictures(records: Sequence[ImageRecord], name: str) -> None:
    """Refuse images whose colours, in eight bits, stand for values that cannot be had back."""
    if any(record.samples_per_pixel != 1 for record in records):
        raise DatasetError(
            f"The map {name} consists of colour pictures, not of values", "give the maps in physical units"
        )


def _slice_index(record: ImageRecord, series: PerfusionSeries, name: str) -> int:
    """Return which slice of the series an image shows, counted on beyond its ends.

    Raises
    ------
    DatasetError
        If the image lies on none.
    """
    if record.position is None or record.orientation is None or record.pixel_spacing is None:
        raise _other_grid(name, "its images have no position")
    to_lps = (RAS_TO_LPS @ series.ijk_to_ras)[:3]
    spacing = np.array(series.spacing)
    along_row, along_column, normal = (to_lps[:, :3] / spacing).T
    orientation = np.array(record.orientation).reshape(2, 3)
    if np.abs(orientation - [along_row, along_column]).max() > _DIRECTION_TOLERANCE:
        raise _other_grid(name, "its images are oriented differently")
    pixel_difference = np.abs(np.array(record.pixel_spacing) - spacing[1::-1]).max()
    if (record.rows, record.columns) != series.shape[1:] or pixel_difference > _PIXEL_TOLERANCE:
        raise _other_grid(name, "its pixels are others in size or number")
    offset = np.array(record.position) - to_lps[:, 3]
    shift = np.abs([offset @ along_row, offset @ along_column])
    if (shift > _SHIFT_TOLERANCE * spacing[:2]).any():
        raise _other_grid(name, f"a slice is shifted by {shift.max():.1f} mm within its plane")
    height = float(offset @ normal) / series.spacing[2]
    if abs(height - round(height)) > POSITION_TOLERANCE:
        raise _other_grid(name, f"a slice lies {abs(height - round(height)) * spacing[2]:.1f} mm off them")
    return round(height)


def _other_grid(name: str, how: str) -> DatasetError:
    return DatasetError(
        f"The map {name} does not lie on the slices of the series: {how}",
        "give series and maps of the same scan",
    )


def _read_slice(record: ImageRecord, name: str, output: NDArray[np.float32]) -> None:
    try:
        read_stored_file(record.source.path).hounsfield(record, output)
    except MemoryError:
        raise
    except Exception as error:  # decoders fail on broken data in many ways, all with the same meaning
        raise SeriesError(
            f"An image of the map {name} cannot be read", "copy the folder again from the data set"
        ) from error
    output[output == AIR] = np.nan
