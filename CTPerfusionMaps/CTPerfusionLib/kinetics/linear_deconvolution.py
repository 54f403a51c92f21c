"""Deconvolutions that are linear in the tissue curve: one matrix product for all voxels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LinearDeconvolution:
    """A deconvolution on a regular time grid of n samples.

    Attributes
    ----------
    inverse : ndarray of float64, shape (L, n)
        Carries a tissue curve to its impulse response in 1/s; the second half of the response, L > n, lies
        before the arterial input (negative times).
    forward : ndarray of float64, shape (n, L)
        Carries an impulse response to the tissue curve.
    """

    inverse: NDArray[np.float64]
    forward: NDArray[np.float64]


def block_circulant(
    aif: NDArray[np.float64], interval: float, *, threshold: float = 0.15
) -> LinearDeconvolution:
    """Return the truncated block-circulant inverse of an arterial input.

    Zero padding to twice the length makes the convolution circular, so that a delay of either sign only
    rotates the response (Wu et al., Magn Reson Med 50 (2003) 164-174). The singular values of a circulant
    matrix are the magnitudes of the Fourier coefficients of its first column and its singular vectors are the
    Fourier modes: truncation happens there, at once for every curve.

    Parameters
    ----------
    aif : ndarray, shape (n,)
        Arterial enhancement in HU at the grid times.
    interval : float
        Seconds between grid times.
    threshold : float
        Singular values below this share of the greatest one are left out.

    Raises
    ------
    ValueError
        If `threshold` does not lie between 0 and 1.
    """
    if not 0 < threshold < 1:
        raise ValueError(f"threshold must lie between 0 and 1, got {threshold}")
    n = len(aif)
    spectrum = interval * np.fft.rfft(aif, 2 * n)
    magnitudes = np.abs(spectrum)
    kept = magnitudes >= threshold * magnitudes.max()
    inverse_spectrum = np.zeros_like(spectrum)
    inverse_spectrum[kept] = 1.0 / spectrum[kept]
    return LinearDeconvolution(
        inverse=_circulant(inverse_spectrum, 2 * n)[:, :n], forward=_circulant(spectrum, 2 * n)[:n]
    )


def _circulant(spectrum: NDArray[np.complex128], length: int) -> NDArray[np.float64]:
    """Return the circulant matrix, shape (length, length), with these Fourier coefficients."""
    impulses = np.fft.rfft(np.eye(length), axis=0)
    return np.asarray(np.fft.irfft(impulses * spectrum[:, None], length, axis=0))


DECONVOLUTIONS: Mapping[str, Callable[..., LinearDeconvolution]] = MappingProxyType({"bsvd": block_circulant})
"""Methods by name: callables of the arterial input on the grid, the interval and the method's options."""
