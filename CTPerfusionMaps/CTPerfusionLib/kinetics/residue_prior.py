"""What is known before a single curve is looked at: how shapes and transit times are distributed."""

import numpy as np
from numpy.typing import NDArray

from .residue_dictionary import MTTS, SHAPE_WEIGHTS

FloatArray = NDArray[np.float64]

_ITERATIONS = 20

_KNOWN_VOXELS = 100.0
"""How many voxels the prior knowledge of the shapes is worth."""

_FLOOR = 0.05
"""Share of the prior weight that every shape keeps, since tissue need not be the same everywhere."""

_NO_INFORMATION, _CLEAR_INFORMATION = 0.1, 0.4
"""Divergence of learned from known weights in nats at which they begin to count and count in full."""


def transit_time_prior() -> FloatArray:
    """Return the probability of each of `MTTS`, shape (J,): flat in the logarithm."""
    return np.full(len(MTTS), 1.0 / len(MTTS))


def learned_shape_weights(evidence: NDArray[np.float32]) -> FloatArray:
    """Return how probable each shape of transit times is in this patient.

    One curve hardly tells the shapes apart, but all tissue of a brain has capillaries of one kind and
    thousands of curves together do. Weights of shapes and of transit times, taken as independent, are
    estimated from all curves by expectation maximisation (empirical Bayes). Only those of the shapes are
    kept: a prior learned from the transit times of a brain would pull a small lesion towards normal. And they
    count only as far as they clearly favour some shape; where tissue is a mixture, the middle of the range,
    which explains every curve a little, would gain by being vague.

    Parameters
    ----------
    evidence : ndarray of float32, shape (N, S x J), N > 0
        Probability of each curve under each shape and transit time, each row up to a factor.

    Returns
    -------
    ndarray, shape (S,)
        Sum 1.
    """
    known, transit_times = SHAPE_WEIGHTS, transit_time_prior()
    shapes = known
    n_voxels = len(evidence)
    by_cell = evidence.reshape(n_voxels, len(known), -1)
    for _ in range(_ITERATIONS):
        prior = (shapes[:, None] * transit_times).astype(np.float32)
        marginal = np.maximum(np.einsum("nsj,sj->n", by_cell, prior), np.finfo(np.float32).tiny)
        joint = prior * np.einsum("nsj,n->sj", by_cell, 1.0 / marginal) / n_voxels
        joint = joint.astype(np.float64) / joint.sum(dtype=np.float64)
        shapes = (n_voxels * joint.sum(axis=1) + _KNOWN_VOXELS * known) / (n_voxels + _KNOWN_VOXELS)
        shapes = (1.0 - _FLOOR) * shapes + _FLOOR * known
        transit_times = joint.sum(axis=0) + 1e-6
        transit_times /= transit_times.sum()
    divergence = float(np.sum(shapes * np.log(shapes / known)))
    trust = (divergence - _NO_INFORMATION) / (_CLEAR_INFORMATION - _NO_INFORMATION)
    return np.asarray(known + np.clip(trust, 0.0, 1.0) * (shapes - known))
