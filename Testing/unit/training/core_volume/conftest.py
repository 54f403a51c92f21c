"""Small simulated brains, in parts of which contrast does not arrive, and the shortest training of them."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from CTPerfusionLib.networks.core_volume import CoreVolumeArchitecture, CoreVolumeInputSettings
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training.core_volume import CoreVolumeTraining, Optimiser
from CTPerfusionLib.training.core_volume.datasets import CorePatient, cache_core_patients

N_FRAMES, SIZE = 12, 32


class MemoryCoreSource:
    """Patients in memory: a brain in a skull that enhances but for a smaller disk on one side, the core.

    The core volume is proportional to the area of the smaller disk.
    """

    name = "synthetic brains"
    target_names = ("core_ml",)
    skipped = MappingProxyType({})

    def __init__(self, n_patients=8, noise=2.0, recipe="disks", n_frames=N_FRAMES):
        self.settings = CoreVolumeInputSettings(n_frames=n_frames, interval=4.0, size=SIZE)
        self.recipe = MappingProxyType({"kind": recipe})
        self.patients = tuple(f"P{number:03d}" for number in range(n_patients))
        self._loaded = {name: self._patient(name, number, noise) for number, name in enumerate(self.patients)}

    def load(self, patient, *, on_progress=ignore_progress):
        on_progress(1.0)
        return self._loaded[patient]

    def fingerprint(self, patient):
        return patient

    def replaced(self, patient, **changes):
        """Return a source in which a patient differs."""
        other = MemoryCoreSource.__new__(MemoryCoreSource)
        other.settings, other.patients, other.recipe = self.settings, self.patients, self.recipe
        other._loaded = {**self._loaded, patient: replace(self._loaded[patient], **changes)}
        return other

    def of(self, patients):
        """Return a source of some of the patients."""
        other = self.replaced(self.patients[0])
        other.patients = tuple(patients)
        return other

    def _patient(self, name, number, noise):
        random = np.random.default_rng([7, number])
        rows, columns = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2.0
        distance = np.hypot(rows, columns)
        brain, skull = distance < 13.0, (distance >= 13.0) & (distance < 14.3)
        radius = random.uniform(0.0, 8.0)
        side = random.choice((-1.0, 1.0))
        core = np.hypot(rows - random.uniform(-3.0, 3.0), columns - side * 6.0) < radius
        times = np.linspace(0.0, 11.0, self.settings.n_frames)
        bolus = np.exp(-0.5 * ((times - random.uniform(7.0, 8.5)) / 1.2) ** 2)
        perfused = (brain & ~core).astype(float)
        stack = 35.0 * brain + 200.0 * skull + 20.0 * bolus[:, None, None] * perfused
        stack = np.stack([stack, stack]) + random.normal(0.0, noise, (2, len(times), SIZE, SIZE))
        return CorePatient(
            patient=name,
            stack=np.clip(stack, 0.0, 200.0).astype(np.float32),
            core_ml=float(radius**2),
            groups=MappingProxyType({"side": "left" if side < 0 else "right"}),
        )


class Titles:
    """Collects what is reported."""

    def __init__(self):
        self.reports = []

    def __call__(self, title, fraction):
        self.reports.append((title, fraction))


@pytest.fixture(scope="session")
def core_source():
    return MemoryCoreSource()


@pytest.fixture(scope="session")
def make_core_source():
    return MemoryCoreSource


@pytest.fixture
def core_progress():
    return Titles()


@pytest.fixture(scope="session")
def short_core_training():
    """Three epochs of two steps."""
    return CoreVolumeTraining(
        CoreVolumeArchitecture(encoder="small"),
        batch_size=3,
        optimiser=Optimiser.ADAM,
        epochs=3,
        patience=3,
        device="cpu",
    )


@pytest.fixture(scope="session")
def core_phantom_cache(tmp_path_factory):
    """Prepared patients of the size that the command line trains on; only their volumes differ."""
    source = MemoryCoreSource(n_patients=1)
    source.settings = CoreVolumeInputSettings()
    shape = (2, source.settings.n_frames, source.settings.size, source.settings.size)
    source.patients = tuple(f"P{number}" for number in range(6))
    random = np.random.default_rng(3)
    source._loaded = {
        name: CorePatient(name, random.uniform(0.0, 80.0, shape).astype(np.float32), 10.0 * number)
        for number, name in enumerate(source.patients)
    }
    folder = tmp_path_factory.mktemp("prepared") / "data"
    cache_core_patients(source, folder)
    return folder
