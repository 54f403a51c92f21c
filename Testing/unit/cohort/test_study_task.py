"""A study as a worker computes it: what it says and leaves when something goes wrong around it."""

import pytest

from CTPerfusionLib.cohort import StudyStatus, from_json, study_task
from CTPerfusionLib.cohort.ownership import owned
from CTPerfusionLib.cohort.records import read_record
from CTPerfusionLib.cohort.study_task import StudyTask, compute_study, failed_row
from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.pipeline import PipelineConfig


@pytest.fixture
def a_task(tmp_path):
    """Give a task of a study that is not there, for the owner of a token."""
    folder = tmp_path / "cohort"
    return lambda token: StudyTask("s", tmp_path / "nowhere", PipelineConfig(), "key", folder, token)


def test_a_failure_is_a_row_and_a_record(a_task, tmp_path):
    with owned(tmp_path / "cohort") as token:
        answer = compute_study(a_task(token))

    row = from_json(answer.row)
    assert row.status is StudyStatus.FAILED
    assert read_record(tmp_path / "cohort", "s").row == row


def test_a_worker_without_owner_fails_no_study_whose_files_the_next_owner_swept_away(
    a_task, tmp_path, monkeypatch
):
    def computed_while_the_owner_changes(*_arguments, **_options):
        (tmp_path / "cohort" / ".owner").write_text("the next one")
        raise FileNotFoundError

    monkeypatch.setattr(study_task, "run_study", computed_while_the_owner_changes)
    with owned(tmp_path / "cohort") as token:
        answer = compute_study(a_task(token))

    assert answer.row == {}
    assert read_record(tmp_path / "cohort", "s") is None


def test_a_full_disk_is_told_before_anything_is_computed(a_task, tmp_path, monkeypatch):
    monkeypatch.setattr(study_task, "_SMALLEST_SPACE", 2**70)
    with owned(tmp_path / "cohort") as token:
        answer = compute_study(a_task(token))

    assert answer.disk_is_full
    assert "The disk of the output" in answer.row["reason"]
    assert read_record(tmp_path / "cohort", "s") is None


def test_a_reason_does_not_tell_the_name_of_a_file(tmp_path):
    path = tmp_path / "Doe_Jane.nii.gz"
    path.touch()

    row = failed_row("s", SeriesError(f"{path.name} cannot be read", "copy it again"), path)

    assert row.reason == "The file cannot be read"
