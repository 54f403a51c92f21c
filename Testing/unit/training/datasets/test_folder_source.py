"""Folders of series and maps: phantoms as they are written, results of runs, and anything laid out alike."""

import shutil

import numpy as np
import pytest

from CTPerfusionLib.io import write_nifti, write_nifti_series
from CTPerfusionLib.phantom import write_phantom
from CTPerfusionLib.training.datasets import DatasetError, FolderSource, phantom_patient

TARGETS = ("CBF", "TTP")


@pytest.fixture(scope="module")
def written(tmp_path_factory, a_small_head):
    """A written phantom: study and truth."""
    folder = tmp_path_factory.mktemp("folders") / "case-1"
    write_phantom(a_small_head, folder, format="nifti")
    return folder


@pytest.fixture
def case(tmp_path, written):
    """A copy of the phantom, to be changed."""
    return shutil.copytree(written, tmp_path / "data" / "case-1")


def test_a_written_phantom_gives_what_the_phantom_in_memory_gives(written, settings, a_small_head):
    source = FolderSource(written.parent, settings, TARGETS)
    patient = source.load("case-1")
    expected = phantom_patient("case-1", a_small_head, settings, TARGETS)

    assert source.patients == ("case-1",)
    np.testing.assert_array_equal(patient.targets, expected.targets)
    np.testing.assert_array_equal(patient.brain, expected.brain)
    np.testing.assert_allclose(
        patient.stack.astype(int), expected.stack.astype(int), atol=2
    )  # times are written in microseconds
    assert patient.groups == expected.groups


def test_the_series_that_a_run_has_registered_is_used_with_its_maps(tmp_path, settings, a_small_head):
    case = tmp_path / "case-1"
    for name in ("registered", "maps"):
        (case / name).mkdir(parents=True)
    series, maps = a_small_head.series, a_small_head.truth.maps
    moved = np.roll(series.voxels, 1, axis=-1)
    moved[0] = series.voxels[0]
    write_nifti_series(case / "registered", series.with_voxels(moved))
    for name in TARGETS:
        write_nifti(case / "maps" / f"{name}.nii.gz", maps[name], series.ijk_to_ras)

    patient = FolderSource(tmp_path, settings, TARGETS).load("case-1")

    np.testing.assert_array_equal(patient.targets[:, 0], maps["CBF"])
    # What is registered is not registered again, though here the frames do not match.
    skull = series.voxels[3, 1] > 200
    low, high = settings.window
    assert ((patient.stack[1, 3] / 65535 * (high - low) + low)[np.roll(skull, 1, axis=-1)] > 200).all()


def test_series_and_maps_may_lie_beside_each_other(case, settings):
    for path in (case / "truth").glob("*.nii.gz"):
        path.rename(case / path.name)
    shutil.rmtree(case / "truth")
    for path in (case / "study").iterdir():
        path.rename(case / path.name)

    source = FolderSource(case.parent, settings, TARGETS)
    patient = source.load("case-1")

    assert patient.groups == {}
    assert np.isfinite(patient.target("CBF")).any()


def test_folders_without_a_series_or_a_map_are_named_in_one_sentence(case, settings):
    shutil.copytree(case, case.parent / "case-2")
    shutil.rmtree(case.parent / "case-2" / "study")
    shutil.copytree(case, case.parent / "case-3")
    (case.parent / "case-3" / "truth" / "TTP.nii.gz").unlink()
    (case.parent / ".hidden").mkdir()

    assert FolderSource(case.parent, settings, TARGETS).report == (
        "2 of 3 patients are left out (case-2: there is no series; case-3: there is no map of TTP)."
    )


@pytest.mark.parametrize("change", ["moved", "smaller"])
def test_a_map_on_other_voxels_is_refused(case, settings, a_small_head, change):
    values, ijk_to_ras = a_small_head.truth.maps["CBF"], a_small_head.series.ijk_to_ras.copy()
    if change == "moved":
        ijk_to_ras[2, 3] += 2.5
    else:
        values = values[1:]
    write_nifti(case / "truth" / "CBF.nii.gz", values, ijk_to_ras)

    with pytest.raises(DatasetError, match=r"Patient case-1 cannot be used: The map CBF.nii.gz does not lie"):
        FolderSource(case.parent, settings, TARGETS).load("case-1")


def test_a_map_without_values_is_refused(case, settings, a_small_head):
    empty = np.full(a_small_head.series.shape, np.nan, dtype=np.float32)
    write_nifti(case / "truth" / "TTP.nii.gz", empty, a_small_head.series.ijk_to_ras)

    with pytest.raises(DatasetError, match="Patient case-1 cannot be used: Its TTP is known nowhere"):
        FolderSource(case.parent, settings, TARGETS).load("case-1")


def test_a_damaged_map_or_series_is_refused(case, settings):
    source = FolderSource(case.parent, settings, TARGETS)
    for name in ("truth/CBF.nii.gz", "study/series.nii.gz"):
        path = case / name
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DatasetError, match="Patient case-1 cannot be used"):
            source.load("case-1")
        path.write_bytes(whole)


def test_a_folder_without_patients_is_refused(tmp_path, settings):
    with pytest.raises(DatasetError, match="No patient"):
        FolderSource(tmp_path, settings, TARGETS)
    with pytest.raises(DatasetError, match="There is no folder"):
        FolderSource(tmp_path / "nowhere", settings, TARGETS)
