"""The division by patient: nobody in two parts, the same for a seed, and held against the data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.training.datasets import (
    DatasetError,
    Split,
    cache_source,
    check_split,
    folds,
    read_split,
    split_patients,
    write_split,
)

PATIENTS = [f"MOL-{number:03d}" for number in range(1, 116)]

several_patients = st.lists(st.text("abcdefgh123", min_size=1), min_size=6, max_size=40, unique=True)


@given(several_patients, st.integers(0, 1000), st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_every_patient_is_in_exactly_one_part(patients, seed, test, validation):
    split = split_patients(patients, test=test, validation=validation, seed=seed)

    assert sorted(split.patients) == sorted(patients)
    assert all(split.parts.values())


@given(several_patients, st.integers(0, 1000), st.integers(2, 5))
def test_cross_validation_tests_every_patient_once(patients, seed, k):
    splits = folds(patients, k, seed)

    assert sorted(patient for split in splits for patient in split.test) == sorted(patients)
    assert all(sorted(split.patients) == sorted(patients) for split in splits)
    sizes = [len(split.test) for split in splits]
    assert max(sizes) - min(sizes) <= 1


@given(several_patients, st.randoms(use_true_random=False), st.integers(0, 1000))
def test_a_division_depends_on_the_seed_and_not_on_the_order(patients, random, seed):
    shuffled = random.sample(patients, len(patients))

    assert split_patients(shuffled, seed=seed) == split_patients(patients, seed=seed)
    assert folds(shuffled, 3, seed) == folds(patients, 3, seed)


def test_another_seed_divides_differently():
    assert split_patients(PATIENTS, seed=1) != split_patients(PATIENTS, seed=2)
    assert folds(PATIENTS, 3, 1) != folds(PATIENTS, 3, 2)


def test_parts_are_counted_or_given_as_shares():
    counted = split_patients(PATIENTS, test=15, validation=10)
    assert [len(part) for part in counted.parts.values()] == [90, 10, 15]
    shared = split_patients(PATIENTS, test=0.2, validation=0.1)
    assert [len(part) for part in shared.parts.values()] == [80, 12, 23]


def test_a_patient_in_two_parts_is_refused():
    with pytest.raises(DatasetError, match="holds patient b in train and in test"):
        Split(("a", "b"), ("c",), ("b",))


def test_a_patient_who_is_named_twice_is_refused():
    with pytest.raises(DatasetError, match="holds patient a twice"):
        Split(("a", "a"), ("c",), ("b",))
    with pytest.raises(DatasetError, match="named twice"):
        split_patients(["a", "b", "c", "a"])
    with pytest.raises(DatasetError, match="named twice"):
        folds(["a", "b", "c", "a"], 2)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_an_empty_part_is_refused(part):
    parts = {"train": ("a",), "validation": ("b",), "test": ("c",), part: ()}
    with pytest.raises(DatasetError, match=f"part '{part}' of the division has no patient"):
        Split(**parts)


@pytest.mark.parametrize("patients", [[], ["a"], ["a", "b"]])
def test_too_few_patients_cannot_be_divided(patients):
    with pytest.raises(DatasetError, match=f"{len(patients)} patients? (is|are) too few"):
        split_patients(patients)
    with pytest.raises(DatasetError, match="too few"):
        folds(patients, 2)


def test_folds_that_leave_nothing_to_learn_from_are_refused():
    with pytest.raises(DatasetError, match="too few"):
        folds(["a", "b", "c"], 2)
    with pytest.raises(DatasetError, match="too few"):
        folds(["a", "b", "c", "d"], 5)
    with pytest.raises(DatasetError, match="1 fold is none"):
        folds(PATIENTS, 1)


def test_holding_out_all_patients_is_refused():
    with pytest.raises(DatasetError, match="none to learn from"):
        split_patients(PATIENTS, test=100, validation=15)


def test_a_written_division_is_read_back(tmp_path):
    split = split_patients(PATIENTS, seed=3)
    write_split(tmp_path / "split.json", split)

    assert read_split(tmp_path / "split.json") == split
    assert [path.name for path in tmp_path.iterdir()] == ["split.json"]


def test_a_file_that_leaks_is_refused(tmp_path):
    path = tmp_path / "split.json"
    write_split(path, split_patients(PATIENTS))
    record = json.loads(path.read_text())
    record["train"].append(record["test"][0])
    path.write_text(json.dumps(record))

    with pytest.raises(DatasetError, match=f"{record['test'][0]} in train and in test"):
        read_split(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "another", "train": ["a"], "validation": ["b"], "test": ["c"]}',
        '{"format": "ctperfusion split by patient", "train": "abc", "validation": ["b"], "test": ["c"]}',
    ],
)
def test_a_file_that_is_no_division_is_refused(tmp_path, text):
    path = tmp_path / "split.json"
    path.write_text(text)

    with pytest.raises(DatasetError, match=r"split\.json cannot be read"):
        read_split(path)


def test_a_file_that_is_not_there_or_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="cannot be read"):
        read_split(tmp_path / "nothing.json")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_split(tmp_path / "nowhere" / "split.json", split_patients(PATIENTS))


def test_a_division_of_other_patients_is_refused(a_memory_source):
    check_split(Split(("a", "b"), ("c",), ("d",)), a_memory_source)
    with pytest.raises(DatasetError, match="names patient x and 1 more"):
        check_split(Split(("a", "x"), ("y",), ("d",)), a_memory_source)


def test_the_same_images_in_two_parts_are_a_leak(a_memory_source, tmp_path):
    cached = cache_source(a_memory_source, tmp_path / "cache")
    check_split(Split(("a", "b"), ("c",), ("d",)), cached)

    copied = tmp_path / "cache" / "d"
    for name in ("stack.npy", "patient.json"):
        (copied / name).write_bytes((tmp_path / "cache" / "a" / name).read_bytes())
    with pytest.raises(DatasetError, match=r"Patients a \(in train\) and d \(in test\) have the same images"):
        check_split(Split(("a", "b"), ("c",), ("d",)), cached)
