"""The noise filters that a study can be processed with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...devices import Device
from ...errors import ArgumentError
from ...progress import ProgressCallback, ignore_progress
from .bilateral import joint_bilateral_filter
from .gaussian import gaussian_filter
from .tips import tips_filter
from .voxel_arrays import copied


class ApplyFilter(Protocol):
    """What filters voxels."""

    def __call__(
        self,
        voxels: NDArray[Any],
        spacing: tuple[float, float, float],
        mask: NDArray[np.bool_],
        device: str | Device = "cpu",
        out: NDArray[np.float32] | None = None,
        on_progress: ProgressCallback = ignore_progress,
    ) -> NDArray[np.float32]:
        """Filter voxels (T, Z, Y, X) in a mask (Z, Y, X), spacing in mm; return `out` or a new array."""
        ...


@dataclass(frozen=True)
class NoiseFilter:
    """A noise filter.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown, with the widths.
    apply : callable
        Filters the voxels of a mask in all frames, see :class:`ApplyFilter`. Voxels outside neither change
        nor contribute. `out` may be the voxels themselves.
    """

    name: str
    title: str
    apply: ApplyFilter


def _bilateral(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    mask: NDArray[np.bool_],
    device: str | Device = "cpu",
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
    *,
    exact: bool,
) -> NDArray[np.float32]:
    return joint_bilateral_filter(
        voxels, spacing, mask=mask, exact=exact, device=device, out=out, on_progress=on_progress
    )


def _tips(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    mask: NDArray[np.bool_],
    device: str | Device = "cpu",  # noqa: ARG001 - the processor computes it in any case
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float32]:
    return tips_filter(voxels, spacing, mask=mask, out=out, on_progress=on_progress)


def _gaussian(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    mask: NDArray[np.bool_],
    device: str | Device = "cpu",
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float32]:
    return gaussian_filter(voxels, spacing, mask=mask, device=device, out=out, on_progress=on_progress)


def _no_filter(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],  # noqa: ARG001 - the signature of all filters
    mask: NDArray[np.bool_],  # noqa: ARG001
    device: str | Device = "cpu",  # noqa: ARG001
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> NDArray[np.float32]:
    unfiltered = copied(voxels, out, on_progress)
    on_progress(1.0)
    return unfiltered


FILTERS: Mapping[str, NoiseFilter] = MappingProxyType(
    {
        choice.name: choice
        for choice in (
            NoiseFilter("joint-bilateral", "joint bilateral, 3 mm, 20 HU", partial(_bilateral, exact=False)),
            NoiseFilter(
                "joint-bilateral-exact",
                "joint bilateral by its definition, 3 mm, 20 HU",
                partial(_bilateral, exact=True),
            ),
            NoiseFilter("tips", "time-intensity profile similarity, 3 mm", _tips),
            NoiseFilter("gaussian", "Gaussian within tissue, 3 mm", _gaussian),
            NoiseFilter("none", "off", _no_filter),
        )
    }
)
"""Noise filters by name; the first one is the default."""


def noise_filter(name: str) -> NoiseFilter:
    """Return the filter of that name.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    if name not in FILTERS:
        raise ArgumentError("filter", f"filter '{name}' is not known", f"choose one of: {', '.join(FILTERS)}")
    return FILTERS[name]
