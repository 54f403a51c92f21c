"""Halves of a cohort: by patient, disjoint, and the same however patients come."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.validation.patient_halves import (
    Half,
    PatientHalves,
    find_copies,
    halve_patients,
    halves_text,
)

NAMES = st.lists(st.text("abc0123456789_-", min_size=1, max_size=8), max_size=30)
SEEDS = st.integers(-(2**31), 2**31)


@given(NAMES, SEEDS)
def test_halves_are_disjoint_and_hold_everybody_once(names, seed):
    halves = halve_patients(names, seed)

    assert set(halves.tuning).isdisjoint(halves.reporting)
    assert sorted(halves.patients) == sorted(set(names))


@given(NAMES, SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_patients_and_the_number_of_their_cases_do_not_matter(
    names, seed, shuffler: random.Random
):
    again = [*names, *names[:3]]
    shuffler.shuffle(again)

    assert halve_patients(again, seed) == halve_patients(names, seed)


@given(NAMES, NAMES, SEEDS)
def test_nobody_changes_sides_when_others_are_added(names, others, seed):
    alone, together = halve_patients(names, seed), halve_patients([*names, *others], seed)

    assert all(alone.of(name) is together.of(name) for name in names)


def test_halves_of_many_are_about_equal_and_depend_on_the_seed():
    names = [f"case_{number}" for number in range(2000)]
    first, second = halve_patients(names, 0), halve_patients(names, 1)

    # Five standard deviations of a fair coin.
    assert abs(len(first.tuning) - 1000) < 5 * 0.5 * 2000**0.5
    moved = sum(first.of(name) is not second.of(name) for name in names)
    assert abs(moved - 1000) < 5 * 0.5 * 2000**0.5


def test_a_patient_in_both_halves_or_in_none_is_refused():
    with pytest.raises(ConfigurationError, match="patient b twice"):
        PatientHalves(tuning=("a", "b"), reporting=("b",), seed=0)
    with pytest.raises(ConfigurationError, match="c is in neither half"):
        PatientHalves(tuning=("a",), reporting=("b",), seed=0).of("c")


def test_copies_are_told_with_the_first_case_of_the_same_images():
    digests = {"case_1": "x", "case_2": "y", "case_10": "x", "case_11": "x"}

    assert find_copies(digests) == {"case_10": "case_1", "case_11": "case_1"}


def test_the_file_names_everybody_in_the_half_of_theirs():
    halves = halve_patients(["a", "b", "c", "d"], 3)

    record = json.loads(halves_text(halves))
    assert record["seed"] == 3
    assert {half: tuple(record[half]) for half in Half} == {
        Half.TUNING: halves.tuning,
        Half.REPORTING: halves.reporting,
    }
