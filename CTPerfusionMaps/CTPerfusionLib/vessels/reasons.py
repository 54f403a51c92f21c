"""Why these voxels, in words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidates
from .features import CurveFeatures, measure
from .midline import Side
from .pool import WEAKEST_ARTERY, first_pass
from .sampling import cluster_labels, consistent_members

CLEARLY = 0.5
"""Seconds from which a difference is worth telling."""

CLEARLY_LOWER = 0.95
"""Ratio of peaks below which a vessel is called lower."""

_ONE_SIDED = 0.8


@dataclass(frozen=True, eq=False)
class Competitor:
    """The brightest vessel that was not taken.

    Attributes
    ----------
    place : str
        Slices and side.
    features : CurveFeatures
        Of its mean curve, arrays of one value.
    """

    place: str
    features: CurveFeatures

    @property
    def time_to_peak(self) -> float:
        """Seconds."""
        return float(self.features.time_to_peak[0])


def brightest_competitor(candidates: Candidates, latest_arrival: float) -> Competitor | None:
    """Return the brightest cluster of vessels in which contrast arrives after `latest_arrival`, seconds."""
    features = candidates.features
    others = candidates.select(
        first_pass(candidates) & (features.arrival > latest_arrival) & (features.peak >= WEAKEST_ARTERY)
    )
    labels = cluster_labels(others.voxels, others.enough)
    clusters = [others.select(labels == number) for number in np.unique(labels) if number > 0]
    if not clusters:
        return None
    samples = [
        each.select(consistent_members(each, each.features.peak, each.sample_size)) for each in clusters
    ]
    brightest = max(samples, key=lambda sample: float(sample.curves.mean(axis=1).max()))
    mean = brightest.curves.mean(axis=1, keepdims=True)
    return Competitor(place_of(brightest), measure(mean, brightest.times))


def place_of(chosen: Candidates) -> str:
    """Return where voxels lie, such as ``slices 2 to 4, right``."""
    sides = chosen.midplane.sides(chosen.voxels)
    return f"{_slices(chosen.voxels[:, 2])}, {_side(sides)}"


def comparison(chosen: CurveFeatures, competitor: Competitor) -> str:
    """Return in one sentence what a competitor lacks."""
    theirs = competitor.features
    later = float(theirs.arrival[0] - chosen.arrival[0])
    lower = float(theirs.peak[0] / chosen.peak[0])
    wider = float(theirs.width[0] - chosen.width[0]) if np.isfinite(chosen.width[0]) else 0.0
    faults = [f"{later:.1f} s later"] if later >= CLEARLY else []
    if lower <= CLEARLY_LOWER:
        faults.append(f"{1.0 - lower:.0%} lower")
    if np.isfinite(wider) and wider >= CLEARLY:
        faults.append(f"{wider:.1f} s wider")
    return f"The brightest vessel left out ({competitor.place}) is {_listed(faults)}." if faults else ""


def _slices(slices: NDArray[np.intp]) -> str:
    first, last = int(slices.min()), int(slices.max())
    return f"slice {first}" if first == last else f"slices {first} to {last}"


def _side(sides: NDArray[np.str_]) -> str:
    shares = {side.value: float((sides == side.value).mean()) for side in Side}
    side, share = max(shares.items(), key=lambda item: item[1])
    if share >= _ONE_SIDED:
        return side
    present = [name for name in (Side.RIGHT.value, Side.LEFT.value, Side.MIDLINE.value) if shares[name] > 0]
    return _listed(present)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
