"""Patterns of head motion during a scan, by the convention of :mod:`CTPerfusionLib.series.motion`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MotionPattern = Callable[[NDArray[np.float64], np.random.Generator], NDArray[np.float64]]


def _still(times: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    del random
    return np.zeros((len(times), 6))


def _mild(times: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Breathing-like jitter of 0.1 to 0.3 mm or degrees on a drift of less than 1 mm and 1 degree."""
    return _jitter(len(times), random) + _drift(times, random, random.uniform(0.2, 0.8))


def _severe(times: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    """Drift of 1 to 2 mm and degrees, and one jerk of 3 to 6 mm and 4 to 6 degrees over 2 to 4 frames."""
    motion = _jitter(len(times), random) + _drift(times, random, random.uniform(1.0, 2.0))
    length = int(random.integers(2, 5))
    start = int(random.integers(len(times) // 5, len(times) - length - 2))
    shift = random.normal(size=3) * [1.0, 1.0, 0.5]
    turn = random.normal(size=3) * [0.7, 0.5, 1.0]
    shift *= random.uniform(3.0, 6.0) / np.linalg.norm(shift)
    turn *= random.uniform(4.0, 6.0) / np.linalg.norm(turn)
    motion[start : start + length] += np.concatenate([shift, turn])
    return motion


MOTION_PATTERNS: Mapping[str, MotionPattern] = MappingProxyType(
    {"none": _still, "mild": _mild, "severe": _severe}
)
"""All patterns by the name that the command line calls them."""


def random_motion(
    pattern: str, times: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.float64]:
    """Return the head's position at each of `times`, shape (T, 6); at rest in the first frame."""
    motion = MOTION_PATTERNS[pattern](times, random)
    return np.asarray(motion - motion[0])


def _jitter(n_frames: int, random: np.random.Generator) -> NDArray[np.float64]:
    amplitude = random.uniform(0.1, 0.3) / np.sqrt(3.0)
    return np.asarray(amplitude * random.normal(size=(n_frames, 6)) * [1.0, 1.0, 0.7, 0.7, 0.5, 0.7])


def _drift(times: NDArray[np.float64], random: np.random.Generator, size: float) -> NDArray[np.float64]:
    """Return a slow wandering whose largest translation and rotation are `size` mm and degrees."""
    steps = np.linspace(0.0, 1.0, len(times))
    path = np.cumsum(
        ndimage.gaussian_filter1d(random.normal(size=(len(times), 6)), len(times) / 6, axis=0), axis=0
    )
    path = path - path[0] + steps[:, None] * random.normal(size=6) * np.abs(path).max()
    path *= [1.0, 1.0, 0.6, 0.7, 0.5, 1.0]
    for part in (slice(0, 3), slice(3, 6)):
        path[:, part] *= size / np.linalg.norm(path[:, part], axis=1).max()
    return np.asarray(path)
