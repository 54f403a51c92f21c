"""Whether the fast regression finds the least sum of squares, against Nelder and Mead on the same model."""

from collections.abc import Iterator

import numpy as np

from CTPerfusionLib.kinetics import fit_box_model
from CTPerfusionLib.validation.nelder_mead import fit_nelder_mead

from .agreement import table
from .cases import GROUPS, Case, curves_of

WORSE = 1.01
"""Ratio of sums of squares from which on one of both counts as worse."""


def sections() -> Iterator[str]:
    """Yield the table."""
    rows = []
    for noise in (1.0, 2.0, 5.0):
        tiles = curves_of(Case(GROUPS["all three"], noise=noise, repeats=1))
        fast = fit_box_model(tiles.curves, tiles.times, tiles.aif)
        slow = fit_nelder_mead(tiles.curves, tiles.times, tiles.aif, discretisation="exact")
        ratio = slow.sse / fast.sse
        outside = (slow.mtt < 1.0) | (slow.mtt > 30.0) | (slow.delay < -3.0) | (slow.delay > 15.0)
        inside = ratio[~outside]
        rows.append(
            [
                f"{noise:g} HU",
                f"{100 * np.mean(inside > WORSE):.1f} %",
                f"{100 * np.mean(inside < 1.0 / WORSE):.1f} %",
                f"{100 * np.mean(outside):.1f} %",
                f"{100 * (np.median(inside) - 1.0):+.3f} %",
            ]
        )
    yield (
        "## Least squares\n\n"
        "Sum of squares of nlr without its prior against Nelder and Mead (300 iterations, unbounded) on the "
        "same model, the exact one; the tile phantom's residue functions, every 1 s, 735 voxels. Outside: "
        "Nelder and Mead ended beyond the bounds that nlr keeps (MTT 1 to 30 s, delay -3 to 15 s), so that "
        "its sum of squares cannot be compared; these voxels are left out of the other columns.\n\n"
        + table(
            [
                "noise",
                "Nelder-Mead worse by > 1 %",
                "nlr worse by > 1 %",
                "outside",
                "median, Nelder-Mead over nlr",
            ],
            rows,
        )
    )
