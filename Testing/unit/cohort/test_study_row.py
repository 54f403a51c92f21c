"""The row of a study holds what its result says, and survives being written down."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from CTPerfusionLib import __version__
from CTPerfusionLib.cohort.columns import COLUMN_NAMES, RESULT_COLUMNS, TIMING_COLUMNS
from CTPerfusionLib.cohort.study_row import StudyRow, StudyStatus, as_json, from_json, row_of_result
from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.series import Finding, Severity

FAILED = StudyRow("ct-1", StudyStatus.FAILED, "The series has 3 frames", "give the whole series")


@pytest.fixture(scope="session")
def row(cohort_folder: Path) -> StudyRow:
    return row_of_result("head", cohort_folder / "studies" / "head", cohort_folder)


@pytest.fixture(scope="session")
def records(cohort_folder: Path) -> tuple[dict, dict]:
    """Return what the run wrote into summary.json and run.json."""
    folder = cohort_folder / "studies" / "head"
    return json.loads((folder / "summary.json").read_text()), json.loads((folder / "run.json").read_text())


@pytest.fixture
def damaged(cohort_folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the result that a test may damage."""
    for name in ("summary.json", "run.json"):
        shutil.copy(cohort_folder / "studies" / "head" / name, tmp_path / name)
    return tmp_path


def test_a_finished_study_has_the_numbers_of_its_summary(row, records):
    summary, _ = records
    for name, volume in summary["volumes_ml"].items():
        assert row.values[f"{name}_ml"] == volume
    for name in ("mismatch_ratio", "hypoperfusion_intensity_ratio", "cbv_index", "affected_hemisphere"):
        assert row.values[name] == summary[name]
    assert row.values["core_ml"] == summary["volumes_ml"][f"core_{summary['mismatch_core']}"]
    assert {name: row.values[name] for name in ("defuse3", "dawn", "extend")} == summary["criteria"]
    assert row.values["hypoperfusion_ml"] > 10.0


def test_a_finished_study_says_how_it_was_made(row, records):
    _, manifest = records
    assert row.values["version"] == __version__
    assert row.values["method"] == "bsvd"
    assert row.values["tmax_definition"] == "argmax"
    assert row.values["normalisation"] == "both"
    assert row.values["input_sha256"] == manifest["input"]["sha256"]
    assert (row.values["frames"], row.values["slices"]) == (89, 8)
    assert row.values["report"] == "studies/head/report.html"


def test_a_finished_study_has_its_findings_with_severity_and_message(row, records):
    summary, _ = records
    assert [finding.code for finding in row.findings] == [record["code"] for record in summary["quality"]]
    assert row.values["findings"].split(";") == [finding.code for finding in row.findings]
    assert "no_filter" in row.values["findings"]
    warnings = [finding for finding in row.findings if finding.severity is Severity.WARNING]
    assert row.values["n_warnings"] == len(warnings)
    assert all(finding.message for finding in row.findings)


def test_seconds_of_the_stages_add_up_and_stages_that_did_not_run_have_none(row):
    stages = {name: value for name, value in row.values.items() if name.startswith("seconds_")}
    assert row.values["seconds"] == pytest.approx(sum(filter(None, stages.values())), abs=1e-3)
    assert stages["seconds_maps"] > 0.0
    assert stages["seconds_dicom"] is None


def test_times_and_memory_are_what_may_differ_between_two_runs():
    assert {name for name in COLUMN_NAMES if "seconds" in name} | {"peak_memory_gb"} == TIMING_COLUMNS


def test_every_column_is_declared_once_and_says_where_it_comes_from():
    assert len(set(COLUMN_NAMES)) == len(COLUMN_NAMES)
    assert all(column.title and column.source for column in RESULT_COLUMNS)
    assert {column.unit for column in RESULT_COLUMNS if column.name.endswith("_ml")} == {"mL"}


@pytest.mark.parametrize("which", ["done", "failed"])
def test_a_row_comes_back_from_json(which, row):
    original = row if which == "done" else FAILED
    assert from_json(json.loads(json.dumps(as_json(original), allow_nan=False))) == original


@pytest.mark.parametrize(
    "change",
    [
        {"status": "nearly done"},
        {"values": {}},
        {"values": {"core_ml": 1.0}},
        {"reason": "It failed"},
        {"study": ""},
        {"findings": [{"code": "thin_slab"}]},
        {"unknown": 1},
    ],
)
def test_a_row_that_is_not_whole_is_refused(change, row):
    with pytest.raises(ProcessingError, match="run the study again"):
        from_json(as_json(row) | change)


@pytest.mark.parametrize("record", [None, [], "row", {}, {"status": "done"}])
def test_what_is_no_row_at_all_is_refused(record):
    with pytest.raises(ProcessingError, match="damaged or of another version"):
        from_json(record)


@pytest.mark.parametrize(
    ("name", "value"),
    [("core_ml", "3"), ("core_ml", float("nan")), ("core_ml", True), ("frames", 2.5), ("extend", 1)],
)
def test_a_value_of_another_type_is_refused(name, value, row):
    with pytest.raises(ValueError, match=name):
        replace(row, values={**row.values, name: value})


def test_a_failed_study_has_a_reason_and_no_numbers(row):
    with pytest.raises(ValueError, match="reason"):
        StudyRow("ct-1", StudyStatus.FAILED)
    with pytest.raises(ValueError, match="values"):
        replace(FAILED, values=row.values)
    with pytest.raises(ValueError, match="findings"):
        replace(FAILED, findings=(Finding("thin_slab", Severity.INFO, "Thin.", "Nothing."),))


@pytest.mark.parametrize("name", ["summary.json", "run.json"])
def test_a_half_written_result_is_refused(name, damaged):
    text = (damaged / name).read_text()
    (damaged / name).write_text(text[: len(text) // 2])
    with pytest.raises(ProcessingError, match="The result of the study head is incomplete"):
        row_of_result("head", damaged, damaged)


def test_a_result_without_a_volume_is_refused(damaged):
    summary = json.loads((damaged / "summary.json").read_text())
    del summary["volumes_ml"]["tmax_6"]
    (damaged / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(ProcessingError, match="another version"):
        row_of_result("head", damaged, damaged)


def test_a_folder_without_a_result_is_refused(tmp_path):
    with pytest.raises(ProcessingError, match="run the study again"):
        row_of_result("head", tmp_path, tmp_path)
