"""A simulated head in a slab of eight slices with a core of known volume, and a data set in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from CTPerfusionLib.networks.core_volume import CoreVolumeInputSettings
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, head_phantom
from CTPerfusionLib.training.core_volume.datasets import CorePatient
from CTPerfusionLib.training.datasets import DatasetError


@pytest.fixture(scope="session")
def settings() -> CoreVolumeInputSettings:
    """The published times on 32 x 32 pixels."""
    return CoreVolumeInputSettings(size=32)


BLOCK = 2
"""Pixels of the simulated head that make one of the small one."""


def averaged(images: np.ndarray) -> np.ndarray:
    """Return means over blocks of pixels."""
    rows, columns = images.shape[-2] // BLOCK, images.shape[-1] // BLOCK
    return images.reshape(*images.shape[:-2], rows, BLOCK, columns, BLOCK).mean(axis=(-3, -1))


@pytest.fixture(scope="session")
def a_stroke_head() -> Phantom:
    """Eight slices of 64 x 64 pixels and 5 mm every 1.5 s, an M1 occlusion."""
    scanner = replace(SCANNER_SCHEMES["siemens-shuttle"], n_slices=8)
    head = head_phantom(seed=301, scanner=scanner, size="tiny", motion="none", core_ml=40.0)
    ijk_to_ras = head.series.ijk_to_ras.copy()
    ijk_to_ras[:3, 3] += ijk_to_ras[:3, :2].sum(axis=1) * (BLOCK - 1) / 2
    ijk_to_ras[:3, :2] *= BLOCK
    voxels = np.rint(averaged(head.series.voxels)).astype(np.int16)
    truth = replace(
        head.truth,
        maps={},
        labels=head.truth.labels[:, ::BLOCK, ::BLOCK],
        core=averaged(head.truth.core) >= 0.5,
        hypoperfusion=averaged(head.truth.hypoperfusion) >= 0.5,
    )
    return Phantom(replace(head.series, voxels=voxels, ijk_to_ras=ijk_to_ras), truth, head.scanner)


def patient_in_memory(patient: str, core_ml: float | None, settings: CoreVolumeInputSettings) -> CorePatient:
    """Return random slices that depend on the identifier alone."""
    random = np.random.default_rng(list(patient.encode()))
    shape = (2, settings.n_frames, settings.size, settings.size)
    stack = random.integers(16384, 19584, shape).astype(np.uint16)
    return CorePatient(patient, stack, core_ml, {"lesion": "m1", "noise": 6.5})


@dataclass
class MemoryCoreSource:
    """A data set that is made in memory, and notes what it was asked for."""

    cores: Mapping[str, float | None]
    settings: CoreVolumeInputSettings = field(
        default_factory=lambda: CoreVolumeInputSettings(n_frames=4, interval=12.0, size=8)
    )
    recipe: dict[str, Any] = field(default_factory=lambda: {"kind": "memory"})
    changed: dict[str, str] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)
    name: str = "cores in memory"
    target_names: tuple[str, ...] = ("core_ml",)
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def patients(self) -> tuple[str, ...]:
        return tuple(self.cores)

    def fingerprint(self, patient: str) -> str:
        return self.changed.get(patient, "")

    def load(self, patient: str, *, on_progress=lambda _fraction: None) -> CorePatient:
        self.loaded.append(patient)
        on_progress(0.5)
        if self.cores[patient] is None:
            raise DatasetError(f"Patient {patient} cannot be used: it has no bolus", "leave it out")
        return patient_in_memory(patient, self.cores[patient], self.settings)


@pytest.fixture
def a_core_source() -> MemoryCoreSource:
    return MemoryCoreSource({"a": 0.0, "b": 12.5, "c": 70.0})


@pytest.fixture
def make_core_source() -> type[MemoryCoreSource]:
    return MemoryCoreSource
