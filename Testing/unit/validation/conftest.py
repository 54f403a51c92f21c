"""Patients whose maps are written into the frames of their scan, and a network that reads them off."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from CTPerfusionLib.networks import CONTEXT_BANDS, MAP_TARGETS, InputSettings, MapModel, ModelCard
from CTPerfusionLib.networks.modules.map_network import MapNetwork
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training.datasets import STACK_SCALE, DatasetError, PatientMaps
from CTPerfusionLib.validation.maps_models import LoadedModel, ModelSet

NAMES = tuple(MAP_TARGETS)
SIZE, SLICES, N_FRAMES = 32, 4, 12
FIRST_MAP = N_FRAMES - len(NAMES)
"""Frames from here on hold what the network reads off; those before are the anatomy."""

HEALTHY = {"CBV": 2.5, "CBF": 40.0, "TTP": 3.0, "MTT": 3.75}
LATE = {"CBV": 2.5, "CBF": 20.0, "TTP": 8.5, "MTT": 7.5}
DEAD = {"CBV": 0.5, "CBF": 5.0, "TTP": 11.0, "MTT": 6.0}


class FrameReader(MapNetwork):
    """Gives some frames of the stack as its maps."""

    def __init__(self, frames):
        super().__init__()
        self.frames = frames
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, stack, context):
        return stack[:, self.frames] + 0.0 * context.sum()


def disk(radius, row=SIZE / 2, column=SIZE / 2):
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return np.hypot(rows - row, columns - column) < radius


class WrittenSource:
    """Patients in memory: head 0 is normal, the others have a lesion that grows with their number.

    The network's error is known: it reads off the reference plus `offset` of each map's window in healthy
    tissue, and sees a lesion that is `wider` pixels larger.
    """

    name = "written patients"
    target_names = NAMES

    def __init__(self, n_patients=4, *, offset=0.0, wider=0.0):
        self.settings = InputSettings(n_frames=N_FRAMES, interval=3.5)
        self.patients = tuple(f"P{number}" for number in range(n_patients))
        self.recipe, self.skipped = {"kind": "written"}, {}
        self._offset, self._wider = offset, wider

    def fingerprint(self, patient):
        return patient

    def load(self, patient, *, on_progress=ignore_progress):
        if patient not in self.patients:
            raise DatasetError("There is no such patient", "choose another")
        number = int(patient[1:])
        on_progress(1.0)
        brain = np.repeat(disk(13.0)[None], SLICES, axis=0)
        reference = self._maps(number, wider=0.0)
        seen = self._maps(number, wider=self._wider if number else 0.0)
        stack = np.empty((SLICES, N_FRAMES, SIZE, SIZE))
        stack[:, :FIRST_MAP] = self._anatomy()
        for position, (name, target) in enumerate(MAP_TARGETS.items()):
            stack[:, FIRST_MAP + position] = np.clip(target.scaled(seen[name]) + self._offset, 0.0, 1.0)
        return PatientMaps(
            patient=patient,
            stack=np.rint(stack * STACK_SCALE).astype(np.uint16),
            context=np.ones((len(CONTEXT_BANDS), N_FRAMES), np.float32),
            targets=np.stack([np.where(brain, reference[name], np.nan) for name in NAMES], axis=1).astype(
                "f4"
            ),
            target_names=NAMES,
            brain=brain,
            tissue=brain,
            ijk_to_ras=np.diag([-6.0, -6.0, 6.0, 1.0]),
            groups={"lesion": "m1" if number else "none"},
        )

    def _anatomy(self):
        low, high = self.settings.window
        hu = np.select([disk(13.0), disk(15.0)], [35.0, 240.0], -160.0)
        return (hu - low) / (high - low)

    def _maps(self, number, wider):
        late, dead = (
            disk(radius + wider, column=9.0) & disk(12.5) for radius in (4.0 + number, 2.0 + number / 2)
        )
        where = [dead & (number > 0), late & (number > 0)]
        return {
            name: np.broadcast_to(
                np.select(where, [DEAD[name], LATE[name]], HEALTHY[name]), (SLICES, SIZE, SIZE)
            )
            for name in NAMES
        }


@pytest.fixture(scope="session")
def written_source():
    """``written_source(n_patients, offset=..., wider=...)``, see :class:`WrittenSource`."""
    return WrittenSource


@pytest.fixture(scope="session")
def reading_model():
    """``reading_model(names, split)``: a model that reads the named maps off the frames of a written scan."""

    def model(names=NAMES, split=None, **card):
        frames = [FIRST_MAP + NAMES.index(name) for name in names]
        known = ModelCard(
            name="reader",
            title="Reads frames",
            architecture="unet-small",
            targets=tuple(MAP_TARGETS[name] for name in names),
            input=InputSettings(n_frames=N_FRAMES, interval=3.5),
            sha256="0" * 64,
        )
        return LoadedModel(MapModel(replace(known, **card), FrameReader(frames)), split)

    return model


@pytest.fixture(scope="session")
def reading_set(reading_model):
    return ModelSet("network", (reading_model(),))
