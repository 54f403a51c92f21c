"""times.csv: acquisition times beside a series that cannot hold them.

Columns ``frame``, ``slice`` (absent when all slices share a time) and ``time_s``, counted from 0, in seconds.
"""

import csv
import math
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError

TIMES_FILE_NAME = "times.csv"

_REMEDY = "give a CSV file with the columns frame, slice (only where slices differ) and time_s"


def read_times(path: str | PathLike[str]) -> NDArray[np.float64]:
    """Read a times file.

    Returns
    -------
    ndarray of float64, shape (T,) or (T, Z)
        Seconds.

    Raises
    ------
    SeriesError
        If the file is no times file or leaves out a frame or slice.
    """
    name = Path(path).name
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            columns = [column for column in ("frame", "slice") if column in (reader.fieldnames or ())]
            rows = [[*(int(row[column]) for column in columns), float(row["time_s"])] for row in reader]
    except OSError as error:
        raise SeriesError(
            f"The times file {name} cannot be read ({error.strerror})", "check its path"
        ) from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise SeriesError(f"{name} is not a times file", _REMEDY) from error
    if columns[:1] != ["frame"] or not rows:
        raise SeriesError(f"{name} is not a times file", _REMEDY)
    return _as_grid(np.array(rows, dtype=np.float64), name)


def write_times(path: str | PathLike[str], times: NDArray[np.floating[Any]]) -> None:
    """Write times, shape (T,) or (T, Z) in seconds, as a times file."""
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", "time_s"] if times.ndim == 1 else ["frame", "slice", "time_s"])
        writer.writerows(_rows(times))


def _rows(times: NDArray[np.floating[Any]]) -> Iterable[list[str]]:
    for index, time in np.ndenumerate(times):
        yield [*(str(number) for number in index), f"{time:.6f}"]


def _as_grid(rows: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    indices = rows[:, :-1].astype(np.intp)
    cells = {tuple(index) for index in indices.tolist()}
    shape = tuple(int(length) for length in indices.max(axis=0) + 1)
    is_grid = indices.min() >= 0 and len(rows) == len(cells) == math.prod(shape)
    if not (is_grid and np.isfinite(rows[:, -1]).all()):
        raise SeriesError(f"{name} does not give exactly one time for each frame and slice", _REMEDY)
    times = np.empty(shape)
    times[tuple(indices.T)] = rows[:, -1]
    return times
