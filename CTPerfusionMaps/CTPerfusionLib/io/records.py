"""What the importer has to know about one CT image, free of pydicom and of patient identity.

Grouping, time resolution and stacking work on these records alone, so they serve any source of headers:
files on disk, or the database of a DICOM browser.
"""

from dataclasses import dataclass
from typing import NamedTuple


class ImageSource(NamedTuple):
    """Where the pixels of an image lie: a file and the zero-based frame in it."""

    path: str
    frame: int


@dataclass(frozen=True, slots=True)
class ImageClock:
    """The time attributes of one image as the header writes them; empty or None where absent.

    Attributes
    ----------
    frame_acquisition_datetime, acquisition_datetime : str
        DICOM DT.
    acquisition_date, content_date : str
        DICOM DA.
    acquisition_time, content_time : str
        DICOM TM.
    ge_midscan_time : float or None
        GE private (0019,1024), seconds.
    trigger_time : float or None
        Milliseconds.
    """

    frame_acquisition_datetime: str = ""
    acquisition_datetime: str = ""
    acquisition_date: str = ""
    acquisition_time: str = ""
    content_date: str = ""
    content_time: str = ""
    ge_midscan_time: float | None = None
    trigger_time: float | None = None


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """The header of one CT image: a file, or one frame of a multi-frame file.

    Attributes
    ----------
    source : ImageSource
    patient : str
        A digest of the patient's identity, for comparison only; empty where the header names nobody.
    study_uid, series_uid, sop_class_uid, instance_uid, frame_of_reference_uid : str
        `instance_uid` is the path where the header has none.
    image_type : tuple of str
        For example ``("ORIGINAL", "PRIMARY", "AXIAL")``.
    series_number, instance_number, acquisition_number, temporal_position : int or None
    rows, columns : int
    position : tuple of 3 floats or None
        Image Position (Patient), LPS mm.
    orientation : tuple of 6 floats or None
        Direction of a row, then of a column, LPS.
    pixel_spacing : tuple of 2 floats or None
        Distance between rows, then between columns, mm.
    slice_thickness, slice_spacing : float or None
        mm, as the header states them.
    rescale_slope, rescale_intercept : float or None
        HU per stored unit, and HU of a stored zero.
    samples_per_pixel : int
    transfer_syntax : str
        UID.
    manufacturer, model : str
    kvp : float or None
        kV.
    clock : ImageClock
    """

    source: ImageSource
    patient: str
    study_uid: str
    series_uid: str
    sop_class_uid: str
    instance_uid: str
    frame_of_reference_uid: str
    image_type: tuple[str, ...]
    series_number: int | None
    instance_number: int | None
    acquisition_number: int | None
    temporal_position: int | None
    rows: int
    columns: int
    position: tuple[float, float, float] | None
    orientation: tuple[float, float, float, float, float, float] | None
    pixel_spacing: tuple[float, float] | None
    slice_thickness: float | None
    slice_spacing: float | None
    rescale_slope: float | None
    rescale_intercept: float | None
    samples_per_pixel: int
    transfer_syntax: str
    manufacturer: str
    model: str
    kvp: float | None
    clock: ImageClock

    @property
    def is_original(self) -> bool:
        """Whether the pixels come from the scanner and not from another image."""
        return self.image_type[:1] != ("DERIVED",)

    @property
    def is_primary(self) -> bool:
        """Whether the image was made by the examination itself."""
        return self.image_type[1:2] != ("SECONDARY",)

    @property
    def identity(self) -> tuple[object, ...]:
        """Equal for copies of one image; the UID alone is not, since some anonymisers give all the same."""
        return self.instance_uid, self.source.frame, self.position, self.clock
