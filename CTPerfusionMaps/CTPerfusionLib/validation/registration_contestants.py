"""All registration methods, timed at estimating motion and held against the true motion on a few frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from ..phantom import Phantom
from ..preprocessing import (
    DEFAULT_REGISTRATION_METHOD,
    REGISTRATION_METHODS,
    RegistrationMethod,
    estimate_motion,
)
from ..progress import ProgressCallback, part_of
from ..series import PerfusionSeries, grid_centre, motion_error
from .side_by_side import Role
from .turns import Part, Turn, entered

COMPARED_FRAMES = 4
"""Frames that other registrations are given; they need a second or more for each."""

UNMOVED = "none"
"""Name of no registration at all among the errors."""

_POINT_STEP = 997
"""Every so-many-th voxel of the brain is a target whose error is measured."""


@dataclass(frozen=True)
class RegistrationContest:
    """The registrations, each called once.

    Attributes
    ----------
    turns : tuple of Turn
        With the names of the methods; ours registers all frames, the others a few.
    errors : mapping of str to float
        Mean target error in mm on those few, by method, and without registration.
    missing : mapping of str to str
        Methods whose package is not installed, with what to do about it.
    """

    turns: tuple[Turn, ...]
    errors: Mapping[str, float]
    missing: Mapping[str, str]


def compared_frames(n_frames: int) -> tuple[int, ...]:
    """Return frames spread evenly over a series, without the first."""
    spread = np.linspace(0, n_frames - 1, min(COMPARED_FRAMES + 1, n_frames))
    return tuple(int(frame) for frame in np.round(spread)[1:])


def enter_registrations(phantom: Phantom, on_progress: ProgressCallback) -> RegistrationContest:
    """Let every method of :data:`REGISTRATION_METHODS` that can run register frames to the first one."""
    frames = compared_frames(phantom.series.n_frames)
    turns, missing = [], {}
    errors = {UNMOVED: target_error(np.zeros((1 + len(frames), 6)), phantom, frames)}
    for position, method in enumerate(REGISTRATION_METHODS.values()):
        report = part_of(
            on_progress, position / len(REGISTRATION_METHODS), (position + 1) / len(REGISTRATION_METHODS)
        )
        try:
            turn, errors[method.name] = _enter(method, phantom, frames, report)
        except ConfigurationError as error:
            missing[method.name] = str(error)
        else:
            turns.append(turn)
    return RegistrationContest(tuple(turns), errors, missing)


def _enter(
    method: RegistrationMethod, phantom: Phantom, frames: Sequence[int], on_progress: ProgressCallback
) -> tuple[Turn, float]:
    is_ours = method.name == DEFAULT_REGISTRATION_METHOD
    series = phantom.series if is_ours else select_frames(phantom.series, frames)
    compared = [0, *frames] if is_ours else list(range(series.n_frames))

    def run(report: ProgressCallback) -> NDArray[np.float64]:
        return np.asarray(estimate_motion(series, method=method.name, on_progress=report)[0])

    role = Role.OURS if is_ours else Role.PEER
    part = Part(method.name, f"Motion alone: {method.title}", role, series.n_frames - 1)
    turn, motion = entered(part, run, on_progress)
    # A frame that was not found stays where it is, as in a run.
    return turn, target_error(np.nan_to_num(motion[compared]), phantom, frames)


def select_frames(series: PerfusionSeries, frames: Sequence[int]) -> PerfusionSeries:
    """Return the series with its first frame and `frames` only."""
    chosen = [0, *frames]
    return replace(series, voxels=series.voxels[chosen], times=series.times[chosen])


def target_error(motion: NDArray[np.float64], phantom: Phantom, frames: Sequence[int]) -> float:
    """Return the mean distance in mm between points of the brain and where a registration takes them.

    Parameters
    ----------
    motion : ndarray, shape (1 + len(frames), 6)
        Measured in the first frame and in `frames`.
    phantom : Phantom
    frames : sequence of int
    """
    truth, series = phantom.truth, phantom.series
    voxels = np.argwhere(truth.labels > 0)[::_POINT_STEP, ::-1]
    points = (series.ijk_to_ras @ np.column_stack([voxels, np.ones(len(voxels))]).T).T[:, :3]
    centre = grid_centre(series.ijk_to_ras, series.shape)
    return float(motion_error(motion, truth.motion[[0, *frames]], points, centre)[1:].mean())
