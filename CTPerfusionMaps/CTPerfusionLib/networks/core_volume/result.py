"""What a core-volume model says of a study."""

from dataclasses import dataclass
from enum import StrEnum

from .slice_choice import SliceChoice


class Verdict(StrEnum):
    """Whether the core is large."""

    LARGE = "large"
    SMALL = "small"


EVEN_CHANCE = 0.5
"""Probability from which on the verdict is a large core."""


def core_verdict(value: float, threshold: float) -> Verdict:
    """Return whether a core is large: also where it equals the threshold, which the paper leaves open.

    Parameters
    ----------
    value, threshold : float
        Volumes in mL, or probabilities of a large core.
    """
    return Verdict.LARGE if value >= threshold else Verdict.SMALL


@dataclass(frozen=True)
class CoreVolumeResult:
    """The answer of a core-volume model.

    Attributes
    ----------
    verdict : Verdict
    threshold_ml : float
        mL from which on a core is large.
    probability_large : float or None
        Mean over the networks; None from a model that gives volumes.
    volume_ml : float or None
        Mean over the networks; None from a model that gives probabilities.
    members : tuple of float
        The answer of each network: a probability, or mL.
    slices : SliceChoice
        What it looked at.
    model : str
        Name of the model.
    """

    verdict: Verdict
    threshold_ml: float
    probability_large: float | None
    volume_ml: float | None
    members: tuple[float, ...]
    slices: SliceChoice
    model: str

    @property
    def score(self) -> float:
        """The number by which studies are ranked: the probability, or the volume in mL."""
        given = self.volume_ml if self.probability_large is None else self.probability_large
        return float(given or 0.0)
