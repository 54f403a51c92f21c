"""Deconvolution on the processor, compiled."""

from dataclasses import dataclass
from threading import local
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .arterial_input import FloatArray
from .deconvolution_operators import CirculantOperator, ToeplitzOperator
from .response_reader import ResponseReader

_BLOCK = 512
"""Curves that go through all steps together, so that they stay in the cache of a core."""


@dataclass(frozen=True, eq=False)
class DeconvolvedCurve:
    """The response that the readings of a curve are taken from.

    Attributes
    ----------
    response : ndarray of float32, shape (L,)
        In 1/s; the first sample is ``first_lag`` intervals from the arterial input.
    explained : ndarray of float32, shape (n,)
        The response convolved with the arterial input, in HU.
    height, lag : float
        The greatest value of the response, in 1/s, and its time in intervals, between the samples.
    """

    response: NDArray[np.float32]
    explained: NDArray[np.float32]
    height: float
    lag: float


class CompiledReader(ResponseReader, Protocol):
    """Deconvolves on one core; may be used by several threads."""

    def deconvolved(self, curve: FloatArray) -> DeconvolvedCurve:
        """Return what ``read`` reads a single curve, shape (n,), from."""


def compiled_reader(operator: CirculantOperator | ToeplitzOperator) -> CompiledReader:
    """Return what deconvolves by `operator` on the processor."""
    if isinstance(operator, CirculantOperator):
        return _CirculantReader(operator)
    return _ToeplitzReader(operator)


class _WorkingMemory(local):
    """Arrays of a block of curves, separate for each thread."""

    def __init__(self, *widths: int) -> None:
        self.arrays = [np.empty((_BLOCK, width), dtype=np.float32) for width in widths]


class _CirculantReader:
    def __init__(self, operator: CirculantOperator) -> None:
        n_modes, n_lags = operator.responses.shape
        self.memory = _WorkingMemory(n_modes, n_lags, n_modes)
        self.matrices = [_single(matrix) for matrix in (operator.left, operator.responses, operator.gram)]
        self.counts = operator.counts
        self.freedoms = _single(operator.residual_freedoms)
        self.roughest = operator.greatest_roughness
        self.first_lag = operator.first_lag

    def read(self, curves: FloatArray) -> NDArray[np.float32]:
        from .kernels.deconvolution import read_circulant
        from .kernels.response_maps import N_READINGS

        readings = np.empty((N_READINGS, len(curves)), dtype=np.float32)
        read_circulant(
            _single(curves),
            *self.matrices,
            self.counts,
            self.freedoms,
            self.roughest,
            self.first_lag,
            *self.memory.arrays,
            readings,
        )
        return readings

    def deconvolved(self, curve: FloatArray) -> DeconvolvedCurve:
        readings = self.read(curve[None])
        modes, responses, _ = self.memory.arrays
        return _deconvolved(readings, responses[0], self.matrices[0] @ modes[0])


class _ToeplitzReader:
    def __init__(self, operator: ToeplitzOperator) -> None:
        n_filters, n_modes = operator.filters.shape
        self.memory = _WorkingMemory(n_modes, n_modes, n_filters)
        self.matrices = [
            _single(matrix)
            for matrix in (
                operator.left,
                operator.right,
                operator.gains,
                operator.residual_weights,
                operator.cross_validation_weights,
                operator.residual_freedoms,
            )
        ]
        self.values = _single(operator.values)
        self.first_lag = operator.first_lag

    def read(self, curves: FloatArray) -> NDArray[np.float32]:
        from .kernels.deconvolution import read_toeplitz
        from .kernels.response_maps import N_READINGS

        readings = np.empty((N_READINGS, len(curves)), dtype=np.float32)
        read_toeplitz(_single(curves), *self.matrices, self.first_lag, *self.memory.arrays, readings)
        return readings

    def deconvolved(self, curve: FloatArray) -> DeconvolvedCurve:
        readings = self.read(curve[None])
        modes, responses, _ = self.memory.arrays
        return _deconvolved(readings, responses[0], self.matrices[0] @ (self.values * modes[0]))


def _deconvolved(
    readings: NDArray[np.float32], response: NDArray[np.float32], explained: NDArray[np.float32]
) -> DeconvolvedCurve:
    from .kernels.response_maps import HEIGHT, LAG

    return DeconvolvedCurve(response.copy(), explained, float(readings[HEIGHT, 0]), float(readings[LAG, 0]))


def _single(values: FloatArray) -> NDArray[np.float32]:
    """Return float32 side by side; what becomes infinite so will be found by its energy."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)
