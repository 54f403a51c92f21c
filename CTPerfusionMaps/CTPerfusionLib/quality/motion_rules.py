"""Rules on the head's motion and what was done about it."""

from ..series import Severity
from .measurements import StudyMeasurements
from .rule import Bound, Limit, QualityRule, flag, share

MOTION_RULES: tuple[QualityRule[StudyMeasurements], ...] = (
    QualityRule(
        "motion_corrected",
        (
            Limit(
                Severity.INFO,
                lambda m: m.largest_translation,
                Bound.ABOVE,
                3.0,
                "The head moved by up to {value:.1f} mm, more than {limit:.0f} mm, and was put back in "
                "place.",
            ),
            Limit(
                Severity.INFO,
                lambda m: m.largest_rotation,
                Bound.ABOVE,
                2.0,
                "The head turned by up to {value:.1f} degrees, more than {limit:.0f} degrees, and was put "
                "back in place.",
            ),
        ),
        "Look at the motion plot and at the maps near bone.",
    ),
    QualityRule(
        "motion_residual",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.largest_residual,
                Bound.ABOVE,
                1.0,
                "In a used frame the head still lies about {value:.1f} mm off, more than {limit:.0f} mm.",
            ),
        ),
        "Look at the motion plot; read maps near bone, vessels and ventricles with care.",
    ),
    QualityRule(
        "rejected_frames",
        (
            Limit(
                Severity.WARNING,
                lambda m: share(m.rejected_frames, m.n_frames),
                Bound.ABOVE,
                0.1,
                "{study.rejected_frames} of {study.n_frames} frames ({value:.0%}, more than {limit:.0%}) "
                "were left out: they are damaged or could not be put back in place.",
            ),
            Limit(
                Severity.INFO,
                lambda m: m.rejected_frames,
                Bound.ABOVE,
                0.0,
                "Left out: {value:.0f} of {study.n_frames} frames, damaged or not to be put in place.",
            ),
        ),
        "Look at the motion plot, which names them; maps rest on the other frames at their own times.",
    ),
    QualityRule(
        "reference_changed",
        (
            Limit(
                Severity.INFO,
                lambda m: flag(m.reference_changed),
                Bound.ABOVE,
                0.0,
                "The first frame is an outlier, so the others were aligned with another one.",
            ),
        ),
        "Nothing to do; the motion table names the reference.",
    ),
    QualityRule(
        "invalid_tissue",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.invalid_share,
                Bound.ABOVE,
                0.2,
                "{value:.0%} of the brain, more than {limit:.0%}, cannot be analysed: it left the slab by "
                "motion or lies in metal.",
            ),
            Limit(
                Severity.INFO,
                lambda m: m.invalid_share,
                Bound.ABOVE,
                0.05,
                "{value:.0%} of the brain, more than {limit:.0%}, cannot be analysed: it left the slab by "
                "motion or lies in metal.",
            ),
        ),
        "Do not take the volumes for those of the whole slab.",
    ),
    QualityRule(
        "no_motion_correction",
        (
            Limit(
                Severity.INFO,
                lambda m: flag(m.largest_translation is None),
                Bound.ABOVE,
                0.0,
                "Motion correction was switched off.",
            ),
        ),
        "Run with it unless the series is registered already.",
    ),
)
