"""The rules that turn measurements into findings; one entry each, read by report, summary and docs.

Limits: ALGORITHMS section 4 (quality of arterial and venous curves) and section 3.3 (truncation) of the
project's design, which name their sources; the ones of the arterial peak, the arrival and the motion are
conventional.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ..series import Finding, Severity
from .measurements import StudyMeasurements


@dataclass(frozen=True)
class QualityRule:
    """One condition on the measurements.

    Attributes
    ----------
    code : str
    severity : Severity
    measure : callable
        Takes the measurements and returns the value to judge, or None where it does not apply.
    limit : float
    beyond : callable
        Takes value and limit and returns whether this is worth a finding.
    message, remedy : str
        One sentence each; ``{value}`` and ``{limit}`` stand for the numbers.
    """

    code: str
    severity: Severity
    measure: Callable[[StudyMeasurements], float | None]
    limit: float
    beyond: Callable[[float, float], bool]
    message: str
    remedy: str

    def judge(self, measurements: StudyMeasurements) -> Finding | None:
        """Return the finding, or None if there is nothing to report."""
        value = self.measure(measurements)
        if value is None or not self.beyond(value, self.limit):
            return None
        return Finding(
            self.code,
            self.severity,
            self.message.format(value=value, limit=self.limit),
            self.remedy,
            value=round(float(value), 3),
            limit=self.limit,
        )


def _above(value: float, limit: float) -> bool:
    return value > limit


def _below(value: float, limit: float) -> bool:
    return value < limit


QUALITY_RULES: tuple[QualityRule, ...] = (
    QualityRule(
        "slow_sampling", Severity.WARNING, lambda m: m.interval, 3.0, _above,
        "Frames are {value:.1f} s apart, more than {limit:.0f} s, so timing maps and CBF are coarse.",
        "Use a protocol with at most 3 s between frames.",
    ),
    QualityRule(
        "thin_slab", Severity.INFO, lambda m: m.coverage, 80.0, _below,
        "The scan covers {value:.0f} mm of the head; volumes count only the tissue inside.",
        "Do not compare the volumes with those of whole-brain scans.",
    ),
    QualityRule(
        "few_baseline_frames", Severity.WARNING, lambda m: m.baseline_frames, 3.0, _below,
        "Only {value:.0f} frame(s) precede the contrast; a stable baseline needs {limit:.0f} or more.",
        "Start the scan earlier after the injection; read CBV and CBF with care.",
    ),
    QualityRule(
        "contrast_at_start", Severity.WARNING,
        lambda m: 1.0 if m.contrast_at_start else None, 0.0, _above,
        "Contrast is in the arteries from the first frame on, so enhancement is underestimated.",
        "Start the scan before the contrast arrives; read CBV and CBF with care.",
    ),
    QualityRule(
        "head_translation", Severity.WARNING, lambda m: m.largest_translation, 3.0, _above,
        "The head moved by up to {value:.1f} mm; beyond {limit:.0f} mm correction may leave errors.",
        "Look at the motion plot and at the maps near bone.",
    ),
    QualityRule(
        "head_rotation", Severity.WARNING, lambda m: m.largest_rotation, 2.0, _above,
        "The head turned by up to {value:.1f} degrees; beyond {limit:.0f} correction may leave errors.",
        "Look at the motion plot and at the maps near bone.",
    ),
    QualityRule(
        "unregistered_frames", Severity.WARNING, lambda m: m.unregistered_frames, 0.0, _above,
        "Motion correction found no position for {value:.0f} frame(s), which were used as they are.",
        "Look at the motion plot and at the curves.",
    ),
    QualityRule(
        "no_motion_correction", Severity.INFO,
        lambda m: 1.0 if m.largest_translation is None else None, 0.0, _above,
        "Motion correction was switched off.",
        "Run with it unless the series is registered already.",
    ),
    QualityRule(
        "no_filter", Severity.INFO, lambda m: None if m.filtered else 1.0, 0.0, _above,
        "Noise filtering was switched off, so maps are noisier and low flow is overestimated.",
        "Run with it unless the series is filtered already.",
    ),
    QualityRule(
        "model_mismatch", Severity.INFO, lambda m: None if m.model_fits else 1.0, 0.0, _above,
        "Contrast does not leave the tissue as the method assumes, so CBF reads too low and MTT too high; "
        "the thresholds of relative CBF allow for it.",
        "Rely on relative CBF and volumes; do not compare absolute CBF and MTT with other software.",
    ),
    QualityRule(
        "weak_aif", Severity.WARNING, lambda m: m.aif_peak, 100.0, _below,
        "The arterial input peaks at only {value:.0f} HU, below {limit:.0f} HU.",
        "Check its position in the report; choose a better artery with --aif.",
    ),
    QualityRule(
        "early_bolus", Severity.WARNING, lambda m: m.aif_arrival, 2.0, _below,
        "Contrast reaches the artery {value:.1f} s after the start, so there is hardly a baseline.",
        "Read CBV and CBF with care.",
    ),
    QualityRule(
        "late_bolus", Severity.WARNING, lambda m: m.aif_arrival, 30.0, _above,
        "Contrast reaches the artery after {value:.0f} s; heart failure or an early start may be why.",
        "Check that the scan lasts until the contrast has left the brain.",
    ),
    QualityRule(
        "truncated_scan", Severity.WARNING, lambda m: m.aif_to_end, 20.0, _below,
        "The scan ends {value:.0f} s after the arterial peak, under {limit:.0f} s, before contrast has left "
        "late tissue, so CBV and MTT are too low and Tmax is unreliable there.",
        "Do not read CBV and MTT in the lesion; scan for 60 to 70 s.",
    ),
    QualityRule(
        "truncated_areas", Severity.INFO, lambda m: m.aif_to_end if m.cbv_from_areas else None, 28.0, _below,
        "The scan ends {value:.0f} s after the arterial peak, under {limit:.0f} s; this method takes CBV "
        "from the area of the measured curves, so CBV and MTT are too low where contrast arrives late.",
        "Use a method that fits a model, such as nlr or bayes, which loses less.",
    ),
    QualityRule(
        "venous_tail", Severity.INFO, lambda m: m.vof_tail, 0.3, _above,
        "The vein still holds {value:.0%} of its peak enhancement when the scan ends.",
        "Read CBV with care where contrast arrives late.",
    ),
    QualityRule(
        "no_vein", Severity.WARNING, lambda m: 1.0 if m.vof_tail is None else None, 0.0, _above,
        "No vein was found, so the arterial input could not be checked for partial volume.",
        "Name a voxel in a large sinus with --vof, or read absolute CBF and CBV with care.",
    ),
    QualityRule(
        "strong_partial_volume", Severity.WARNING, lambda m: m.partial_volume_factor, 2.5, _above,
        "The artery shows {value:.1f} times less contrast than the vein; it is too small to be scaled.",
        "Choose a larger artery with --aif, or read absolute CBF and CBV with care.",
    ),
)  # fmt: skip
"""All rules, in the order in which findings are listed."""


def assess_study(measurements: StudyMeasurements) -> tuple[Finding, ...]:
    """Return the findings of all rules that the measurements break, in the order of the rules."""
    findings = (rule.judge(measurements) for rule in QUALITY_RULES)
    return tuple(finding for finding in findings if finding is not None)
