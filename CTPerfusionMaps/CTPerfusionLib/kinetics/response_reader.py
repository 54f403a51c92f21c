"""What every way to deconvolve offers to the code that turns impulse responses into maps."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .arterial_input import FloatArray


class ResponseReader(Protocol):
    """Deconvolves curves on a regular grid and reads their responses."""

    def read(self, curves: FloatArray) -> NDArray[np.float32]:
        """Return the readings of curves, shape (N, n), in HU; computed in single precision.

        Returns
        -------
        ndarray of float32, shape (6, N)
            Height of the response in 1/s and its time in grid intervals; sum of the curve's samples in HU;
            sums of their squares and of the squared residuals in HU^2; what the last is expected to be for
            noise of 1 HU. In the order of ``kernels.response_maps``.
        """
