"""Where nothing enhances: what a curve has to show to count as dead, and what noise cannot say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.networks.predict_measurable import ExpectedCurves, without_enhancement
from CTPerfusionLib.series import PerfusionSeries, TimeSource

TIMES = np.arange(60.0)
N_VOXELS = 400


def bolus(times, arrival=10.0):
    since = np.maximum(times - arrival, 0.0) / 5.0
    return since**3 * np.exp(3.0 * (1.0 - since))


def judged(curves, noise, times=TIMES, seed=0):
    """Return the shares that count as dead of voxels with these curves (T,), beside usual tissue."""
    random = np.random.default_rng(seed)
    usual = np.repeat(6.0 * bolus(TIMES)[:, None], 20 * N_VOXELS, axis=1)
    other = np.repeat(curves[:, None], N_VOXELS, axis=1)
    values = np.concatenate([usual, other], axis=1)[:, None, None]
    values = 35.0 + values + random.normal(0.0, noise, values.shape)
    series = PerfusionSeries(
        values.astype(np.float32), times, np.diag([-1.0, -1.0, 5.0, 1.0]), TimeSource.SIMULATED
    )
    dead = without_enhancement(series, np.ones(series.shape, dtype=bool)).ravel()
    return dead[: 20 * N_VOXELS].mean(), dead[20 * N_VOXELS :].mean()


def test_a_curve_of_noise_alone_is_dead_and_usual_tissue_is_not():
    usual, nothing = judged(np.zeros(60), noise=0.8)

    assert usual == 0.0
    assert nothing > 0.95


@pytest.mark.parametrize("arrival", [10.0, 14.0, 20.0])
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_low_and_late_flow_is_seen(arrival, share):
    _, dead = judged(share * 6.0 * bolus(TIMES, arrival), noise=0.5)

    assert dead < 0.01


def test_noise_in_which_low_flow_would_drown_says_nothing():
    usual, nothing = judged(np.zeros(60), noise=8.0)

    assert (usual, nothing) == (0.0, 0.0)


def test_a_curve_that_falls_does_not_enhance():
    _, dead = judged(-2.0 * bolus(TIMES), noise=0.3)

    assert dead > 0.9


def test_without_tissue_nothing_is_dead():
    series = PerfusionSeries(np.zeros((60, 1, 4, 4), np.float32), TIMES, np.eye(4), TimeSource.SIMULATED)

    assert not without_enhancement(series, np.zeros((1, 4, 4), dtype=bool)).any()


@given(st.floats(-100.0, 100.0), st.floats(0.5, 50.0))
def test_expected_shapes_have_no_zero_of_their_own_and_scale_with_the_bolus(offset, scale):
    once = ExpectedCurves.of(bolus(TIMES), TIMES).at(TIMES)
    again = ExpectedCurves.of(offset + scale * bolus(TIMES), TIMES).at(TIMES)

    np.testing.assert_allclose(again, scale * once, atol=1e-9 * (abs(offset) + scale) + 1e-12)
    np.testing.assert_allclose(once.sum(axis=1), 0.0, atol=1e-9)
    np.testing.assert_allclose(once[0], bolus(TIMES) - bolus(TIMES).mean(), atol=1e-9)
