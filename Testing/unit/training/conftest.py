"""Patients made of box-model curves on small images, and the shortest training that there can be."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pytest

from CTPerfusionLib.networks import CONTEXT_BANDS, InputSettings
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training import Compute, MapTraining, Phase
from CTPerfusionLib.training.datasets import PatientMaps, Split

N_FRAMES, INTERVAL = 12, 3.5  # what "--frames 12" means
KAPPA, RHO = 0.55 / 0.75, 1.05


def bolus(times, arrival):
    """Gamma variate in HU with its peak 6 s after arrival."""
    age = np.maximum(times - arrival, 0.0)
    return 200.0 * (age / 6.0) ** 3 * np.exp(3.0 * (1.0 - age / 6.0))


class MemorySource:
    """A few patients in memory whose tissue follows the box model exactly."""

    name = "synthetic patients"
    target_names = ("CBV", "CBF", "TTP", "MTT")
    recipe = MappingProxyType({"kind": "box model"})
    skipped = MappingProxyType({})

    def __init__(self, n_patients=4, shapes=((32, 32),), n_slices=3):
        self.settings = InputSettings(n_frames=N_FRAMES, interval=INTERVAL)
        self.patients = tuple(f"P{number}" for number in range(n_patients))
        self._maps = {
            name: self._patient(name, number, n_slices, shapes[number % len(shapes)])
            for number, name in enumerate(self.patients)
        }

    def load(self, patient, *, on_progress=ignore_progress):
        on_progress(1.0)
        return self._maps[patient]

    def fingerprint(self, patient):
        return patient

    def replaced(self, patient, **changes):
        """Return a source in which a patient differs."""
        other = MemorySource.__new__(MemorySource)
        other.settings, other.patients = self.settings, self.patients
        other._maps = {**self._maps, patient: replace(self._maps[patient], **changes)}
        return other

    def _patient(self, name, number, n_slices, shape):
        random = np.random.default_rng([5, number])
        times = self.settings.times
        rows, columns = np.mgrid[: shape[0], : shape[1]]
        distance = np.hypot(rows - shape[0] / 2, columns - shape[1] / 2) / (min(shape) / 2)
        brain = np.repeat((distance < 0.5 + 0.12 * (number % 4))[None], n_slices, axis=0)
        mtt = random.uniform(3.0, 9.0, (n_slices, *shape)).astype(np.float32)
        flow = random.uniform(10.0, 50.0, (n_slices, *shape)).astype(np.float32)
        delay = random.uniform(0.0, 3.0, (n_slices, *shape)).astype(np.float32)
        fine = np.arange(0.0, times[-1] + 0.05, 0.05)
        area = np.cumsum(bolus(fine, random.uniform(4.0, 8.0))) * 0.05
        shown = times[:, None, None, None]
        enhancement = (flow * RHO / KAPPA / 6000.0) * (
            np.interp(shown - delay, fine, area, left=0.0)
            - np.interp(shown - delay - mtt, fine, area, left=0.0)
        )
        hu = 35.0 + np.where(brain, enhancement, 0.0) + random.normal(0.0, 0.5, (len(times), *brain.shape))
        low, high = self.settings.window
        targets = np.stack([flow * mtt / 60.0, flow, delay + mtt / 2.0, mtt], axis=1)
        curve = enhancement.mean(axis=(1, 2, 3))
        return PatientMaps(
            patient=name,
            stack=np.ascontiguousarray(((hu - low) / (high - low) * 65535).astype(np.uint16).swapaxes(0, 1)),
            context=np.stack([curve] * len(CONTEXT_BANDS)).astype(np.float32),
            targets=np.where(brain[:, None], targets, np.nan).astype(np.float32),
            target_names=self.target_names,
            brain=brain,
            tissue=brain,
            ijk_to_ras=np.eye(4),
        )


@dataclass(frozen=True)
class Titles:
    """Collects what is reported."""

    reports: list

    def __call__(self, title, fraction):
        self.reports.append((title, fraction))


@pytest.fixture(scope="session")
def source():
    return MemorySource()


@pytest.fixture(scope="session")
def make_source():
    return MemorySource


@pytest.fixture
def progress():
    return Titles([])


@pytest.fixture(scope="session")
def split():
    return Split(train=("P0", "P1"), validation=("P2",), test=("P3",))


@pytest.fixture(scope="session")
def short_training():
    """Two maps, two phases of two and one epochs, two steps each."""
    return MapTraining(
        architecture="unet-small",
        targets=("CBV", "TTP"),
        phases=(
            Phase(epochs=2, size=16, batch_size=3, learning_rate=1e-3),
            Phase(epochs=1, batch_size=3, learning_rate=1e-3),
        ),
        compute=Compute(device="cpu"),
    )
