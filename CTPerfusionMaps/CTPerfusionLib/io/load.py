"""One entry for all formats."""

import warnings
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from ..errors import SeriesError
from ..progress import ProgressCallback, ignore_progress
from ..series import PerfusionSeries, SourceImages
from .dicom_headers import holds_dicom
from .dicom_series import find_dicom_sources, load_dicom_folder
from .dicom_series import load_dicom_files as _load_dicom_files
from .grid_series import load_nifti_series, load_sequence
from .nifti import nifti_header
from .user_times import TimesInput, user_times

_NIFTI_SUFFIXES = (".nii", ".nii.gz")


def load_series(
    path: str | PathLike[str],
    *,
    frame_interval: float | None = None,
    times: TimesInput | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> PerfusionSeries:
    """Load a CT-perfusion series.

    Parameters
    ----------
    path : path-like
        A folder of DICOM files (any nesting, other series mixed in), a 4D NIfTI, a folder with one 4D NIfTI
        (and ``times.csv``), or a Slicer sequence (``.seq.nrrd``).
    frame_interval : float, optional
        Seconds between frames; takes precedence over the headers.
    times : path-like or array-like, optional
        A times file, or times in seconds of shape (T,) or (T, Z); takes precedence over the headers.
    on_progress : callable
        Called with the fraction done; may raise to cancel.

    Returns
    -------
    PerfusionSeries
        DICOM slices ascend along row x column direction; NIfTI and sequence files keep the grid of the file.
        Findings report what is unusual and was handled.

    Raises
    ------
    SeriesError
        If there is no perfusion series that can be loaded safely; one sentence with reason and remedy.
    ValueError
        If both `frame_interval` and `times` are given.
    """
    source = Path(path)
    given = user_times(frame_interval, times)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", module=r"pydicom|nrrd"
        )  # what matters becomes an error or a finding
        if source.is_dir():
            nifti = _nifti_in(source)
            if nifti is None:
                return load_dicom_folder(source, given, on_progress=on_progress)
            source = nifti
        if not source.is_file():
            raise SeriesError("There is no such study", "check its path")
        if source.name.lower().endswith(_NIFTI_SUFFIXES):
            return load_nifti_series(source, given, on_progress=on_progress)
        if source.suffix.lower() == ".nrrd":
            return load_sequence(source, given, on_progress=on_progress)
    raise SeriesError(
        f"{source.name} is none of the formats that can be loaded",
        "give a folder of DICOM files, a 4D NIfTI (.nii, .nii.gz) or a Slicer sequence (.seq.nrrd)",
    )


def load_dicom_files(
    files: Iterable[str | PathLike[str]],
    *,
    frame_interval: float | None = None,
    times: TimesInput | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> PerfusionSeries:
    """Load the CT-perfusion series that DICOM files hold, as :func:`load_series` does that of a folder.

    Parameters
    ----------
    files : iterable of path-like
        For example those of a :class:`FoundSeries`.
    """
    given = user_times(frame_interval, times)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom")  # what matters becomes an error or a finding
        return _load_dicom_files([str(path) for path in files], given, on_progress=on_progress)


def find_source_images(
    files: Iterable[str | PathLike[str]],
    *,
    frame_interval: float | None = None,
    times: TimesInput | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> SourceImages:
    """Return the source images of the series that DICOM files hold, without reading their pixels.

    For a series that came from these files earlier and was kept in another form, such as a scene. Parameters
    and errors are those of :func:`load_dicom_files`, as far as headers tell.
    """
    given = user_times(frame_interval, times)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pydicom")  # what matters becomes an error
        return find_dicom_sources([str(path) for path in files], given, on_progress=on_progress)


def _nifti_in(folder: Path) -> Path | None:
    """Return the one 4D NIfTI in a folder, None if there is none."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        reason = f"The folder of the study cannot be read ({error.strerror})"
        raise SeriesError(reason, "check its access rights") from error
    niftis = [path for path in paths if path.name.lower().endswith(_NIFTI_SUFFIXES) and path.is_file()]
    found = [path for path in niftis if nifti_header(path).time_step is not None]
    if len(found) > 1:
        raise SeriesError(f"The folder holds {len(found)} 4D NIfTI files", "give the path of one of them")
    if found and holds_dicom(folder):
        raise SeriesError(
            "The folder holds a 4D NIfTI and DICOM files as well",
            "give the path of the NIfTI, or a folder with the DICOM files alone",
        )
    return found[0] if found else None
