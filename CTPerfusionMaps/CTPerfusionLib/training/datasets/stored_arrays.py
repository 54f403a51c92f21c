"""A folder of arrays that are mapped into memory, and a record of them: whole or not at all."""

import hashlib
import json
import mmap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...staging import publish, remove, staging_folder, unwritable
from .dataset_error import DatasetError
from .split_file import write_json

RECORD = "patient.json"

_REMEDY = "remove the folder of this patient from the cache and fill the cache again"
_PIECE = 2**22


def store_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]], record: Mapping[str, Any]) -> None:
    """Write arrays and a record as a folder, whole or not at all; an earlier one is replaced.

    Parameters
    ----------
    folder : Path
    arrays : mapping of str to ndarray
        Each becomes a file of its name.
    record : mapping
        Ready for JSON; shapes, types and digests of the arrays are added as ``files``.

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    with staging_folder(folder) as staging:
        try:
            files = {}
            for name, array in arrays.items():
                np.save(staging / f"{name}.npy", array, allow_pickle=False)
                files[name] = {
                    "shape": list(array.shape),
                    "dtype": str(array.dtype),
                    "sha256": _digest(staging / f"{name}.npy"),
                }
            write_json(staging / RECORD, {**record, "files": files})
            remove(folder)
            publish(staging, folder)
        except OSError as error:
            raise unwritable(folder, error) from error


def read_stored_record(folder: Path, names: Sequence[str]) -> Mapping[str, Any]:
    """Return the record of stored arrays.

    Parameters
    ----------
    folder : Path
    names : sequence of str
        Arrays that it has to describe.

    Raises
    ------
    DatasetError
        If there is none, or it cannot be read.
    """
    try:
        record: Mapping[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        _ = record["fingerprint"], [_facts(record["files"][name]) for name in names]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(folder, RECORD) from error
    return record


def mapped_array(folder: Path, name: str, record: Mapping[str, Any]) -> NDArray[Any]:
    """Return a stored array that is read where it is looked at.

    Raises
    ------
    DatasetError
        If it is missing, cut off or not the one that was written.
    """
    try:
        array: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    except (OSError, EOFError, ValueError) as error:
        raise damaged(folder, f"{name}.npy") from error
    if (list(array.shape), str(array.dtype)) != _facts(record["files"][name])[:2]:
        raise damaged(folder, f"{name}.npy")
    return array


def read_rows(images: NDArray[Any], index: int, rows: slice) -> NDArray[Any]:
    """Return ``images[index, :, rows]`` of images (Z, T, Y, X), by reading where they lie in a file.

    A map of a file is read by the page in which a value lies. Patches of 64 x 64 pixels from files that were
    not in memory came ten times as fast by reading their rows: 77 a second instead of 8.

    Raises
    ------
    DatasetError
        If the file has been cut off since it was mapped.
    """
    if not isinstance(getattr(images, "base", None), mmap.mmap) or not images.flags.c_contiguous:
        return np.asarray(images[index, :, rows])
    mapped = cast("np.memmap[Any, Any]", images)
    _, n_frames, n_rows, n_columns = mapped.shape
    first, stop, _ = rows.indices(n_rows)
    found = np.empty((n_frames, max(stop - first, 0), n_columns), dtype=mapped.dtype)
    path = Path(str(mapped.filename))
    with path.open("rb") as file:
        for frame, image in enumerate(found):
            file.seek(mapped.offset + (((index * n_frames + frame) * n_rows) + first) * mapped.strides[2])
            if file.readinto(image.data) != image.nbytes:
                raise damaged(path.parent, path.name)
    return found


def verify_arrays(folder: Path, names: Sequence[str]) -> None:
    """Read all of stored arrays and compare them with the digests of their record.

    Raises
    ------
    DatasetError
        If a file has changed since it was written.
    """
    record = read_stored_record(folder, names)
    for name in names:
        try:
            is_same = _digest(folder / f"{name}.npy") == record["files"][name]["sha256"]
        except OSError as error:
            raise damaged(folder, f"{name}.npy") from error
        if not is_same:
            raise damaged(folder, f"{name}.npy")


def damaged(folder: Path, name: str) -> DatasetError:
    """Return the error of a file of a patient that is not what was written."""
    return DatasetError(f"Patient {folder.name} of the cache is damaged ({name})", _REMEDY)


def _facts(file: Mapping[str, Any]) -> tuple[list[int], str, str]:
    """Return shape, type and digest of an array from the record of its file."""
    return list(file["shape"]), str(file["dtype"]), str(file["sha256"])


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
