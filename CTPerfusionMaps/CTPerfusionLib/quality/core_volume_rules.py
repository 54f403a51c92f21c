"""Rules on a core-volume network and the measured core, which should tell the same of a study.

Only what neither side's own error explains is worth a warning. Measured cores of simulated heads lie within
18 mL of the true ones in 95 % even with microangiopathy (docs/segmentation.md: SD 9.1 mL), so a measured core
contradicts a verdict from 20 mL beyond its threshold on. A network is sure from a probability of 0.8 on, four
times that of the opposite. A network that gives a volume errs as well, so twice the distance counts.
"""

from dataclasses import dataclass

from ..series import Severity
from .rule import Bound, Limit, QualityRule

SURE = 0.8
"""Probability of a large core, or of a small one, from which on a network is sure."""

CLEARLY_BEYOND = 20.0
"""mL beyond the threshold of a network up to which a measured core may still be on its other side."""

FAR_FROM_LEVEL = 10.0
"""mm between a slice and the level that is meant; half the distance of slices, 5 mm at most, is usual."""

CLEARLY_APART = 40.0
"""mL up to which the volume of a network and the measured one may still be the same."""


@dataclass(frozen=True)
class CoreVolumeMeasurements:
    """The answer of a core-volume network and the core that was measured.

    Attributes
    ----------
    measured_ml : float
        Volume of the core that counts, mL.
    threshold_ml : float
        mL from which on the network calls a core large.
    probability_large : float or None
        None from a network that gives volumes.
    volume_ml : float or None
        None from a network that gives probabilities.
    missed_mm : float or None
        The larger distance of its two slices from the levels that are meant; None where the user chose them.
    """

    measured_ml: float
    threshold_ml: float
    probability_large: float | None
    volume_ml: float | None
    missed_mm: float | None


def _below(answer: CoreVolumeMeasurements) -> float | None:
    """Return how far the core lies below the threshold where the network is sure of a large one."""
    sure = answer.probability_large is not None and answer.probability_large >= SURE
    return answer.threshold_ml - answer.measured_ml if sure else None


def _above(answer: CoreVolumeMeasurements) -> float | None:
    """Return how far the core lies above the threshold where the network is sure of a small one."""
    sure = answer.probability_large is not None and 1.0 - answer.probability_large >= SURE
    return answer.measured_ml - answer.threshold_ml if sure else None


def _apart(answer: CoreVolumeMeasurements) -> float | None:
    return None if answer.volume_ml is None else abs(answer.volume_ml - answer.measured_ml)


CORE_VOLUME_RULES: tuple[QualityRule[CoreVolumeMeasurements], ...] = (
    QualityRule(
        "core_volume_disagreement",
        (
            Limit(
                Severity.WARNING,
                _below,
                Bound.ABOVE,
                CLEARLY_BEYOND,
                "The core-volume network is sure of a large core (probability "
                "{study.probability_large:.2f}), but the measured core of {study.measured_ml:.1f} mL lies "
                "{value:.1f} mL below its threshold of {study.threshold_ml:.1f} mL, more than {limit:.0f} "
                "mL.",
            ),
            Limit(
                Severity.WARNING,
                _above,
                Bound.ABOVE,
                CLEARLY_BEYOND,
                "The core-volume network is sure of a small core (probability of a large one "
                "{study.probability_large:.2f}), but the measured core of {study.measured_ml:.1f} mL lies "
                "{value:.1f} mL above its threshold of {study.threshold_ml:.1f} mL, more than {limit:.0f} "
                "mL.",
            ),
            Limit(
                Severity.WARNING,
                _apart,
                Bound.ABOVE,
                CLEARLY_APART,
                "The core-volume network reads {study.volume_ml:.1f} mL and {study.measured_ml:.1f} mL were "
                "measured: {value:.1f} mL apart, more than {limit:.0f} mL.",
            ),
        ),
        "Look at the network's two slices and at the maps: a network errs on scans unlike those it learned "
        "from, maps err with noise, motion or a wrong artery.",
    ),
    QualityRule(
        "core_volume_slices",
        (
            Limit(
                Severity.INFO,
                lambda m: m.missed_mm,
                Bound.ABOVE,
                FAR_FROM_LEVEL,
                "The core-volume network looked at a slice {value:.0f} mm away from the level that it needs, "
                "more than {limit:.0f} mm, since the scan does not reach it.",
            ),
        ),
        "Do not rely on its verdict; if the levels were not found, choose its slices yourself.",
    ),
)
