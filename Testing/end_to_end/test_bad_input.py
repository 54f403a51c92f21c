"""Studies that cannot be processed: exit code 1, one sentence with reason and remedy, nothing written."""

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.io import write_nifti, write_times


@pytest.fixture
def study_copy(thin_study, tmp_path) -> Path:
    """A copy of the DICOM study that a test may damage."""
    return Path(shutil.copytree(thin_study, tmp_path / "study"))


def _files(study):
    return sorted(path for path in study.rglob("*") if path.is_file())


def _rewrite(path, change):
    dataset = pydicom.dcmread(path)
    change(dataset)
    dataset.save_as(path)


def _empty(study):
    shutil.rmtree(study)
    study.mkdir()


def _no_ct(study):
    for path in _files(study):
        _rewrite(path, lambda dataset: setattr(dataset, "Modality", "MR"))


def _few_frames(study):
    times = sorted(
        {str(pydicom.dcmread(path, stop_before_pixels=True).AcquisitionTime) for path in _files(study)}
    )
    for path in _files(study):
        if str(pydicom.dcmread(path, stop_before_pixels=True).AcquisitionTime) not in times[:7]:
            path.unlink()


def _one_broken_file(study):
    path = _files(study)[100]
    path.write_bytes(path.read_bytes()[:3000])


def _mixed_patients(study):
    for path in _files(study)[: len(_files(study)) // 2]:
        _rewrite(path, lambda dataset: setattr(dataset, "PatientID", "somebody-else"))


def _mixed_orientations(study):
    for path in _files(study)[: len(_files(study)) // 2]:
        _rewrite(path, lambda dataset: setattr(dataset, "ImageOrientationPatient", [1, 0, 0, 0, 0, -1]))


def _no_times(study):
    def strip(dataset):
        for name in ("AcquisitionDateTime", "AcquisitionTime", "ContentTime", "TriggerTime", "SeriesTime"):
            if name in dataset:
                delattr(dataset, name)
        dataset.remove_private_tags()

    for path in _files(study):
        _rewrite(path, strip)


def _constant(study):
    for path in _files(study):
        _rewrite(path, lambda dataset: setattr(dataset, "PixelData", bytes(len(dataset.PixelData))))


CASES = {
    "empty folder": (_empty, "no "),
    "no CT": (_no_ct, "CT"),
    "fewer than 8 frames": (_few_frames, "8"),
    "one broken file": (_one_broken_file, "of 267"),
    "mixed patients": (_mixed_patients, "patient"),
    "mixed orientations": (_mixed_orientations, "orientation"),
    "no usable times": (_no_times, "--interval"),
    "constant images": (_constant, "constant"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_study_that_cannot_be_loaded_gives_one_sentence(case, study_copy, ctperfusion, tmp_path, capsys):
    damage, expected = CASES[case]
    damage(study_copy)

    run = ctperfusion("run", study_copy, "--output", tmp_path / "out")
    info = main(["info", str(study_copy)])

    assert_one_sentence(run, expected)
    assert info == 1
    assert capsys.readouterr().err.splitlines()[-1] == run.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_head_without_contrast_gives_one_sentence(tiny_phantom, ctperfusion, tmp_path):
    before = tiny_phantom.series.voxels[:10]
    rng = np.random.default_rng(0)
    voxels = np.concatenate([before, before, before]) + rng.integers(-1, 2, (30, 1, 1, 1), dtype=np.int16)
    (tmp_path / "study").mkdir()
    write_nifti(tmp_path / "study" / "series.nii.gz", voxels, tiny_phantom.series.ijk_to_ras)
    write_times(tmp_path / "study" / "times.csv", np.arange(30.0))

    run = ctperfusion("run", tmp_path / "study", "--output", tmp_path / "out")

    assert_one_sentence(run, "No contrast bolus")
    assert not (tmp_path / "out").exists()


def test_a_damaged_frame_is_refused_where_no_motion_correction_leaves_it_out(
    tiny_phantom, ctperfusion, tmp_path
):
    voxels = tiny_phantom.series.voxels.copy()
    voxels[9, 3] = -1024
    voxels[11] = -1024
    (tmp_path / "study").mkdir()
    write_nifti(tmp_path / "study" / "series.nii.gz", voxels, tiny_phantom.series.ijk_to_ras)
    write_times(tmp_path / "study" / "times.csv", tiny_phantom.series.times)

    run = ctperfusion("run", tmp_path / "study", "--no-registration", "--output", tmp_path / "out")

    assert_one_sentence(run, "Frame 10 has a blank slice. 1 more cannot be used either; run with motion")
    assert not (tmp_path / "out").exists()


def test_debug_shows_where_it_failed(ctperfusion, tmp_path):
    (tmp_path / "study").mkdir()

    run = ctperfusion("run", tmp_path / "study", "--output", tmp_path / "out", "--debug")

    assert run.returncode == 1
    assert "Traceback" in run.stderr


def assert_one_sentence(run, expected):
    assert run.returncode == 1
    sentence = run.stderr.splitlines()[-1]
    assert sentence.startswith("ctperfusion: ")
    assert expected in sentence
    assert "; " in sentence, "a remedy follows the reason"
    assert sentence.endswith(".")
    assert "Traceback" not in run.stderr
