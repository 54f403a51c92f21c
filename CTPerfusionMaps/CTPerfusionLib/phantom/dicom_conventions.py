"""How each scanner lays out a CT-perfusion study in DICOM: series, numbering, stored values, times.

An entry per scanner scheme; the writer reads nothing else about a vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom import Dataset

STUDY_START = datetime(2026, 1, 5, 10, 0, 0)
"""When every phantom is scanned."""

_SCAN_DELAY = timedelta(minutes=2)
_SCANNER_CLOCK_AT_START = 424.5


@dataclass(frozen=True)
class ImageMoment:
    """Which image of the study is written, and when it was acquired.

    Attributes
    ----------
    frame, slice_index : int
        Zero-based.
    instance_number : int
        One-based position in its series.
    seconds : float
        Acquisition time from the earliest image.
    frame_seconds : float
        Acquisition time of the earliest image of the frame.
    duration : float
        Acquisition time of the latest image of the study.
    """

    frame: int
    slice_index: int
    instance_number: int
    seconds: float
    frame_seconds: float
    duration: float


@dataclass(frozen=True)
class StoredValues:
    """How HU are stored: bits, sign, rescaling, and the value outside the field of view.

    Attributes
    ----------
    bits : int
        Bits stored of the 16 allocated.
    signed : bool
    slope, intercept : float
        HU = slope x stored + intercept.
    padding : int or None
        Stored value outside the reconstructed circle, where the vendor marks it.
    """

    bits: int
    signed: bool
    slope: float
    intercept: float
    padding: int | None = None

    @property
    def limits(self) -> tuple[int, int]:
        """Least and greatest stored value."""
        return (-(2 ** (self.bits - 1)), 2 ** (self.bits - 1) - 1) if self.signed else (0, 2**self.bits - 1)


@dataclass(frozen=True)
class DicomConvention:
    """The layout of one vendor's CT-perfusion study.

    Attributes
    ----------
    scan_options, series_description, kernel, software : str
        As the scanner writes them.
    slice_major : bool
        Whether images are numbered slice by slice instead of frame by frame.
    series_per_frame : bool
        Whether every frame is a series of its own.
    acquisition_number : callable
        Gives the acquisition number from the moment and the number of slices.
    stored_values : StoredValues
    write_times : callable
        Writes the times of an image into its dataset.
    """

    scan_options: str
    series_description: str
    kernel: str
    software: str
    slice_major: bool
    series_per_frame: bool
    acquisition_number: Callable[[ImageMoment, int], int]
    stored_values: StoredValues
    write_times: Callable[[Dataset, ImageMoment], None]


def date_text(moment: datetime) -> str:
    """Return a DICOM DA value."""
    return f"{moment:%Y%m%d}"


def time_text(moment: datetime) -> str:
    """Return a DICOM TM value with microseconds."""
    return f"{moment:%H%M%S.%f}"


def scan_time(seconds: float) -> datetime:
    """Return the clock time of a moment of the scan."""
    return STUDY_START + _SCAN_DELAY + timedelta(seconds=seconds)


def _write_acquisition(dataset: Dataset, acquired: datetime) -> None:
    dataset.AcquisitionDate = date_text(acquired)
    dataset.AcquisitionTime = time_text(acquired)


def _write_content(dataset: Dataset, created: datetime) -> None:
    dataset.ContentDate = date_text(created)
    dataset.ContentTime = time_text(created)


def _write_series_time(dataset: Dataset, started: datetime) -> None:
    dataset.SeriesDate = date_text(started)
    dataset.SeriesTime = time_text(started)


def _write_ge_times(dataset: Dataset, moment: ImageMoment) -> None:
    # The content time is that of the reconstruction: a reader that takes it for the acquisition goes wrong.
    _write_series_time(dataset, scan_time(0.0))
    _write_acquisition(dataset, scan_time(moment.seconds))
    _write_content(dataset, scan_time(moment.duration + 5.0 + 0.05 * moment.instance_number))
    block = dataset.private_block(0x0019, "GEMS_ACQU_01", create=True)
    block.add_new(0x24, "DS", f"{_SCANNER_CLOCK_AT_START + moment.seconds:.6f}")


def _write_siemens_times(dataset: Dataset, moment: ImageMoment) -> None:
    acquired = scan_time(moment.seconds)
    _write_series_time(dataset, scan_time(0.0))
    _write_acquisition(dataset, acquired)
    _write_content(dataset, acquired)
    dataset.AcquisitionDateTime = date_text(acquired) + time_text(acquired)


def _write_toshiba_times(dataset: Dataset, moment: ImageMoment) -> None:
    acquired = scan_time(moment.seconds)
    _write_series_time(dataset, scan_time(moment.frame_seconds))
    _write_acquisition(dataset, acquired)
    _write_content(dataset, acquired)


def _single(_moment: ImageMoment, _n_slices: int) -> int:
    return 1


def _by_frame(moment: ImageMoment, _n_slices: int) -> int:
    return moment.frame + 1


def _by_table_position(moment: ImageMoment, n_slices: int) -> int:
    return 2 * moment.frame + (1 if moment.slice_index < n_slices // 2 else 2)


_GE_VALUES = StoredValues(bits=16, signed=True, slope=1.0, intercept=-1024.0, padding=-2000)
_SIEMENS_VALUES = StoredValues(bits=12, signed=False, slope=1.0, intercept=-1024.0)
_TOSHIBA_VALUES = StoredValues(bits=16, signed=True, slope=1.0, intercept=0.0)
# Tiles enhance by 2 HU and more; whole HU would hide what a noise-free phantom is for.
_TILE_VALUES = StoredValues(bits=16, signed=False, slope=0.1, intercept=-1024.0)

DICOM_CONVENTIONS: Mapping[str, DicomConvention] = MappingProxyType(
    {
        "ge-cine": DicomConvention(
            scan_options="CINE MODE",
            series_description="CTP CINE",
            kernel="STANDARD",
            software="gmp_vct.42",
            slice_major=True,
            series_per_frame=False,
            acquisition_number=_single,
            stored_values=_GE_VALUES,
            write_times=_write_ge_times,
        ),
        "ge-shuttle": DicomConvention(
            scan_options="AXIAL MODE",
            series_description="CTP SHUTTLE 8 CM",
            kernel="STANDARD",
            software="gmp_vct.42",
            slice_major=False,
            series_per_frame=False,
            acquisition_number=_by_table_position,
            stored_values=_GE_VALUES,
            write_times=_write_ge_times,
        ),
        "siemens-shuttle": DicomConvention(
            scan_options="SPIRAL MODE",
            series_description="VPCT 5.0 H20f",
            kernel="H20f",
            software="syngo CT 2012B",
            slice_major=False,
            series_per_frame=False,
            acquisition_number=_by_frame,
            stored_values=_SIEMENS_VALUES,
            write_times=_write_siemens_times,
        ),
        "toshiba": DicomConvention(
            scan_options="DVOLUME_CT",
            series_description="Brain Perfusion",
            kernel="FC26",
            software="V4.74ER003",
            slice_major=False,
            series_per_frame=True,
            acquisition_number=_by_frame,
            stored_values=_TOSHIBA_VALUES,
            write_times=_write_toshiba_times,
        ),
        "tiles": DicomConvention(
            scan_options="DVOLUME_CT",
            series_description="Tiles",
            kernel="FC26",
            software="V4.74ER003",
            slice_major=False,
            series_per_frame=True,
            acquisition_number=_by_frame,
            stored_values=_TILE_VALUES,
            write_times=_write_toshiba_times,
        ),
    }
)
"""All conventions by the name of the scanner scheme (`Phantom.scanner`)."""
