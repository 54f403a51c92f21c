"""Each quality rule speaks up beyond its limit, keeps quiet at it, and words its finding whole."""

import re
from dataclasses import fields, replace

import pytest

from CTPerfusionLib.quality import (
    CORE_VOLUME_RULES,
    QUALITY_RULES,
    StudyMeasurements,
    assess_study,
    describe_rules,
)
from CTPerfusionLib.quality.truncation import LIKELY_TRUNCATED
from CTPerfusionLib.series import Severity

GOOD = StudyMeasurements(
    interval=1.0,
    coverage=160.0,
    baseline_frames=8,
    contrast_at_start=False,
    largest_translation=0.4,
    largest_rotation=0.3,
    aif_is_used=True,
    aif_peak=350.0,
    aif_arrival=8.0,
    aif_to_end=40.0,
    vof_tail=0.15,
    partial_volume_factor=1.2,
    model_fits=True,
    cbv_from_areas=False,
    filtered=True,
    largest_residual=0.3,
    n_frames=60,
    rejected_frames=0,
    reference_changed=False,
    largest_gap=1.0,
    slice_thickness=5.0,
    pixel_ratio=1.0,
    invalid_share=0.01,
    noise=6.0,
    tissue_peak=6.0,
    vof_peak=300.0,
    aif_noise=0.01,
    aif_lead_over_tissue=4.0,
    contralateral_lead=0.2,
    aif_is_fallback=False,
    truncation_probability=0.01,
)

OPTIONAL = tuple(field.name for field in fields(StudyMeasurements) if "None" in str(field.type))

NUMBERS = [
    # code, severity, within the limit, beyond it
    ("slow_sampling", Severity.WARNING, {"interval": 3.0}, {"interval": 3.1}),
    ("irregular_timing", Severity.WARNING, {"largest_gap": 3.0}, {"largest_gap": 3.1}),
    ("thin_slab", Severity.INFO, {"coverage": 80.0}, {"coverage": 79.5}),
    ("thick_slices", Severity.INFO, {"slice_thickness": 10.0}, {"slice_thickness": 10.1}),
    ("uneven_pixels", Severity.WARNING, {"pixel_ratio": 1.05}, {"pixel_ratio": 1.06}),
    ("high_noise", Severity.WARNING, {"noise": 15.0}, {"noise": 15.1}),
    ("high_noise", Severity.WARNING, {"noise": 9.0, "tissue_peak": 3.0}, {"noise": 9.1, "tissue_peak": 3.0}),
    ("motion_corrected", Severity.INFO, {"largest_translation": 3.0}, {"largest_translation": 3.01}),
    ("motion_corrected", Severity.INFO, {"largest_rotation": 2.0}, {"largest_rotation": 2.01}),
    ("motion_residual", Severity.WARNING, {"largest_residual": 1.0}, {"largest_residual": 1.001}),
    ("rejected_frames", Severity.INFO, {"rejected_frames": 0}, {"rejected_frames": 1}),
    ("rejected_frames", Severity.INFO, {"rejected_frames": 0}, {"rejected_frames": 6}),
    ("rejected_frames", Severity.WARNING, {"rejected_frames": 0}, {"rejected_frames": 7}),
    ("invalid_tissue", Severity.INFO, {"invalid_share": 0.05}, {"invalid_share": 0.051}),
    ("invalid_tissue", Severity.INFO, {"invalid_share": 0.05}, {"invalid_share": 0.2}),
    ("invalid_tissue", Severity.WARNING, {"invalid_share": 0.05}, {"invalid_share": 0.201}),
    ("few_baseline_frames", Severity.WARNING, {"baseline_frames": 3}, {"baseline_frames": 2}),
    ("early_bolus", Severity.WARNING, {"aif_arrival": 2.0}, {"aif_arrival": 1.9}),
    ("late_bolus", Severity.WARNING, {"aif_arrival": 30.0}, {"aif_arrival": 30.5}),
    ("low_bolus", Severity.WARNING, {"vof_peak": 100.0}, {"vof_peak": 99.0}),
    ("low_bolus", Severity.WARNING, {"tissue_peak": 2.0}, {"tissue_peak": 1.9, "noise": 5.0}),
    (
        "truncated_scan",
        Severity.WARNING,
        {"truncation_probability": LIKELY_TRUNCATED},
        {"truncation_probability": LIKELY_TRUNCATED + 0.01},
    ),
    (
        "truncated_areas",
        Severity.INFO,
        {"aif_to_end": 28.0, "cbv_from_areas": True},
        {"aif_to_end": 27.9, "cbv_from_areas": True},
    ),
    ("venous_tail", Severity.INFO, {"vof_tail": 0.3}, {"vof_tail": 0.31}),
    ("weak_aif", Severity.WARNING, {"aif_peak": 100.0}, {"aif_peak": 99.0}),
    ("noisy_aif", Severity.WARNING, {"aif_noise": 0.05}, {"aif_noise": 0.051}),
    ("venous_aif", Severity.WARNING, {"aif_lead_over_tissue": 1.0}, {"aif_lead_over_tissue": 0.9}),
    ("late_aif", Severity.WARNING, {"contralateral_lead": 1.5}, {"contralateral_lead": 1.6}),
    (
        "strong_partial_volume",
        Severity.WARNING,
        {"partial_volume_factor": 2.5},
        {"partial_volume_factor": 2.51},
    ),
]

FACTS = {
    "no_filter": {"filtered": False},
    "reference_changed": {"reference_changed": True},
    "no_motion_correction": {"largest_translation": None, "largest_rotation": None},
    "contrast_at_start": {"contrast_at_start": True},
    "fallback_aif": {"aif_is_fallback": True},
    "no_artery": {"aif_arrival": None, "aif_peak": None, "aif_to_end": None, "aif_noise": None},
    "no_vein": {"vof_tail": None, "vof_peak": None, "partial_volume_factor": None},
    "model_mismatch": {"model_fits": False},
}

BROKEN = [*((code, beyond) for code, _, _, beyond in NUMBERS), *FACTS.items()]


def test_a_good_study_has_no_findings():
    assert assess_study(GOOD) == ()


def test_every_rule_has_an_example_here():
    assert {rule.code for rule in QUALITY_RULES} == {code for code, _ in BROKEN}


def test_codes_are_unique_and_in_snake_case():
    codes = [rule.code for rule in QUALITY_RULES]

    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)


@pytest.mark.parametrize(("code", "severity", "within", "beyond"), NUMBERS)
def test_a_rule_is_quiet_at_its_limit_and_fires_beyond_it(code, severity, within, beyond):
    (finding,) = assess_study(replace(GOOD, **beyond))

    assert assess_study(replace(GOOD, **within)) == ()
    assert (finding.code, finding.severity) == (code, severity)


@pytest.mark.parametrize("code", FACTS)
def test_a_fact_gives_exactly_its_finding(code):
    (finding,) = assess_study(replace(GOOD, **FACTS[code]))

    assert finding.code == code
    assert finding.value is None
    assert finding.limit is None


@pytest.mark.parametrize("broken", [broken for _, broken in BROKEN])
def test_findings_are_whole_sentences_with_a_remedy(broken):
    (finding,) = assess_study(replace(GOOD, **broken))

    for sentence in (finding.message, finding.remedy):
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "None" not in sentence


@pytest.mark.parametrize("beyond", [beyond for *_, beyond in NUMBERS])
def test_messages_of_measured_values_hold_a_number_with_what_it_counts(beyond):
    (finding,) = assess_study(replace(GOOD, **beyond))

    assert re.search(r"\d ?(s|mm|HU|degrees|times|%|frame|of \d+ frames)", finding.message)
    assert finding.value is not None
    assert finding.limit is not None


@pytest.mark.parametrize("name", OPTIONAL)
def test_what_was_not_measured_raises_no_alarm(name):
    said_of_absence = {"no_artery", "no_vein", "no_motion_correction"}

    findings = assess_study(replace(GOOD, **{name: None}))

    assert {finding.code for finding in findings} <= said_of_absence


def test_nothing_is_said_of_an_artery_on_which_the_maps_do_not_depend():
    poor = {
        "aif_peak": 40.0, "aif_noise": 0.3, "aif_lead_over_tissue": -2.0, "contralateral_lead": 4.0,
        "aif_is_fallback": True, "partial_volume_factor": 5.0, "vof_tail": None,
    }  # fmt: skip

    assert len(assess_study(replace(GOOD, **poor))) == len(poor)
    assert assess_study(replace(GOOD, **poor, aif_is_used=False)) == ()


def test_nothing_is_said_of_a_baseline_too_short_to_measure_noise():
    assert assess_study(replace(GOOD, aif_noise=float("nan"))) == ()


def test_a_gap_that_is_the_usual_rhythm_is_not_called_irregular():
    findings = assess_study(replace(GOOD, interval=3.5, largest_gap=3.6))

    assert [finding.code for finding in findings] == ["slow_sampling"]


def test_the_finding_carries_value_and_limit():
    (finding,) = assess_study(replace(GOOD, aif_peak=80.04))

    assert (finding.value, finding.limit) == (80.04, 100.0)
    assert "80 HU" in finding.message


def test_the_finding_of_rejected_frames_counts_them():
    (finding,) = assess_study(replace(GOOD, rejected_frames=9))

    assert finding.message.startswith("9 of 60 frames (15%, more than 10%)")


def test_the_table_of_rules_has_a_row_for_each_limit_and_the_codes_of_all_rules():
    rows = list(describe_rules())

    rules = (*QUALITY_RULES, *CORE_VOLUME_RULES)
    assert {row.code for row in rows} == {rule.code for rule in rules}
    assert len(rows) == sum(len(rule.limits) for rule in rules)
    by_code = {row.code: row for row in rows}
    assert by_code["motion_residual"].condition == "> 1"
    assert by_code["weak_aif"].condition == "< 100"
    assert by_code["no_vein"].condition == ""


def test_the_table_of_rules_shows_limits_and_leaves_measured_numbers_open():
    sentences = {row.code: row.sentence for row in describe_rules()}

    assert sentences["weak_aif"] == "The arterial input peaks at only … HU, below 100 HU."
    assert not any("{" in sentence for sentence in sentences.values())
