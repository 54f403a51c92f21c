"""Slices on a square grid of other pixels: the mean over the area of each new pixel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def area_weights(n: int, step: float, middle: float, size: int, pixel: float) -> NDArray[np.float32]:
    """Return the weights (size, n) by which `n` samples give the means over `size` new pixels.

    Between the samples the image is taken to run straight, and the mean over each new pixel is that of this
    line. Where new pixels are larger than old ones they average, so that noise falls and nothing aliases;
    where they are smaller it is linear interpolation, slightly smoothed.

    Parameters
    ----------
    n : int
        Samples.
    step : float
        mm between them.
    middle : float
        Position in the old grid, in samples, on which the new one is centred.
    size : int
        New pixels.
    pixel : float
        mm.

    Returns
    -------
    ndarray of float32, shape (size, n)
        Rows sum to one inside the image, to less at its border and to zero beyond.
    """
    edges = middle + (np.arange(size + 1) - size / 2.0) * pixel / step
    filled = _filled_hat(edges[:, None] - np.arange(n)[None])
    return np.asarray(np.diff(filled, axis=0) * step / pixel, dtype=np.float32)


def _filled_hat(x: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the area below the hat 1 - |x| from its left end at -1 up to `x`."""
    left, right = np.clip(x, -1.0, 0.0), np.clip(x, 0.0, 1.0)
    return np.asarray((left + 1.0) ** 2 / 2.0 + right - right**2 / 2.0)


def on_square(
    images: NDArray[np.floating[Any]],
    steps: tuple[float, float],
    middle: tuple[float, float],
    size: int,
    pixel: float,
    outside: float,
) -> NDArray[np.float32]:
    """Return images on a square grid.

    Parameters
    ----------
    images : ndarray, shape (T, Y, X)
    steps : tuple of float
        mm between rows and between columns.
    middle : tuple of float
        Row and column on which the square is centred.
    size : int
        Pixels along each side of the square.
    pixel : float
        mm.
    outside : float
        Value beyond the images.

    Returns
    -------
    ndarray of float32, shape (T, size, size)
    """
    across, along = (
        area_weights(n, step, place, size, pixel)
        for n, step, place in zip(images.shape[1:], steps, middle, strict=True)
    )
    new = np.empty((len(images), size, size), dtype=np.float32)
    for frame, image in enumerate(images):
        new[frame] = across @ (image.astype(np.float32, copy=False) - np.float32(outside)) @ along.T
    new += np.float32(outside)
    return new
