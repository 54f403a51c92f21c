"""The noise filter beside its exact form and beside the least that any filter must do."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..parallel import for_each_chunk
from ..preprocessing import joint_bilateral_filter
from ..progress import ProgressCallback, part_of
from .side_by_side import Role
from .turns import Part, Turn, entered

FAST_FILTER, EXACT_FILTER, MASKED_PASS = "filter-fast", "filter-exact", "masked-pass"
"""Names of the contestants."""

_FILTERS: Mapping[str, Role] = MappingProxyType({FAST_FILTER: Role.OURS, EXACT_FILTER: Role.REFERENCE})
_TITLES: Mapping[str, str] = MappingProxyType(
    {
        FAST_FILTER: "Joint bilateral filter by itself",
        EXACT_FILTER: "The same, exact",
        MASKED_PASS: "Reading and writing the same voxels in place",
    }
)
_NEARLY_ONE = np.float32(1.0 + 2.0**-20)

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class FilterInput:
    """What all filters are given.

    Attributes
    ----------
    voxels : ndarray of float32, shape (T, Z, Y, X)
        HU, registered.
    spacing : tuple of float
        mm.
    mask : ndarray of bool, shape (Z, Y, X)
    """

    voxels: FloatArray
    spacing: tuple[float, float, float]
    mask: NDArray[np.bool_]


def enter_filters(given: FilterInput, on_progress: ProgressCallback) -> tuple[list[Turn], float]:
    """Filter a registered series both ways, with all cores; return the turns, and the rms difference.

    The difference is that between the fast and the exact filter, in HU over all frames of the mask. Filters
    work in place, as in a run, on a copy that is made before their time begins. A pass over the same voxels
    that computes next to nothing takes part too.
    """
    own = np.empty_like(given.voxels)
    turns = []
    for position, (name, role) in enumerate(_FILTERS.items()):
        run = partial(_filter, given, own, name)
        first = run(part_of(on_progress, position / 2, position / 2 + 0.5))
        turns.append(Turn((Part(name, _TITLES[name], role, len(own)),), run, first))
        if name == FAST_FILTER:
            fast = own.copy()
    rms = rms_difference(fast, own, given.mask)
    floor = Part(MASKED_PASS, _TITLES[MASKED_PASS], Role.YARDSTICK, len(own))
    turns.append(entered(floor, partial(masked_pass, own, given.mask))[0])
    return turns, rms


def _filter(
    given: FilterInput, own: FloatArray, name: str, on_progress: ProgressCallback
) -> dict[str, float]:
    own[...] = given.voxels
    started = time.perf_counter()
    joint_bilateral_filter(
        own, given.spacing, mask=given.mask, exact=name == EXACT_FILTER, out=own, on_progress=on_progress
    )
    return {name: time.perf_counter() - started}


def masked_pass(voxels: FloatArray, mask: NDArray[np.bool_], on_progress: ProgressCallback) -> None:
    """Multiply the voxels of a mask in all frames (T, Z, Y, X) in place by nearly one, on all cores."""
    from .kernels.masked_pass import scale_masked

    for_each_chunk(partial(scale_masked, mask=mask, factor=_NEARLY_ONE), list(voxels), on_progress)


def rms_difference(one: FloatArray, other: FloatArray, mask: NDArray[np.bool_]) -> float:
    """Return the root mean square of the difference between two series (T, Z, Y, X) in a mask (Z, Y, X)."""
    squares = [
        np.square(first[mask] - second[mask], dtype=np.float64).mean()
        for first, second in zip(one, other, strict=True)
    ]
    return float(np.sqrt(np.mean(squares)))
