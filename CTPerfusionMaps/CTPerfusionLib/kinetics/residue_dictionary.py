"""Model curves of the residue family: every delay, mean transit time and shape of the transit times."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arterial_input import ArterialInput
from .residue_response import convolved, read_at, residue_shares, steps_until

FloatArray = NDArray[np.float64]

SHAPES: Final = np.array([1.0, 2.0, 4.0, np.inf])
"""Shapes of gamma-distributed transit times, from the well-mixed compartment to plug flow."""

SHAPE_WEIGHTS: Final = np.array([4.0, 1.0, 1.0, 4.0]) / 10.0
"""How probable the shapes are before a curve is seen.

A curve says little about the shape, and a flat weight on a parameter that the data leave open pulls every
estimate to the middle of its range. Weight at the ends of the range is what loses least then (Mattingly et
al., PNAS 115 (2018) 1760-1765).
"""

MTTS: Final = np.geomspace(2.5, 30.0, 32)
"""Mean transit times in seconds, equally spaced in their logarithm; normal grey matter has 3 to 4 s."""

DELAY_STEP: Final = 0.5
DELAYS: Final = np.arange(-3.0, 15.25, DELAY_STEP)
"""Delays behind the arterial input in seconds."""

RANK: Final = 24
"""Dimensions of the space on which curves are projected; a multiple of the vector length."""

_WEAKEST_ATOM = 1e-6
"""Model curves with a smaller share of the largest norm lie outside the record and explain nothing."""


@dataclass(frozen=True, eq=False)
class ResidueDictionary:
    """Model curves for one sampling and one arterial input; S shapes, J transit times, D delays.

    Attributes
    ----------
    basis : ndarray of float32, shape (T, RANK)
        Orthonormal columns that span the model curves; zero columns where T is smaller.
    curves : ndarray of float32, shape (S x J x D, T)
        Unit model curves.
    atoms : ndarray of float32, shape (S x J x D, RANK)
        The same on the basis.
    volumes : ndarray of float32, shape (S x J, D)
        Blood volume in mL/mL that a unit curve stands for; 0 where the response lies outside the record.
    """

    basis: NDArray[np.float32]
    curves: NDArray[np.float32]
    atoms: NDArray[np.float32]
    volumes: NDArray[np.float32]

    @classmethod
    def build(
        cls, aif: ArterialInput, times: FloatArray, *, marginalise_offset: bool = False
    ) -> "ResidueDictionary":
        """Compute the model curves at `times` (T,) in seconds.

        With `marginalise_offset` they are free of their mean, so that a constant in a curve goes unseen.
        """
        curves = _responses(aif, times).reshape(-1, len(times))
        if marginalise_offset:
            curves = curves - curves.mean(axis=1, keepdims=True)
        norms = np.linalg.norm(curves, axis=1)
        seen = norms > _WEAKEST_ATOM * norms.max()
        volumes = np.where(seen, 1.0 / np.where(seen, norms, 1.0), 0.0)
        curves *= volumes[:, None]
        _, directions = np.linalg.eigh(curves.T @ curves)
        basis = np.zeros((len(times), RANK))
        n_directions = min(RANK, len(times))
        basis[:, :n_directions] = directions[:, ::-1][:, :n_directions]
        return cls(
            basis=np.ascontiguousarray(basis, dtype=np.float32),
            curves=np.ascontiguousarray(curves, dtype=np.float32),
            atoms=np.ascontiguousarray(curves @ basis, dtype=np.float32),
            volumes=np.ascontiguousarray(volumes.reshape(-1, len(DELAYS)), dtype=np.float32),
        )


def _responses(aif: ArterialInput, times: FloatArray) -> FloatArray:
    """Return the curves of 1 mL/mL of blood, shape (S x J, D, T) in HU."""
    n_steps = steps_until(aif, times[-1] - DELAYS[0])
    unit = convolved(aif, residue_shares(SHAPES, MTTS, n_steps))
    return read_at(unit, aif, times - DELAYS[:, None])
