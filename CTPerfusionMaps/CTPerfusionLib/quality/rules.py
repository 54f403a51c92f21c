"""The rules that turn measurements into findings; one entry each, read by report, summary and docs.

Limits: ALGORITHMS section 4 (quality of arterial and venous curves) and section 3.3 (truncation) of the
project's design, which name their sources; others are explained where they stand.
"""

from collections.abc import Iterator

from ..series import Finding
from .acquisition_rules import ACQUISITION_RULES
from .bolus_rules import BOLUS_RULES
from .core_volume_rules import CORE_VOLUME_RULES, CoreVolumeMeasurements
from .measurements import StudyMeasurements
from .motion_rules import MOTION_RULES
from .rule import QualityRule, RuleDescription, describe
from .vessel_rules import VESSEL_RULES

QUALITY_RULES: tuple[QualityRule[StudyMeasurements], ...] = (
    *ACQUISITION_RULES,
    *MOTION_RULES,
    *BOLUS_RULES,
    *VESSEL_RULES,
)
"""All rules on a study before its lesion, in the order in which findings are listed."""


def assess_study(measurements: StudyMeasurements) -> tuple[Finding, ...]:
    """Return the findings of all rules that the measurements break, in the order of the rules."""
    findings = (rule.judge(measurements) for rule in QUALITY_RULES)
    return tuple(finding for finding in findings if finding is not None)


def assess_core_volume(measurements: CoreVolumeMeasurements) -> tuple[Finding, ...]:
    """Return the findings on a core-volume network and the measured core."""
    findings = (rule.judge(measurements) for rule in CORE_VOLUME_RULES)
    return tuple(finding for finding in findings if finding is not None)


def describe_rules() -> Iterator[RuleDescription]:
    """Yield the table of all rules, a row for each limit."""
    yield from describe(QUALITY_RULES)
    yield from describe(CORE_VOLUME_RULES)
