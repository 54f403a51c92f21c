"""Whether standard errors say how far off a value is."""

from collections.abc import Iterator

import numpy as np

from .agreement import table
from .cases import GROUPS, Case, curves_of, fitted
from .fitters import PARAMETERS, Fitter, fitters

NOISES = (1.0, 2.0, 5.0)
POOLS = {"box": ("box",), **GROUPS}


def sections() -> Iterator[str]:
    """Yield the tables."""
    rows = [
        [f"{noise:g} HU", pool, fitter.name, *_cells(residues, noise, fitter)]
        for noise in NOISES
        for pool, residues in POOLS.items()
        for fitter in fitters().values()
        if fitted(Case(residues, noise=noise), fitter).errors
    ]
    yield (
        "## Standard errors\n\n"
        "Share of single voxels whose true value lies within 1 and within 2 standard errors (bayes: "
        "posterior standard deviations) of the estimate; every 1 s. If errors were normal and the model "
        "right these would be 68 and 95 %. nlr knows nothing of the error that its box makes where tissue "
        "is no box.\n\n" + table(["noise", "residue", "method", *(f"{name}, %" for name in PARAMETERS)], rows)
    )


def _cells(residues: tuple[str, ...], noise: float, fitter: Fitter) -> list[str]:
    case = Case(residues, noise=noise)
    result, cells = fitted(case, fitter), []
    for name in PARAMETERS:
        known = np.isfinite(result.maps[name]) & (result.maps["CBF"] > 0.0)
        distance = np.abs(result.maps[name] - curves_of(case).voxel_truth(name))[known]
        error = result.errors[name][known]
        shares = [100.0 * np.mean(distance <= factor * error) for factor in (1.0, 2.0)]
        cells.append(" / ".join(f"{share:.0f}" for share in shares))
    return cells
