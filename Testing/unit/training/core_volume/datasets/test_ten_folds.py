"""Ten-fold division: everyone tested once and steering once, never in two parts, the same for a seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.training.core_volume.datasets import ten_folds
from CTPerfusionLib.training.datasets import DatasetError

COHORT = [f"P{number:03d}" for number in range(217)]

several_patients = st.lists(st.text("abc123", min_size=1), min_size=10, max_size=40, unique=True)


@given(several_patients, st.integers(0, 1000), st.integers(3, 10))
def test_every_patient_is_tested_once_and_steers_once(patients, seed, k):
    splits = ten_folds(patients, seed, k)

    assert len(splits) == k
    for part in ("test", "validation"):
        assert sorted(name for split in splits for name in getattr(split, part)) == sorted(patients)
    assert all(sorted(split.patients) == sorted(patients) for split in splits)


@given(several_patients, st.randoms(use_true_random=False), st.integers(0, 1000))
def test_the_division_depends_on_the_seed_and_not_on_the_order(patients, random, seed):
    assert ten_folds(random.sample(patients, len(patients)), seed) == ten_folds(patients, seed)


def test_the_cohort_of_the_paper_is_divided_eight_to_one_to_one():
    for split in ten_folds(COHORT, seed=0):
        assert len(split.test) in (21, 22)
        assert len(split.validation) in (21, 22)
        assert 173 <= len(split.train) <= 175


def test_another_seed_divides_differently():
    assert ten_folds(COHORT, 1) != ten_folds(COHORT, 2)


@pytest.mark.parametrize(
    ("patients", "k", "reason"),
    [
        (COHORT, 2, "2 folds leave no patients"),
        (COHORT[:9], 10, "9 patients are too few"),
        ([*COHORT, "P003"], 10, "named twice"),
    ],
)
def test_what_cannot_be_divided_is_refused(patients, k, reason):
    with pytest.raises(DatasetError, match=reason):
        ten_folds(patients, 0, k)
