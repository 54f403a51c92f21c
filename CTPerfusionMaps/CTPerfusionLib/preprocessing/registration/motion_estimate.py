"""What every registration method answers: where the head is in each frame."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...progress import ProgressCallback

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MotionEstimate:
    """The head's position in the frames of one table position.

    Attributes
    ----------
    matrices : ndarray, shape (T, 4, 4)
        Map points of the reference frame to those of each frame; mm from the centre of the position's own
        grid, RAS directions; identity where none was found.
    found : ndarray of bool, shape (T,)
        Whether there is a position at which the frame matches the reference frame.
    """

    matrices: Matrix
    found: NDArray[np.bool_]


class MotionEstimator(Protocol):
    """A registration method: estimates motion, leaves judging and resampling to others."""

    def __call__(
        self,
        frames: NDArray[Any],
        ijk_to_ras: Matrix,
        *,
        reference: int,
        usable: NDArray[np.bool_],
        seed: int,
        on_progress: ProgressCallback,
    ) -> MotionEstimate:
        """Find the head in all frames.

        Parameters
        ----------
        frames : ndarray, shape (T, Z, Y, X)
            HU.
        ijk_to_ras : ndarray, shape (4, 4)
        reference : int
            The frame that the others are compared with.
        usable : ndarray of bool, shape (T,)
            The others are left alone.
        seed : int
            For the choice of sample points.
        on_progress : callable
            Called at least once per frame.
        """
        ...
