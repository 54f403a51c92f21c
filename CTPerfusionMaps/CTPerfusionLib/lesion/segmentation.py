"""Core, hypoperfusion and penumbra as segments."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .protocol import ThresholdProtocol, load_protocol
from .thresholding import Thresholding, prepare_thresholding


@dataclass(frozen=True, eq=False)
class LesionSegmentation:
    """Core, hypoperfusion and penumbra by one relative-flow map.

    Attributes
    ----------
    core, hypoperfusion, penumbra : ndarray of bool, shape (Z, Y, X)
        Cleaned. Hypoperfusion contains the core; penumbra is hypoperfusion without the core.
    core_raw, hypoperfusion_raw : ndarray of bool, shape (Z, Y, X)
        Beyond the thresholds on the affected side, before cleaning.
    """

    core: NDArray[np.bool_]
    hypoperfusion: NDArray[np.bool_]
    penumbra: NDArray[np.bool_]
    core_raw: NDArray[np.bool_]
    hypoperfusion_raw: NDArray[np.bool_]


def segment_lesion(
    relative_flow: NDArray[Any],
    tmax: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    *,
    protocol: ThresholdProtocol | None = None,
    side: NDArray[np.bool_] | None = None,
) -> LesionSegmentation:
    """Cut core, hypoperfusion and penumbra from relative blood flow and Tmax.

    Parameters
    ----------
    relative_flow : ndarray, shape (Z, Y, X)
        Globally or locally normalised blood flow, 1 = reference; NaN where unknown.
    tmax : ndarray, shape (Z, Y, X)
        Seconds. Tissue with a flow of zero and no Tmax is dead: hypoperfused, and core.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    ijk_to_ras : ndarray, shape (4, 4)
    protocol : ThresholdProtocol, optional
        The default protocol if none is given.
    side : ndarray of bool, shape (Z, Y, X), optional
        The affected hemisphere, to which segments are restricted; everywhere by default.
    """
    return segment_thresholds(
        prepare_thresholding(relative_flow, tmax, tissue, ijk_to_ras, protocol or load_protocol(), side)
    )


def segment_thresholds(thresholding: Thresholding) -> LesionSegmentation:
    """Cut the segments that the protocol of `thresholding` asks for."""
    protocol = thresholding.protocol
    core_raw = thresholding.flow_below(protocol.core_rcbf_reading)
    hypoperfusion_raw = thresholding.later_than(protocol.hypoperfusion_tmax_above)
    core = thresholding.clean(core_raw)
    hypoperfusion = thresholding.clean(hypoperfusion_raw) | core
    return LesionSegmentation(
        core=core,
        hypoperfusion=hypoperfusion,
        penumbra=hypoperfusion & ~core,
        core_raw=core_raw & thresholding.side,
        hypoperfusion_raw=hypoperfusion_raw & thresholding.side,
    )
