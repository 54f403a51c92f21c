"""Truth of a head phantom on the scanner's voxels, by the definitions of the project."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .head_model import HeadModel
from .kinetics import ArterialInput
from .phantom import PhantomTruth
from .sampling_grid import SUB_SLICES, SamplingGrid
from .vessel_atlas import VENOUS_TRANSIT
from .vessel_tree import SINUS_DELAY

LABEL_NAMES: Mapping[int, str] = {
    0: "background", 1: "scalp", 2: "skull", 3: "CSF",
    4: "grey matter", 5: "white matter", 6: "artery", 7: "vein",
}  # fmt: skip

CORE_FRACTION = 0.30
"""Core: CBF below this share of the normal median."""

NORMAL_TTP, DELAYED_TTP = 4.0, 6.0
"""s; tissue with TTP up to the first is the reference, beyond the second is hypoperfused."""

TISSUE_MAJORITY = 0.7
"""Share of grey and white matter from which a voxel counts as perfused tissue."""


def head_truth(
    head: HeadModel,
    grid: SamplingGrid,
    *,
    side: str,
    times: NDArray[np.float64],
    arterial_input: ArterialInput,
    motion: NDArray[np.float64],
    seed: int,
    parameters: Mapping[str, Any],
) -> PhantomTruth:
    """Return the truth of `head` on the scanner grid, see :class:`PhantomTruth`.

    CBF and CBV are means over the voxel with fluid counted as zero, as a scanner sees it; delay is
    weighted by blood volume; MTT and TTP follow from them.
    """
    labels = _labels(head.fractions)
    perfused = (labels == 4) | (labels == 5)
    cbf, cbv, weighted_delay, severity = _voxel_means(head, grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        mtt = 60.0 * cbv / cbf
        delay = weighted_delay / cbv
        lesion = perfused & (severity / cbv > 0.5)
    ttp = delay + mtt / 2.0
    maps = {
        name: np.where(perfused, values, np.nan).astype(np.float32)
        for name, values in (("CBF", cbf), ("CBV", cbv), ("MTT", mtt), ("Delay", delay), ("TTP", ttp))
    }
    with np.errstate(invalid="ignore"):
        reference = np.median(maps["CBF"][maps["TTP"] <= NORMAL_TTP])
        core = lesion & (maps["CBF"] < CORE_FRACTION * reference) & (maps["TTP"] > DELAYED_TTP)
        hypoperfusion = lesion & (maps["TTP"] > DELAYED_TTP)
    return PhantomTruth(
        maps=maps,
        labels=labels,
        label_names=dict(LABEL_NAMES),
        core=core,
        hypoperfusion=hypoperfusion,
        side=side,
        times=times,
        aif=arterial_input(times),
        vof=arterial_input.dispersed(times, VENOUS_TRANSIT, SINUS_DELAY),
        motion=motion,
        seed=seed,
        parameters=parameters,
    )


def _labels(fractions: Mapping[str, NDArray[np.float32]]) -> NDArray[np.uint8]:
    """Return each voxel's class: vessel or tissue where it has the majority, else the largest."""
    brain = fractions["grey"] + fractions["white"]
    tissue = np.where(fractions["grey"] >= fractions["white"], 4, 5)
    background = 1.0 - sum(fractions.values())
    shares = [
        background,
        fractions["scalp"],
        fractions["skull"],
        fractions["fluid"] + 0.5 * (TISSUE_MAJORITY - 0.5),
    ]
    labels = np.argmax(np.stack(shares), axis=0)
    labels = np.where(brain >= TISSUE_MAJORITY, tissue, labels)
    labels = np.where(fractions["artery"] >= 0.5, 6, labels)
    return np.where(fractions["vein"] >= 0.5, 7, labels).astype(np.uint8)


def _voxel_means(head: HeadModel, grid: SamplingGrid) -> list[NDArray[Any]]:
    """Return CBF, CBV, CBV x delay and CBV x severity averaged over scanner voxels, each (Z, Y, X)."""
    _, fine_rows, fine_columns = grid.fine_shape
    n_slices, rows, columns = grid.shape
    in_plane = fine_rows * fine_columns
    k = head.tissue.voxels // in_plane - grid.margin
    kept = (k >= 0) & (k < n_slices * SUB_SLICES)
    position = head.tissue.voxels[kept] % in_plane
    row = position // fine_columns // grid.subdivision
    column = position % fine_columns // grid.subdivision
    target = ((k[kept] // SUB_SLICES) * rows + row) * columns + column
    share = 1.0 / (SUB_SLICES * grid.subdivision**2)
    quantities = (head.cbf, head.cbv, head.cbv * head.tissue.delay, head.cbv * head.penumbra)
    size = n_slices * rows * columns
    return [
        np.asarray(np.bincount(target, weights=values[kept], minlength=size) * share).reshape(grid.shape)
        for values in quantities
    ]
