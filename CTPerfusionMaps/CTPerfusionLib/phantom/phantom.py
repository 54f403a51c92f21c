"""What a phantom consists of: the series that a scanner would give, and the truth behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import PerfusionSeries


@dataclass(frozen=True, eq=False)
class PhantomTruth:
    """The known parameters of a phantom, on the voxel grid of its first frame.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        CBF (mL/100 g/min), CBV (mL/100 g), MTT, Delay, TTP (s); NaN outside perfused tissue.
        TTP is the centre of the impulse response, delay + MTT/2.
    labels : ndarray of uint8, shape (Z, Y, X)
        Tissue classes; `label_names` says which.
    label_names : mapping of int to str
    core, hypoperfusion : ndarray of bool, shape (Z, Y, X)
        Core: inside the lesion with CBF below 30 % of the median CBF of tissue with TTP <= 4 s.
        Hypoperfusion: inside the lesion with TTP > 6 s; it contains the core.
    side : str
        ``left``, ``right`` or ``none``: the patient's hemisphere that holds the lesion.
    times : ndarray, shape (T,)
        Mean time of each frame in seconds.
    aif, vof : ndarray, shape (T,)
        True arterial and venous enhancement in HU at `times`.
    motion : ndarray, shape (T, 6)
        Head position in each frame, by the convention of :mod:`CTPerfusionLib.series.motion`.
    seed : int
    parameters : mapping
        Everything else that was chosen, JSON-serialisable.
    """

    maps: Mapping[str, NDArray[np.float32]]
    labels: NDArray[np.uint8]
    label_names: Mapping[int, str]
    core: NDArray[np.bool_]
    hypoperfusion: NDArray[np.bool_]
    side: str
    times: NDArray[np.float64]
    aif: NDArray[np.float64]
    vof: NDArray[np.float64]
    motion: NDArray[np.float64]
    seed: int
    parameters: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Phantom:
    """A simulated study: series, truth and the name of the scanner scheme that acquired it."""

    series: PerfusionSeries
    truth: PhantomTruth
    scanner: str
