"""Agreement of very many pairs, such as the voxels of two maps, from sums that can be put together."""

from dataclasses import dataclass

import numpy as np

from .bland_altman import LIMIT_SDS
from .samples import NO_SPREAD, Values, finite_pairs


@dataclass(frozen=True)
class PairMoments:
    """Means and sums of squares of n pairs; those of several images add up to those of all their voxels.

    Pairs of neighbouring voxels are not independent, so nothing here has an interval.

    Attributes
    ----------
    n : int
    mean_first, mean_second : float
        0 without pairs.
    squares_first, squares_second, products : float
        Sums of squared deviations from the means, and of their products.
    """

    n: int = 0
    mean_first: float = 0.0
    mean_second: float = 0.0
    squares_first: float = 0.0
    squares_second: float = 0.0
    products: float = 0.0

    def __add__(self, other: "PairMoments") -> "PairMoments":
        """Return the moments of the pairs of both.

        Chan TF, Golub GH, LeVeque RJ. Algorithms for computing the sample variance: analysis and
        recommendations. Am Stat 1983;37:242-247, equation 2.1, here also for products.
        """
        n = self.n + other.n
        if n == 0:
            return self
        share = other.n / n
        first, second = other.mean_first - self.mean_first, other.mean_second - self.mean_second
        weight = self.n * share
        return PairMoments(
            n=n,
            mean_first=self.mean_first + share * first,
            mean_second=self.mean_second + share * second,
            squares_first=self.squares_first + other.squares_first + weight * first**2,
            squares_second=self.squares_second + other.squares_second + weight * second**2,
            products=self.products + other.products + weight * first * second,
        )

    @property
    def r(self) -> float | None:
        """Pearson's correlation; None for fewer than two pairs or where either value does not vary."""
        first = self._varies(self.squares_first, self.mean_first)
        if not (first and self._varies(self.squares_second, self.mean_second)):
            return None
        r = self.products / np.sqrt(self.squares_first * self.squares_second)
        return float(np.clip(r, -1.0, 1.0))

    @property
    def ccc(self) -> float | None:
        """Lin's concordance correlation coefficient, see :func:`concordance`; None where it is there."""
        whole = self.squares_first + self.squares_second + self.n * self._shift**2
        is_defined = self.n > 1 and self._varies(whole, max(abs(self.mean_first), abs(self.mean_second)))
        return 2.0 * self.products / whole if is_defined else None

    @property
    def bias(self) -> float | None:
        """Mean of second - first; None without pairs."""
        return self._shift if self.n else None

    @property
    def sd(self) -> float | None:
        """SD of second - first with n - 1 in the denominator; None for fewer than two pairs."""
        if self.n < 2:
            return None
        # At full agreement rounding can leave less than nothing.
        squares = max(self.squares_first + self.squares_second - 2.0 * self.products, 0.0)
        return float(np.sqrt(squares / (self.n - 1)))

    @property
    def limits(self) -> tuple[float, float] | None:
        """Limits of agreement, bias -+ 1.96 SD; None where the SD is."""
        if self.sd is None:
            return None
        return self._shift - LIMIT_SDS * self.sd, self._shift + LIMIT_SDS * self.sd

    def _varies(self, squares: float, size: float) -> bool:
        """Say whether squares of deviations are more than what rounding leaves of values of a size."""
        return squares > self.n * (NO_SPREAD * size) ** 2

    @property
    def _shift(self) -> float:
        return self.mean_second - self.mean_first


def pair_moments(first: Values, second: Values) -> PairMoments:
    """Return the moments of pairs.

    Parameters
    ----------
    first, second : sequence of float, shape (N,)

    Raises
    ------
    ArgumentError
        If the counts differ, or a value is not finite.
    """
    one, other = finite_pairs(first, second)
    if not one.size:
        return PairMoments()
    x, y = one - one.mean(), other - other.mean()
    return PairMoments(
        n=one.size,
        mean_first=float(one.mean()),
        mean_second=float(other.mean()),
        squares_first=float(x @ x),
        squares_second=float(y @ y),
        products=float(x @ y),
    )
