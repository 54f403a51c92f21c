"""A small DICOM writer that speaks the conventions of the vendors."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

Edit = Callable[[Dataset, int, int], None]
"""Changes the data set of one frame and slice before it is written."""


def clock(seconds: float) -> str:
    """Return seconds since midnight as a DICOM TM."""
    microseconds = round(seconds * 1e6) % (86400 * 10**6)
    whole, fraction = divmod(microseconds, 10**6)
    return f"{whole // 3600:02d}{whole // 60 % 60:02d}{whole % 60:02d}.{fraction:06d}"


def head_voxels(n_frames: int, n_slices: int, rows: int, columns: int) -> np.ndarray:
    """Return HU in which every voxel of every image differs from its neighbours, shape (T, Z, Y, X)."""
    t, z, y, x = np.ogrid[:n_frames, :n_slices, :rows, :columns]
    return (10 * t + 100 * z + 3 * y + x - 500).astype(np.int16)


@dataclass
class Study:
    """A perfusion study to be written as DICOM."""

    voxels: np.ndarray
    times: np.ndarray
    spacing: tuple[float, float, float] = (0.5, 0.6, 5.0)
    origin: tuple[float, float, float] = (-100.0, -120.0, 35.0)
    orientation: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    start: float = 10 * 3600.0
    patient: str = "P1"
    study_uid: str = field(default_factory=generate_uid)
    series_uid: str = field(default_factory=generate_uid)
    frame_of_reference_uid: str = field(default_factory=generate_uid)
    series_number: int = 4
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "AXIAL")
    slope: float = 1.0
    intercept: float = -1024.0
    stored_type: str = "<u2"

    @property
    def position(self) -> Callable[[int], np.ndarray]:
        row, column = np.array(self.orientation[:3]), np.array(self.orientation[3:])
        return lambda index: np.array(self.origin) + index * self.spacing[2] * np.cross(row, column)

    def time(self, frame: int, index: int) -> float:
        return float(self.times[frame, index] if self.times.ndim == 2 else self.times[frame])

    def stored(self, frame: int, index: int) -> np.ndarray:
        values = (self.voxels[frame, index].astype(float) - self.intercept) / self.slope
        return np.rint(values).astype(self.stored_type)

    def dataset(self, frame: int, index: int) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = generate_uid()
        dataset.StudyInstanceUID = self.study_uid
        dataset.SeriesInstanceUID = self.series_uid
        dataset.FrameOfReferenceUID = self.frame_of_reference_uid
        dataset.Modality = "CT"
        dataset.Manufacturer = "GE MEDICAL SYSTEMS"
        dataset.ManufacturerModelName = "LightSpeed VCT"
        dataset.KVP = 80
        dataset.PatientID = self.patient
        dataset.PatientName = f"Doe^{self.patient}"
        dataset.ImageType = list(self.image_type)
        dataset.SeriesNumber = self.series_number
        dataset.InstanceNumber = index * len(self.voxels) + frame + 1
        dataset.AcquisitionDate = "20240229"
        dataset.AcquisitionTime = clock(self.start + self.time(frame, index))
        dataset.ImagePositionPatient = [f"{value:.6f}" for value in self.position(index)]
        dataset.ImageOrientationPatient = [f"{value:.6f}" for value in self.orientation]
        dataset.PixelSpacing = [self.spacing[1], self.spacing[0]]
        dataset.SliceThickness = self.spacing[2]
        dataset.RescaleSlope, dataset.RescaleIntercept = self.slope, self.intercept
        self.set_pixels(dataset, self.stored(frame, index))
        return dataset

    def set_pixels(self, dataset: Dataset, stored: np.ndarray) -> None:
        dataset.Rows, dataset.Columns = stored.shape[-2:]
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = stored.dtype.itemsize * 8
        dataset.HighBit = dataset.BitsStored - 1
        dataset.PixelRepresentation = int(stored.dtype.kind == "i")
        dataset.PixelData = stored.tobytes()

    def write(self, folder: Path, edit: Edit | None = None) -> list[Path]:
        """Write one file per frame and slice, slices of a frame one after another, and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for frame in range(len(self.voxels)):
            for index in range(self.voxels.shape[1]):
                dataset = self.dataset(frame, index)
                if edit is not None:
                    edit(dataset, frame, index)
                paths.append(folder / f"IM{len(paths):05d}.dcm")
                dataset.save_as(paths[-1], enforce_file_format=True)
        return paths

    def path_index(self, frame: int, index: int) -> int:
        return frame * self.voxels.shape[1] + index

    def but(self, **changes: Any) -> "Study":
        """Return another series of the same study."""
        return replace(self, series_uid=generate_uid(), **changes)


@pytest.fixture
def study() -> Study:
    """12 frames, 1.5 s apart, of 4 slices of 6 x 8 pixels."""
    return Study(head_voxels(12, 4, 6, 8), np.arange(12) * 1.5)


@pytest.fixture
def shuttle_study() -> Study:
    """A table that sweeps up and down over 5 slices, 12 times."""
    sweep = np.arange(5) / 4 * 1.1
    times = np.array([1.5 * frame + (sweep if frame % 2 == 0 else sweep[::-1]) for frame in range(12)])
    return Study(head_voxels(12, 5, 6, 8), times - times.min())


@pytest.fixture
def multi_frame_dataset() -> Callable[[Study, list[tuple[int, int]]], Dataset]:
    """Make an enhanced CT data set that holds the given (frame, slice) pairs of a study in this order."""
    return enhanced_dataset


def enhanced_dataset(study: Study, cells: list[tuple[int, int]]) -> Dataset:
    dataset = study.dataset(*cells[0])
    for keyword in ("AcquisitionDate", "AcquisitionTime", "ImagePositionPatient", "ImageOrientationPatient",
                    "PixelSpacing", "SliceThickness", "RescaleSlope", "RescaleIntercept"):  # fmt: skip
        delattr(dataset, keyword)
    enhanced = "1.2.840.10008.5.1.4.1.1.2.1"
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = enhanced
    dataset.NumberOfFrames = len(cells)
    shared = Dataset()
    shared.PlaneOrientationSequence = [_item(ImageOrientationPatient=list(study.orientation))]
    shared.PixelMeasuresSequence = [
        _item(PixelSpacing=[study.spacing[1], study.spacing[0]], SliceThickness=study.spacing[2])
    ]
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    groups = []
    for frame, index in cells:
        group = Dataset()
        group.PlanePositionSequence = [_item(ImagePositionPatient=study.position(index).tolist())]
        group.PixelValueTransformationSequence = [
            _item(RescaleSlope=study.slope, RescaleIntercept=study.intercept, RescaleType="HU")
        ]
        time = clock(study.start + study.time(frame, index))
        group.FrameContentSequence = [
            _item(FrameAcquisitionDateTime=f"20240229{time}", TemporalPositionIndex=frame + 1)
        ]
        groups.append(group)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    study.set_pixels(dataset, np.stack([study.stored(*cell) for cell in cells]))
    return dataset


def _item(**elements: Any) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item
