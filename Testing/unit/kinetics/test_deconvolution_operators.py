import numpy as np
import pytest
from scipy.linalg import circulant

from CTPerfusionLib.kinetics.deconvolution_methods import DECONVOLUTIONS
from CTPerfusionLib.kinetics.deconvolution_operators import (
    circulant_operator,
    convolution_matrix,
    tikhonov_operator,
    truncated_toeplitz_operator,
)


@pytest.fixture(params=[(0.5, 60), (1.0, 45), (2.0, 30)], ids="{0[0]} s".format)
def sampling(request):
    return request.param


@pytest.fixture
def interval(sampling):
    return sampling[0]


@pytest.fixture
def aif(bolus, sampling):
    interval, n = sampling
    return bolus.arterial(interval * np.arange(n))


def inverse_of(operator, choice=0):
    """Return the matrix, shape (L, n), that carries curves to responses."""
    if hasattr(operator, "counts"):
        count = operator.counts[choice]
        return operator.responses[:count].T @ operator.left[:, :count].T
    return operator.right.T @ (operator.gains[choice][:, None] * operator.left.T)


def forward_of(operator, aif, interval):
    """Return the matrix, shape (n, L), that carries responses to curves."""
    if hasattr(operator, "counts"):
        n = len(aif)
        return np.roll(interval * circulant(np.concatenate([aif, np.zeros(n)]))[:n], n, axis=1)
    return convolution_matrix(aif, interval, -operator.first_lag)


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.15, 0.4])
def test_circulant_inverse_is_that_of_the_singular_value_decomposition(aif, interval, threshold):
    n = len(aif)
    u, values, v = np.linalg.svd(interval * circulant(np.concatenate([aif, np.zeros(n)])))
    weights = np.where(values >= threshold * values.max(), 1 / values, 0.0)
    expected = np.roll(v.T @ (weights[:, None] * u.T[:, :n]), n, axis=0)
    inverse = inverse_of(circulant_operator(aif, interval, np.array([threshold])))
    np.testing.assert_allclose(inverse, expected, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.15, 0.4])
def test_circulant_inverse_is_the_truncated_quotient_of_fourier_transforms(aif, interval, noise, threshold):
    n = len(aif)
    curve = noise.normal(size=n)
    spectrum = interval * np.fft.rfft(aif, 2 * n)
    kept = np.abs(spectrum) >= threshold * np.abs(spectrum).max()
    quotient = np.where(kept, np.fft.rfft(curve, 2 * n) / np.where(kept, spectrum, 1), 0)
    expected = np.roll(np.fft.irfft(quotient, 2 * n), n)
    response = inverse_of(circulant_operator(aif, interval, np.array([threshold]))) @ curve
    np.testing.assert_allclose(response, expected, atol=1e-8 * np.abs(expected).max())


def test_truncations_of_the_circulant_are_nested(aif, interval):
    thresholds = np.array([0.02, 0.1, 0.3, 0.95])
    nested = circulant_operator(aif, interval, thresholds)
    for choice, threshold in enumerate(thresholds):
        alone = circulant_operator(aif, interval, np.array([threshold]))
        np.testing.assert_allclose(inverse_of(nested, choice), inverse_of(alone), atol=1e-12)


def test_convolution_matrix_is_the_convolution_over_the_record(aif, interval, noise):
    response = noise.normal(size=len(aif))
    matrix = convolution_matrix(aif, interval, 0)
    np.testing.assert_allclose(
        matrix @ response, interval * np.convolve(aif, response)[: len(aif)], atol=1e-8
    )
    assert not np.triu(matrix, 1).any()


def test_advanced_convolution_matrix_carries_responses_that_begin_before_the_input(aif, interval):
    response = np.zeros(len(aif))
    response[1] = 1 / interval
    curve = convolution_matrix(aif, interval, 4) @ response
    np.testing.assert_allclose(curve[:-3], aif[3:])
    np.testing.assert_allclose(curve[-3:], aif[-1])


def test_standard_inverse_truncates_the_toeplitz_and_not_the_circulant_matrix(aif, interval):
    n = len(aif)
    inverse = inverse_of(truncated_toeplitz_operator(aif, interval, 0.2))
    u, values, v = np.linalg.svd(convolution_matrix(aif, interval, 0))
    kept = values >= 0.2 * values[0]
    expected = (v[kept].T / values[kept]) @ u[:, kept].T
    np.testing.assert_allclose(inverse, expected, atol=1e-8 * np.abs(expected).max())
    block_circulant = inverse_of(circulant_operator(aif, interval, np.array([0.2])))[n:]
    assert np.abs(inverse - block_circulant).max() > 0.1 * np.abs(expected).max()


@pytest.mark.parametrize("strength", [0.1, 0.15, 0.6])
def test_tikhonov_inverse_solves_the_penalised_normal_equations(aif, interval, strength):
    operator = tikhonov_operator(aif, interval, 5.0, np.array([strength]))
    assert operator.first_lag == -np.ceil(5.0 / interval)
    matrix = convolution_matrix(aif, interval, -operator.first_lag)
    penalty = (strength * np.linalg.norm(matrix, 2)) ** 2 * np.eye(len(aif))
    expected = np.linalg.solve(matrix.T @ matrix + penalty, matrix.T)
    np.testing.assert_allclose(inverse_of(operator), expected, atol=1e-9 * np.abs(expected).max())


def test_cross_validation_is_that_of_its_definition(aif, interval, noise):
    operator = tikhonov_operator(aif, interval, 5.0, np.array([0.1, 0.3, 0.6]))
    matrix = convolution_matrix(aif, interval, -operator.first_lag)
    curve = noise.normal(size=len(aif))
    scores = (operator.left.T @ curve) ** 2 @ operator.residual_weights * operator.cross_validation_weights
    for choice, score in enumerate(scores):
        remains = np.eye(len(aif)) - matrix @ inverse_of(operator, choice)
        assert score == pytest.approx(np.sum((remains @ curve) ** 2) / np.trace(remains) ** 2)


@pytest.mark.parametrize("method", DECONVOLUTIONS)
def test_residual_freedom_is_what_noise_leaves_unexplained(aif, interval, method):
    chosen = DECONVOLUTIONS[method]
    operator = chosen.prepare(aif, interval, chosen.values_of({}))
    forward = forward_of(operator, aif, interval)
    for choice in (0, len(operator.residual_freedoms) - 1):
        remains = np.eye(len(aif)) - forward @ inverse_of(operator, choice)
        assert operator.residual_freedoms[choice] == pytest.approx(np.sum(remains**2))


def test_circulant_gram_matrix_gives_the_explained_energy(aif, interval, noise):
    operator = circulant_operator(aif, interval, np.array([0.1]))
    curve = noise.normal(size=len(aif))
    modes = operator.left.T @ curve
    residual = curve - forward_of(operator, aif, interval) @ (inverse_of(operator) @ curve)
    explained = 2 * modes @ modes - modes @ operator.gram @ modes
    assert curve @ curve - explained == pytest.approx(residual @ residual)
