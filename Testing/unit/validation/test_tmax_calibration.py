"""The calibration agrees with closed forms where the answer is known."""

import json

import numpy as np
import pytest

from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.series import TmaxDefinition
from CTPerfusionLib.validation import calibrate_tmax, calibration_record, calibration_text
from CTPerfusionLib.validation.calibration_scans import DELAYS, MTTS, calibration_scans
from CTPerfusionLib.validation.tissue_responses import FAMILY_RESPONSES
from CTPerfusionLib.validation.tmax_thresholds import TRUE_CENTRE


@pytest.fixture(scope="module")
def without_noise():
    return calibrate_tmax(noise=0.0, intervals=(1.0,), device="cpu")


def readings(calibration, method, residue):
    return [each for each in calibration.readings if (each.method, each.residue) == (method, residue)]


def test_nlr_reports_the_centre_of_a_box(without_noise):
    for reading in readings(without_noise, "nlr", "box"):
        assert reading.tmax == pytest.approx(reading.delay + reading.mtt / 2, abs=0.1)
        assert reading.reported_mtt == pytest.approx(reading.mtt, rel=0.03)
        assert reading.cbf_ratio == pytest.approx(1.0, abs=0.03)


def test_six_seconds_of_nlr_are_six_seconds_of_centre_for_a_box(without_noise):
    (found,) = (
        each
        for each in without_noise.correspondences
        if (each.method, each.residue, each.interval) == ("nlr", "box", 1.0)
    )

    assert found.cut == pytest.approx(6.0, abs=0.1)
    assert found.centre == pytest.approx(6.0, abs=0.1)
    assert found.reading == pytest.approx(6.0, abs=0.1)
    assert found.agreement_at_limit > 0.98


def test_six_seconds_of_anything_are_six_seconds_of_itself(without_noise):
    same = [each.threshold for each in without_noise.equivalents if each.of == each.by]

    assert len(same) == len(METHODS) + 1
    assert same == pytest.approx([6.0] * len(same), abs=0.05)


def test_thresholds_that_are_equivalent_are_ordered_alike_in_both_directions(without_noise):
    threshold = {(each.of, each.by): each.threshold for each in without_noise.equivalents}

    for method in METHODS:
        there, back = threshold[TRUE_CENTRE, method] - 6.0, threshold[method, TRUE_CENTRE] - 6.0
        assert there * back <= 0.01


def test_a_maximum_comes_before_the_centre_of_an_exponential(without_noise):
    for reading in readings(without_noise, "bsvd", "exponential"):
        assert reading.tmax < reading.delay + 0.8 * reading.mtt


def test_every_method_is_read_for_every_residue_function_delay_and_transit_time(without_noise):
    n_cases = len(METHODS) * len(FAMILY_RESPONSES) * len(DELAYS) * len(MTTS)

    assert len(without_noise.readings) == n_cases
    assert {each.residue for each in without_noise.correspondences} == {*FAMILY_RESPONSES, None}


def test_the_record_is_strict_json_and_says_which_tmax_each_method_means(without_noise):
    record = json.loads(json.dumps(calibration_record(without_noise), allow_nan=False))

    assert record["tmax_definitions"]["nlr"] == TmaxDefinition.CENTRE
    assert record["tmax_definitions"]["bsvd"] == TmaxDefinition.ARGMAX
    assert len(record["readings"]) == len(without_noise.readings)


def test_the_text_shows_every_method_with_its_definition(without_noise):
    text = calibration_text(without_noise)

    for name, method in METHODS.items():
        assert f"\n{name}" in text
        assert str(method.tmax_definition) in text


def test_a_method_that_finds_nothing_leaves_gaps_and_no_error():
    drowned = calibrate_tmax(noise=500.0, intervals=(4.0,), device="cpu")

    assert any(np.isnan(each.tmax) for each in drowned.readings)
    json.dumps(calibration_record(drowned), allow_nan=False)
    assert " - " in calibration_text(drowned)


def test_curves_depend_on_the_seed_and_on_nothing_else():
    first, again, other = (next(calibration_scans(2.0, 2.0, seed)) for seed in (900, 900, 901))

    assert np.array_equal(first.curves, again.curves)
    assert not np.array_equal(first.curves, other.curves)
