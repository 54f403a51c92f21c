"""What may be harder about a scan than in training: conditions under which simulated heads are scanned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..phantom import SCANNER_SCHEMES
from ..phantom.kinetics import ArterialInput
from ..series import PerfusionSeries
from ..training.datasets.head_variation import HeadVariation
from .maps_case import USUAL

JITTER_MM = 1.0
"""Distance in mm by which each frame is displaced."""

_JITTER_STREAM = 11
"""Separates the displacements from all else that is drawn with a head's seed."""


@dataclass(frozen=True)
class Simulation:
    """How the scan of a head differs from that of the data set it belongs to.

    Attributes
    ----------
    noise : float
        Factor of the noise.
    scanner : str or None
        Another scheme.
    motion : str or None
        Another pattern.
    bolus : ArterialInput or None
        Another bolus than the seed's.
    """

    noise: float = 1.0
    scanner: str | None = None
    motion: str | None = None
    bolus: ArterialInput | None = None

    def of(self, head: HeadVariation) -> HeadVariation:
        """Return the head with this scan; anatomy, lesion and bolus are those of its seed."""
        scanner = head.scanner
        if self.scanner is not None:
            scanner = replace(SCANNER_SCHEMES[self.scanner], noise_hu=scanner.noise_hu)
        return replace(
            head,
            scanner=replace(scanner, noise_hu=self.noise * scanner.noise_hu),
            motion=self.motion or head.motion,
        )


def _unchanged(series: PerfusionSeries, seed: int) -> PerfusionSeries:
    del seed
    return series


@dataclass(frozen=True)
class Condition:
    """One row of the robustness table.

    Attributes
    ----------
    name : str
        What tables call it.
    simulation : Simulation
    alter : callable
        What happens to the scanned series; takes it and the seed.
    registered : bool
        Whether motion is corrected.
    """

    name: str
    simulation: Simulation = field(default_factory=Simulation)
    alter: Callable[[PerfusionSeries, int], PerfusionSeries] = _unchanged
    registered: bool = True


def every_nth_frame(step: int) -> Callable[[PerfusionSeries, int], PerfusionSeries]:
    """Return what keeps the first and every `step`-th frame after it."""

    def alter(series: PerfusionSeries, seed: int) -> PerfusionSeries:
        del seed
        return series.with_frames(np.arange(series.n_frames) % step == 0)

    return alter


def shorter_by(seconds: float) -> Callable[[PerfusionSeries, int], PerfusionSeries]:
    """Return what ends a record so many seconds earlier."""

    def alter(series: PerfusionSeries, seed: int) -> PerfusionSeries:
        del seed
        times = series.frame_times
        return series.with_frames(times <= times[-1] - seconds)

    return alter


def displaced(series: PerfusionSeries, seed: int) -> PerfusionSeries:
    """Displace each frame but the first by :data:`JITTER_MM` in a direction drawn at random.

    Cubic splines within slices, linear between them; the first frame, on which the truth lies, stays.
    """
    random = np.random.default_rng([_JITTER_STREAM, seed])
    directions = random.normal(size=(series.n_frames, 3))
    directions *= JITTER_MM / np.linalg.norm(directions, axis=1, keepdims=True)
    voxels = series.voxels.astype(np.float32)
    for frame, (x, y, z) in enumerate(directions[1:], start=1):
        column, row, slice_step = np.array([x, y, z]) / series.spacing
        voxels[frame] = _between_slices(_within_slices(voxels[frame], row, column), slice_step)
    low, high = float(series.voxels.min()), float(series.voxels.max())
    return series.with_voxels(np.clip(voxels, low, high))


def _within_slices(image: NDArray[np.float32], rows: float, columns: float) -> NDArray[np.float32]:
    return np.stack([ndimage.shift(plane, (rows, columns), order=3, mode="nearest") for plane in image])


def _between_slices(image: NDArray[np.float32], slices: float) -> NDArray[np.float32]:
    return np.asarray(ndimage.shift(image, (slices, 0.0, 0.0), order=1, mode="nearest"))


_BOLUS = ArterialInput(
    arrival=8.5, peak=360.0, alpha=3.2, beta=1.5, second_delay=16.5, second_area=0.2, second_spread=1.9
)
"""In the middle of what heads are simulated with: arrival 7 to 10.5 s, peak 280 to 450 HU, alpha 2.5 to 4,
beta 1.2 to 1.8 s, second pass 15 to 18 s later with 15 to 25 % of the area."""

CONDITIONS: Mapping[str, Condition] = MappingProxyType(
    {
        condition.name: condition
        for condition in (
            Condition(USUAL),
            Condition("every second frame (1 s, half the dose)", alter=every_nth_frame(2)),
            Condition("every third frame (1.5 s)", alter=every_nth_frame(3)),
            Condition("record ends 3 s earlier", alter=shorter_by(3.0)),
            Condition("record ends 10 s earlier", alter=shorter_by(10.0)),
            Condition("noise x 2", Simulation(noise=2.0)),
            Condition(
                "motion of 1 mm, not corrected", Simulation(motion="none"), displaced, registered=False
            ),
            Condition("late bolus (arrival 16 s)", Simulation(bolus=replace(_BOLUS, arrival=16.0))),
            Condition(
                "broad bolus (beta 3 s, peak 220 HU)", Simulation(bolus=replace(_BOLUS, beta=3.0, peak=220.0))
            ),
            Condition("weak bolus (peak 150 HU)", Simulation(bolus=replace(_BOLUS, peak=150.0))),
            Condition(
                "bolus in two humps (second after 9 s, half as high)",
                Simulation(
                    bolus=replace(_BOLUS, beta=1.2, second_delay=9.0, second_area=0.5, second_spread=1.0)
                ),
            ),
            *(
                Condition(f"scanner {name} ({SCANNER_SCHEMES[name].interval:g} s)", Simulation(scanner=name))
                for name in ("siemens-shuttle", "toshiba", "ge-shuttle")
            ),
        )
    }
)
"""All conditions by name, the usual one first; those of one simulation follow each other."""
