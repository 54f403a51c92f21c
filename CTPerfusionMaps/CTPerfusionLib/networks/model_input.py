"""From a registered, filtered series to the input of a network: the same for training and for use."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, ProcessingError
from ..progress import ProgressCallback, ignore_progress
from ..series import PerfusionSeries
from .bolus_context import arrival_time, bolus_context
from .input_settings import InputSettings

_FEWEST_BRAIN_VOXELS = 50
"""Fewer are no brain, and their mean curve is noise."""

_LATEST_ARRIVAL = 12.0
"""s after its start at which the bolus should arrive in the part of a longer record that is used."""

_TIME_ROUNDING = 1e-3
"""s; times closer than this are the same."""

_IN_TIME_TOLERANCE = 0.05
"""Share by which sampling intervals may pass their limit, since tables and gantries jitter."""


@dataclass(frozen=True, eq=False)
class ModelInput:
    """What a network is given of one study.

    Attributes
    ----------
    stack : ndarray of float32, shape (Z, T, Y, X)
        Shares of the HU window in [0, 1] at the times of the settings.
    context : ndarray of float32, shape (K, T)
        Mean curves of the study in bands of brightness, HU above baseline, see :func:`bolus_context`.
    """

    stack: NDArray[np.float32]
    context: NDArray[np.float32]


def prepare_input(
    series: PerfusionSeries,
    brain: NDArray[np.bool_],
    settings: InputSettings,
    *,
    baseline: NDArray[np.floating[Any]] | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> ModelInput:
    """Resample a series to a network's times and scale it to the network's window.

    Curves are interpolated linearly, each slice from its own times. Of a record that is longer than the
    network's, the part is used in which the bolus arrives 12 s after the start, or the first one if it
    arrives earlier; the end of a shorter one is held, as far as the settings allow.

    Parameters
    ----------
    series : PerfusionSeries
        HU, registered and filtered.
    brain : ndarray of bool, shape (Z, Y, X)
        The inside of the skull where data are valid, vessels included.
    settings : InputSettings
    baseline : ndarray, shape (Z, Y, X), optional
        HU that were taken off each frame of the series and belong to what the network sees.
    on_progress : callable

    Raises
    ------
    ArgumentError
        If `brain` or `baseline` does not match the series.
    ProcessingError
        If the series is too short or too coarse for the network, there is no brain, or a voxel of the brain
        is not a number.
    """
    for name, image in (("brain", brain), ("baseline", baseline)):
        if image is not None and image.shape != series.shape:
            raise ArgumentError(
                name,
                f"{name} of shape {image.shape} does not match a series of {series.shape}",
                "give its own",
            )
    if brain.sum() < _FEWEST_BRAIN_VOXELS:
        raise ProcessingError("No brain was found in the series", "check that it shows a head")
    require_sampling(series, settings)
    start = _start(series, brain, settings)
    slices, rows, columns = series.shape
    stack = np.empty((slices, settings.n_frames, rows, columns), dtype=np.float32)
    curves = []
    for index in range(slices):
        hu = _resampled(series, index, start + settings.times)
        if baseline is not None:
            hu = hu + baseline[index]
        inside = hu[:, brain[index]].T
        if not np.isfinite(inside).all():
            raise ProcessingError(
                f"Voxels of the brain in slice {index} are not numbers",
                "mark them as invalid, or load the series again from its source",
            )
        curves.append(inside)
        stack[index] = settings.scaled(hu)
        on_progress((index + 1) / slices)
    return ModelInput(stack, bolus_context(np.concatenate(curves), settings.times))


def require_sampling(series: PerfusionSeries, settings: InputSettings) -> None:
    """Refuse a series whose times do not suit a network.

    Raises
    ------
    ProcessingError
        If frames are too far apart or the record is too short.
    """
    interval = max(float(np.median(np.diff(series.slice_times(index)))) for index in range(series.n_slices))
    if interval > settings.longest_interval * (1.0 + _IN_TIME_TOLERANCE):
        raise ProcessingError(
            f"The frames of this series are {interval:.2f} s apart, and the network takes at most "
            f"{settings.longest_interval:g} s",
            "use another method, or a network that was trained for this scanner",
        )
    duration = float(series.frame_times[-1] - series.frame_times[0])
    shortest = settings.span - settings.longest_hold
    if duration < shortest - _TIME_ROUNDING:
        raise ProcessingError(
            f"This series lasts {duration:.1f} s, and the network needs at least {shortest:.1f} s",
            "use another method, or a network that was trained for shorter records",
        )


def _start(series: PerfusionSeries, brain: NDArray[np.bool_], settings: InputSettings) -> float:
    """Return the time in s at which the part of the record that the network sees begins."""
    times = series.frame_times
    first = float(series.times.min())
    spare = float(times[-1]) - first - settings.span
    if spare <= settings.interval:
        return first
    mean_curve = np.array([frame[brain].mean(dtype=np.float64) for frame in series.voxels])
    late = arrival_time(mean_curve, times) - first - _LATEST_ARRIVAL
    return first + float(np.clip(late, 0.0, spare))


def _resampled(series: PerfusionSeries, index: int, times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the HU of a slice at `times` (T,), shape (T, Y, X); the ends are held."""
    own = series.slice_times(index)
    voxels = series.voxels[:, index]
    if len(own) == len(times) and np.abs(own - times).max() < _TIME_ROUNDING:
        return np.asarray(voxels, dtype=np.float32)
    matrix = interpolation_matrix(own, times)
    flat = np.asarray(voxels, dtype=np.float32).reshape(len(own), -1)
    return np.asarray(matrix @ flat, dtype=np.float32).reshape(len(times), *voxels.shape[1:])


def interpolation_matrix(own: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the matrix (T, n) that interpolates samples at `own` (n,) linearly to `times` (T,).

    Beyond the first and the last sample it holds them.
    """
    position = np.interp(times, own, np.arange(len(own)))
    lower = np.minimum(position.astype(int), len(own) - 2)
    share = position - lower
    matrix = np.zeros((len(times), len(own)), dtype=np.float32)
    rows = np.arange(len(times))
    matrix[rows, lower] = 1.0 - share
    matrix[rows, lower + 1] += share
    return matrix
