"""A simulated head of 32 x 32 pixels, UniToBrain's folders of it, and a data set in memory."""

import shutil
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from CTPerfusionLib.networks import InputSettings
from CTPerfusionLib.phantom import Phantom, head_phantom
from CTPerfusionLib.series import RAS_TO_LPS, PerfusionSeries
from CTPerfusionLib.training.datasets import DatasetError, PatientMaps

BLOCK = 4
"""Pixels of the tiny head that make one of the small one."""

EVERY = 5
"""Frames of the tiny head of which one is kept: 18 frames, 2.5 s apart."""

SLICES = slice(2, 6)

MAP_NAMES = ("CBV", "CBF", "MTT", "TTP", "Delay")


def averaged(images: np.ndarray) -> np.ndarray:
    """Average blocks of pixels; what is not known stays out."""
    rows, columns = images.shape[-2] // BLOCK, images.shape[-1] // BLOCK
    blocks = images.reshape(*images.shape[:-2], rows, BLOCK, columns, BLOCK)
    known = np.isfinite(blocks)
    sums = np.where(known, blocks, 0.0).sum(axis=(-3, -1))
    counts = known.sum(axis=(-3, -1))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).astype(np.float32)


@pytest.fixture(scope="session")
def a_small_head() -> Phantom:
    """4 slices of 32 x 32 pixels, 18 frames 2.5 s apart, with its truth."""
    head = head_phantom(seed=301, size="tiny", motion="none")
    ijk_to_ras = head.series.ijk_to_ras.copy()
    ijk_to_ras[:3, 3] += ijk_to_ras[:3, :2].sum(axis=1) * (BLOCK - 1) / 2
    ijk_to_ras[:3, 3] += ijk_to_ras[:3, 2] * SLICES.start
    ijk_to_ras[:3, :2] *= BLOCK
    series = replace(
        head.series,
        voxels=averaged(head.series.voxels[::EVERY, SLICES].astype(np.float32)),
        times=head.series.times[::EVERY],
        ijk_to_ras=ijk_to_ras,
    )
    truth = replace(
        head.truth,
        maps={name: averaged(values[SLICES]) for name, values in head.truth.maps.items()},
        labels=head.truth.labels[SLICES, ::BLOCK, ::BLOCK],
        core=head.truth.core[SLICES, ::BLOCK, ::BLOCK],
        hypoperfusion=head.truth.hypoperfusion[SLICES, ::BLOCK, ::BLOCK],
    )
    return Phantom(series, truth, head.scanner)


@pytest.fixture(scope="session")
def settings() -> InputSettings:
    """The times of the small head."""
    return InputSettings(n_frames=18, interval=2.5)


@dataclass
class UniToBrain:
    """Writes patients as the data set holds them; every file has its own slope and a random number."""

    root: Path
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(5))

    def series(self, folder: str, prefix: str, series: PerfusionSeries, *, is_timed: bool = True) -> Path:
        """Write one file for each image, in random order."""
        place = self.root / folder
        place.mkdir(parents=True)
        uid = generate_uid()
        cells = self.random.permutation(list(np.ndindex(*series.voxels.shape[:2])))
        for number, (frame, index) in enumerate(cells):
            dataset = self._image(series, index, series.voxels[frame, index], slope=0.1, intercept=-1000.0)
            dataset.SeriesInstanceUID, dataset.InstanceNumber = uid, number + 1
            if is_timed:
                # The tool behind the data set wrote this date, and added an hour to all times.
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    dataset.AcquisitionDate = "10102"
                seconds = 424.992 + float(series.slice_times(index)[frame])
                dataset.AcquisitionTime = f"01{int(seconds // 60):02d}{seconds % 60:06.3f}"
            dataset.save_as(place / f"{prefix}{number:05d}.dcm", enforce_file_format=True)
        return place

    def maps(self, patient: str, series: PerfusionSeries, maps: Mapping[str, np.ndarray]) -> Path:
        """Write a map of each name, shape (Z, Y, X), on the slices of `series`; NaN becomes zero."""
        parent = self.root / f"{patient}_Registered_Filtered_3mm_20HU_Maps"
        for name, values in maps.items():
            self.one_map(parent / f"NLR_{name}", series, np.nan_to_num(values))
        return parent

    def one_map(self, place: Path, series: PerfusionSeries, values: np.ndarray) -> None:
        place.mkdir(parents=True)
        for number, index in enumerate(self.random.permutation(len(values))):
            intercept = -20.0 if values.min() < 0 else 0.0
            dataset = self._image(series, int(index), values[index], slope=0.01, intercept=intercept)
            dataset.SeriesInstanceUID, dataset.InstanceNumber = generate_uid(), number + 1
            dataset.save_as(place / f"{place.name}{number:05d}.dcm", enforce_file_format=True)

    def _image(
        self, series: PerfusionSeries, index: int, values: np.ndarray, *, slope: float, intercept: float
    ) -> Dataset:
        to_lps = RAS_TO_LPS @ series.ijk_to_ras
        own_slope = round(slope * self.random.uniform(0.5, 1.5), 6)
        stored = np.rint((values - intercept) / own_slope).clip(0, 65535).astype("<u2")
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
        dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
        dataset.StudyInstanceUID = "1.2.3"
        dataset.Modality, dataset.Manufacturer, dataset.KVP = "CT", "GE MEDICAL SYSTEMS", 80
        dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        place = to_lps[:3, 3] + to_lps[:3, 2] * index
        dataset.ImagePositionPatient = [f"{value:.5f}" for value in place]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelSpacing = [f"{series.spacing[1]:.6f}", f"{series.spacing[0]:.6f}"]
        dataset.SliceThickness = dataset.SpacingBetweenSlices = series.spacing[2]
        dataset.RescaleSlope, dataset.RescaleIntercept = str(own_slope), str(intercept)
        dataset.Rows, dataset.Columns = stored.shape
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 0
        dataset.PixelData = stored.tobytes()
        return dataset


FILTERED = "_Registered_Filtered_3mm_20HU"


@pytest.fixture(scope="session")
def unitobrain(tmp_path_factory, a_small_head) -> Path:
    """Six patients: a shuttle scan, a usual one, one with more slices in its maps, and three incomplete ones.

    MOL-001 shuttle; MOL-002 at all stages; MOL-010 with one slice less than its maps; MOL-003 without maps,
    MOL-004 without TTP, SLG-001 raw only.
    """
    writer = UniToBrain(tmp_path_factory.mktemp("unitobrain"))
    series, maps = a_small_head.series, {name: a_small_head.truth.maps[name] for name in MAP_NAMES}
    writer.series(f"MOL-001{FILTERED}", "Filtered", shuttle(series))
    writer.maps("MOL-001", series, maps)
    raw = writer.series("MOL-002", "IM", series)
    for suffix in ("_Registered", FILTERED):
        shutil.copytree(raw, writer.root / f"MOL-002{suffix}")
    writer.maps("MOL-002", series, maps)
    writer.series(f"MOL-003{FILTERED}", "Filtered", one_frame(series))
    writer.series(f"MOL-004{FILTERED}", "Filtered", one_frame(series))
    writer.maps("MOL-004", series, {name: values for name, values in maps.items() if name != "TTP"})
    writer.series(f"MOL-010{FILTERED}", "Filtered", without_lowest_slice(series))
    writer.maps("MOL-010", series, maps)
    writer.series("SLG-001", "IM", one_frame(series))
    return writer.root


@pytest.fixture
def a_unitobrain_writer(tmp_path) -> UniToBrain:
    return UniToBrain(tmp_path / "unitobrain")


def shuttle(series: PerfusionSeries) -> PerfusionSeries:
    """Return the series of a table that goes to and fro between two positions: the upper half is later."""
    later = np.where(np.arange(series.n_slices) >= series.n_slices // 2, 1.25, 0.0)
    return replace(series, times=series.times[:, None] + later)


def one_frame(series: PerfusionSeries) -> PerfusionSeries:
    return replace(series, voxels=series.voxels[:1], times=series.times[:1])


def without_lowest_slice(series: PerfusionSeries) -> PerfusionSeries:
    ijk_to_ras = series.ijk_to_ras.copy()
    ijk_to_ras[:3, 3] += ijk_to_ras[:3, 2]
    return replace(series, voxels=series.voxels[:, 1:], ijk_to_ras=ijk_to_ras)


def patient_in_memory(patient: str, *, n_slices: int = 2, size: int = 8, n_frames: int = 6) -> PatientMaps:
    """Return random images that depend on the identifier alone."""
    random = np.random.default_rng(list(patient.encode()))
    brain = np.zeros((n_slices, size, size), dtype=bool)
    brain[:, 2:-2, 2:-2] = True
    targets = random.uniform(0.0, 4.0, (n_slices, 2, size, size)).astype(np.float32)
    targets[~np.broadcast_to(brain[:, None], targets.shape)] = np.nan
    return PatientMaps(
        patient=patient,
        stack=random.integers(0, 65536, (n_slices, n_frames, size, size)).astype(np.uint16),
        context=random.normal(size=(6, n_frames)).astype(np.float32),
        targets=targets,
        target_names=("CBV", "CBF"),
        brain=brain,
        tissue=brain.copy(),
        ijk_to_ras=np.diag([2.0, 2.0, 5.0, 1.0]),
        groups={"lesion": "m1", "noise": 6.5},
    )


@dataclass
class MemorySource:
    """A data set that is made in memory, and counts what it was asked for."""

    patients: tuple[str, ...]
    settings: InputSettings = field(default_factory=lambda: InputSettings(n_frames=6, interval=2.0))
    target_names: tuple[str, ...] = ("CBV", "CBF")
    recipe: dict[str, Any] = field(default_factory=lambda: {"kind": "memory"})
    failing: Sequence[str] = ()
    changed: dict[str, str] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)
    name: str = "data set in memory"
    skipped: dict[str, str] = field(default_factory=dict)

    def fingerprint(self, patient: str) -> str:
        return self.changed.get(patient, "")

    def load(self, patient: str, *, on_progress=lambda _fraction: None) -> PatientMaps:
        if patient not in self.patients:
            raise DatasetError(f"The data set has no patient {patient}", "choose one of its patients")
        self.loaded.append(patient)
        on_progress(0.5)
        if patient in self.failing:
            raise DatasetError(f"Patient {patient} cannot be used: it has no bolus", "leave it out")
        return patient_in_memory(patient)


@pytest.fixture
def a_memory_source() -> MemorySource:
    return MemorySource(("a", "b", "c", "d"))


@pytest.fixture
def make_memory_source() -> type[MemorySource]:
    return MemorySource
