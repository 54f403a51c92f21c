"""Curves in the layout of the tile phantom, without images: many noisy voxels for each known truth."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..phantom.gamma_variate import GammaVariate
from ..phantom.kinetics import KAPPA, RHO
from ..phantom.tiles import ARTERIAL_CURVE, CBV, DELAY, MTT
from .tissue_responses import TISSUE_RESPONSES, Array, TissueResponse


@dataclass(frozen=True)
class ArterialBolus:
    """The arterial input as a sum of gamma variates: the first pass and later ones."""

    passes: tuple[GammaVariate, ...]

    def value(self, times: Array) -> Array:
        """Return the enhancement in HU at `times` in seconds."""
        return np.asarray(sum(one.value(times) for one in self.passes))

    def convolved(self, response: TissueResponse, times: Array, mtts: Array) -> Array:
        """Return the convolution in HU s with a response, for times (..., 1) and transit times (M,)."""
        return np.asarray(sum(response.convolve(one, times, mtts) for one in self.passes))

    def shifted(self, seconds: float) -> "ArterialBolus":
        """Return the same bolus, arriving later."""
        return ArterialBolus(tuple(replace(one, arrival=one.arrival + seconds) for one in self.passes))


PHANTOM_BOLUS = ArterialBolus((ARTERIAL_CURVE,))
"""The input of the tile phantom, on which results are reported; it arrives after 12 s."""


def random_bolus(seed: int, *, second_pass: bool = True) -> ArterialBolus:
    """Return an arterial input as seen at 80 kV with 40 to 50 mL of contrast.

    Seeds 100 to 199 are for tuning, from 900 on for reports. Gamma variates with the ranges of the head
    phantom; the second pass comes 15 to 18 s after the first, has 15 to 25 % of its area and is up to 1.8
    times as wide.
    """
    random = np.random.default_rng(seed)
    first = GammaVariate(
        arrival=random.uniform(7.0, 12.0),
        shape=random.uniform(2.5, 4.0),
        scale=random.uniform(1.2, 1.8),
        peak=random.uniform(250.0, 450.0),
    )
    late, area, spread = random.uniform(15.0, 18.0), random.uniform(0.15, 0.25), random.uniform(1.5, 1.8)
    if not second_pass:
        return ArterialBolus((first,))
    second = GammaVariate(first.arrival + late, first.shape, first.scale * spread, first.peak * area / spread)
    return ArterialBolus((first, second))


@dataclass(frozen=True, eq=False)
class TileCurves:
    """Curves of tiles of voxels.

    Attributes
    ----------
    curves : ndarray of float32, shape (tiles x repeats, T)
        Enhancement in HU; the voxels of a tile stand together.
    times : ndarray, shape (T,)
        Seconds.
    aif : ndarray, shape (T,)
        The arterial input in HU at these times, without noise.
    truth : mapping of str to ndarray, shape (tiles,)
        CBF in mL/100 g/min, CBV in mL/100 g; MTT, Delay and TTP in seconds.
    repeats : int
        Voxels of a tile.
    """

    curves: NDArray[np.float32]
    times: Array
    aif: Array
    truth: Mapping[str, Array]
    repeats: int

    def voxel_truth(self, name: str) -> Array:
        """Return the truth of every voxel, shape (tiles x repeats,)."""
        return np.repeat(self.truth[name], self.repeats)

    def tile_medians(self, values: NDArray[np.floating[Any]]) -> Array:
        """Return the median of each tile's voxels that have a value; NaN where none has. Shape (tiles,)."""
        by_tile = np.sort(np.asarray(values, dtype=np.float64).reshape(-1, self.repeats), axis=1)
        n_valid = np.count_nonzero(~np.isnan(by_tile), axis=1)
        # Sorting puts NaN last, so the middle of the valid ones lies around half their number.
        rows, last = np.arange(len(by_tile)), np.maximum(n_valid - 1, 0)
        return np.asarray(0.5 * (by_tile[rows, last // 2] + by_tile[rows, (last + 1) // 2]))


def tile_curves(
    residue: str,
    *,
    arterial: ArterialBolus = PHANTOM_BOLUS,
    interval: float = 1.0,
    n_frames: int = 60,
    noise: float = 0.0,
    repeats: int = 1,
    seed: int = 0,
) -> TileCurves:
    """Return curves of 245 tiles: CBV 1 to 5 mL/100 g x delay 0 to 3 s x MTT 24 to 3.43 s.

    c(t) = (rho/kappa) CBF/6000 (a * R)(t - delay) with the arterial input a and the residue function R, which
    is 1 at the beginning and has the MTT as its area; then white noise. MTT is CBV/CBF always, and CBF the
    flow that brings the bolus in. Dispersion in the arteries before the tissue leaves all three alone: it
    belongs to the way of the bolus, makes blood arrive later on average, and counts in Delay by that mean.
    TTP is Delay + MTT/2.

    Parameters
    ----------
    residue : str
        A key of :data:`TISSUE_RESPONSES`.
    arterial : ArterialBolus
    interval : float
        Seconds between frames, the first of which is at 0.
    n_frames : int
    noise : float
        SD in HU.
    repeats : int
        Voxels of each tile, which differ by noise only.
    seed : int
        Of the noise. Seeds 100 to 199 are for tuning, from 900 on for reports.

    Raises
    ------
    ConfigurationError
        If there is no such residue function.
    """
    if residue not in TISSUE_RESPONSES:
        raise ConfigurationError(
            f"There is no residue function {residue!r}", f"choose one of {', '.join(TISSUE_RESPONSES)}"
        )
    response = TISSUE_RESPONSES[residue]
    times: Array = np.arange(n_frames, dtype=np.float64) * np.float64(interval)
    shifted = times[:, None, None] - DELAY[:, None]
    by_unit_flow = RHO / KAPPA / 6000.0 * arterial.convolved(response, shifted, MTT)
    truth = _truth(response)
    clean = np.tile(by_unit_flow.reshape(n_frames, -1), len(CBV)) * truth["CBF"]
    curves = np.repeat(clean.T, repeats, axis=0)
    if noise > 0.0:
        curves += np.random.default_rng(seed).normal(0.0, noise, curves.shape)
    return TileCurves(curves.astype(np.float32), times, arterial.value(times), truth, repeats)


def _truth(response: TissueResponse) -> Mapping[str, Array]:
    volume, delay, mtt = (values.ravel() for values in np.meshgrid(CBV, DELAY, MTT, indexing="ij"))
    arrival = delay + response.dispersion
    return MappingProxyType(
        {"CBF": 60.0 * volume / mtt, "CBV": volume, "MTT": mtt, "Delay": arrival, "TTP": arrival + mtt / 2.0}
    )
