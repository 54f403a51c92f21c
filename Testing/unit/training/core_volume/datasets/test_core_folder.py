"""Folders of series with core volumes: from a mask or a table, and never without a label."""

import shutil

import numpy as np
import pytest

from CTPerfusionLib.io import write_nifti, write_nifti_series
from CTPerfusionLib.phantom import write_phantom
from CTPerfusionLib.training.core_volume.datasets import FolderCoreSource, phantom_core_patient
from CTPerfusionLib.training.datasets import DatasetError


@pytest.fixture(scope="module")
def written(tmp_path_factory, a_stroke_head):
    """A written phantom: study and truth, with the core as a mask."""
    folder = tmp_path_factory.mktemp("cores") / "case-1"
    write_phantom(a_stroke_head, folder, format="nifti")
    return folder


@pytest.fixture
def case(tmp_path, written):
    """Its only patient, to be changed."""
    return shutil.copytree(written, tmp_path / "data" / "case-1")


def test_a_written_phantom_gives_what_the_phantom_in_memory_gives(written, settings, a_stroke_head):
    source = FolderCoreSource(written.parent, settings)
    patient = source.load("case-1")
    expected = phantom_core_patient("case-1", a_stroke_head, settings)

    assert source.patients == ("case-1",)
    assert patient.core_ml == pytest.approx(expected.core_ml)
    assert patient.groups == expected.groups
    # Times are written in microseconds.
    np.testing.assert_allclose(patient.hounsfield, expected.hounsfield, atol=0.1)


def test_a_series_that_a_run_has_registered_is_not_registered_again(case, settings, a_stroke_head):
    series = a_stroke_head.series
    moved = np.roll(series.voxels, 2, axis=-1)
    moved[0] = series.voxels[0]
    write_nifti_series(case / "study", series.with_voxels(moved))

    def shift_of_bone():
        slices = FolderCoreSource(case.parent, settings).load("case-1").hounsfield
        first, later = (np.nonzero(slices[:, frame] > 150.0)[-1].mean() for frame in (0, 5))
        return (later - first) * settings.pixel_size

    registered_here = shift_of_bone()
    (case / "study").rename(case / "registered")
    assert abs(registered_here) < 1.0
    assert shift_of_bone() > 1.2 * series.spacing[0]


def test_a_mask_may_lie_on_its_own_grid_beside_the_series(case, settings):
    shutil.rmtree(case / "truth")
    mask = np.zeros((4, 10, 10), np.uint8)
    mask[1:3, 2:7, 2:7] = 255
    write_nifti(case / "core.nii.gz", mask, np.diag([2.0, 3.0, 5.0, 1.0]))

    patient = FolderCoreSource(case.parent, settings).load("case-1")

    assert patient.core_ml == pytest.approx(50 * 30.0 / 1000.0)
    assert set(patient.groups) == {"slices_missed_mm"}


def test_a_row_of_the_table_takes_precedence_over_a_mask(case, settings):
    (case.parent / "labels.csv").write_text("patient, core_ml\ncase-1, 32.4\ncase-9, 1\n")

    assert FolderCoreSource(case.parent, settings).load("case-1").core_ml == 32.4


def test_patients_without_a_core_volume_are_named(case, settings):
    for name in ("case-2", "case-3"):
        shutil.copytree(case, case.parent / name)
        (case.parent / name / "truth" / "core.nii.gz").unlink()
    (case.parent / "labels.csv").write_text("patient,core_ml\ncase-1,\ncase-2,10\n")

    with pytest.raises(DatasetError, match="Patient has no core volume: case-3; put core"):
        FolderCoreSource(case.parent, settings)
    (case.parent / "labels.csv").unlink()
    with pytest.raises(DatasetError, match="Patients have no core volume: case-2, case-3; put core"):
        FolderCoreSource(case.parent, settings)


def test_folders_without_a_series_are_left_out(case, settings):
    (case.parent / "case-2").mkdir()
    (case.parent / ".hidden").mkdir()

    source = FolderCoreSource(case.parent, settings)
    assert source.patients == ("case-1",)
    assert source.report == "1 of 2 patients is left out (case-2: there is no series)."


def test_a_patient_has_changed_when_its_files_or_its_volume_have(case, settings):
    def prints():
        return FolderCoreSource(case.parent, settings).fingerprint("case-1")

    by_mask = prints()
    write_nifti(case / "truth" / "core.nii.gz", np.ones((3, 3, 3), bool), np.eye(4))
    other_mask = prints()
    (case.parent / "labels.csv").write_text("patient,core_ml\ncase-1,10\n")
    by_table = prints()
    (case.parent / "labels.csv").write_text("patient,core_ml\ncase-1,11\n")

    assert len({by_mask, other_mask, by_table, prints()}) == 4


@pytest.mark.parametrize("content", ["probabilities", "series", "no numbers"])
def test_what_is_no_mask_is_refused(case, settings, content):
    image = {
        "probabilities": np.linspace(0, 1, 8, dtype=np.float32).reshape(2, 2, 2),
        "series": np.ones((3, 2, 2, 2), np.uint8),
        "no numbers": np.full((2, 2, 2), np.nan, np.float32),
    }[content]
    write_nifti(case / "truth" / "core.nii.gz", image, np.eye(4))

    with pytest.raises(DatasetError, match=r"Patient case-1 cannot be used: core.nii.gz is not a mask"):
        FolderCoreSource(case.parent, settings).load("case-1")


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("name,core_ml\ncase-1,3\n", "no column patient"),
        ("patient,volume\ncase-1,3\n", "no column core_ml"),
        ("", "no column patient"),
        ("patient,core_ml\ncase-1,3\ncase-1,4\n", "two rows of patient case-1"),
        ("patient,core_ml\ncase-1,-3\n", "patient case-1 in labels.csv is '-3'"),
        ("patient,core_ml\ncase-1,nan\n", "patient case-1 in labels.csv is 'nan'"),
        ("patient,core_ml\ncase-1,large\n", "patient case-1 in labels.csv is 'large'"),
        (b"\xff\xfe\x00patient", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(case, settings, table, reason):
    content = table if isinstance(table, bytes) else table.encode()
    (case.parent / "labels.csv").write_bytes(content)

    with pytest.raises(DatasetError, match=reason):
        FolderCoreSource(case.parent, settings)


def test_a_folder_without_patients_is_refused(tmp_path, settings):
    with pytest.raises(DatasetError, match="No patient"):
        FolderCoreSource(tmp_path, settings)
    with pytest.raises(DatasetError, match="There is no folder"):
        FolderCoreSource(tmp_path / "nowhere", settings)
