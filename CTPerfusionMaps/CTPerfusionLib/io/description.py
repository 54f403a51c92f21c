"""What is in a study, for people who want to look before they analyse it."""

from dataclasses import dataclass
from os import PathLike

from ..progress import ProgressCallback, ignore_progress
from ..series import Finding, PerfusionSeries, TimeSource
from .load import load_series
from .user_times import TimesInput


@dataclass(frozen=True)
class StudyDescription:
    """The facts of a perfusion series.

    Attributes
    ----------
    n_frames, n_slices, rows, columns : int
    duration : float
        Seconds from first to last sample.
    interval : float
        Median seconds between frames.
    has_slice_times : bool
        Whether slices of a frame have times of their own.
    pixel_spacing : tuple of 2 floats
        Between columns, between rows, mm.
    slice_spacing, coverage : float
        mm.
    kvp : float or None
        kV.
    manufacturer, model : str
    time_source : TimeSource
    findings : tuple of Finding
    """

    n_frames: int
    n_slices: int
    rows: int
    columns: int
    duration: float
    interval: float
    has_slice_times: bool
    pixel_spacing: tuple[float, float]
    slice_spacing: float
    coverage: float
    kvp: float | None
    manufacturer: str
    model: str
    time_source: TimeSource
    findings: tuple[Finding, ...]


def describe_study(
    path: str | PathLike[str],
    *,
    frame_interval: float | None = None,
    times: TimesInput | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> StudyDescription:
    """Describe the perfusion series of a study; refuses exactly what :func:`load_series` refuses.

    Everything is read, pixels too, since only that shows whether a study can be loaded. Parameters and errors
    are those of :func:`load_series`.
    """
    return describe_series(
        load_series(path, frame_interval=frame_interval, times=times, on_progress=on_progress)
    )


def describe_series(series: PerfusionSeries) -> StudyDescription:
    """Return the facts of a series that was loaded."""
    slices, rows, columns = series.shape
    column_step, row_step, slice_step = series.spacing
    return StudyDescription(
        n_frames=series.n_frames,
        n_slices=slices,
        rows=rows,
        columns=columns,
        duration=series.duration,
        interval=series.interval,
        has_slice_times=series.has_slice_times,
        pixel_spacing=(column_step, row_step),
        slice_spacing=slice_step,
        coverage=slices * slice_step,
        kvp=series.metadata.kvp,
        manufacturer=series.metadata.manufacturer,
        model=series.metadata.model,
        time_source=series.time_source,
        findings=series.findings,
    )
