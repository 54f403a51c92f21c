"""What is varied between epochs: drawn in one step, applied in another.

A draw depends on nothing but its generator, which is seeded by the seed, the epoch and the slice. It is the
same on one process or many, and after a resumed training.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..networks import InputSettings, arrival_time
from ..networks.bolus_context import BASELINE_MARGIN, TISSUE_BANDS
from .time_operators import (
    Operator,
    delay_operator,
    identity,
    sampling_operator,
    scale_operator,
    spread_operator,
)

_SPREAD_SHAPES = (1, 2, 3)
"""Of the densities with which a bolus is convolved."""

_LARGEST_SEED = 2**62


@dataclass(frozen=True)
class Augmentation:
    """How slices and their bolus may be varied; the defaults vary nothing.

    None of it changes CBF, CBV, MTT or TTP, see :mod:`.time_operators`.

    Attributes
    ----------
    flips : bool
        Mirror rows and columns, each with an even chance.
    quarter_turns : bool
        Turn square images by 0, 90, 180 or 270 degrees.
    shift : int
        Largest shift along rows and along columns, in pixels.
    bolus_delay : tuple of float or None
        Earliest and latest shift of the bolus in seconds.
    bolus_spread : tuple of float or None
        Smallest and largest mean in seconds of the density with which the bolus is convolved.
    bolus_scale : tuple of float or None
        Smallest and largest factor of all enhancement.
    intervals : tuple of float
        Sampling intervals in seconds of which one is drawn.
    noise : float
        Largest SD of the noise that is added, in HU.
    noise_grain : float
        SD in pixels of the Gaussian by which that noise is smoothed; 0 is white.
    chance : float
        That a slice gets each of the changes of bolus, sampling and noise.

    Raises
    ------
    ArgumentError
        If a value cannot be used.
    """

    flips: bool = False
    quarter_turns: bool = False
    shift: int = 0
    bolus_delay: tuple[float, float] | None = None
    bolus_spread: tuple[float, float] | None = None
    bolus_scale: tuple[float, float] | None = None
    intervals: tuple[float, ...] = ()
    noise: float = 0.0
    noise_grain: float = 0.0
    chance: float = 0.6

    def __post_init__(self) -> None:
        rules = (
            ("shift", self.shift >= 0, "at least 0 pixels"),
            ("bolus_delay", _ascends(self.bolus_delay, -np.inf), "two values in s, the lower one first"),
            ("bolus_spread", _ascends(self.bolus_spread, 0.0), "two values above 0 s, the lower one first"),
            ("bolus_scale", _ascends(self.bolus_scale, 0.0), "two values above 0, the lower one first"),
            ("intervals", all(interval > 0.0 for interval in self.intervals), "values above 0 s"),
            ("noise", self.noise >= 0.0, "at least 0 HU"),
            ("noise_grain", self.noise_grain >= 0.0, "at least 0 pixels"),
            ("chance", 0.0 <= self.chance <= 1.0, "a share from 0 to 1"),
        )
        for name, holds, wanted in rules:
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")


def _ascends(limits: tuple[float, float] | None, above: float) -> bool:
    return limits is None or above < limits[0] <= limits[1] < np.inf


@dataclass(frozen=True, eq=False)
class AugmentationDraw:
    """What happens to one slice in one epoch.

    Attributes
    ----------
    flip_rows, flip_columns : bool
    quarter_turns : int
        From 0 to 3; those of images that are not square are left out.
    shift : tuple of int
        Pixels along rows and along columns.
    bolus : ndarray of float32, shape (T, T)
        Operator on all curves of the slice and on the context, before the noise.
    sampling : ndarray of float32, shape (T, T)
        Operator on both after the noise.
    noise : float
        SD in shares of the HU window.
    noise_grain : float
        SD in pixels of its smoothing.
    noise_seed : int
    """

    flip_rows: bool
    flip_columns: bool
    quarter_turns: int
    shift: tuple[int, int]
    bolus: Operator
    sampling: Operator
    noise: float
    noise_grain: float
    noise_seed: int


def draw(
    augmentation: Augmentation,
    settings: InputSettings,
    context: NDArray[np.floating[Any]],
    random: np.random.Generator,
) -> AugmentationDraw:
    """Draw what happens to one slice.

    Parameters
    ----------
    augmentation : Augmentation
    settings : InputSettings
        Times and window of the stack.
    context : ndarray, shape (K, T)
        Curves of the study, which say when its bolus arrives.
    random : numpy.random.Generator
    """
    flips = random.random(2) < 0.5
    turns = int(random.integers(4))
    shift = random.integers(-augmentation.shift, augmentation.shift + 1, size=2)
    low, high = settings.window
    return AugmentationDraw(
        flip_rows=bool(augmentation.flips and flips[0]),
        flip_columns=bool(augmentation.flips and flips[1]),
        quarter_turns=turns if augmentation.quarter_turns else 0,
        shift=(int(shift[0]), int(shift[1])),
        bolus=_drawn_bolus(augmentation, settings, context, random),
        sampling=_drawn_sampling(augmentation, settings, random),
        noise=float(_chosen(augmentation, random) * random.random() * augmentation.noise / (high - low)),
        noise_grain=augmentation.noise_grain,
        noise_seed=int(random.integers(_LARGEST_SEED)),
    )


def _chosen(augmentation: Augmentation, random: np.random.Generator) -> bool:
    return bool(random.random() < augmentation.chance)


def _drawn_bolus(
    augmentation: Augmentation,
    settings: InputSettings,
    context: NDArray[np.floating[Any]],
    random: np.random.Generator,
) -> Operator:
    times = settings.times
    operator = identity(settings.n_frames)
    if augmentation.bolus_scale is not None and _chosen(augmentation, random):
        factor = random.uniform(*augmentation.bolus_scale)
        operator = scale_operator(settings.n_frames, factor, frames_before_bolus(context, times))
    if augmentation.bolus_spread is not None and _chosen(augmentation, random):
        mean, shape = random.uniform(*augmentation.bolus_spread), int(random.choice(_SPREAD_SHAPES))
        operator = spread_operator(times, mean, shape) @ operator
    if augmentation.bolus_delay is not None and _chosen(augmentation, random):
        operator = delay_operator(times, random.uniform(*augmentation.bolus_delay)) @ operator
    return operator


def _drawn_sampling(
    augmentation: Augmentation, settings: InputSettings, random: np.random.Generator
) -> Operator:
    if not augmentation.intervals or not _chosen(augmentation, random):
        return identity(settings.n_frames)
    interval = min(float(random.choice(augmentation.intervals)), settings.span / 2.0)
    return sampling_operator(settings.times, interval, random.uniform(0.0, interval))


def frames_before_bolus(context: NDArray[np.floating[Any]], times: NDArray[np.float64]) -> int:
    """Return how many leading frames of a study hold no contrast; at least 1."""
    arrival = arrival_time(context[TISSUE_BANDS].mean(axis=0), times)
    return max(int((times <= arrival - BASELINE_MARGIN).sum()), 1)
