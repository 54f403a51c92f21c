"""Rules on the bolus: its start, its strength and whether the scan outlasts it."""

from ..series import Severity
from .measurements import StudyMeasurements
from .rule import Bound, Limit, QualityRule, flag
from .truncation import LIKELY_TRUNCATED

BOLUS_RULES: tuple[QualityRule[StudyMeasurements], ...] = (
    QualityRule(
        "few_baseline_frames",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.baseline_frames,
                Bound.BELOW,
                3.0,
                "Only {value:.0f} frame(s) precede the contrast; a stable baseline needs {limit:.0f} or "
                "more.",
            ),
        ),
        "Start the scan earlier after the injection; read CBV and CBF with care.",
    ),
    QualityRule(
        "contrast_at_start",
        (
            Limit(
                Severity.WARNING,
                lambda m: flag(m.contrast_at_start),
                Bound.ABOVE,
                0.0,
                "Contrast is in the arteries from the first frame on, so enhancement is underestimated.",
            ),
        ),
        "Start the scan before the contrast arrives; read CBV and CBF with care.",
    ),
    QualityRule(
        "early_bolus",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.aif_arrival,
                Bound.BELOW,
                2.0,
                "Contrast reaches the artery {value:.1f} s after the start, earlier than {limit:.0f} s, so "
                "there is hardly a baseline.",
            ),
        ),
        "Read CBV and CBF with care.",
    ),
    QualityRule(
        "late_bolus",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.aif_arrival,
                Bound.ABOVE,
                30.0,
                "Contrast reaches the artery after {value:.0f} s, later than {limit:.0f} s; heart failure or "
                "an early start may be why.",
            ),
        ),
        "Check that the scan lasts until the contrast has left the brain.",
    ),
    QualityRule(
        "low_bolus",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.vof_peak,
                Bound.BELOW,
                100.0,
                "Even the vein peaks at only {value:.0f} HU, below {limit:.0f} HU, so little contrast "
                "reached the head.",
            ),
            Limit(
                Severity.WARNING,
                lambda m: m.tissue_peak,
                Bound.BELOW,
                2.0,
                "The tissue enhances by only {value:.1f} HU on average, less than {limit:.0f} HU.",
            ),
        ),
        "Check dose and injection; rely on relative maps of large areas only.",
    ),
    QualityRule(
        "truncated_scan",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.truncation_probability,
                Bound.ABOVE,
                LIKELY_TRUNCATED,
                "The scan ends {study.aif_to_end:.0f} s after the arterial peak; with these curves the "
                "volumes of the lesion are off by more than 15% with a probability of {value:.0%} (limit "
                "{limit:.0%}).",
            ),
        ),
        "Do not decide on core, penumbra, CBV and MTT of this scan; scan for 60 to 70 s.",
    ),
    QualityRule(
        "truncated_areas",
        (
            Limit(
                Severity.INFO,
                lambda m: m.aif_to_end if m.cbv_from_areas else None,
                Bound.BELOW,
                28.0,
                "The scan ends {value:.0f} s after the arterial peak, under {limit:.0f} s; this method "
                "takes CBV from the area of the measured curves, so CBV and MTT are too low where contrast "
                "arrives late.",
            ),
        ),
        "Use a method that fits a model, such as nlr or bayes, which loses less.",
    ),
    QualityRule(
        "venous_tail",
        (
            Limit(
                Severity.INFO,
                lambda m: m.vof_tail,
                Bound.ABOVE,
                0.3,
                "The vein still holds {value:.0%} of its peak enhancement when the scan ends, more than "
                "{limit:.0%}.",
            ),
        ),
        "Read CBV with care where contrast arrives late.",
    ),
)
