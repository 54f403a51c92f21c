"""The curves that the tables are about, each fitted once by each method."""

from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.validation.tile_curves import PHANTOM_BOLUS, ArterialBolus, TileCurves, tile_curves
from CTPerfusionLib.validation.tissue_responses import (
    FAMILY_RESPONSES,
    FOREIGN_RESPONSES,
    TISSUE_RESPONSES,
)

from .fitters import PARAMETERS, Fitted, Fitter

REPORTED_SEED = 900
"""First seed of the noise; tuning uses 100 to 199."""

GROUPS = {"all three": FAMILY_RESPONSES, "all foreign": FOREIGN_RESPONSES}
"""Residue functions that are fitted together: the tile phantom's, and those that no model holds."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """Tiles that are fitted together: what tissues, how sampled, how noisy, with which bolus."""

    residues: tuple[str, ...]
    interval: float = 1.0
    duration: float = 60.0
    noise: float = 1.0
    arterial: ArterialBolus = PHANTOM_BOLUS
    repeats: int = 256

    @property
    def n_frames(self) -> int:
        """Frames from 0 to before the duration."""
        return round(self.duration / self.interval)


@lru_cache(maxsize=4)
def curves_of(case: Case) -> TileCurves:
    """Return the curves of all residue functions, one after the other."""
    sets = [
        tile_curves(
            residue,
            arterial=case.arterial,
            interval=case.interval,
            n_frames=case.n_frames,
            noise=case.noise,
            repeats=case.repeats if case.noise > 0.0 else 1,
            seed=REPORTED_SEED + list(TISSUE_RESPONSES).index(residue),
        )
        for residue in case.residues
    ]
    truth = {name: np.concatenate([tiles.truth[name] for tiles in sets]) for name in sets[0].truth}
    return replace(sets[0], curves=np.concatenate([tiles.curves for tiles in sets]), truth=truth)


@cache
def fitted(case: Case, fitter: Fitter) -> Fitted:
    """Return what a method makes of the curves, given all of them at once."""
    tiles = curves_of(case)
    return fitter.fit(tiles.curves, tiles.times, tiles.aif)


def forget() -> None:
    """Free the curves and results that have been kept."""
    curves_of.cache_clear()
    fitted.cache_clear()


def tiles_with_truth(case: Case, fitter: Fitter) -> dict[str, Array]:
    """Return tile medians and truth by parameter, shape (2, tiles)."""
    tiles, result = curves_of(case), fitted(case, fitter)
    return {name: np.stack([tiles.tile_medians(result.maps[name]), tiles.truth[name]]) for name in PARAMETERS}


def voxels_with_truth(case: Case, fitter: Fitter) -> dict[str, Array]:
    """Return the values of single voxels and truth by parameter, shape (2, voxels)."""
    tiles, result = curves_of(case), fitted(case, fitter)
    return {name: np.stack([np.float64(result.maps[name]), tiles.voxel_truth(name)]) for name in PARAMETERS}
