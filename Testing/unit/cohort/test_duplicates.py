"""Studies that are there twice are counted once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.cohort import StudyStatus
from CTPerfusionLib.cohort.duplicates import without_duplicates


@pytest.fixture(scope="module")
def a_row(cohort_rows):
    """Give rows of done studies by name and hash of their images."""
    template = cohort_rows(1)[0]
    return lambda study, images: replace(
        template, study=study, values={**template.values, "input_sha256": images}
    )


def statuses(rows):
    return {row.study: str(row.status) for row in rows}


def test_the_first_by_name_of_the_same_images_stays(a_row):
    rows = [a_row("b", "1"), a_row("a", "1"), a_row("c", "2")]

    found = without_duplicates(rows, {})

    assert statuses(found) == {"a": "done", "b": "duplicate", "c": "done"}
    assert "the study a" in found[0].reason


def test_parts_of_one_dicom_study_are_no_results(a_row):
    rows = [a_row("a", "1"), a_row("b", "2"), a_row("c", "3")]

    found = without_duplicates(rows, {"a": "1.2", "b": "1.2", "c": "1.3"})

    assert statuses(found) == {"a": "failed", "b": "failed", "c": "done"}
    assert "one folder" in found[0].remedy


def test_a_copy_of_a_dicom_study_is_no_part_of_it(a_row):
    found = without_duplicates([a_row("a", "1"), a_row("b", "1")], {"a": "1.2", "b": "1.2"})

    assert statuses(found) == {"a": "done", "b": "duplicate"}


@given(st.lists(st.sampled_from("123"), max_size=8), st.randoms())
def test_the_order_of_rows_does_not_matter_and_each_image_counts_once(a_row, images, random):
    rows = [a_row(f"s{number}", each) for number, each in enumerate(images)]
    shuffled = random.sample(rows, len(rows))

    found = without_duplicates(shuffled, {})

    assert statuses(found) == statuses(without_duplicates(rows, {}))
    done = [row.values["input_sha256"] for row in found if row.status is StudyStatus.DONE]
    assert sorted(done) == sorted(set(images))
