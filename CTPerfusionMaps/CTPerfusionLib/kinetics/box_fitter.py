"""The fit of the box model to a chunk of curves, on the processor or by torch."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..devices import Device
from ..parallel import for_each_chunk
from ..progress import ProgressCallback
from .box_dictionary import START_DELAYS, START_MTTS, BoxDictionary
from .box_settings import BoxResults, BoxSettings

Curves = NDArray[np.floating[Any]]
Chunk = TypeVar("Chunk")


class BoxFitter(Protocol):
    """A way to fit the box model to curves."""

    @property
    def chunk_size(self) -> int:
        """Number of curves that are best fitted at a time."""

    def fit(self, curves: Curves, dictionary: BoxDictionary) -> BoxResults:
        """Fit curves (n, T); the sum of squares is NaN where a curve is not finite."""

    def for_each(
        self, function: Callable[[Chunk], None], chunks: Sequence[Chunk], on_progress: ProgressCallback
    ) -> None:
        """Call a function with each chunk, in any order, and report the fraction done."""


class ProcessorFitter:
    """The fit by compiled code on all cores."""

    chunk_size = 1984
    """The tables of so many voxels fit the second-level cache; not a power of two, since rows of which many
    map to the same places in the cache push each other out."""

    def __init__(self, settings: BoxSettings) -> None:
        self._settings = settings

    def fit(self, curves: Curves, dictionary: BoxDictionary) -> BoxResults:
        """Fit curves (n, T)."""
        from .kernels import box_model as kernel

        frames = _side_by_side(curves)
        results = BoxResults.empty(len(curves))
        with np.errstate(invalid="ignore", over="ignore"):
            coefficients = dictionary.basis @ frames
        kernel.fit_curves(
            frames,
            coefficients,
            dictionary.n_parameters,
            START_DELAYS,
            START_MTTS,
            dictionary.start_weights,
            dictionary.log_norms,
            dictionary.norm_scale,
            dictionary.metric,
            self._settings.bounds,
            self._settings.prior,
            self._settings.scales,
            self._settings.limits,
            results.values,
            results.status,
        )
        return results

    def for_each(
        self, function: Callable[[Chunk], None], chunks: Sequence[Chunk], on_progress: ProgressCallback
    ) -> None:
        """Call a function with each chunk on all cores."""
        for_each_chunk(function, chunks, on_progress)


def _side_by_side(curves: Curves) -> NDArray[np.float32]:
    """Return curves (n, T) as a contiguous array (T, n)."""
    from .kernels import box_model as kernel

    frames = np.empty(curves.shape[::-1], np.float32)
    if curves.strides[0] == curves.itemsize:
        frames[:] = curves.T
    else:
        kernel.lay_side_by_side(np.ascontiguousarray(curves, dtype=np.float32), frames)
    return frames


def fitter_for(device: Device, settings: BoxSettings) -> BoxFitter:
    """Return the fitter that computes on a device."""
    if device.torch_device is None:
        return ProcessorFitter(settings)
    from .box_model_torch import TorchFitter

    return TorchFitter(device.torch_device, settings)
