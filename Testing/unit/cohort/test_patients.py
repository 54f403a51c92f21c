"""Studies of one patient are told, without telling who that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.cohort import StudyRow, StudyStatus
from CTPerfusionLib.cohort.patients import patients_sentence, results_by_patient, with_patients


@pytest.fixture(scope="module")
def done_row(cohort_rows):
    """Give a row of a done study by its name."""
    values = cohort_rows(1)[0].values
    return lambda study: StudyRow(study, StudyStatus.DONE, values=values)


def failed_row(study):
    return StudyRow(study, StudyStatus.FAILED, "It is broken", "mend it")


def named(rows):
    return {row.study: row.patient for row in rows}


def test_a_patient_is_called_as_the_first_study_that_is_done(done_row):
    rows = [failed_row("a"), done_row("c"), done_row("b"), done_row("d"), failed_row("e")]

    found = with_patients(rows, {"a": "1", "b": "1", "c": "1", "d": "2", "e": "3"})

    assert named(found) == {"a": "b", "b": "b", "c": "b", "d": "d", "e": "e"}


def test_studies_that_do_not_tell_their_patient_are_not_taken_for_one(done_row):
    found = with_patients([done_row("a"), done_row("b")], {"a": "", "b": ""})

    assert named(found) == {"a": None, "b": None}
    assert results_by_patient(found) == {}


def test_the_sentence_counts_results_and_their_patients(done_row):
    rows = [done_row("a"), done_row("b"), done_row("c"), done_row("d"), failed_row("e")]

    found = with_patients(rows, {"a": "1", "b": "1", "c": "2", "d": "", "e": "2"})

    assert patients_sentence(found) == (
        "3 results of 2 patients; 2 of them share their patient with another; "
        "of 1 more the patient is not known."
    )


def test_nothing_is_said_where_each_result_is_of_another_patient(done_row):
    rows = with_patients([done_row("a"), done_row("b"), failed_row("c")], {"a": "1", "b": "2", "c": "2"})

    assert patients_sentence(rows) == ""


@given(st.dictionaries(st.text("abcdef", min_size=1), st.sampled_from("123"), min_size=1), st.randoms())
def test_one_study_of_each_patient_is_called_as_its_patient_in_any_order(done_row, patients, random):
    rows = [done_row(study) for study in patients]

    found = with_patients(random.sample(rows, len(rows)), patients)

    assert named(found) == named(with_patients(rows, patients))
    own = [row.study for row in found if row.patient == row.study]
    assert sorted(patients[study] for study in own) == sorted(set(patients.values()))
