"""Two tables of results: what is compared, what is left out and why, and what the numbers are."""

import csv
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.validation.agreement import agreement_record, agreement_report, compare_tables
from CTPerfusionLib.validation.evaluation_files import report_text

# Bland and Altman, Lancet 1986;327:307-310, table I: first readings of 17 subjects, l/min.
WRIGHT_METER = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI_METER = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


@pytest.fixture
def write(tmp_path):
    """Give a function that writes columns as a CSV file and returns its path."""

    def write_columns(name, separator=",", **columns):
        path = tmp_path / f"{name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=separator)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return path

    return write_columns


def studies(n):
    return [f"s{number:02d}" for number in range(n)]


def reasons(left_out):
    return {each.name: each.reason for each in left_out}


def statistics_of(compared, name, group="all"):
    (row,) = (
        row
        for row in agreement_record(compared)["statistics"]
        if (row["name"], row["studies"]) == (name, group)
    )
    return row


def test_bland_and_altmans_peak_flow_meters_give_their_numbers(write):
    first = write("wright", study=studies(17), flow=WRIGHT_METER)
    second = write("mini", study=studies(17), flow=MINI_METER)

    row = statistics_of(compare_tables(first, second), "flow")

    assert row["n"] == 17
    assert row["difference"]["bias"] == pytest.approx(2.1, abs=0.05)  # the mini meter reads higher
    assert row["difference"]["sd"] == pytest.approx(38.8, abs=0.05)
    assert row["difference"]["repeatability"] == pytest.approx(1.96 * 38.8, abs=0.1)
    assert row["correlation"]["r"] == pytest.approx(0.94, abs=0.005)
    assert row["absolute_difference"]["mean"] == pytest.approx(
        np.abs(np.subtract(WRIGHT_METER, MINI_METER)).mean()
    )


def test_rows_are_paired_by_study_whatever_their_order(write):
    first = write("a", study=studies(5), core_ml=[1.0, 2.0, 4.0, 8.0, 16.0])
    second = write("b", study=studies(5)[::-1], core_ml=[16.0, 8.0, 4.0, 2.0, 1.0])

    row = statistics_of(compare_tables(first, second), "core_ml")

    assert (row["difference"]["bias"], row["difference"]["sd"]) == (0.0, 0.0)
    assert row["concordance"]["ccc"] == pytest.approx(1.0)


def test_studies_in_one_table_alone_and_rows_without_a_name_are_left_out_and_said(write):
    first = write("a", study=["x", "y", "z", "w", ""], core_ml=[1, 2, 3, 4, 5])
    second = write("b", study=["z", "y", "v", "x", "u"], core_ml=[3, 2, 9, 1, 9])

    compared = compare_tables(first, second)

    assert compared.studies == ("x", "y", "z")
    assert reasons(compared.left_out_studies) == {
        "w": "only in a",
        "v": "only in b",
        "u": "only in b",
        "a row": "without a name in a",
    }
    assert "| only in b | 2 | v, u |" in report_text(agreement_report(compared))


def test_missing_and_infinite_values_are_left_out_and_counted(write):
    first = write("a", study=studies(7), mismatch_ratio=[1.8, "", "inf", 2.0, 3.5, "n/a", 1.2])
    second = write("b", study=studies(7), mismatch_ratio=[1.9, 4.0, 5.0, "∞", 3.4, "nan", 1.1])

    row = statistics_of(compare_tables(first, second), "mismatch_ratio")

    assert (row["n"], row["missing"], row["infinite"]) == (3, 2, 2)
    assert row["difference"]["bias"] == pytest.approx(-0.1 / 3.0)


def test_criteria_are_compared_by_kappa_however_they_are_written(write):
    first = write("a", study=studies(6), defuse3=["True", "False", "True", "", "False", "True"])
    second = write("b", study=studies(6), defuse3=["yes", "no", "no", "yes", "no", "Yes"])

    compared = compare_tables(first, second)
    row = statistics_of(compared, "defuse3")

    assert row["missing"] == 1
    assert (row["same"]["count"], row["same"]["n"]) == (4, 5)
    assert row["kappa"]["categories"] == ("no", "yes")
    assert row["kappa"]["counts"] == ((2, 0), (1, 2))
    # Observed .8, by chance .4 * .6 + .6 * .4.
    assert row["kappa"]["kappa"] == pytest.approx((0.8 - 0.48) / (1.0 - 0.48))
    assert compared.measures == ()


def test_sides_are_categories_and_zero_volumes_are_numbers(write):
    sides = ["left", "right", "none", "left"]
    first = write("a", study=studies(4), affected_hemisphere=sides, core_ml=[0, 0, 0, 0], dawn=[0, 1, 0, 1])
    second = write("b", study=studies(4), affected_hemisphere=sides, core_ml=[0, 2, 0, 0], dawn=[0, 1, 1, 1])

    compared = compare_tables(first, second)

    assert [rating.name for rating in compared.ratings] == ["affected_hemisphere", "dawn"]
    assert [measure.name for measure in compared.measures] == ["core_ml"]
    assert statistics_of(compared, "affected_hemisphere")["kappa"]["kappa"] == 1.0


def test_columns_that_cannot_be_compared_are_named_with_the_reason(write):
    first = write("a", study=studies(3), core_ml=[1, 2, 3], cut=[6, 6, 6], comment=["a", "b", "c"],
                  only_a=[1, 2, 3], below=["<5", 6, 7], empty=["", "", ""])  # fmt: skip
    second = write("b", study=studies(3), core_ml=[1, 2, 3], cut=[6, 6, 6], comment=["a", "b", "c"],
                   only_b=[1, 2, 3], below=[5, 6, 7], empty=[1, 2, 3])  # fmt: skip

    assert reasons(compare_tables(first, second).left_out_columns) == {
        "comment": "neither numbers nor yes and no",
        "cut": "the same number in all studies",
        "below": "neither numbers nor yes and no",
        "empty": "without a value in a",
        "only_a": "only in a",
        "only_b": "only in b",
    }


def test_columns_and_keys_of_other_names_are_matched_as_asked(write):
    first = write("a", study=studies(4), core_global_ml=[1, 2, 3, 4])
    second = write("b", **{"Case ID": studies(4), "CBF<30% (ml)": [2, 3, 4, 5]})

    compared = compare_tables(first, second, pairs={"study": "Case ID", "core_global_ml": "CBF<30% (ml)"})

    assert statistics_of(compared, "core_global_ml")["difference"]["bias"] == 1.0


def test_semicolons_byte_order_marks_and_index_columns_are_understood(write, tmp_path):
    first = write("a", separator=";", study=studies(3), core_ml=[1, 2, 3])
    second = tmp_path / "b.csv"
    second.write_text("\ufeff,study,core_ml\n0,s00,1\n1,s01,2\n2,s02,4\n", encoding="utf-8")

    compared = compare_tables(first, second)

    assert compared.measures[0].second.tolist() == [1.0, 2.0, 4.0]
    assert compared.left_out_columns == ()


def test_parquet_and_csv_hold_the_same(write, tmp_path):
    first = write("a", study=[101, 102, 103, 104], core_ml=[1.5, 2.5, "", 4], extend=["yes", "no", "", "no"])
    table = pa.table(
        {
            "study": [101, 102, 103, 104],
            "core_ml": [1.5, 2.5, 3.5, 4.0],
            "extend": pa.array([True, False, None, False]),
            "findings": [["a"], [], ["b", "c"], []],
        }
    )
    pq.write_table(table, tmp_path / "b.parquet")

    compared = compare_tables(first, tmp_path / "b.parquet")

    assert compared.studies == ("101", "102", "103", "104")
    assert statistics_of(compared, "core_ml")["n"] == 3
    assert statistics_of(compared, "extend")["kappa"]["kappa"] == 1.0
    assert reasons(compared.left_out_columns) == {"findings": "only in b"}


def test_each_group_of_studies_has_its_own_statistics(write):
    scanners = ["ge", "ge", "ge", "ge", "siemens", "siemens", "siemens", ""]
    first = write("a", study=studies(8), core_ml=[1, 2, 3, 4, 1, 2, 3, 9], scanner=scanners)
    second = write("b", study=studies(8), core_ml=[2, 3, 4, 5, 1, 2, 3, 9])

    compared = compare_tables(first, second, by="scanner")

    assert statistics_of(compared, "core_ml")["n"] == 8
    assert statistics_of(compared, "core_ml", "ge")["difference"]["bias"] == 1.0
    assert statistics_of(compared, "core_ml", "siemens")["difference"]["bias"] == 0.0
    assert compared.left_out_columns == ()
    assert report_text(agreement_report(compared)).count("| core_ml | siemens |") == 2


def test_the_groups_may_stand_in_the_second_table_alone(write):
    first = write("a", study=studies(3), core_ml=[1, 2, 3])
    second = write("b", study=studies(3), core_ml=[1, 2, 3], grade=[0, 1, 1])

    assert compare_tables(first, second, by="grade").strata.values == ("0", "1", "1")


def test_fewer_than_three_pairs_have_a_row_that_says_so(write):
    first = write("a", study=studies(4), core_ml=[1, 2, "", ""], tmax_6=[1, 2, 3, 4])
    second = write("b", study=studies(4), core_ml=[1, 2, 3, 4], tmax_6=[1, 2, 3, 5])

    compared = compare_tables(first, second)

    row = statistics_of(compared, "core_ml")
    assert (row["n"], row["missing"], row["difference"]["bias"]) == (2, 2, None)
    assert "| core_ml | 2, fewer than 3 | 2 without a value | - |" in report_text(agreement_report(compared))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"study": ["x", "y", "x"], "core_ml": [1, 2, 3]}, "has the same study in rows 1 and 3"),
        ({"study": ["p", "x", "y"], "core_ml": [1, 2, 3]}, "have 2 studies in common, 3 are needed"),
        ({"case": ["x", "y", "z"], "core_ml": [1, 2, 3]}, "has no column study; choose one of case, core_ml"),
        ({"study": ["x", "y", "z"], "core": [1, 2, 3]}, "no column in common that can be compared"),
    ],
)
def test_tables_that_do_not_fit_are_refused_in_one_sentence(columns, reason, write):
    first = write("a", study=["x", "y", "z"], core_ml=[1, 2, 3])

    with pytest.raises(ConfigurationError, match=reason):
        compare_tables(first, write("b", **columns))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"study,core_ml,core_ml\nx,1,2\n", "has two columns core_ml"),
        (b"study,core_ml\nx,1\ny,1,2\n", "Row 2 of b.csv has 3 cells, its header 2"),
        (b"study,core_ml\n", "b.csv has no rows"),
        (b"", "b.csv has no rows"),
        (b"study,n\xe4me\nx,1\n", "b.csv cannot be read"),
    ],
)
def test_files_that_are_no_table_are_refused_in_one_sentence(content, reason, write, tmp_path):
    (tmp_path / "b.csv").write_bytes(content)

    with pytest.raises(ConfigurationError, match=reason):
        compare_tables(write("a", study=studies(3), core_ml=[1, 2, 3]), tmp_path / "b.csv")


def test_other_kinds_of_files_and_broken_parquet_are_refused(write, tmp_path):
    first = write("a", study=studies(3), core_ml=[1, 2, 3])
    (tmp_path / "b.xlsx").write_bytes(b"PK")
    (tmp_path / "b.parquet").write_bytes(b"PAR1")

    with pytest.raises(ConfigurationError, match="neither CSV nor Parquet; save it"):
        compare_tables(first, tmp_path / "b.xlsx")
    with pytest.raises(ConfigurationError, match=r"b.parquet cannot be read"):
        compare_tables(first, tmp_path / "b.parquet")
    with pytest.raises(ConfigurationError, match=r"none.csv cannot be read"):
        compare_tables(first, tmp_path / "none.csv")


def test_columns_that_are_named_have_to_be_there(write):
    first = write("a", study=studies(9), core_ml=range(9), age=range(60, 69))
    second = write("b", study=studies(9), core_ml=range(9))

    with pytest.raises(ConfigurationError, match=r"a.csv has no column core"):
        compare_tables(first, second, pairs={"core": "core_ml"})
    with pytest.raises(ConfigurationError, match=r"b.csv has no column rapid"):
        compare_tables(first, second, pairs={"core_ml": "rapid"})
    with pytest.raises(ConfigurationError, match="no column scanner"):
        compare_tables(first, second, by="scanner")
    with pytest.raises(ConfigurationError, match="age has 9 different values; group by"):
        compare_tables(first, second, by="age")


cells = st.one_of(
    st.floats(-1e6, 1e6),
    st.sampled_from(["nan", "-inf", "", "n/a", "yes", "no", "0", "1", "left", "∞", "1_0", "<3"]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=3, max_size=8))
def test_no_column_is_lost_and_no_number_is_nan(tmp_path_factory, pairs):
    folder = tmp_path_factory.mktemp("tables")
    for name, side in (("a", 0), ("b", 1)):
        rows = [f"{index},{index},{pair[side]}" for index, pair in enumerate(pairs)]
        (folder / f"{name}.csv").write_text("\n".join(["study,number,value", *rows]), encoding="utf-8")

    compared = compare_tables(folder / "a.csv", folder / "b.csv")

    places = [*compared.measures, *compared.ratings, *compared.left_out_columns]
    assert sorted(each.name for each in places) == ["number", "value"]
    for row in agreement_record(compared)["statistics"]:
        if row["name"] == "value" and row["kind"] == "number":
            assert row["n"] + row["missing"] + row["infinite"] == len(pairs)
            assert not math.isnan(row["difference"]["bias"] or 0.0)
