"""A core-volume network and the measured core disagree only where neither's own error explains it."""

import pytest

from CTPerfusionLib.quality import CoreVolumeMeasurements, assess_core_volume
from CTPerfusionLib.series import Severity


def answer(measured, probability=None, volume=None, missed=2.5):
    return CoreVolumeMeasurements(measured, 32.0, probability, volume, missed)


@pytest.mark.parametrize(
    "consistent",
    [
        answer(80.0, 0.95),  # large, and large
        answer(3.0, 0.05),
        answer(3.0, 0.79),  # not sure
        answer(80.0, 0.21),
        answer(12.0, 0.99),  # not clearly beyond the threshold
        answer(52.0, 0.01),
        answer(30.0, None, 70.0),
        answer(70.0, None, 30.0),
        answer(30.0, 0.5, None, 10.0),
        answer(30.0, 0.5, None, None),  # slices of the user
    ],
)
def test_nothing_is_said_of_what_errors_explain(consistent):
    assert assess_core_volume(consistent) == ()


@pytest.mark.parametrize(
    ("contradiction", "words", "apart"),
    [
        (answer(5.0, 0.8), "sure of a large core (probability 0.80), but the measured core of 5.0 mL", 27.0),
        (answer(60.0, 0.2), "sure of a small core (probability of a large one 0.20), but", 28.0),
        (answer(5.0, None, 50.0), "reads 50.0 mL and 5.0 mL were measured: 45.0 mL apart", 45.0),
        (answer(50.0, None, 5.0), "reads 5.0 mL and 50.0 mL were measured: 45.0 mL apart", 45.0),
    ],
)
def test_a_clear_contradiction_is_a_warning_with_both_sides_and_a_remedy(contradiction, words, apart):
    (finding,) = assess_core_volume(contradiction)

    assert (finding.code, finding.severity) == ("core_volume_disagreement", Severity.WARNING)
    assert words in finding.message
    assert (finding.value, finding.limit) == (apart, 40.0 if contradiction.volume_ml else 20.0)
    for sentence in (finding.message, finding.remedy):
        assert sentence.endswith(".")
        assert "{" not in sentence


def test_a_slice_far_from_its_level_is_told():
    (finding,) = assess_core_volume(answer(30.0, 0.5, None, 18.2))

    assert (finding.code, finding.severity) == ("core_volume_slices", Severity.INFO)
    assert "looked at a slice 18 mm away from the level" in finding.message
