"""Noise of a CT scanner: correlated by the reconstruction kernel, stronger in the middle of the head."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft

CLINICAL_MATRIX = 512
"""Pixels on which the scanner reconstructs; coarser images are block means of it."""

KERNEL_SIGMA = 0.85
"""Clinical pixels; width of the point spread that shapes the noise (measured on a clinical slice)."""

CENTRE_GAIN, GAIN_RADIUS = 1.3, 110.0
"""Noise in the middle of the field relative to that at `GAIN_RADIUS` mm and beyond."""


class ScannerNoise:
    """Draws noise images, independent between slices and frames.

    White noise is filtered by sqrt(|f|) exp(-2 (pi sigma f)^2): the ramp of filtered back projection removes
    the mean, the kernel removes the finest grain. An image with larger pixels is the block mean of the
    clinical one, so its noise is weaker and nearly white.

    Parameters
    ----------
    matrix : int
        Pixels per row and column.
    pixel : float
        mm.
    clinical_sd : float
        SD in HU in the middle of the brain on 512 x 512 pixels.
    sd : float or None
        SD in HU in the middle of the brain on this very grid instead.
    seed : int or sequence of int
    """

    def __init__(
        self, matrix: int, pixel: float, clinical_sd: float, sd: float | None, seed: int | Sequence[int]
    ) -> None:
        power, relative_sd = _noise_power(matrix)
        self.sd = clinical_sd * relative_sd if sd is None else sd
        """HU in the middle of the brain on this grid."""
        half = matrix // 2 + 1
        self._filter = np.sqrt(power[:, :half]).astype(np.float32)
        offsets = (np.arange(matrix) - (matrix - 1) / 2) * pixel
        radius = np.sqrt(offsets[:, None] ** 2 + offsets[None, :] ** 2) / GAIN_RADIUS
        gain = 1.0 / CENTRE_GAIN + (1.0 - 1.0 / CENTRE_GAIN) * np.clip(1.0 - radius**2, 0.0, 1.0)
        self._gain = (self.sd * gain).astype(np.float32)
        self._random = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))

    def images(self, count: int) -> NDArray[np.float32]:
        """Return `count` independent noise images in HU, shape (count, matrix, matrix)."""
        shape = (count, *self._gain.shape)
        if self.sd == 0.0:
            return np.zeros(shape, np.float32)
        white = self._random.standard_normal(shape, dtype=np.float32)
        spectrum = fft.rfft2(white, workers=2, overwrite_x=True)
        spectrum *= self._filter
        images = fft.irfft2(spectrum, s=shape[1:], workers=2, overwrite_x=True)
        images *= self._gain
        return np.asarray(images)


def _noise_power(matrix: int) -> tuple[NDArray[np.float64], float]:
    """Return the noise power on the DFT grid, of unit variance, and its SD relative to the clinical one."""
    frequency = fft.fftfreq(CLINICAL_MATRIX)
    radial = np.sqrt(frequency[:, None] ** 2 + frequency[None, :] ** 2)
    clinical = radial * np.exp(-((2.0 * np.pi * KERNEL_SIGMA * radial) ** 2))
    block = CLINICAL_MATRIX // matrix
    window = np.ones_like(frequency)
    nonzero = frequency != 0
    window[nonzero] = np.sin(np.pi * block * frequency[nonzero]) / (
        block * np.sin(np.pi * frequency[nonzero])
    )
    averaged = clinical * window[:, None] ** 2 * window[None, :] ** 2
    # Taking every block-th pixel folds the spectrum.
    folded = averaged.reshape(block, matrix, block, matrix).sum(axis=(0, 2))
    return folded / folded.mean(), float(np.sqrt(averaged.sum() / clinical.sum()))
