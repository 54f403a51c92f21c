"""Rules on the arterial and venous curves, and on what the tissue makes of them.

An artery of less than 15 HU gives no finding, since :mod:`CTPerfusionLib.vessels` refuses it. Where the maps
do not depend on an artery, nothing is said about how good the one is that was found.
"""

from ..series import Severity
from .measurements import StudyMeasurements
from .rule import Bound, Limit, Measure, QualityRule, flag


def _where_used(measure: Measure[StudyMeasurements]) -> Measure[StudyMeasurements]:
    """Return the measure of an artery on which the maps depend; None where they do not."""
    return lambda study: measure(study) if study.aif_is_used else None


VESSEL_RULES: tuple[QualityRule[StudyMeasurements], ...] = (
    QualityRule(
        "weak_aif",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: m.aif_peak),
                Bound.BELOW,
                100.0,
                "The arterial input peaks at only {value:.0f} HU, below {limit:.0f} HU.",
            ),
        ),
        "Check its position in the report; choose a better artery with --aif.",
    ),
    QualityRule(
        "noisy_aif",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: m.aif_noise),
                Bound.ABOVE,
                0.05,
                "Before contrast arrives the arterial curve varies by {value:.1%} of its peak, more than "
                "{limit:.0%}.",
            ),
        ),
        "Check its position in the report; choose a larger artery with --aif.",
    ),
    QualityRule(
        "venous_aif",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: m.aif_lead_over_tissue),
                Bound.BELOW,
                1.0,
                "The arterial input peaks {value:.1f} s before the tissue, less than {limit:.0f} s, so it "
                "may be a vein.",
            ),
        ),
        "Check its position in the report; choose an artery with --aif.",
    ),
    QualityRule(
        "late_aif",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: m.contralateral_lead),
                Bound.ABOVE,
                1.5,
                "Contrast reaches the artery of the other side {value:.1f} s earlier, more than {limit:.1f} "
                "s, so the arterial input may lie behind the occlusion.",
            ),
        ),
        "Choose an artery of the healthy side with --aif.",
    ),
    QualityRule(
        "fallback_aif",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: flag(m.aif_is_fallback)),
                Bound.ABOVE,
                0.0,
                "The slab holds no large artery, so the arterial input was taken from small ones.",
            ),
        ),
        "Check their position in the report; rely on relative CBF and on Tmax, not on absolute CBF and CBV.",
    ),
    QualityRule(
        "no_artery",
        (
            Limit(
                Severity.INFO,
                lambda m: flag(m.aif_arrival is None),
                Bound.ABOVE,
                0.0,
                "No artery was found, so neither the arrival of the bolus nor the end of the scan could be "
                "judged; these maps do not depend on an artery.",
            ),
        ),
        "Look at the curve of the tissue in the report: the scan should begin before contrast arrives and "
        "last until it has passed.",
    ),
    QualityRule(
        "no_vein",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: flag(m.vof_tail is None)),
                Bound.ABOVE,
                0.0,
                "No vein was found, so the arterial input could not be checked for partial volume.",
            ),
        ),
        "Name a voxel in a large sinus with --vof, or read absolute CBF and CBV with care.",
    ),
    QualityRule(
        "strong_partial_volume",
        (
            Limit(
                Severity.WARNING,
                _where_used(lambda m: m.partial_volume_factor),
                Bound.ABOVE,
                2.5,
                "The artery shows {value:.1f} times less contrast than the vein, more than {limit:.1f} "
                "times; it is too small to be scaled.",
            ),
        ),
        "Choose a larger artery with --aif, or read absolute CBF and CBV with care.",
    ),
    QualityRule(
        "model_mismatch",
        (
            Limit(
                Severity.INFO,
                lambda m: flag(not m.model_fits),
                Bound.ABOVE,
                0.0,
                "Contrast does not leave the tissue as the method assumes, so CBF reads too low and MTT too "
                "high; the thresholds of relative CBF allow for it.",
            ),
        ),
        "Rely on relative CBF and volumes; do not compare absolute CBF and MTT with other software.",
    ),
)
