"""The perfusion series: the one form in which a CTP scan travels through the library."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .finding import Finding
from .geometry import voxel_spacing, voxel_volume_ml
from .source_images import SourceImages


class TimeSource(StrEnum):
    """Where the times of a series came from; reported, never guessed silently."""

    TEMPORAL_POSITION = "FrameAcquisitionDateTime"
    ACQUISITION_DATETIME = "AcquisitionDateTime"
    ACQUISITION_TIME = "AcquisitionTime"
    GE_MIDSCAN_TIME = "GE mid-scan time (0019,1024)"
    CONTENT_TIME = "ContentTime"
    TRIGGER_TIME = "TriggerTime"
    SEQUENCE_INDEX = "sequence index in seconds"
    FRAME_LABELS = "MultiVolume.FrameLabels of Slicer's importer"
    TIMES_FILE = "times given by the user"
    USER_INTERVAL = "frame interval given by the user"
    SIMULATED = "simulated"


@dataclass(frozen=True)
class SeriesMetadata:
    """What the headers say about a scan and the results need, free of patient identity.

    Attributes
    ----------
    manufacturer, model : str
        Scanner, empty where unknown.
    kvp : float or None
        Tube voltage in kV.
    study_instance_uid, frame_of_reference_uid : str
        DICOM identifiers, empty for other formats.
    series_instance_uids : tuple of str
        All series that contributed frames.
    input_sha256 : str
        Hash over the bytes of all input files in the order of their frames and slices.
    """

    manufacturer: str = ""
    model: str = ""
    kvp: float | None = None
    study_instance_uid: str = ""
    frame_of_reference_uid: str = ""
    series_instance_uids: tuple[str, ...] = ()
    input_sha256: str = ""


@dataclass(frozen=True, eq=False)
class PerfusionSeries:
    """A head imaged many times while contrast passes.

    Attributes
    ----------
    voxels : ndarray, shape (T, Z, Y, X)
        HU, int16 or float32; padding holds -1024 HU. Slices of DICOM studies ascend along row x column
        direction; other formats keep the grid of their file.
    times : ndarray of float64, shape (T,) or (T, Z)
        Acquisition time in seconds from the earliest one; per slice where slices differ (shuttle scans).
    ijk_to_ras : ndarray of float64, shape (4, 4)
        Maps (column, row, slice, 1) to RAS mm.
    time_source : TimeSource
    metadata : SeriesMetadata
    findings : tuple of Finding
        What the import had to report.
    sources : SourceImages or None
        The DICOM images that the voxels come from, by frame and slice; None for other formats.
    """

    voxels: NDArray[Any]
    times: NDArray[np.float64]
    ijk_to_ras: NDArray[np.float64]
    time_source: TimeSource
    metadata: SeriesMetadata = field(default_factory=SeriesMetadata)
    findings: tuple[Finding, ...] = ()
    sources: SourceImages | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.voxels.ndim != 4:
            raise ValueError(f"voxels must be (time, slice, row, column), got shape {self.voxels.shape}")
        allowed = ((self.n_frames,), (self.n_frames, self.n_slices))
        if self.times.shape not in allowed:
            raise ValueError(f"times must have a shape in {allowed}, got {self.times.shape}")
        if self.ijk_to_ras.shape != (4, 4):
            raise ValueError(f"ijk_to_ras must be (4, 4), got {self.ijk_to_ras.shape}")
        if not np.all(np.diff(self.times, axis=0) > 0):
            raise ValueError("times must increase strictly from frame to frame")
        if self.sources is not None and self.sources.shape != (self.n_frames, self.n_slices):
            raise ValueError(
                f"sources must be of {self.n_frames} frames and {self.n_slices} slices, "
                f"got {self.sources.shape}"
            )

    @property
    def n_frames(self) -> int:
        """Number of frames T."""
        return int(self.voxels.shape[0])

    @property
    def n_slices(self) -> int:
        """Number of slices Z."""
        return int(self.voxels.shape[1])

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape (Z, Y, X) of one frame."""
        _, slices, rows, columns = self.voxels.shape
        return slices, rows, columns

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size (column step, row step, slice step) in mm."""
        return voxel_spacing(self.ijk_to_ras)

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in mL."""
        return voxel_volume_ml(self.ijk_to_ras)

    @property
    def has_slice_times(self) -> bool:
        """Whether slices of one frame were acquired at different times."""
        return self.times.ndim == 2

    @property
    def frame_times(self) -> NDArray[np.float64]:
        """Time of each frame in seconds, averaged over its slices, shape (T,)."""
        return self.times.mean(axis=1) if self.has_slice_times else self.times

    def slice_times(self, slice_index: int) -> NDArray[np.float64]:
        """Return the times of one slice in seconds, shape (T,)."""
        return self.times[:, slice_index] if self.has_slice_times else self.times

    @property
    def interval(self) -> float:
        """Median time between frames in seconds."""
        return float(np.median(np.diff(self.times, axis=0)))

    @property
    def duration(self) -> float:
        """Time from the first to the last sample in seconds."""
        return float(self.times.max() - self.times.min())

    def with_voxels(self, voxels: NDArray[Any]) -> "PerfusionSeries":
        """Return the same series with other voxels of the same shape."""
        return replace(self, voxels=voxels)

    def with_frames(self, used: NDArray[np.bool_], voxels: NDArray[Any] | None = None) -> "PerfusionSeries":
        """Return the series of some of its frames, with their times and source images as they are.

        Parameters
        ----------
        used : ndarray of bool, shape (T,)
        voxels : ndarray, optional
            Those of the used frames, where they are not the present ones.

        Raises
        ------
        ValueError
            If `used` is not one bool per frame.
        """
        if used.shape != (self.n_frames,) or used.dtype != np.bool_:
            raise ValueError(f"used must be {self.n_frames} bool, got {used.dtype} of shape {used.shape}")
        if used.all():
            return self if voxels is None else self.with_voxels(voxels)
        return replace(
            self,
            voxels=self.voxels[used] if voxels is None else voxels,
            times=self.times[used],
            sources=None if self.sources is None else self.sources.with_frames(used),
        )
