"""Confidence intervals."""

from dataclasses import dataclass

from ..errors import ArgumentError

CONFIDENCE = 0.95
"""Level of all intervals unless another is asked for."""


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval.

    Attributes
    ----------
    low, high : float
    level : float
        Share of samples whose interval holds the true value, such as 0.95.
    """

    low: float
    high: float
    level: float = CONFIDENCE

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def upper_tail(level: float) -> float:
    """Return the quantile to which a two-sided interval reaches, 0.975 for 0.95.

    Raises
    ------
    ArgumentError
        If the level does not lie between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise ArgumentError("level", f"level is {level:g}", "give a share between 0 and 1, such as 0.95")
    return 0.5 + 0.5 * level
