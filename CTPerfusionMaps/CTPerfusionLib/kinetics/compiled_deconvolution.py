"""Deconvolution on the processor, compiled."""

from threading import local

import numpy as np
from numpy.typing import NDArray

from .arterial_input import FloatArray
from .deconvolution_operators import CirculantOperator, ToeplitzOperator
from .response_reader import ResponseReader

_BLOCK = 512
"""Curves that go through all steps together, so that they stay in the cache of a core."""


def compiled_reader(operator: CirculantOperator | ToeplitzOperator) -> ResponseReader:
    """Return what deconvolves by `operator` on one core; its ``read`` may be called by several threads."""
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
        self.first_lag = operator.first_lag

    def read(self, curves: FloatArray) -> NDArray[np.float32]:
        from .kernels.deconvolution import read_toeplitz
        from .kernels.response_maps import N_READINGS

        readings = np.empty((N_READINGS, len(curves)), dtype=np.float32)
        read_toeplitz(_single(curves), *self.matrices, self.first_lag, *self.memory.arrays, readings)
        return readings


def _single(values: FloatArray) -> NDArray[np.float32]:
    """Return float32 side by side; what becomes infinite so will be found by its energy."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)
