"""``ctperfusion agree``, from its arguments to its files."""

import csv
import json

import numpy as np
import pytest

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.validation.agreement import ComparedSets
from CTPerfusionLib.validation.agreement.compared import Measure, Overlap, SegmentPair
from CTPerfusionLib.validation.agreement.figures import agreement_figures
from CTPerfusionLib.validation.agreement.set_names import set_names

ROWS = [("x", 10.0, "yes", "ge"), ("y", 20.0, "no", "ge"), ("z", 40.0, "yes", "ge"), ("w", 9.0, "no", "")]


@pytest.fixture
def tables(tmp_path):
    """Two tables, the second with 2 mL more and one other criterion, in folders of two methods."""
    paths = []
    for method, shift in (("nlr", 0.0), ("bayes", 2.0)):
        (tmp_path / method).mkdir()
        path = tmp_path / method / "cohort.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("study", "core_global_ml", "defuse3", "scanner"))
            for study, core, defuse3, scanner in ROWS:
                changed = "no" if shift and study == "z" else defuse3
                writer.writerow((study, core + shift, changed, scanner))
        paths.append(str(path))
    return paths


def test_tables_are_compared_and_all_files_written(tables, tmp_path, capsys):
    output = tmp_path / "out"

    assert main(["agree", *tables, "--by", "scanner", "--output", str(output)]) == 0

    printed = capsys.readouterr().out
    assert "bayes - nlr" in printed
    assert "| defuse3 | all | 4 |" in printed
    assert {path.name for path in output.iterdir()} == {
        *("cases.csv", "tables.md", "tables.csv", "tables.json", "index.html", "figures")
    }
    assert {path.name for path in (output / "figures").iterdir()} == {
        "core_global_ml.png",
        "core_global_ml.svg",
    }
    record = json.loads((output / "tables.json").read_text())
    assert [(row["name"], row["studies"]) for row in record["statistics"]] == [
        ("core_global_ml", "all"),
        ("core_global_ml", "ge"),
        ("defuse3", "all"),
        ("defuse3", "ge"),
    ]
    rows = list(csv.DictReader((output / "tables.csv").open()))
    assert float(rows[0]["difference.bias"]) == 2.0
    assert float(rows[0]["intraclass.ICC(3,1).icc"]) == 1.0
    assert float(rows[2]["kappa.kappa"]) == pytest.approx(0.5)
    cases = list(csv.DictReader((output / "cases.csv").open()))
    assert cases[0]["core_global_ml, bayes"] == "12.0"
    assert str(tmp_path) not in (output / "index.html").read_text()


def test_without_an_output_the_tables_are_printed_and_nothing_is_written(tables, tmp_path, capsys):
    assert main(["agree", *tables]) == 0

    assert "## Correlation and concordance" in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {"nlr", "bayes"}


def test_columns_are_paired_and_keys_named(tables, tmp_path, capsys):
    other = tmp_path / "other.csv"
    other.write_text("Case;Core volume\nx;10\ny;20\nz;40\n")
    arguments = ["--pair", "study=Case", "--pair", "core_global_ml=Core volume", "--key", "study"]

    assert main(["agree", tables[0], str(other), *arguments]) == 0
    assert "| w |" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("a.csv",),
        ("a.csv", "b.csv", "--pair", "core"),
        (".", ".", "--key", "case"),
        (".", ".", "--pair", "a=b"),
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["agree", *arguments])

    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_what_cannot_be_compared_is_one_sentence_and_leaves_nothing(tables, tmp_path, capsys):
    output = tmp_path / "out"

    assert main(["agree", tables[0], str(tmp_path), "--output", str(output)]) == 1
    assert "One of A and B is a table, the other a folder; give two" in capsys.readouterr().err
    assert main(["agree", tables[0], str(tmp_path / "none.csv"), "--output", str(output)]) == 1
    assert "There is no " in capsys.readouterr().err
    assert main(["agree", *tables, "--key", "case", "--output", str(output)]) == 1
    assert "has no column case; choose one of study" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"nlr", "bayes"}


def test_sets_are_called_by_the_part_of_their_paths_that_differs(tmp_path):
    nlr, bayes = (tmp_path / name for name in ("nlr", "bayes"))
    for folder in (nlr, bayes):
        folder.mkdir()
        (folder / "cohort.csv").touch()

    assert set_names(nlr / "cohort.csv", bayes / "cohort.csv") == ("nlr", "bayes")
    assert set_names(nlr, bayes) == ("nlr", "bayes")
    assert set_names(nlr, nlr) == ("A", "B")


def test_figures_of_columns_whose_names_look_alike_have_files_of_their_own():
    def measure(name):
        values = np.array([1.0, 2.0, 3.0, np.nan])
        return Measure(name, values, values)

    overlap = Overlap("core", (SegmentPair(1.0, 2.0, 0.5), None, SegmentPair(0.0, 0.0, None), None))
    compared = ComparedSets(
        names=("a", "b"),
        settings={},
        studies=("x", "y", "z", "w"),
        measures=(measure("core (mL)"), measure("core_ml"), measure("???")),
        overlaps=(overlap,),
    )

    assert set(agreement_figures(compared)) == {"core_ml", "core_ml_2", "column", "dice"}
