"""How a threshold becomes a segment: what is analysed, to which side it is restricted, how it is cleaned."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import voxel_spacing
from .morphology import drop_small_parts, open_and_close
from .protocol import ThresholdProtocol


@dataclass(frozen=True, eq=False)
class Thresholding:
    """The maps of one study and the way in which they are cut.

    Attributes
    ----------
    relative_flow : ndarray of float32, shape (Z, Y, X)
        1 = reference; NaN where unknown.
    tmax : ndarray of float32, shape (Z, Y, X)
        Seconds; infinite in dead tissue, NaN where unknown.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    side : ndarray of bool, shape (Z, Y, X)
        The affected hemisphere, or everything where none is.
    spacing : tuple of float
        Voxel size (column step, row step, slice step) in mm.
    protocol : ThresholdProtocol
    """

    relative_flow: NDArray[np.float32]
    tmax: NDArray[np.float32]
    tissue: NDArray[np.bool_]
    side: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    protocol: ThresholdProtocol

    def later_than(self, seconds: float) -> NDArray[np.bool_]:
        """Return tissue with a Tmax above `seconds`, on both sides and not cleaned."""
        return np.asarray(self.tissue & (self.tmax > seconds))

    def flow_below(self, fraction: float) -> NDArray[np.bool_]:
        """Return tissue with a relative flow below `fraction`, on both sides and not cleaned."""
        low = self.tissue & (self.relative_flow < fraction)
        if self.protocol.core_requires_hypoperfusion:
            low &= self.later_than(self.protocol.hypoperfusion_tmax_above)
        return np.asarray(low)

    def clean(self, raw: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Open and close a segment, restrict it to the affected side, drop small parts."""
        cleaned = open_and_close(
            raw,
            self.tissue,
            self.spacing,
            opening_radius=self.protocol.opening_radius_mm,
            closing_radius=self.protocol.closing_radius_mm,
        )
        return drop_small_parts(cleaned & self.side, self.spacing, self.protocol.minimum_cluster_ml)


def prepare_thresholding(
    relative_flow: NDArray[Any],
    tmax: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    protocol: ThresholdProtocol,
    side: NDArray[np.bool_] | None = None,
) -> Thresholding:
    """Gather what segments are cut from, with dead tissue, which has no flow and no Tmax, beyond any limit.

    Parameters
    ----------
    relative_flow : ndarray, shape (Z, Y, X)
        Globally or locally normalised blood flow, 1 = reference; NaN where unknown.
    tmax : ndarray, shape (Z, Y, X)
        Seconds, NaN where unknown.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    ijk_to_ras : ndarray, shape (4, 4)
    protocol : ThresholdProtocol
    side : ndarray of bool, shape (Z, Y, X), optional
        Where segments may lie; everywhere by default.
    """
    dead = tissue & (relative_flow == 0.0) & np.isnan(tmax)
    return Thresholding(
        relative_flow=np.asarray(relative_flow, dtype=np.float32),
        tmax=np.where(dead, np.inf, tmax).astype(np.float32),
        tissue=tissue,
        side=np.ones_like(tissue) if side is None else side,
        spacing=voxel_spacing(ijk_to_ras),
        protocol=protocol,
    )
