"""Each quality rule speaks up beyond its limit, keeps quiet within it, and words its finding whole."""

from dataclasses import replace

import pytest

from CTPerfusionLib.quality import QUALITY_RULES, StudyMeasurements, assess_study
from CTPerfusionLib.series import Severity

GOOD = StudyMeasurements(
    interval=1.0,
    coverage=160.0,
    baseline_frames=8,
    contrast_at_start=False,
    largest_translation=0.4,
    largest_rotation=0.3,
    unregistered_frames=0,
    aif_peak=350.0,
    aif_arrival=8.0,
    aif_to_end=40.0,
    vof_tail=0.15,
    partial_volume_factor=1.2,
    model_fits=True,
    cbv_from_areas=False,
    filtered=True,
)

BROKEN = {
    "slow_sampling": {"interval": 3.5},
    "thin_slab": {"coverage": 40.0},
    "few_baseline_frames": {"baseline_frames": 2},
    "head_translation": {"largest_translation": 3.1},
    "head_rotation": {"largest_rotation": 2.1},
    "unregistered_frames": {"unregistered_frames": 1},
    "no_motion_correction": {"largest_translation": None, "largest_rotation": None},
    "no_filter": {"filtered": False},
    "model_mismatch": {"model_fits": False},
    "weak_aif": {"aif_peak": 80.0},
    "early_bolus": {"aif_arrival": 1.0},
    "late_bolus": {"aif_arrival": 31.0},
    "truncated_scan": {"aif_to_end": 12.0},
    "truncated_areas": {"aif_to_end": 25.0, "cbv_from_areas": True},
    "venous_tail": {"vof_tail": 0.4},
    "contrast_at_start": {"contrast_at_start": True},
    "no_vein": {"vof_tail": None, "partial_volume_factor": None},
    "strong_partial_volume": {"partial_volume_factor": 2.7},
}


def test_a_good_study_has_no_findings():
    assert assess_study(GOOD) == ()


def test_every_rule_has_an_example_here():
    assert {rule.code for rule in QUALITY_RULES} == set(BROKEN)


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_rule_gives_exactly_its_finding(code):
    findings = assess_study(replace(GOOD, **BROKEN[code]))

    assert [finding.code for finding in findings] == [code]


@pytest.mark.parametrize("code", BROKEN)
def test_findings_are_whole_sentences_with_a_remedy(code):
    (finding,) = assess_study(replace(GOOD, **BROKEN[code]))

    for sentence in (finding.message, finding.remedy):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "{" not in sentence
    assert finding.severity in Severity


def test_the_finding_carries_value_and_limit():
    (finding,) = assess_study(replace(GOOD, aif_peak=80.04))

    assert (finding.value, finding.limit) == (80.04, 100.0)
    assert "80 HU" in finding.message
