"""A deconvolution with everything that can be computed before the first tissue curve is seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..devices import Device
from ..errors import ArgumentError
from .arterial_input import ArterialInput, FloatArray
from .compiled_deconvolution import compiled_reader
from .deconvolution_methods import DeconvolutionMethod, Operator
from .resampling import is_regular, regular_grid, resampling_matrix
from .response_reader import ResponseReader
from .torch_deconvolution import torch_reader


@dataclass(frozen=True, eq=False)
class PreparedDeconvolution:
    """The way from curves of one sampling to their parameters.

    Attributes
    ----------
    grid : ndarray, shape (n,)
        The regular times, in seconds, of the deconvolution.
    operator : CirculantOperator or ToeplitzOperator
    to_grid : ndarray of float32, shape (T, n), or None
        Carries samples to the regular grid; None where they lie on it.
    reader : ResponseReader
    interval : float
        Seconds between grid times.
    arterial_total : float
        Sum of the arterial samples on the grid in HU.
    """

    grid: NDArray[np.float64]
    operator: Operator
    to_grid: NDArray[np.float32] | None
    reader: ResponseReader
    interval: float
    arterial_total: float

    @property
    def n_frames(self) -> int:
        """Number of grid times."""
        return len(self.grid)

    @classmethod
    def build(
        cls,
        arterial: ArterialInput,
        times: NDArray[np.float64],
        method: DeconvolutionMethod,
        options: Mapping[str, float],
        device: Device,
    ) -> "PreparedDeconvolution":
        """Prepare the deconvolution of tissue sampled at `times` (T,) in seconds.

        Raises
        ------
        ArgumentError
            If the arterial input does not enhance at these times.
        """
        grid = regular_grid(times)
        samples = arterial.value(grid)
        if not (samples.max() > 0 and samples.sum() > 0):
            raise ArgumentError(
                "aif",
                "aif does not enhance while the tissue is recorded",
                "check that its times belong to those of the tissue",
            )
        interval = float(grid[1] - grid[0])
        operator = method.prepare(samples, interval, options)
        torch_device = device.torch_device
        return cls(
            grid=grid,
            operator=operator,
            to_grid=None if is_regular(times) else resampling_matrix(times, grid).T.astype(np.float32),
            reader=compiled_reader(operator)
            if torch_device is None
            else torch_reader(operator, torch_device),
            interval=interval,
            arterial_total=float(samples.sum()),
        )

    def readings(self, curves: FloatArray) -> NDArray[np.float32]:
        """Return the readings, shape (6, N), of curves, shape (N, T), in HU, as a ``ResponseReader`` does."""
        return self.reader.read(self.on_grid(curves))

    def on_grid(self, curves: FloatArray) -> FloatArray:
        """Return curves, shape (N, T), at the times of the grid, shape (N, n)."""
        if self.to_grid is None:
            return curves
        with np.errstate(invalid="ignore", over="ignore"):
            return np.asarray(np.asarray(curves, dtype=np.float32) @ self.to_grid)
