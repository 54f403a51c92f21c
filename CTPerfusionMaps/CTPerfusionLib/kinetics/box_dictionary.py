"""Everything about the box model that depends on the arterial input and the sampling times alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .arterial_input import ArterialInput

DELAY_BOUNDS: Final = (-3.0, 15.0)
"""Delay of the tissue behind the arterial input in seconds; an input taken distally may be late."""

MTT_BOUNDS: Final = (1.0, 30.0)
"""Mean transit time in seconds."""

START_DELAYS: Final = np.arange(-3.0, 15.5)
"""Delays in seconds at which the search starts."""

START_MTTS: Final = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28])
"""Mean transit times in seconds at which the search starts."""

TABLE_STEP: Final = 0.05
"""Seconds between two rows of the lookup table."""

_WEAKEST_ATOM = 1e-6
"""Start curves with a smaller share of the largest norm lie outside the record and are left out."""


@dataclass(frozen=True, eq=False)
class BoxDictionary:
    """Model curves of the box model for one sampling, projected on the space that they span.

    Attributes
    ----------
    basis : ndarray of float32, shape (T, R)
        Orthonormal columns; zero columns where the start curves span less than R dimensions.
    atoms : ndarray of float32, shape (R, K)
        Projected start curves of unit length.
    atom_delays, atom_mtts : ndarray of float64, shape (K,)
        Seconds.
    table : ndarray of float64, shape (rows, 2, R)
        Projections of A(t - s) and a(t - s), the input's integral and value, for rising shifts s.
    first_shift : float
        Shift of the first row in seconds; the rows are `TABLE_STEP` apart.
    """

    basis: NDArray[np.float32]
    atoms: NDArray[np.float32]
    atom_delays: NDArray[np.float64]
    atom_mtts: NDArray[np.float64]
    table: NDArray[np.float64]
    first_shift: float

    @classmethod
    def build(cls, aif: ArterialInput, times: NDArray[np.float64], rank: int) -> "BoxDictionary":
        """Tabulate the model curves at `times` (T,) in seconds."""
        delays, mtts = (grid.ravel() for grid in np.meshgrid(START_DELAYS, START_MTTS, indexing="ij"))
        curves = aif.integral(times - delays[:, None]) - aif.integral(times - (delays + mtts)[:, None])
        norms = np.linalg.norm(curves, axis=1)
        kept = norms > _WEAKEST_ATOM * norms.max()
        curves = curves[kept] / norms[kept, None]
        basis = _leading_directions(curves, rank)
        atoms = curves @ basis
        atoms /= np.linalg.norm(atoms, axis=1, keepdims=True)
        shifts = _table_shifts()
        lagged = times - shifts[:, None]
        table = np.stack([aif.integral(lagged) @ basis, aif.value(lagged) @ basis], axis=1)
        return cls(
            basis=np.ascontiguousarray(basis, dtype=np.float32),
            atoms=np.ascontiguousarray(atoms.T, dtype=np.float32),
            atom_delays=delays[kept],
            atom_mtts=mtts[kept],
            table=np.ascontiguousarray(table),
            first_shift=float(shifts[0]),
        )


def _leading_directions(curves: NDArray[np.float64], rank: int) -> NDArray[np.float64]:
    """Return the `rank` orthonormal directions, shape (T, rank), that hold most of the curves' energy."""
    _, directions = np.linalg.eigh(curves.T @ curves)
    basis = np.zeros((curves.shape[1], rank))
    n_directions = min(rank, curves.shape[1])
    basis[:, :n_directions] = directions[:, ::-1][:, :n_directions]
    return basis


def _table_shifts() -> NDArray[np.float64]:
    """Return all shifts that delay and delay + MTT can take, and one cell more for the interpolation."""
    span = DELAY_BOUNDS[1] + MTT_BOUNDS[1] - DELAY_BOUNDS[0]
    return np.asarray(DELAY_BOUNDS[0] + TABLE_STEP * np.arange(round(span / TABLE_STEP) + 2))
