"""The table of age, NIHSS and hours that a user gives for a cohort."""

import pytest

from CTPerfusionLib.cohort.patient_table import read_patient_table
from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.pipeline import PipelineConfig

CONFIG = PipelineConfig(age=50.0)


@pytest.fixture
def table(tmp_path):
    """Give a function that writes a table and reads it."""

    def read(text, encoding="utf-8"):
        path = tmp_path / "patients.csv"
        path.write_text(text, encoding=encoding)
        return read_patient_table(path)

    return read


def test_numbers_come_to_the_study_of_their_place_and_empty_cells_change_nothing(table):
    found = table("study,place,age,nihss,hours,note\ns1,a/b,71,12,7.5,x\ns2,c,,3,,\n", "utf-8-sig")

    found.check(["s1", "s2", "s3"], ["a/b", "c", "d"])
    first, second, third = (found.completed(CONFIG, "any", place) for place in ("a/b", "c", "d"))
    assert (first.age, first.nihss, first.hours) == (71.0, 12.0, 7.5)
    assert (second.age, second.nihss, second.hours) == (50.0, 3.0, None)
    assert third == CONFIG


def test_without_places_studies_are_known_by_their_names(table):
    found = table("study,hours\ns1,8\n")

    found.check(["s1"], ["a"])
    assert found.completed(CONFIG, "s1", "a").hours == 8.0


def test_rows_of_other_studies_are_refused_without_telling_their_names(table):
    found = table("place,hours\nJane Doe,8\na,3\nc,3\n")

    with pytest.raises(ConfigurationError, match=r"not in the cohort \(line 2 and 1 more\)") as refused:
        found.check(["s1"], ["a"])
    assert "Doe" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", r"has the columns \(none\)"),
        ("place;age\na;1\n", "has the columns place;age"),
        ("age,hours\n1,2\n", "give it a column place or study"),
        ("place,weight\na,80\n", "any of age, nihss, hours"),
        ("place,age\na,old\n", "has age = 'old' in line 2"),
        ("place,nihss\na,43\n", "give a number from 0 to 42"),
        ("place,hours\na,-1\n", "has hours = '-1' in line 2"),
        ("place,hours\na,nan\n", "has hours = 'nan'"),
        ("place,hours\na,1\nb,2\na,3\n", "names one study in the lines 2 and 4"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(table, text, reason):
    with pytest.raises(ConfigurationError, match=reason):
        table(text)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, table):
    with pytest.raises(ConfigurationError, match=r"none\.csv cannot be read"):
        read_patient_table(tmp_path / "none.csv")
    with pytest.raises(ConfigurationError, match=r"patients\.csv cannot be read"):
        table("place,age\nä,1\n", "utf-16")
