"""The table of a cohort: same columns whatever is in it, same content as CSV and as Parquet."""

import csv
import os

import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.cohort.columns import COLUMN_NAMES, RESULT_COLUMNS
from CTPerfusionLib.cohort.study_row import StudyRow, StudyStatus
from CTPerfusionLib.cohort.tables import CSV, PARQUET, read_table, table_of, write_tables
from CTPerfusionLib.errors import ConfigurationError

FAILED = StudyRow("ct-1", StudyStatus.FAILED, "The series has 3 frames", "give the whole series")
ANY_TEXT = st.text(st.characters(codec=None), min_size=1, max_size=12)


def raw_cells(path):
    """Return the cells of a CSV as any spreadsheet reads them."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("count", [0, 1, 40])
def test_csv_and_parquet_read_back_as_what_was_written(count, cohort_rows, tmp_path):
    rows = cohort_rows(count)
    write_tables(rows, tmp_path)
    for name in (CSV, PARQUET):
        pd.testing.assert_frame_equal(read_table(tmp_path / name), table_of(rows))
    assert len(read_table(tmp_path / CSV)) == count


def test_columns_and_types_do_not_depend_on_the_rows(cohort_rows):
    tables = [table_of(rows) for rows in ([], [FAILED], cohort_rows(20))]
    assert all(tuple(table.columns) == COLUMN_NAMES for table in tables)
    assert all(table.dtypes.equals(tables[0].dtypes) for table in tables)
    assert {str(dtype) for dtype in tables[0].dtypes} == {"string", "Float64", "Int64", "boolean"}


def test_other_programs_see_the_same_types_in_parquet(cohort_rows, tmp_path):
    schemas = []
    for name, rows in (("empty", []), ("failed", [FAILED]), ("many", cohort_rows(20))):
        (tmp_path / name).mkdir()
        write_tables(rows, tmp_path / name)
        schemas.append(pyarrow.parquet.read_schema(tmp_path / name / PARQUET).remove_metadata())
    assert schemas[0] == schemas[1] == schemas[2]
    assert str(schemas[0].field("core_ml").type) == "double"
    assert str(schemas[0].field("extend").type) == "bool"


def test_rows_stand_in_the_order_of_their_names_whatever_finished_first(cohort_rows, tmp_path):
    rows = cohort_rows(12)
    write_tables(rows, tmp_path)
    first = (tmp_path / CSV).read_bytes()
    write_tables(rows[::-1], tmp_path)
    assert (tmp_path / CSV).read_bytes() == first
    assert list(read_table(tmp_path / CSV)["study"]) == sorted(row.study for row in rows)


def test_a_failed_study_has_its_reason_and_nothing_else(tmp_path):
    write_tables([FAILED], tmp_path)
    table = read_table(tmp_path / CSV)
    assert table.loc[0, ["study", "status", "reason"]].tolist() == [
        "ct-1",
        "failed",
        "The series has 3 frames",
    ]
    assert table[[column.name for column in RESULT_COLUMNS]].isna().all(axis=None)


def test_numbers_keep_all_their_digits(cohort_rows, tmp_path):
    rows = [row for row in cohort_rows(30) if row.values]
    write_tables(rows, tmp_path)
    assert list(read_table(tmp_path / CSV)["core_ml"]) == [row.values["core_ml"] for row in rows]


@pytest.mark.parametrize("sign", [*"=+-@", "＝", "＋", "－", "＠", "'="])
def test_a_cell_that_would_be_a_formula_is_text_in_a_spreadsheet(sign, tmp_path):
    text = f'{sign}HYPERLINK("http://example.org"; "open")'
    write_tables([StudyRow(text, StudyStatus.FAILED, text, text)], tmp_path)
    _, cells = raw_cells(tmp_path / CSV)
    assert cells[0] == cells[2] == cells[3] == f"'{text}"
    assert list(read_table(tmp_path / CSV)["reason"]) == [text]
    assert list(pd.read_parquet(tmp_path / PARQUET)["reason"]) == [text]


@settings(max_examples=60)
@given(study=ANY_TEXT, reason=ANY_TEXT, remedy=ANY_TEXT)
def test_any_text_survives_and_nothing_begins_a_formula(study, reason, remedy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    rows = [StudyRow(study, StudyStatus.FAILED, reason, remedy)]
    write_tables(rows, folder)
    pd.testing.assert_frame_equal(read_table(folder / CSV), read_table(folder / PARQUET))
    pd.testing.assert_frame_equal(read_table(folder / CSV), table_of(rows))
    header, *lines = raw_cells(folder / CSV)
    assert len(lines) == 1
    assert len(lines[0]) == len(header)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in lines[0])


@pytest.mark.parametrize("name", ["NA", "nan", "None", "null", " x ", "1e5", "True"])
def test_words_that_look_like_something_else_stay_words(name, tmp_path):
    write_tables([StudyRow(name, StudyStatus.FAILED, name, name)], tmp_path)
    assert list(read_table(tmp_path / CSV)["study"]) == [name]


def test_a_name_that_is_not_unicode_can_be_written(tmp_path):
    study = os.fsdecode(b"caf\xe9\n1")
    write_tables([StudyRow(study, StudyStatus.FAILED, "It failed", "look")], tmp_path)
    assert list(read_table(tmp_path / PARQUET)["study"]) == ["caf\N{REPLACEMENT CHARACTER} 1"]


def test_a_folder_that_cannot_be_written_keeps_what_it_had(tmp_path):
    (tmp_path / PARQUET).mkdir()
    (tmp_path / PARQUET / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_tables([FAILED], tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_table_of_something_else_is_refused(tmp_path):
    (tmp_path / "other.csv").write_text("study,volume\nct-1,3\n")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(ConfigurationError, match="has not the columns"):
        read_table(tmp_path / "other.csv")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_table(tmp_path / "broken.parquet")
    (tmp_path / "ragged.csv").write_text("study,volume\nct-1\n")
    (tmp_path / "empty.csv").write_text("")
    for name in ("missing.csv", "ragged.csv", "empty.csv"):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_table(tmp_path / name)
