"""What must not change the maps, or must change them in proportion, for any tissue."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.kinetics import DECONVOLUTIONS, deconvolve

# The oscillation index may choose another truncation where the tissue is delayed by a part of the interval.
CONTINUOUS = ["bsvd", "tikhonov", "tikhonov-fixed"]
TIMES = np.arange(60.0)

few_examples = settings(max_examples=8, deadline=None, derandomize=True, database=None)
scales = st.floats(0.2, 5.0)
any_method = st.sampled_from(list(DECONVOLUTIONS))


@pytest.fixture(scope="module")
def aif(bolus):
    return bolus.arterial(TIMES)


@pytest.fixture(scope="module")
def curves(bolus):
    """Noisy tissue of all kinds, more than one core takes at once, enhancing for certain."""
    noise = np.random.default_rng(3)
    n = 5000
    clean = bolus.box(TIMES, noise.uniform(15, 70, n), noise.uniform(3, 10, n), noise.uniform(-1, 6, n))
    return clean + 0.5 * noise.normal(size=clean.shape)


def assert_alike(result, expected, members=slice(None), flow=1.0, volume=1.0):
    """Compare maps but for the rounding of single precision."""
    np.testing.assert_allclose(result.cbf, flow * expected.cbf[members], rtol=1e-4)
    np.testing.assert_allclose(result.cbv, volume * expected.cbv[members], rtol=1e-4)
    np.testing.assert_allclose(result.mtt, volume / flow * expected.mtt[members], rtol=2e-4)
    np.testing.assert_allclose(result.tmax, expected.tmax[members], atol=2e-3)
    np.testing.assert_allclose(result.r_squared, expected.r_squared[members], atol=1e-5)
    np.testing.assert_array_equal(result.status, expected.status[members])


@few_examples
@given(any_method, scales)
def test_scaling_tissue_and_input_together_changes_nothing(curves, aif, method, scale):
    result = deconvolve(scale * curves[:200], TIMES, scale * aif, method=method)
    assert_alike(result, deconvolve(curves[:200], TIMES, aif, method=method))


@few_examples
@given(any_method, scales)
def test_flow_and_volume_grow_with_the_amplitude_of_the_tissue(curves, aif, method, scale):
    result = deconvolve(scale * curves[:200], TIMES, aif, method=method)
    assert_alike(result, deconvolve(curves[:200], TIMES, aif, method=method), flow=scale, volume=scale)


@few_examples
@given(any_method, st.randoms(use_true_random=False))
def test_order_of_voxels_changes_nothing(curves, aif, method, random):
    order = random.sample(range(300), 300)
    expected = deconvolve(curves[:300], TIMES, aif, method=method)
    assert_alike(deconvolve(curves[order], TIMES, aif, method=method), expected, order)


@few_examples
@given(any_method, st.integers(1, 4999))
def test_way_in_which_voxels_are_cut_into_chunks_changes_nothing(curves, aif, method, cut):
    expected = deconvolve(curves, TIMES, aif, method=method)
    assert_alike(deconvolve(curves[:cut], TIMES, aif, method=method), expected, slice(cut))
    assert_alike(deconvolve(curves[cut:], TIMES, aif, method=method), expected, slice(cut, None))


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_number_of_threads_changes_nothing(curves, aif, method):
    expected = deconvolve(curves, TIMES, aif, method=method)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert_alike(deconvolve(curves, TIMES, aif, method=method), expected)
    finally:
        numba.set_num_threads(before)


@few_examples
@given(any_method, st.floats(-50.0, 50.0))
def test_origin_of_time_changes_nothing(curves, aif, method, shift):
    result = deconvolve(curves[:200], TIMES + shift, aif, method=method)
    assert_alike(result, deconvolve(curves[:200], TIMES, aif, method=method))


@few_examples
@given(st.sampled_from(CONTINUOUS), st.floats(-4.0, 6.0), st.floats(3.0, 8.0))
def test_delay_of_the_tissue_moves_tmax_alone(bolus, aif, method, delay, mtt):
    delays = np.array([0.0, delay])
    result = deconvolve(bolus.box(TIMES, [40.0, 40.0], [mtt, mtt], delays), TIMES, aif, method=method)
    assert result.cbf[1] == pytest.approx(result.cbf[0], rel=0.05)
    assert result.mtt[1] == pytest.approx(result.mtt[0], rel=0.05)
    assert result.tmax[1] - result.tmax[0] == pytest.approx(delay, abs=0.3)
