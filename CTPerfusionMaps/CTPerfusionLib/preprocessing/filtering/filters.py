"""The noise filters that a study can be processed with."""

import math
from collections.abc import Callable, Mapping
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
    spatial_sigma: float,
    exact: bool,
) -> NDArray[np.float32]:
    return joint_bilateral_filter(
        voxels, spacing, mask=mask, spatial_sigma=spatial_sigma, exact=exact, device=device, out=out,
        on_progress=on_progress,
    )  # fmt: skip


def _tips(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    mask: NDArray[np.bool_],
    device: str | Device = "cpu",  # noqa: ARG001 - the processor computes it in any case
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
    *,
    spatial_sigma: float,
) -> NDArray[np.float32]:
    return tips_filter(
        voxels, spacing, mask=mask, spatial_sigma=spatial_sigma, out=out, on_progress=on_progress
    )


def _gaussian(
    voxels: NDArray[Any],
    spacing: tuple[float, float, float],
    mask: NDArray[np.bool_],
    device: str | Device = "cpu",
    out: NDArray[np.float32] | None = None,
    on_progress: ProgressCallback = ignore_progress,
    *,
    spatial_sigma: float,
) -> NDArray[np.float32]:
    return gaussian_filter(
        voxels, spacing, mask=mask, sigma=spatial_sigma, device=device, out=out, on_progress=on_progress
    )


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


@dataclass(frozen=True)
class _Smoothing:
    """A filter whose spatial width can be chosen.

    Attributes
    ----------
    name : str
    words : str
        Its title, with {} for the width.
    smooth : callable
        As :class:`ApplyFilter`, with ``spatial_sigma`` in mm.
    """

    name: str
    words: str
    smooth: Callable[..., NDArray[np.float32]]

    def of_width(self, name: str, sigma: float) -> NoiseFilter:
        """Return the filter of a spatial SD in mm under a name."""
        return NoiseFilter(name, self.words.format(f"{sigma:g}"), partial(self.smooth, spatial_sigma=sigma))


_SMOOTHINGS: Mapping[str, _Smoothing] = MappingProxyType(
    {
        smoothing.name: smoothing
        for smoothing in (
            _Smoothing("joint-bilateral", "joint bilateral, {} mm, 20 HU", partial(_bilateral, exact=False)),
            _Smoothing(
                "joint-bilateral-exact",
                "joint bilateral by its definition, {} mm, 20 HU",
                partial(_bilateral, exact=True),
            ),
            _Smoothing("tips", "time-intensity profile similarity, {} mm", _tips),
            _Smoothing("gaussian", "Gaussian within tissue, {} mm", _gaussian),
        )
    }
)

_USUAL_WIDTH = 3.0
"""Spatial SD in mm where none is named, as in Gava et al. 2023."""

WIDTHS = (1.0, 10.0)
"""Least and greatest spatial SD in mm: less is narrower than the cells of the fast filters, more blurs the
hemispheres into each other."""

FILTERS: Mapping[str, NoiseFilter] = MappingProxyType(
    {
        **{name: smoothing.of_width(name, _USUAL_WIDTH) for name, smoothing in _SMOOTHINGS.items()},
        "none": NoiseFilter("none", "off", _no_filter),
    }
)
"""Noise filters by name; the first one is the default. :func:`noise_filter` gives them in other widths."""

DEFAULT_FILTER = next(iter(FILTERS))


def noise_filter(name: str) -> NoiseFilter:
    """Return the filter of that name: one of :data:`FILTERS`, or such as ``gaussian:4``, 4 mm wide.

    Raises
    ------
    ArgumentError
        If there is none, it has no width, or the width is out of range.
    """
    kind, colon, width = name.partition(":")
    if kind not in FILTERS:
        raise ArgumentError("filter", f"filter '{name}' is not known", f"choose one of: {', '.join(FILTERS)}")
    if not colon:
        return FILTERS[kind]
    if kind not in _SMOOTHINGS:
        raise ArgumentError("filter", f"filter '{kind}' has no width", f"write {kind} alone")
    try:
        sigma = float(width)
    except ValueError:
        sigma = math.nan
    least, greatest = WIDTHS
    if not least <= sigma <= greatest:
        raise ArgumentError(
            "filter",
            f"filter '{name}' has a width that it cannot have",
            f"write {kind}:MM with {least:g} to {greatest:g} mm",
        )
    return _SMOOTHINGS[kind].of_width(name, sigma)
