"""When the absence of enhancement counts: in quiet curves, not in curves in which a bolus would drown."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from CTPerfusionLib.kinetics import METHODS, FitStatus, compute_maps

SHAPE = (2, 20, 20)
TIMES = np.arange(0.0, 45.0, 1.0)
DEAD = (slice(None), slice(0, 3))
"""Rows of dead tissue in both slices."""


@dataclass(frozen=True)
class Artery:
    times: NDArray[np.float64]
    enhancement: NDArray[np.float64]


@pytest.fixture
def artery(bolus):
    times = np.arange(0.0, 50.0, 0.5)
    return Artery(times, bolus.arterial(times))


@pytest.fixture
def head_with_noise(bolus):
    """Return a function that makes normal tissue with dead rows, and noise of some HU."""

    def make(noise):
        random = np.random.default_rng(5)
        voxels = np.prod(SHAPE)
        curves = bolus.box(
            TIMES, random.uniform(30, 60, voxels), random.uniform(4, 6, voxels), np.full(voxels, 1.0)
        )
        enhancement = curves.T.reshape(-1, *SHAPE[0:]).copy()
        enhancement[:, *DEAD] = 0.0
        return (enhancement + random.normal(0.0, noise, enhancement.shape)).astype(np.float32)

    return make


def jumping(enhancement, voxel, size):
    """Let every third frame of a voxel jump, as beside bone in a head that moved."""
    enhancement[::3, *voxel] += size
    enhancement[1::3, *voxel] -= size
    return enhancement


def statuses(enhancement, artery, method):
    result = compute_maps(enhancement, TIMES, np.ones(SHAPE, dtype=bool), artery, method=method)
    return result, result.status


@pytest.mark.parametrize("method", METHODS)
def test_quiet_dead_tissue_is_dead(head_with_noise, artery, method):
    _, status = statuses(head_with_noise(0.8), artery, method)
    assert np.mean(status[DEAD] == FitStatus.NO_ENHANCEMENT) > 0.9
    assert not np.any(status == FitStatus.TOO_NOISY)


@pytest.mark.parametrize("method", METHODS)
def test_a_curve_in_which_a_bolus_would_drown_says_nothing(head_with_noise, artery, method):
    place = (1, 10, 10)
    result, status = statuses(jumping(head_with_noise(0.8), place, 60.0), artery, method)
    assert status[place] == FitStatus.TOO_NOISY
    assert all(np.isnan(image[place]) for image in (*result.maps.values(), *result.quality.values()))
    assert np.mean(status[DEAD] == FitStatus.NO_ENHANCEMENT) > 0.9


@pytest.mark.parametrize("method", METHODS)
def test_where_all_voxels_are_noisy_dead_tissue_stays_dead(head_with_noise, artery, method):
    _, status = statuses(head_with_noise(4.0), artery, method)
    assert np.mean(status[DEAD] == FitStatus.NO_ENHANCEMENT) > 0.8
    assert np.mean(status == FitStatus.TOO_NOISY) < 0.01


@pytest.mark.parametrize("method", METHODS)
def test_a_volume_in_which_nothing_enhances_is_dead_as_a_whole(artery, method):
    enhancement = np.zeros((len(TIMES), *SHAPE), dtype=np.float32)
    _, status = statuses(enhancement, artery, method)
    assert np.all(status == FitStatus.NO_ENHANCEMENT)
