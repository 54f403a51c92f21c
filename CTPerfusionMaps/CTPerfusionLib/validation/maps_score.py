"""How close one predicted map comes to the reference map of the same patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from ..networks.map_target import MapTarget
from ..statistics import mean_squared_error, pearson_correlation

HALF_RANGE = 0.5
"""Both papers count pixels from the middle of the range on as a segment (Perlo et al., UC3 code: >= 0.5)."""

FloatImage = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class RegionScore:
    """Two maps on the scale from 0 to 1, held against each other over one region.

    Attributes
    ----------
    n_pixels : int
    squared_error : float or None
        Mean squared error; None without pixels.
    correlation : float or None
        Pearson's r; None where either map is constant.
    common, high : int
        Pixels from half range on in both maps, and in the first plus in the second map.
    """

    n_pixels: int
    squared_error: float | None
    correlation: float | None
    common: int
    high: int

    @property
    def dice(self) -> float | None:
        """Dice at half range; None where neither map reaches it, which says nothing about overlap."""
        return 2.0 * self.common / self.high if self.high else None


@dataclass(frozen=True)
class MapScore:
    """One map of one patient against its reference.

    Attributes
    ----------
    target : str
        Name of the map.
    image : RegionScore
        All pixels of all slices as in the papers, both maps 0 where nothing is known.
    slices : tuple of RegionScore
        The same for each slice in which something is known.
    brain : RegionScore
        The analysed tissue in which the reference is known.
    missing : int
        Pixels of analysed tissue whose reference is known and for which nothing is predicted, such as times
        of tissue without flow; they are left out of all scores.
    bias, rmse : float or None
        Mean difference and root mean square difference in the brain, in the unit of the map; the reference
        as it is, also beyond the range.
    """

    target: str
    image: RegionScore
    slices: tuple[RegionScore, ...]
    brain: RegionScore
    missing: int
    bias: float | None
    rmse: float | None

    @property
    def slice_dice(self) -> float | None:
        """Mean Dice of the slices in which there is one."""
        return _mean([each.dice for each in self.slices])

    @property
    def slice_correlation(self) -> float | None:
        """Mean correlation of the slices in which there is one."""
        return _mean([each.correlation for each in self.slices])

    @property
    def undefined_slices(self) -> int:
        """Slices in which neither map reaches half range, so that there is no Dice."""
        return sum(each.dice is None for each in self.slices)


@dataclass(frozen=True, eq=False)
class MapPair:
    """A map of a patient as it was predicted, and as it should be.

    Attributes
    ----------
    target : MapTarget
        Name, unit, and the fixed window that the scale of the papers from 0 to 1 stands for.
    predicted, reference : ndarray of float32, shape (Z, Y, X)
        In the unit of the map; NaN where nothing is known.
    """

    target: MapTarget
    predicted: FloatImage
    reference: FloatImage


def score_map(pair: MapPair, brain: Mask) -> MapScore:
    """Score a predicted map.

    Parameters
    ----------
    pair : MapPair
    brain : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed; outside of it the map that a user is given is empty.

    Raises
    ------
    ArgumentError
        If the shapes differ.
    """
    for name, image in (("predicted", pair.predicted), ("reference", pair.reference)):
        if image.shape != brain.shape:
            raise ArgumentError(
                name, f"{name} has the shape {image.shape}, the brain has {brain.shape}", "use one grid"
            )
    known = brain & np.isfinite(pair.reference)
    inside = known & np.isfinite(pair.predicted)
    images = [_on_background(pair, image, inside) for image in (pair.predicted, pair.reference)]
    predicted, reference = images
    difference = pair.predicted[inside].astype(float) - pair.reference[inside]
    return MapScore(
        target=pair.target.name,
        image=_score(predicted.ravel(), reference.ravel()),
        slices=tuple(
            _score(predicted[index].ravel(), reference[index].ravel())
            for index in np.flatnonzero(inside.any(axis=(1, 2)))
        ),
        brain=_score(predicted[inside], reference[inside]),
        missing=int(np.count_nonzero(known & ~inside)),
        bias=float(difference.mean()) if difference.size else None,
        rmse=float(np.sqrt(np.mean(difference**2))) if difference.size else None,
    )


def _on_background(pair: MapPair, image: FloatImage, inside: Mask) -> NDArray[np.float64]:
    scaled = np.zeros(image.shape)
    scaled[inside] = pair.target.scaled(image[inside])
    return scaled


def _score(first: NDArray[np.float64], second: NDArray[np.float64]) -> RegionScore:
    high, other_high = first >= HALF_RANGE, second >= HALF_RANGE
    return RegionScore(
        n_pixels=int(first.size),
        squared_error=mean_squared_error(first, second),
        correlation=pearson_correlation(first, second).r,
        common=int(np.count_nonzero(high & other_high)),
        high=int(np.count_nonzero(high)) + int(np.count_nonzero(other_high)),
    )


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
