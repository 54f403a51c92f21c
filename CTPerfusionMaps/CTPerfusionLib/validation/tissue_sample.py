"""Tissue with known truth: a sample of a head with a stroke, and the curves of any tissue in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..phantom.kinetics import KAPPA, RHO
from .tile_curves import ArterialBolus
from .tissue_responses import TISSUE_RESPONSES

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tissue:
    """True parameters of N voxels; every array has the shape (N,).

    Attributes
    ----------
    cbf : ndarray
        mL/100 g/min.
    mtt, delay : ndarray
        Seconds.
    """

    cbf: Array
    mtt: Array
    delay: Array

    @property
    def centre(self) -> Array:
        """Centre of the impulse response in seconds, delay + MTT/2."""
        return self.delay + self.mtt / 2.0

    def curves(self, bolus: ArterialBolus, residue: str, times: Array) -> Array:
        """Return the enhancement in HU at `times` (T,) without noise, shape (N, T).

        Parameters
        ----------
        bolus : ArterialBolus
        residue : str
            A key of :data:`TISSUE_RESPONSES` that has a closed form: one of :data:`FAMILY_RESPONSES`.
        times : ndarray, shape (T,)
            Seconds.
        """
        convolved = bolus.convolved(TISSUE_RESPONSES[residue], times[:, None] - self.delay, self.mtt)
        return np.asarray((RHO / KAPPA / 6000.0 * self.cbf * convolved).T)


@dataclass(frozen=True)
class TissueKind:
    """How one kind of tissue is perfused; ranges are uniform.

    Attributes
    ----------
    share : float
        Of all voxels.
    cbv : tuple of float
        mL/100 g.
    mtt, delay : tuple of float
        Seconds.
    """

    share: float
    cbv: tuple[float, float]
    mtt: tuple[float, float]
    delay: tuple[float, float]


STROKE_TISSUE = (
    TissueKind(0.42, (2.6, 4.2), (3.0, 4.8), (0.0, 1.5)),  # grey matter
    TissueKind(0.36, (1.4, 2.5), (3.8, 6.0), (0.0, 2.0)),  # white matter
    TissueKind(0.13, (1.5, 3.5), (8.0, 16.0), (1.0, 6.0)),  # penumbra
    TissueKind(0.06, (0.3, 0.9), (7.0, 12.0), (2.0, 7.0)),  # infarct core
    TissueKind(0.03, (0.0, 0.0), (4.0, 4.0), (0.0, 0.0)),  # fluid
)
"""A head with an occlusion, around the values of Riordan et al., Med Phys 38 (2011) 3212-3221."""


def random_tissue(kinds: Sequence[TissueKind], n_voxels: int, random: np.random.Generator) -> Tissue:
    """Return a random sample of `kinds`."""
    chosen = random.choice(len(kinds), size=n_voxels, p=[kind.share for kind in kinds])

    def drawn(ranges: list[tuple[float, float]]) -> Array:
        lower, upper = np.array(ranges)[chosen].T
        return np.asarray(random.uniform(lower, upper))

    cbv = drawn([kind.cbv for kind in kinds])
    mtt = drawn([kind.mtt for kind in kinds])
    return Tissue(60.0 * cbv / mtt, mtt, drawn([kind.delay for kind in kinds]))
