"""How fast networks give maps and learn, beside matrix products of the same device in the same run."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from ..devices import Device, resolve_device
from ..networks import (
    ARCHITECTURES,
    InputSettings,
    ModelInput,
    build_network,
    prepare_input,
    require_networks,
)
from ..networks.predict import on_torch
from ..progress import ProgressCallback, ignore_progress, part_of
from .machine_facts import machine_facts
from .side_by_side import Role
from .turns import Part, PartTiming, Turn, entered, take_turns
from .unet_tasks import TARGETS, inference, matrix_product, operations, simulated_series, training_step

if TYPE_CHECKING:
    import torch

PRODUCT, PREPARING = "matrix product", "preparing"

STUDY_SLICES = 8
"""Of the study whose time is told: 40 mm in slices of 5 mm, as in the papers."""

PRETRAINING_SIZE = 128
"""Pixels of a side in the longer phase of the papers' training."""

_LONGEST_TURN = 8.0
"""Seconds that one turn of inference should take; slower networks are given fewer slices."""

_BATCHES = {"cpu": 2, "mps": 8, "cuda": 8}
"""Slices of a step of training; the papers' 8 where there is a GPU."""


class Work(StrEnum):
    """What a network does."""

    INFERENCE = "inference"
    TRAINING = "training"


@dataclass(frozen=True)
class UnetCase:
    """A network at its work.

    Attributes
    ----------
    work : Work
    architecture : str
    size : int
        Pixels of a side.
    slices : int
        Of one turn.
    operations : float
        Floating-point operations for one slice.
    """

    work: Work
    architecture: str
    size: int
    slices: int
    operations: float

    @property
    def name(self) -> str:
        """What it is called in records."""
        return f"{self.work} {self.architecture} {self.size}"


@dataclass(frozen=True)
class UnetBenchmark:
    """What was measured.

    Attributes
    ----------
    device : Device
    facts : mapping
        See :func:`machine_facts`.
    rounds : int
    size : int
        Pixels of a side of the study.
    n_frames : int
    cases : tuple of UnetCase
        Those whose memory suffices.
    product_operations : float
        Of the matrix product.
    timings : mapping of str to PartTiming
        Of the product, of preparing the study, of the cases by their names.
    """

    device: Device
    facts: Mapping[str, Any]
    rounds: int
    size: int
    n_frames: int
    cases: tuple[UnetCase, ...]
    product_operations: float
    timings: Mapping[str, PartTiming]

    @property
    def peak(self) -> float:
        """Floating-point operations per second of the matrix product, median over the rounds."""
        return self.product_operations / self.timings[PRODUCT].median_seconds

    def slices_per_second(self, case: UnetCase) -> float:
        """Return the throughput of a case, median over the rounds."""
        return case.slices / self.timings[case.name].median_seconds

    def share_of_peak(self, case: UnetCase) -> float:
        """Return the operations per second of a case over those of the matrix product of the same round."""
        products = self.timings[PRODUCT].seconds
        seconds = self.timings[case.name].seconds
        work = case.operations * case.slices / self.product_operations
        return median(work * product / own for product, own in zip(products, seconds, strict=True))

    def study_seconds(self, case: UnetCase) -> float:
        """Return the seconds for all slices of the study, prepared and computed."""
        return self.timings[PREPARING].median_seconds + STUDY_SLICES / self.slices_per_second(case)


def benchmark_unet(
    architectures: Sequence[str] = tuple(ARCHITECTURES),
    *,
    size: int = 512,
    rounds: int = 3,
    device: str | Device = "auto",
    on_progress: ProgressCallback = ignore_progress,
) -> UnetBenchmark:
    """Time inference and training of networks in turns with a matrix product.

    Inference is that of a run, from prepared slices in memory to maps in memory, with full slices instead of
    the box around the brain. A step of training has its slices on the device. Training is timed at the size
    of pre-training, on a GPU also at the full size; sizes for whose batch memory does not suffice are left
    out.

    Parameters
    ----------
    architectures : sequence of str
        Keys of :data:`~CTPerfusionLib.networks.ARCHITECTURES`.
    size : int
        Pixels of a side of the study.
    rounds : int
    device : str or Device
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If there is no such device, or torch is not installed.
    """
    require_networks()
    import torch

    where = on_torch(resolve_device(device))
    on_torch_device, settings = torch.device(str(where.torch_name)), InputSettings()
    facts = machine_facts(where)
    on_progress(0.0)
    product, product_operations = matrix_product(on_torch_device)
    series, brain = simulated_series(STUDY_SLICES, size, settings)
    prepare = partial(_prepare, series, brain, settings)
    preparing, given = entered(Part(PREPARING, "Preparing a study", Role.OURS, STUDY_SLICES), prepare)
    turns = [
        entered(Part(PRODUCT, "Matrix product", Role.YARDSTICK, 1), product)[0],
        preparing,
    ]
    entries = _Entries(settings, on_torch_device, part_of(on_progress, 0.05, 0.3))
    cases = entries.enter(architectures, given, size, turns)
    return UnetBenchmark(
        device=where,
        facts=facts,
        rounds=rounds,
        size=size,
        n_frames=settings.n_frames,
        cases=cases,
        product_operations=product_operations,
        timings=take_turns(turns, rounds, part_of(on_progress, 0.3, 1.0)),
    )


def _prepare(series: Any, brain: Any, settings: InputSettings, _report: ProgressCallback) -> ModelInput:
    return prepare_input(series, brain, settings)


class _Entries:
    """Calls every network for the first time, and finds out how many slices it can be given."""

    def __init__(self, settings: InputSettings, device: torch.device, on_progress: ProgressCallback) -> None:
        self._settings, self._device = settings, device
        self._on_progress = on_progress

    def enter(
        self, architectures: Sequence[str], given: ModelInput, size: int, turns: list[Turn]
    ) -> tuple[UnetCase, ...]:
        """Add the turns of all cases that fit to `turns`; return the cases."""
        cases: list[UnetCase] = []
        for position, architecture in enumerate(architectures):
            self._on_progress(position / len(architectures))
            case, turn = self._inference(architecture, given, size)
            cases.append(case)
            turns.append(turn)
            for training_size in self._training_sizes(size):
                entry = self._training(architecture, training_size)
                if entry is not None:
                    cases.append(entry[0])
                    turns.append(entry[1])
        self._on_progress(1.0)
        return tuple(cases)

    def _training_sizes(self, size: int) -> tuple[int, ...]:
        smaller = min(size, PRETRAINING_SIZE)
        return (smaller,) if self._device.type == "cpu" or smaller == size else (smaller, size)

    def _inference(self, architecture: str, given: ModelInput, size: int) -> tuple[UnetCase, Turn]:
        network = build_network(architecture, self._settings, TARGETS).eval()
        one = replace(given, stack=given.stack[:1])
        started = time.perf_counter()
        inference(network, one, self._device)(ignore_progress)
        seconds = time.perf_counter() - started
        slices = STUDY_SLICES if self._device.type != "cpu" else _affordable(seconds)
        some = replace(given, stack=given.stack[:slices])
        counted = operations(architecture, self._settings, size, training=False)
        case = UnetCase(Work.INFERENCE, architecture, size, slices, counted)
        return case, self._turn(case, inference(network, some, self._device))

    def _training(self, architecture: str, size: int) -> tuple[UnetCase, Turn] | None:
        import torch

        batch = _BATCHES[self._device.type]
        counted = operations(architecture, self._settings, size, training=True)
        case = UnetCase(Work.TRAINING, architecture, size, batch, counted)
        try:
            step = training_step(architecture, self._settings, batch, size, self._device)
            return case, self._turn(case, step)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return None

    def _turn(self, case: UnetCase, task: Any) -> Turn:
        return entered(Part(case.name, case.name, Role.OURS, case.slices), task)[0]


def _affordable(seconds: float) -> int:
    """Return how many slices to compute in a turn if the first took so long."""
    return min(max(int(_LONGEST_TURN / seconds), 1), STUDY_SLICES)
