"""A method preset of the user in a cohort: its content counts, and all machines must have the same."""

import pytest

from CTPerfusionLib.cohort.ownership import owned
from CTPerfusionLib.cohort.study_key import study_key
from CTPerfusionLib.cohort.study_task import StudyTask, compute_study
from CTPerfusionLib.kinetics import MethodPreset, find_method, save_preset
from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig


@pytest.fixture
def save_with_threshold(monkeypatch, tmp_path):
    """Give a function that saves the preset `mine` into a folder of its own and returns the choice of it."""

    def save(threshold):
        monkeypatch.setenv("CTPERFUSION_METHODS", str(tmp_path / f"methods {threshold}"))
        save_preset(MethodPreset("mine", "Mine", "", "bsvd", {"threshold": threshold}, "none", 1.2))
        return PipelineConfig(method="mine", core_volume_model=NO_CORE_VOLUME_MODEL)

    return save


def test_a_study_is_computed_anew_when_the_content_of_the_preset_has_changed(save_with_threshold, tmp_path):
    study = tmp_path / "study.nii"
    study.write_bytes(b"scan")
    first = study_key(study, save_with_threshold(0.1), ())
    second = study_key(study, save_with_threshold(0.2), ())

    assert first != second


def test_a_worker_with_another_preset_of_that_name_computes_nothing(save_with_threshold, tmp_path):
    config = save_with_threshold(0.1)
    of_client = find_method("mine").preset_sha256
    save_with_threshold(0.2)

    with owned(tmp_path / "cohort") as token:
        task = StudyTask("s1", tmp_path / "study", config, "key", tmp_path / "cohort", token, of_client)
        row = compute_study(task).row

    assert row["status"] == "failed"
    assert row["reason"] == "A worker has another method preset mine than the client"
    assert row["remedy"] == "copy its file to every machine, and start the workers anew"
