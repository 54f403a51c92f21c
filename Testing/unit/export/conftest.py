"""Small DICOM studies as sources of results, and the checker that every object has to pass."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

from CTPerfusionLib.export import DicomContent
from CTPerfusionLib.io import load_series
from CTPerfusionLib.series import PerfusionSeries, TmaxDefinition, quantities_of

PATIENT = "Müller^Jörg"
PATIENT_ID = "SECRET-4711"
OBLIQUE = (0.936, 0.344, 0.076, -0.3371, 0.8260, 0.4517)
"""Row and column directions of a head turned about two axes."""


@dataclass(frozen=True)
class SmallStudy:
    """10 frames of 4 slices of 11 x 13 pixels: a number of pixels that no byte of bits divides."""

    n_frames: int = 10
    shape: tuple[int, int, int] = (4, 11, 13)
    spacing: tuple[float, float, float] = (0.45, 0.6, 5.0)
    orientation: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    origin: tuple[float, float, float] = (-101.25, -97.5, 33.125)
    start: float = 10 * 3600.0 + 59.5
    interval: float = 1.5
    slice_delay: float = 0.0
    multi_frame: bool = False
    missing: tuple[tuple[int, int], ...] = ()
    edit: Callable[[Dataset], None] | None = None

    @property
    def directions(self) -> np.ndarray:
        """Rows: unit vectors along a row, a column and the normal, LPS."""
        row = np.array(self.orientation[:3])
        row /= np.linalg.norm(row)
        column = np.array(self.orientation[3:])
        column -= row * (column @ row)
        column /= np.linalg.norm(column)
        return np.stack([row, column, np.cross(row, column)])

    @property
    def ijk_to_lps(self) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3] = self.directions.T * np.array(self.spacing)
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def voxels(self) -> np.ndarray:
        t, z, y, x = np.ogrid[: self.n_frames, : self.shape[0], : self.shape[1], : self.shape[2]]
        return (17 * t + 100 * z + 3 * y + x - 500).astype(np.int16)

    def position(self, index: int) -> list[float]:
        return (self.ijk_to_lps @ np.array([0.0, 0.0, index, 1.0]))[:3].tolist()

    def seconds(self, frame: int, index: int) -> float:
        return self.start + frame * self.interval + index * self.slice_delay

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        cells = [cell for cell in np.ndindex(self.n_frames, self.shape[0]) if cell not in self.missing]
        datasets = self._multi_frame(cells) if self.multi_frame else [self._single(*cell) for cell in cells]
        for number, dataset in enumerate(datasets):
            if self.edit is not None:
                self.edit(dataset)
            dataset.save_as(folder / f"IM{number:04d}", enforce_file_format=True)
        return folder

    def _common(self, sop_class: str, *identity: object) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.SpecificCharacterSet = "ISO_IR 100"
        dataset.SOPClassUID = sop_class
        dataset.SOPInstanceUID = generate_uid(entropy_srcs=["small study", *map(str, identity)])
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
        dataset.FrameOfReferenceUID = "1.2.3.3"
        dataset.PatientName, dataset.PatientID = PATIENT, PATIENT_ID
        dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge = "19500102", "M", "074Y"
        dataset.StudyDate, dataset.StudyTime, dataset.StudyID = "20240229", "100000", "7"
        dataset.AccessionNumber, dataset.ReferringPhysicianName = "ACC-1", "House^Gregory"
        dataset.OperatorsName = "Operator^Secret"
        dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.Manufacturer, dataset.ManufacturerModelName = "SIEMENS", "SOMATOM Force"
        dataset.KVP, dataset.SeriesNumber, dataset.PatientPosition = "80", 4, "HFS"
        dataset.ConvolutionKernel, dataset.ExposureTime = "H20f", "285"
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 0
        _, dataset.Rows, dataset.Columns = self.shape
        private = dataset.private_block(0x0029, "VENDOR", create=True)
        private.add_new(0x10, "LO", f"private {PATIENT_ID}")
        return dataset

    def _stored(self, frame: int, index: int) -> bytes:
        return (self.voxels[frame, index].astype(int) + 1024).astype("<u2").tobytes()

    def _single(self, frame: int, index: int) -> Dataset:
        dataset = self._common(CTImageStorage, frame, index)
        dataset.AcquisitionDate = dataset.ContentDate = "20240229"
        dataset.AcquisitionTime = dataset.ContentTime = clock(self.seconds(frame, index))
        dataset.InstanceNumber = frame * self.shape[0] + index + 1
        dataset.ImagePositionPatient = [f"{value:.8f}" for value in self.position(index)]
        dataset.ImageOrientationPatient = [f"{value:.12f}" for value in self.directions[:2].ravel()]
        dataset.PixelSpacing = [self.spacing[1], self.spacing[0]]
        dataset.SliceThickness = self.spacing[2]
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
        dataset.PixelData = self._stored(frame, index)
        return dataset

    def _multi_frame(self, cells: list[tuple[int, int]]) -> list[Dataset]:
        """Return two Enhanced CT files, each with half of the frames."""
        half = len(cells) // 2
        return [self._enhanced(part) for part in (cells[:half], cells[half:])]

    def _enhanced(self, cells: list[tuple[int, int]]) -> Dataset:
        dataset = self._common(EnhancedCTImageStorage, "enhanced", *cells[0])
        dataset.NumberOfFrames = len(cells)
        shared = Dataset()
        shared.PlaneOrientationSequence = [item(ImageOrientationPatient=self.directions[:2].ravel().tolist())]
        shared.PixelMeasuresSequence = [
            item(PixelSpacing=[self.spacing[1], self.spacing[0]], SliceThickness=self.spacing[2])
        ]
        shared.PixelValueTransformationSequence = [
            item(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU")
        ]
        dataset.SharedFunctionalGroupsSequence = [shared]
        dataset.PerFrameFunctionalGroupsSequence = [
            item(
                PlanePositionSequence=[item(ImagePositionPatient=self.position(index))],
                FrameContentSequence=[
                    item(
                        FrameAcquisitionDateTime=f"20240229{clock(self.seconds(frame, index))}",
                        TemporalPositionIndex=frame + 1,
                    )
                ],
            )
            for frame, index in cells
        ]
        dataset.PixelData = b"".join(self._stored(*cell) for cell in cells)
        return dataset


def item(**elements: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def clock(seconds: float) -> str:
    """Return seconds since midnight as a DICOM TM."""
    whole, fraction = divmod(round(seconds * 1e6) % (86400 * 10**6), 10**6)
    return f"{whole // 3600:02d}{whole // 60 % 60:02d}{whole % 60:02d}.{fraction:06d}"


@pytest.fixture(scope="session")
def small_study() -> Callable[..., SmallStudy]:
    """Make a small study, by default an axial one of single images."""

    def make(**changes: Any) -> SmallStudy:
        return replace(SmallStudy(), **changes)

    return make


@pytest.fixture(scope="session")
def oblique() -> tuple[float, ...]:
    return OBLIQUE


@pytest.fixture(scope="session")
def loaded(tmp_path_factory) -> Callable[[SmallStudy], PerfusionSeries]:
    """Write a study and load it."""
    return lambda study: load_series(study.write(tmp_path_factory.mktemp("small") / "study"))


@pytest.fixture(scope="session")
def series(small_study, loaded) -> PerfusionSeries:
    return loaded(small_study())


SUMMARY = {
    "volumes_ml": {
        "core_global": 12.34,
        "core_local": 10.5,
        "hypoperfusion": 88.01,
        "penumbra": 75.67,
        "tmax_4": 150.25,
        "tmax_6": 88.01,
        "tmax_8": 40.0,
        "tmax_10": 20.02,
        "rcbf_20": 3.0,
        "rcbf_30": 12.34,
        "rcbf_34": 17.0,
        "rcbf_38": 25.75,
    },
    "mismatch_ratio": 7.132,
    "mismatch_core": "global",
    "hypoperfusion_intensity_ratio": 0.227,
    "cbv_index": 0.842,
    "affected_hemisphere": "left",
    "tmax_definition": "centre",
}


@pytest.fixture(scope="session")
def make_content() -> Callable[..., DicomContent]:
    """Make results on the grid of a series, with values that tell every voxel apart."""

    def make(series: PerfusionSeries, names: Iterable[str] = ("CBF", "Tmax"), **changes: Any) -> DicomContent:
        quantities = quantities_of(TmaxDefinition.CENTRE)
        shape = series.shape
        places = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        tissue = places % 7 != 0
        maps = {
            name: np.where(tissue, places / 10 + number, np.nan).astype(np.float32)
            for number, name in enumerate(names)
        }
        hypoperfusion, core = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        hypoperfusion[1:3, 2:9, 1:12] = True
        core[1:3, 4:7, 3:6] = True
        content = DicomContent(
            ijk_to_ras=series.ijk_to_ras,
            maps=maps,
            quantities=quantities,
            masks={"core": core, "penumbra": hypoperfusion & ~core, "hypoperfusion": hypoperfusion},
            summary=SUMMARY,
            parameters={"Method": "Box model (NLR)", "Core": "relative CBF < 30 %", "Slices": "4 × 5 mm"},
            pages=[np.full((40, 60, 3), (10 * page, 200, 30), dtype=np.uint8) for page in (1, 2)],
            created=datetime(2026, 3, 4, 5, 6, 7, 890),
        )
        return replace(content, **changes)

    return make


TOLERATED = (
    # dciodvfy lists the designators of public coding schemes; private ones begin with 99 (PS3.16, chapter 8).
    r"CodingSchemeDesignator\(0008,0102\).* - Unrecognized defined term = <99CTPERF>",
    # QUANTITY is a defined term of Derived Pixel Contrast since 2013 (PS3.3, C.8.32.2), unknown to dciodvfy.
    r"(ImageType\(0008,0008\)|FrameType\(0008,9007\))\[4\]> - Unrecognized defined term = <QUANTITY>",
)


@pytest.fixture(scope="session")
def faults() -> Callable[..., list[str]]:
    """Return what dciodvfy finds wrong with a file, beyond what stems from dciodvfy itself or the source."""
    checker = shutil.which("dciodvfy")
    if checker is None:
        raise RuntimeError("dciodvfy is missing; install it with: apt-get install dicom3tools")

    def check(path: Path, of_the_source: str | None = None) -> list[str]:
        command = [checker, "-new", str(path)]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        lines = (finished.stdout + finished.stderr).splitlines()
        assert any(re.fullmatch(r"\s*[A-Z]\w+", line) for line in lines), (
            "the kind of object is not recognised"
        )
        complaints = [line for line in lines if line.startswith(("Error", "Warning"))]
        tolerated = (*TOLERATED, *([of_the_source] if of_the_source else []))
        return [line for line in complaints if not any(re.search(known, line) for known in tolerated)]

    return check
