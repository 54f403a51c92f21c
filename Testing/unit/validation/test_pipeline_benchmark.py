"""A study that cannot be run ends the benchmark with the sentence of the run, and leaves nothing behind."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ProcessingError, SeriesError
from CTPerfusionLib.validation import benchmark_pipeline


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Where temporary folders are made during a test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def air(tmp_path) -> Path:
    """A study that can be loaded but holds no head."""
    import nibabel

    study = tmp_path / "study"
    study.mkdir()
    voxels = np.random.default_rng(301).integers(-1010, -990, (16, 16, 4, 12)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([2.0, 2.0, 5.0, 1.0])), study / "series.nii.gz")
    rows = "".join(f"{frame},{frame * 1.5}\n" for frame in range(12))
    (study / "times.csv").write_text(f"frame,time_s\n{rows}")
    return study


def test_a_run_that_fails_is_told_in_its_own_sentence(air, temporary):
    with pytest.raises(ProcessingError) as stopped:
        benchmark_pipeline(air, rounds=1)

    assert "head" in stopped.value.reason
    assert stopped.value.remedy
    assert list(temporary.iterdir()) == []


def test_a_folder_without_a_study_is_refused_before_any_run(tmp_path, temporary):
    (tmp_path / "empty").mkdir()

    with pytest.raises(SeriesError):
        benchmark_pipeline(tmp_path / "empty", rounds=1)
    assert list(temporary.iterdir()) == []


def test_cancelling_ends_the_process_that_runs(air, temporary):
    def stop_during_the_first_run(fraction):
        if fraction >= 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        benchmark_pipeline(air, rounds=1, on_progress=stop_during_the_first_run)
    assert list(temporary.iterdir()) == []
