"""What is kept while a cohort runs: trusted only whole, written by one owner."""

import time

import pytest

from CTPerfusionLib.cohort import StudyRow, StudyStatus
from CTPerfusionLib.cohort.ownership import OwnerGone, owned
from CTPerfusionLib.cohort.records import (
    StudyRecord,
    has_records,
    read_record,
    result_folder,
    sweep,
    write_record,
)
from CTPerfusionLib.cohort.study_key import study_key
from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.pipeline import PipelineConfig

FAILED = StudyRow("s", StudyStatus.FAILED, "It is broken", "mend it")


def test_a_record_is_read_as_it_was_written(tmp_path):
    write_record(tmp_path, StudyRecord("key", FAILED))

    assert has_records(tmp_path)
    assert read_record(tmp_path, "s") == StudyRecord("key", FAILED)
    assert read_record(tmp_path, "other") is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"key": "k", "row": {}}', "\x00"])
def test_a_damaged_record_is_none(tmp_path, content):
    write_record(tmp_path, StudyRecord("key", FAILED))
    (tmp_path / "records" / "s.json").write_text(content)

    assert read_record(tmp_path, "s") is None


def test_a_study_is_done_only_with_its_result(tmp_path, cohort_rows):
    a_done_row = cohort_rows(1)[0]
    write_record(tmp_path, StudyRecord("key", a_done_row))
    assert read_record(tmp_path, a_done_row.study) is None

    result = result_folder(tmp_path, a_done_row.study)
    result.mkdir(parents=True)
    (result / "summary.json").write_text("{}")
    assert read_record(tmp_path, a_done_row.study) == StudyRecord("key", a_done_row)


def test_what_killed_processes_left_is_removed(tmp_path):
    (tmp_path / "studies" / ".a.x1.partial" / "maps").mkdir(parents=True)
    (tmp_path / "studies" / "a").mkdir()
    write_record(tmp_path, StudyRecord("key", FAILED))
    (tmp_path / "records" / ".b.json.12.partial").touch()

    sweep(tmp_path)

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "records", "s.json", "studies"]


def test_a_folder_has_one_owner_at_a_time(tmp_path):
    with owned(tmp_path), pytest.raises(ConfigurationError, match="Another program"), owned(tmp_path):
        pass
    with owned(tmp_path):
        pass


def test_a_worker_notices_that_its_owner_has_gone(tmp_path, monkeypatch):
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    with owned(tmp_path) as token:
        signal, stranger = OwnerGone(tmp_path, token), OwnerGone(tmp_path, "another")
        assert not signal.is_set()
        assert stranger.is_set()
    assert signal.is_set()


def test_the_key_changes_with_files_choices_and_networks(tmp_path):
    (tmp_path / "series.nii.gz").write_bytes(b"1")
    (tmp_path / "times.csv").write_text("frame,time_s")
    config = PipelineConfig()
    key = study_key(tmp_path, config, ())

    assert study_key(tmp_path, PipelineConfig(), ()) == key
    assert study_key(tmp_path, PipelineConfig(seed=1), ()) != key
    assert study_key(tmp_path, config, ("a",)) != key
    (tmp_path / "times.csv").write_text("frame,slice,time_s")
    assert study_key(tmp_path, config, ()) != key


def test_the_key_of_a_file_counts_the_times_beside_it(tmp_path):
    (tmp_path / "series.nii.gz").write_bytes(b"1")
    key = study_key(tmp_path / "series.nii.gz", PipelineConfig(), ())

    (tmp_path / "times.csv").write_text("frame,time_s")

    assert study_key(tmp_path / "series.nii.gz", PipelineConfig(), ()) != key


def test_a_record_holds_no_place(tmp_path):
    write_record(tmp_path, StudyRecord("key", FAILED))

    assert str(tmp_path) not in (tmp_path / "records" / "s.json").read_text()
