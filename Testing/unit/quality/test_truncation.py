"""The detector of scans that end too early: what it sees, and how its answer depends on that."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.kinetics import METHODS, ResidueShape
from CTPerfusionLib.quality import TruncationFeatures, truncation_features, truncation_probability
from CTPerfusionLib.quality.truncation import LIKELY_TRUNCATED
from CTPerfusionLib.vessels.curve import VesselCurve, vessel_curve

SECONDS = st.floats(-5.0, 60.0)
TAILS = st.floats(-0.1, 1.0)
SPREADS = st.sampled_from([0.0, 1.0 / 3.0, 1.0])
NAMES = st.sampled_from(list(METHODS))


def bolus(times: np.ndarray, peak_time: float, width: float) -> np.ndarray:
    return np.exp(-0.5 * ((times - peak_time) / width) ** 2)


def an_artery(times: np.ndarray, peak_time: float = 15.0) -> VesselCurve:
    return vessel_curve(times, 300.0 * bolus(times, peak_time, 3.0), np.zeros((1, 3), dtype=np.intp), "")


@given(SECONDS, SECONDS, TAILS, SPREADS, NAMES)
def test_a_scan_that_lasts_longer_is_never_more_suspect(one, other, tail, spread, name):
    shorter, longer = sorted([one, other])

    assert truncation_probability(TruncationFeatures(longer, tail, spread), name) <= truncation_probability(
        TruncationFeatures(shorter, tail, spread), name
    )


@given(SECONDS, TAILS, TAILS, SPREADS, NAMES)
def test_tissue_that_holds_more_contrast_at_the_end_is_never_less_suspect(seconds, one, other, spread, name):
    lower, higher = sorted([one, other])

    assert truncation_probability(TruncationFeatures(seconds, lower, spread), name) <= truncation_probability(
        TruncationFeatures(seconds, higher, spread), name
    )


@given(SECONDS, TAILS, SPREADS, NAMES)
def test_the_answer_is_a_probability(seconds, tail, spread, name):
    assert 0.0 <= truncation_probability(TruncationFeatures(seconds, tail, spread), name) <= 1.0


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("spread", [0.0, 1.0 / 3.0, 1.0])
def test_scans_that_end_at_the_peak_are_flagged_and_those_that_outlast_it_by_far_are_not(name, spread):
    at_peak = truncation_probability(TruncationFeatures(2.0, 1.0, spread), name)
    long_after = truncation_probability(TruncationFeatures(40.0, 0.05, spread), name)

    assert at_peak > LIKELY_TRUNCATED > long_after


def test_methods_that_take_areas_share_a_detector():
    features = TruncationFeatures(12.0, 0.4, 0.0)
    by_areas = {truncation_probability(features, name) for name in METHODS if METHODS[name].cbv_from_areas}

    assert len(by_areas) == 1


def test_of_a_network_it_is_not_known_when_a_scan_is_too_short():
    assert truncation_probability(TruncationFeatures(2.0, 1.0, 1.0), "unet") is None


def test_features_are_the_time_after_the_peak_the_tail_of_the_tissue_and_the_spread_of_its_transits():
    times = np.arange(0.0, 45.5, 0.5)
    tissue = 5.0 * np.maximum(bolus(times, 20.0, 5.0), np.where(times > 20.0, 0.25, 0.0))

    features = truncation_features(an_artery(times), times, tissue, ResidueShape.GAMMA)

    assert features.aif_to_end == pytest.approx(30.0, abs=0.01)
    assert features.tissue_tail == pytest.approx(0.25, abs=1e-6)
    assert features.transit_spread == pytest.approx(1.0 / 3.0)


def test_features_do_not_depend_on_the_strength_of_the_bolus():
    times = np.arange(0.0, 40.0)
    tissue = bolus(times, 22.0, 6.0)

    weak, strong = (
        truncation_features(an_artery(times), times, scale * tissue, ResidueShape.BOX) for scale in (2.0, 9.0)
    )

    assert weak.tissue_tail == pytest.approx(strong.tissue_tail)
    assert weak.transit_spread == 0.0


def test_cutting_a_scan_makes_it_more_suspect():
    times = np.arange(0.0, 60.0)
    tissue = bolus(times, 20.0, 6.0) * np.exp(np.maximum(times - 20.0, 0.0) / 12.0)

    found = []
    for end in (20, 25, 30, 40, 60):
        features = truncation_features(
            an_artery(times[:end]), times[:end], tissue[:end], ResidueShape.EXPONENTIAL
        )
        found.append(truncation_probability(features, "nlr"))

    assert found == sorted(found, reverse=True)
    assert found[0] > LIKELY_TRUNCATED > found[-1]
