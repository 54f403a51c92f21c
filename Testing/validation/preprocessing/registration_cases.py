"""Heads that are registered, and how far from the truth each frame ends."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.preprocessing import (
    REGISTRATION_METHODS,
    estimate_motion,
    register_frames,
    residual_motion,
    table_positions,
)
from CTPerfusionLib.series import PerfusionSeries, grid_centre, motion_matrix
from CTPerfusionLib.validation.machine_facts import installed_version

from .phantoms import Head

POINT_STEP = 997
"""Every so-many-th voxel of the brain is a target whose error is measured."""

COMPARED_FRAMES = 6
"""Frames that are given to all methods: half of them where the head is farthest, half spread evenly."""

SMEARED_FRAMES = 6
"""Frames per head that are made of two, as if the head had moved meanwhile."""

SMALLEST_WEIGHT = 0.15
"""Least share of the second frame in such a frame; at most it is one half."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Registered:
    """What came of one head; the errors are those of the used frames, mm."""

    head: Head
    moved: Numbers
    errors: Numbers
    residuals: Numbers
    rejected: tuple[str, ...]
    reference: int
    resampled: int


@dataclass(frozen=True)
class Judged:
    """True and measured residual motion, mm, of frames as they were and of smeared frames."""

    scanner: str
    unregistered: tuple[Numbers, Numbers]
    smeared: tuple[Numbers, Numbers]


@dataclass(frozen=True)
class Compared:
    """Mean and worst error in mm and seconds per frame of each method on the same frames."""

    scanner: str
    by_method: dict[str, tuple[float, float, float]]


def register(head: Head) -> Registered:
    """Register one head."""
    phantom = head.phantom()
    registration = register_frames(phantom.series)
    targets = Targets(phantom, registration.reference)
    errors = targets.errors(registration.position_motion)
    at_rest = np.zeros_like(registration.position_motion)
    return Registered(
        head=head,
        moved=targets.errors(at_rest),
        errors=errors[registration.used],
        residuals=registration.residual[registration.used],
        rejected=tuple(rejection.reason.code for rejection in registration.rejections),
        reference=registration.reference,
        resampled=int(
            sum(
                (registered != phantom.series.voxels[frame]).any()
                for registered, frame in zip(
                    registration.series.voxels, np.flatnonzero(registration.used), strict=True
                )
            )
        ),
    )


def judge(head: Head) -> Judged:
    """Measure the residual motion of one head without registration, and of frames made of two."""
    phantom = head.phantom()
    targets = Targets(phantom, 0)
    true = targets.errors(np.zeros((len(targets.positions), phantom.series.n_frames, 6)))
    return Judged(
        scanner=head.scanner,
        unregistered=(true[1:], residual_motion(phantom.series)[1:]),
        smeared=_smeared(phantom, targets, np.random.default_rng(head.seed)),
    )


def compare(head: Head) -> Compared:
    """Let all methods that are installed register the same few frames of one head."""
    phantom = head.phantom()
    frames = _compared_frames(phantom.truth.motion)
    series = _frames_of(phantom.series, frames)
    targets = Targets(_with_frames(phantom, frames), 0)
    estimate_motion(series)  # compiles
    results = {}
    for method in available_methods():
        started = time.perf_counter()
        motion = estimate_motion(series, method=method)
        seconds = (time.perf_counter() - started) / (len(frames) - 1)
        errors = targets.errors(np.nan_to_num(motion))[1:]
        results[method] = (float(errors.mean()), float(errors.max()), seconds)
    return Compared(head.scanner, results)


def available_methods() -> list[str]:
    """Return the registration methods whose packages are installed."""
    return [name for name in REGISTRATION_METHODS if name != "elastix" or installed_version("itk-elastix")]


class Targets:
    """Points of the brain in each slice and where they truly are in each frame.

    Parameters
    ----------
    phantom : Phantom
    reference : int
        The frame that motion is measured against.
    """

    def __init__(self, phantom: Phantom, reference: int) -> None:
        series, truth = phantom.series, phantom.truth
        self.positions = table_positions(series.times, series.n_slices)
        voxels = np.argwhere(truth.labels > 0)[::POINT_STEP, ::-1]
        self._slices = voxels[:, 2]
        self._centre = grid_centre(series.ijk_to_ras, series.shape)
        self._points = series.ijk_to_ras @ np.column_stack([voxels, np.ones(len(voxels))]).T
        poses = np.stack([motion_matrix(parameters, self._centre) for parameters in truth.motion])
        self._true = poses @ np.linalg.inv(poses[reference])

    def errors(self, motion: Numbers) -> Numbers:
        """Return the mean distance of the targets from the truth for motion (P, T, 6), shape (T,) in mm."""
        distances = np.full((len(self._true), self._points.shape[1]), np.nan)
        for slices, measured in zip(self.positions, motion, strict=True):
            inside = np.isin(self._slices, slices)
            for frame in np.flatnonzero(np.isfinite(measured).all(axis=1)):
                matrix = motion_matrix(measured[frame], self._centre)
                distances[frame, inside] = self.distances(frame, matrix)[inside]
        return distances.mean(axis=1)

    def distances(self, frame: int, matrix: Numbers) -> Numbers:
        """Return the distance of each target from the truth, mm, for one (4, 4) motion."""
        return np.asarray(np.linalg.norm(((matrix - self._true[frame]) @ self._points)[:3], axis=0))


def _smeared(phantom: Phantom, targets: Targets, random: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Return true and measured residual of frames that are weighted means of two, after registration."""
    series = phantom.series
    others = random.permutation(np.arange(1, series.n_frames))
    farthest = np.argsort(np.linalg.norm(phantom.truth.motion[:, :3], axis=1))[-SMEARED_FRAMES:]
    first = others[:SMEARED_FRAMES]
    weights = random.uniform(SMALLEST_WEIGHT, 0.5, SMEARED_FRAMES)
    voxels = series.voxels.copy()
    for frame, second, weight in zip(first, farthest, weights, strict=True):
        mixed = (1 - weight) * series.voxels[frame] + weight * series.voxels[second]
        voxels[frame] = np.rint(mixed)
    registration = register_frames(series.with_voxels(voxels), reference=0)
    true = np.full(SMEARED_FRAMES, np.nan)
    for index, (frame, second, weight) in enumerate(zip(first, farthest, weights, strict=True)):
        squares = [
            share * _squared_error(targets, registration.position_motion, frame, where)
            for share, where in ((1 - weight, frame), (weight, second))
        ]
        true[index] = np.sqrt(sum(squares))
    return true, registration.residual[first]


def _squared_error(targets: Targets, motion: Numbers, frame: int, where: int) -> float:
    """Return the mean squared distance in mm^2 when the motion of `frame` is held to the truth of `where`."""
    swapped = np.full_like(motion, np.nan)
    swapped[:, where] = motion[:, frame]
    return float(targets.errors(swapped)[where] ** 2)


def _compared_frames(motion: Numbers) -> list[int]:
    farthest = np.argsort(np.linalg.norm(motion[:, :3], axis=1))[-COMPARED_FRAMES // 2 :]
    spread = np.linspace(0, len(motion) - 1, COMPARED_FRAMES // 2 + 1).round()[1:]
    return sorted({0, *(int(frame) for frame in farthest), *(int(frame) for frame in spread)})


def _frames_of(series: PerfusionSeries, frames: Sequence[int]) -> PerfusionSeries:
    return series.with_frames(np.isin(np.arange(series.n_frames), frames))


def _with_frames(phantom: Phantom, frames: Sequence[int]) -> Phantom:
    truth = replace(phantom.truth, motion=phantom.truth.motion[list(frames)])
    return replace(phantom, series=_frames_of(phantom.series, frames), truth=truth)
