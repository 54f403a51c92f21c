"""Series from formats that hold one 4D grid: NIfTI and Slicer's sequence files."""

from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SeriesError
from ..progress import ProgressCallback, ignore_progress
from ..series import Finding, PerfusionSeries, SeriesMetadata, Severity, TimeSource
from .dicom_pixels import AIR
from .nifti import NiftiHeader, nifti_header, read_nifti
from .sequence_nrrd import read_sequence
from .series_checks import (
    refuse_constant_images,
    refuse_few_frames,
    refuse_sheared_grid,
    shared_times,
    timing_findings,
)
from .times_file import TIMES_FILE_NAME, read_times
from .user_times import UserTimes

_TIMES_REMEDY = "give the seconds between frames with --interval or a times file with --times"


def load_nifti_series(
    path: Path, given: UserTimes | None, *, on_progress: ProgressCallback = ignore_progress
) -> PerfusionSeries:
    """Load a 4D NIfTI; the grid stays as it is in the file.

    The time step in a NIfTI header is not used: converters write 1, the repetition time or nothing there,
    and scans with uneven frames have none. Times come from the user or from ``times.csv`` beside the file.

    Raises
    ------
    SeriesError
        If it is no perfusion scan, or there are no times.
    """
    header = nifti_header(path)
    if header.time_step is None:
        raise SeriesError(f"{path.name} holds a single volume", "give a 4D NIfTI with all frames of the scan")
    *_, n_slices, n_frames = header.size
    refuse_few_frames(n_frames)
    times_file = path.parent / TIMES_FILE_NAME
    if given is None and times_file.is_file():
        given = UserTimes(None, read_times(times_file))
    if given is None:
        raise SeriesError(
            f"A NIfTI file does not say reliably when its frames were acquired (its header states a step of "
            f"{header.time_step:g}), and there is no {TIMES_FILE_NAME} beside it",
            _TIMES_REMEDY,
        )
    times = given.for_frames(n_frames, n_slices)
    on_progress(0.0)
    array, ijk_to_ras = read_nifti(path)
    on_progress(1.0)
    findings = (given.finding(None), *_orientation_findings(header))
    return _series(array, times, ijk_to_ras, given.source, path, findings)


def load_sequence(
    path: Path, given: UserTimes | None, *, on_progress: ProgressCallback = ignore_progress
) -> PerfusionSeries:
    """Load a Slicer sequence file (``.seq.nrrd``) whose index is time; the grid stays as it is in the file.

    Raises
    ------
    SeriesError
        If it is no perfusion scan, or its index is not time in a known unit and no times are given.
    """
    on_progress(0.0)
    sequence = read_sequence(path)
    n_frames, n_slices = sequence.voxels.shape[:2]
    refuse_few_frames(n_frames)
    on_progress(1.0)
    if given is not None:
        times, source = given.for_frames(n_frames, n_slices), given.source
        findings: tuple[Finding, ...] = (given.finding(sequence.times),)
    elif sequence.times is None:
        raise SeriesError(f"The sequence index is not time in a known unit ({sequence.index})", _TIMES_REMEDY)
    else:
        times, source, findings = sequence.times, sequence.time_source, ()
    return _series(sequence.voxels, times, sequence.ijk_to_ras, source, path, findings)


def _orientation_findings(header: NiftiHeader) -> tuple[Finding, ...]:
    if header.is_oriented:
        return ()
    return (
        Finding(
            "orientation_unknown",
            Severity.WARNING,
            "The NIfTI file does not say where its axes point, so left and right may be swapped.",
            "Convert the study again with a tool that keeps the orientation.",
        ),
    )


def _series(
    array: NDArray[Any],
    times: NDArray[np.float64],
    ijk_to_ras: NDArray[np.float64],
    source: TimeSource,
    path: Path,
    findings: tuple[Finding, ...],
) -> PerfusionSeries:
    refuse_sheared_grid(ijk_to_ras)
    refuse_constant_images(array)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    times = shared_times(times)
    return PerfusionSeries(
        voxels=as_hounsfield(array),
        times=times,
        ijk_to_ras=ijk_to_ras,
        time_source=source,
        metadata=SeriesMetadata(input_sha256=digest),
        findings=(*findings, *timing_findings(times)),
    )


def as_hounsfield(array: NDArray[Any]) -> NDArray[Any]:
    """Return int16 where that is exact, else float32, with padding below -1024 HU and NaN set to -1024."""
    limits = np.iinfo(np.int16)
    if array.dtype.kind in "iu":
        return np.asarray(np.clip(array, AIR, limits.max), dtype=np.int16)
    hounsfield = array.astype(np.float32, copy=False)
    np.nan_to_num(hounsfield, copy=False, nan=AIR)
    return np.asarray(np.maximum(hounsfield, np.float32(AIR), out=hounsfield))
