"""What is read off the impulse responses of many voxels: height, time of the peak, area and fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arterial_input import ArterialInput, FloatArray
from .linear_deconvolution import DECONVOLUTIONS
from .resampling import regular_grid, resampling_matrix


@dataclass(frozen=True, eq=False)
class ResponseReading:
    """Readings of N impulse responses; every array has the shape (N,).

    Attributes
    ----------
    peak : ndarray
        Greatest value in 1/s.
    tmax : ndarray
        Its time in seconds.
    area : ndarray
        Area of the tissue curve over that of the arterial input.
    area_error : ndarray
        Standard error of `area` from the residuals.
    r_squared : ndarray
        Share of the curve's energy that the response explains.
    """

    peak: FloatArray
    tmax: FloatArray
    area: FloatArray
    area_error: FloatArray
    r_squared: FloatArray


@dataclass(frozen=True, eq=False)
class ResponseReader:
    """The whole way from samples to readings as matrices, for one sampling and one arterial input.

    Attributes
    ----------
    interval : float
        Seconds between grid times.
    to_grid : ndarray, shape (T, n)
        Carries samples to the grid.
    to_response : ndarray, shape (T, L)
        Carries samples to the impulse response.
    to_residual : ndarray, shape (T, n)
        Carries samples to what the response does not explain.
    to_area : ndarray, shape (T,)
        Carries samples to the ratio of areas.
    """

    interval: float
    to_grid: NDArray[np.float64]
    to_response: NDArray[np.float64]
    to_residual: NDArray[np.float64]
    to_area: NDArray[np.float64]

    @classmethod
    def build(
        cls,
        aif: ArterialInput,
        times: NDArray[np.float64],
        interval: float,
        method: str,
        options: Mapping[str, float],
    ) -> "ResponseReader":
        """Prepare the matrices for tissue sampled at `times` (T,) in seconds."""
        grid = regular_grid(aif.times, times, interval)
        arterial = resampling_matrix(aif.times, grid) @ aif.enhancement
        deconvolution = DECONVOLUTIONS[method](arterial, interval, **options)
        to_grid = resampling_matrix(times, grid)
        to_response = deconvolution.inverse @ to_grid
        return cls(
            interval=interval,
            to_grid=to_grid.T,
            to_response=to_response.T,
            to_residual=(to_grid - deconvolution.forward @ to_response).T,
            to_area=to_grid.sum(axis=0) / arterial.sum(),
        )

    def read(self, curves: FloatArray) -> ResponseReading:
        """Deconvolve `curves` (N, T), computing in their own precision."""
        dtype = curves.dtype
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            responses = curves @ self.to_response.astype(dtype)
            residual = curves @ self.to_residual.astype(dtype)
            on_grid = curves @ self.to_grid.astype(dtype)
            unexplained = np.einsum("nt,nt->n", residual, residual)
            noise = np.sqrt(unexplained / np.sum(self.to_residual**2))
            peak, tmax = self._peaks(responses)
            return ResponseReading(
                peak=peak,
                tmax=tmax,
                area=curves @ self.to_area.astype(dtype),
                area_error=noise * np.linalg.norm(self.to_area),
                r_squared=1 - unexplained / np.einsum("nt,nt->n", on_grid, on_grid),
            )

    def _peaks(self, responses: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
        """Return the greatest value of each response and its time, refined by a parabola, in seconds."""
        length = responses.shape[1]
        at_peak = responses.argmax(axis=1)
        rows = np.arange(len(responses))
        before = responses[rows, at_peak - 1]
        peak = responses[rows, at_peak]
        after = responses[rows, (at_peak + 1) % length]
        curvature = before - 2 * peak + after
        flat = curvature >= 0
        shift = np.where(flat, 0, (before - after) / np.where(flat, -1, 2 * curvature))
        steps = np.where(at_peak > length // 2, at_peak - length, at_peak)
        return peak, ((steps + shift) * self.interval).astype(responses.dtype)
