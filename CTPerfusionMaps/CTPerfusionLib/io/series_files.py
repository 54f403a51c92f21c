"""A whole series as files that :func:`~CTPerfusionLib.io.load_series` reads again."""

import gzip
from pathlib import Path

from ..progress import ProgressCallback, ignore_progress, part_of, reported
from ..series import PerfusionSeries
from .nifti import write_nifti
from .times_file import TIMES_FILE_NAME, write_times

NIFTI_SERIES_NAME = "series.nii.gz"

_FAST_COMPRESSION = 1
_PIECE = 8 * 2**20


def write_nifti_series(
    folder: Path, series: PerfusionSeries, *, on_progress: ProgressCallback = ignore_progress
) -> None:
    """Write a series as ``series.nii.gz`` with ``times.csv``, in the type and on the grid that it has.

    Parameters
    ----------
    folder : Path
        Must exist; files of these names there are replaced.
    series : PerfusionSeries
    on_progress : callable
        Called with the fraction done; may raise to cancel.

    Raises
    ------
    OSError
        If the disk is full or not writable.
    """
    plain = folder / NIFTI_SERIES_NAME.removesuffix(".gz")
    write_nifti(plain, series.voxels, series.ijk_to_ras)
    _compress(plain, part_of(on_progress, 0.1, 1.0))
    write_times(folder / TIMES_FILE_NAME, series.times)


def _compress(path: Path, on_progress: ProgressCallback) -> None:
    """Replace a file by its gzip, in pieces, so that a series of hundreds of MB can be cancelled."""
    size = path.stat().st_size
    compressed = path.with_name(f"{path.name}.gz")
    with (
        path.open("rb") as source,
        compressed.open("wb") as sink,
        gzip.GzipFile("", "wb", _FAST_COMPRESSION, sink, mtime=0) as packer,
    ):
        for position in reported(range(0, size, _PIECE), on_progress):
            source.seek(position)
            packer.write(source.read(_PIECE))
    path.unlink()
