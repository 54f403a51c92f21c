"""What a calibration chooses among, and the flow reading by volumes of the core."""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.kinetics import DECONVOLUTIONS, MethodPreset
from CTPerfusionLib.preprocessing import noise_filter
from CTPerfusionLib.validation.deconvolution_tuning import fit_reading
from CTPerfusionLib.validation.tuning_candidate import SMOOTHINGS, candidates, default_candidate
from CTPerfusionLib.validation.tuning_measure import READINGS, CandidateScore, CoreVolumes


def straight(slope, reference, zero=0.0):
    """A case whose core grows by `slope` mL with each unit of the reading from `zero` on."""
    found = np.maximum(np.array(READINGS) - zero, 0.0) * slope
    return CoreVolumes(reference, tuple(float(each) for each in found))


@pytest.mark.parametrize("name", DECONVOLUTIONS)
def test_defaults_are_among_the_candidates_and_each_can_be_computed(name):
    tried = candidates(name)

    assert default_candidate(name) in tried
    assert len(set(tried)) == len(tried)
    for candidate in tried:
        assert noise_filter(candidate.filter).title == candidate.smoothing
        assert candidate.method.parameters.items() >= dict(candidate.options).items()


@pytest.mark.parametrize("name", DECONVOLUTIONS)
def test_candidates_of_one_filter_stand_together_so_that_each_filter_is_applied_once(name):
    filters = [key for key, _ in groupby(candidates(name), lambda each: each.filter)]
    assert filters == list(SMOOTHINGS)


def test_the_least_and_the_greatest_value_are_ends():
    by_threshold = {each.options[0][1]: each for each in candidates("bsvd")}
    at_ends = {value for value, each in by_threshold.items() if each.ends == ("threshold",)}
    assert at_ends == {min(by_threshold), max(by_threshold)}


def test_a_candidate_becomes_a_preset_with_its_values():
    candidate = candidates("tikhonov")[0]
    preset = candidate.preset("x", title="T", source="S", flow_reading=1.2, tuned_with=("p",))

    assert isinstance(preset, MethodPreset)
    assert preset.options == dict(candidate.options)
    assert (preset.deconvolution, preset.filter) == ("tikhonov", candidate.filter)


def test_the_score_is_the_mean_of_both_concordances():
    assert CandidateScore(tmax=0.8, flow=0.6).score == pytest.approx(0.7)


@given(st.floats(0.6, 2.4), st.lists(st.floats(5.0, 100.0), min_size=1, max_size=5))
def test_the_reading_is_the_one_by_which_all_volumes_are_those_of_the_reference(reading, slopes):
    found = fit_reading([straight(slope, slope * reading) for slope in slopes])

    assert found.reading == pytest.approx(reading, abs=0.0051)
    assert found.error_ml <= 0.0051 * max(slopes)
    assert found.n_cores == len(slopes)
    assert found.unread_error_ml == pytest.approx(np.mean(slopes) * abs(reading - 1.0), rel=1e-6)
    assert not found.is_at_the_end


def test_the_median_case_decides_where_cases_contradict_each_other():
    cases = [straight(10.0, 10.0 * reading) for reading in (0.9, 1.2, 2.3)]
    # The sum of |r - r_i| is least at the median of r_i.
    assert fit_reading(cases).reading == pytest.approx(1.2)


def test_of_readings_that_are_as_good_the_middle_one_is_taken():
    step = CoreVolumes(
        20.0, tuple(0.0 if each < 1.05 else 20.0 if each < 1.75 else 90.0 for each in READINGS)
    )
    assert fit_reading([step]).reading == pytest.approx(1.4, abs=0.011)


def test_a_healthy_case_keeps_the_reading_from_growing():
    with_core = straight(10.0, 30.0)
    healthy = straight(200.0, 0.0, zero=1.5)

    assert fit_reading([with_core]).is_at_the_end
    assert fit_reading([with_core, healthy]).reading == pytest.approx(1.5, abs=0.011)


def test_without_a_core_there_is_nothing_to_fit():
    with pytest.raises(ProcessingError, match="No case of the tuning half has an infarct core"):
        fit_reading([straight(10.0, 0.4), straight(10.0, 0.0)])
