"""Findings on a study: what its reader has to know before trusting the numbers."""

from .measurements import StudyMeasurements
from .rules import QUALITY_RULES, QualityRule, assess_study

__all__ = ["QUALITY_RULES", "QualityRule", "StudyMeasurements", "assess_study"]
