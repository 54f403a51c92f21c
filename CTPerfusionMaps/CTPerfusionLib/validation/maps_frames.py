"""Fewer frames: how the papers leave frames out, and how a network of fixed times is given the rest."""

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..networks.model_input import interpolation_matrix

FRAME_COUNTS = (2, 3, 5, 7, 10, 18, 27, 44, 89)
"""Numbers of frames of the papers' study of dose."""


def chosen_frames(n_frames: int, n_chosen: int) -> NDArray[np.intp]:
    """Return which of `n_frames` frames the papers' code keeps: every floor(n_frames / n)-th, the first n.

    Parameters
    ----------
    n_frames, n_chosen : int

    Raises
    ------
    ArgumentError
        If fewer than 2 or more than all frames are to be kept.
    """
    if not 2 <= n_chosen <= n_frames:
        raise ArgumentError(
            "n_chosen", f"n_chosen is {n_chosen} of {n_frames} frames", f"give a number from 2 to {n_frames}"
        )
    return np.arange(0, n_frames, n_frames // n_chosen)[:n_chosen]


def thinning_matrix(n_frames: int, n_chosen: int) -> NDArray[np.float32]:
    """Return what a record becomes of which only some frames were taken, shape (n_frames, n_frames).

    Multiplied with curves at all frames it gives curves at all frames again: those that were kept, straight
    lines between them, the last one held to the end. So one network can be shown any number of frames; a
    network that was trained for that number would know what to make of it and do better.

    Parameters
    ----------
    n_frames, n_chosen : int
    """
    kept = chosen_frames(n_frames, n_chosen)
    every = np.arange(n_frames, dtype=np.float64)
    matrix = np.zeros((n_frames, n_frames), dtype=np.float32)
    matrix[:, kept] = interpolation_matrix(kept.astype(np.float64), every)
    return matrix


def frames_condition(n_chosen: int) -> str:
    """Return the name of the condition that so many frames were kept."""
    return f"{n_chosen} frames"
