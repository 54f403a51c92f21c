"""NIfTI files in and out.

nibabel is used, and not ITK, because ITK turns NaN into 0 on reading, reads truncated files as zeros without
complaint, and refuses matrices that are not exactly orthonormal.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..series.geometry import FloatArray

_REMEDY = "check that it is a NIfTI file (.nii or .nii.gz) and copy it again"
_MILLIMETRES_AND_SECONDS = ("mm", "sec")

_BLOCK = 2**20
"""Bytes that are read at once where only the end of a stream matters."""

LONGEST_NAME, LONGEST_DESCRIPTION = 15, 79
"""Characters that the fields ``intent_name`` and ``descrip`` of a header hold, without their final zero."""


@dataclass(frozen=True)
class NiftiHeader:
    """What a NIfTI header states.

    Attributes
    ----------
    size : tuple of int
        (X, Y, Z) or (X, Y, Z, T).
    time_step : float or None
        Step of the fourth dimension, in whatever unit; None in a single volume.
    is_oriented : bool
        Whether the file says where its axes point in the patient.
    """

    size: tuple[int, ...]
    time_step: float | None
    is_oriented: bool


def write_nifti(
    path: str | PathLike[str],
    array: NDArray[Any],
    ijk_to_ras: FloatArray,
    *,
    name: str = "",
    description: str = "",
) -> None:
    """Write an array as NIfTI, compressed if the name ends in ``.gz``.

    Parameters
    ----------
    path : path-like
    array : ndarray, shape (Z, Y, X) or (T, Z, Y, X)
        bool is written as uint8.
    ijk_to_ras : ndarray, shape (4, 4)
        Maps (column, row, slice, 1) to RAS mm.
    name : str
        What the values are estimates of, up to 15 ASCII characters; the header's ``intent_name``.
    description : str
        Quantity, unit and whatever else a reader has to know, up to 79 ASCII characters; ``descrip``.

    Raises
    ------
    ValueError
        If the array has another number of dimensions, or the header cannot hold name or description.
    """
    import nibabel

    if array.ndim not in (3, 4):
        raise ValueError(f"expected (slice, row, column) or (time, slice, row, column), got {array.shape}")
    _check_text("name", name, LONGEST_NAME)
    _check_text("description", description, LONGEST_DESCRIPTION)
    stored = array.astype(np.uint8) if array.dtype == np.bool_ else array
    image = nibabel.Nifti1Image(stored.T, np.asarray(ijk_to_ras, dtype=np.float64))
    image.set_qform(image.affine, code="scanner")
    image.set_sform(image.affine, code="scanner")
    image.header.set_xyzt_units(*_MILLIMETRES_AND_SECONDS)
    image.header["descrip"] = description.encode("ascii")
    if name:
        image.header.set_intent("estimate", (), name)
    nibabel.save(image, path)


def _check_text(field: str, text: str, longest: int) -> None:
    """Refuse what the format would silently cut or garble."""
    if len(text) > longest or not text.isascii():
        raise ValueError(f"{field} has to be ASCII of up to {longest} characters, got {text!r}")


def read_nifti(path: str | PathLike[str]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Read a NIfTI file of three or four dimensions; its scale slope and intercept are applied.

    Returns
    -------
    array : ndarray, shape (Z, Y, X) or (T, Z, Y, X)
        In the order of the file; float32 where the file is scaled.
    ijk_to_ras : ndarray, shape (4, 4)

    Raises
    ------
    SeriesError
        If the file cannot be read.
    """
    try:
        with _checked_image(path) as image:
            is_scaled = image.dataobj.slope != 1 or image.dataobj.inter != 0
            array = image.get_fdata(dtype=np.float32) if is_scaled else image.dataobj.get_unscaled()
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise SeriesError(f"{Path(path).name} cannot be read", _REMEDY) from error
    return np.asarray(array).T, np.asarray(image.affine, dtype=np.float64)


def nifti_header(path: str | PathLike[str]) -> NiftiHeader:
    """Read the header of a NIfTI file.

    Raises
    ------
    SeriesError
        If it cannot be read.
    """
    image = _open(path)
    header = image.header
    return NiftiHeader(
        size=tuple(int(length) for length in image.shape),
        time_step=float(header["pixdim"][4]) if len(image.shape) == 4 else None,
        is_oriented=bool(header["qform_code"] or header["sform_code"]),
    )


@contextmanager
def _checked_image(path: str | PathLike[str]) -> Iterator[Any]:
    """Give the image of a file; a damaged one that is compressed fails at the end.

    nibabel stops at the last voxel, before the checksum, so that damaged voxels would be taken for measured.
    """
    if Path(path).suffix.lower() != ".gz":
        yield _open(path)
        return
    with gzip.open(path) as stream:
        yield _open(path, stream)
        while stream.read(_BLOCK):
            pass


def _open(path: str | PathLike[str], stream: gzip.GzipFile | None = None) -> Any:
    """Return the image of a file, or of the stream of its bytes."""
    import nibabel

    try:
        if stream is None:
            image = nibabel.Nifti1Image.from_filename(path)
        else:
            image = nibabel.Nifti1Image.from_stream(stream)
    except Exception as error:  # the reader fails on foreign bytes in many ways, all with the same meaning
        raise SeriesError(f"{Path(path).name} cannot be read", _REMEDY) from error
    if len(image.shape) not in (3, 4) or image.get_data_dtype().kind not in "iuf":
        raise SeriesError(f"{Path(path).name} is not a 3D or 4D image of one number per voxel", _REMEDY)
    return image
