"""A phantom is written as study and truth, whole or not at all."""

import json

import nibabel
import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.io import read_nifti, read_times
from CTPerfusionLib.phantom import SCANNER_SCHEMES, STUDY_FORMATS, write_phantom

MAPS = ("CBF", "CBV", "MTT", "Delay", "TTP")


@pytest.mark.parametrize("study_format", STUDY_FORMATS)
def test_study_and_truth_are_all_that_is_written(tmp_path, a_made_up_phantom, study_format):
    write_phantom(a_made_up_phantom("toshiba"), tmp_path / "phantom", format=study_format)

    assert [path.name for path in tmp_path.iterdir()] == ["phantom"]
    assert {path.name for path in (tmp_path / "phantom").iterdir()} == {"study", "truth"}
    assert {path.name for path in (tmp_path / "phantom" / "truth").iterdir()} == {
        *(f"{name}.nii.gz" for name in (*MAPS, "labels", "core", "hypoperfusion")),
        "truth.json",
    }


@pytest.mark.parametrize("scanner", SCANNER_SCHEMES)
def test_nifti_study_holds_voxels_place_and_times(tmp_path, a_made_up_phantom, scanner):
    series = a_made_up_phantom(scanner).series
    write_phantom(a_made_up_phantom(scanner), tmp_path / "phantom", format="nifti")
    study = tmp_path / "phantom" / "study"

    voxels, ijk_to_ras = read_nifti(study / "series.nii.gz")

    assert {path.name for path in study.iterdir()} == {"series.nii.gz", "times.csv"}
    assert voxels.dtype == series.voxels.dtype
    np.testing.assert_array_equal(voxels, series.voxels)
    np.testing.assert_allclose(ijk_to_ras, series.ijk_to_ras, atol=1e-4)
    np.testing.assert_allclose(read_times(study / "times.csv"), series.times, atol=1e-6)


@pytest.mark.parametrize(
    ("scanner", "columns"), [("ge-cine", "frame,time_s"), ("ge-shuttle", "frame,slice,time_s")]
)
def test_times_file_names_the_slice_only_where_slices_differ(tmp_path, a_made_up_phantom, scanner, columns):
    write_phantom(a_made_up_phantom(scanner), tmp_path / "phantom", format="nifti")

    text = (tmp_path / "phantom" / "study" / "times.csv").read_text(encoding="utf-8")

    assert text.splitlines()[0] == columns


def test_truth_images_hold_the_truth_on_the_grid_of_the_study(tmp_path, a_made_up_phantom):
    phantom = a_made_up_phantom("ge-cine")
    truth = phantom.truth
    write_phantom(phantom, tmp_path / "phantom")
    expected = {
        **truth.maps,
        "labels": truth.labels,
        "core": truth.core,
        "hypoperfusion": truth.hypoperfusion,
    }

    for name, image in expected.items():
        written = nibabel.load(tmp_path / "phantom" / "truth" / f"{name}.nii.gz")
        np.testing.assert_array_equal(np.asarray(written.dataobj).T, image)
        np.testing.assert_allclose(written.affine, phantom.series.ijk_to_ras, atol=1e-4)


def test_truth_file_states_volumes_curves_motion_and_how_it_was_made(tmp_path, a_made_up_phantom):
    phantom = a_made_up_phantom("siemens-shuttle")
    truth = phantom.truth
    write_phantom(phantom, tmp_path / "phantom")

    stated = json.loads((tmp_path / "phantom" / "truth" / "truth.json").read_text(encoding="utf-8"))

    voxel_ml = 0.5 * 0.75 * 5.0 / 1000.0
    assert stated["core_ml"] == pytest.approx(truth.core.sum() * voxel_ml)
    assert stated["hypoperfusion_ml"] == pytest.approx(truth.hypoperfusion.sum() * voxel_ml)
    assert (stated["side"], stated["seed"], stated["scanner"]) == ("left", 5, "siemens-shuttle")
    assert stated["parameters"] == truth.parameters
    assert stated["label_names"]["3"] == "artery"
    assert "Research use only" in stated["research_use"]
    for key, values in (("times_s", truth.times), ("aif_hu", truth.aif), ("vof_hu", truth.vof)):
        np.testing.assert_allclose(stated[key], values)
    np.testing.assert_allclose(stated["motion"], truth.motion)


def test_an_earlier_phantom_is_replaced_and_other_files_beside_it_stay(tmp_path, a_made_up_phantom):
    folder = tmp_path / "phantom"
    write_phantom(a_made_up_phantom("toshiba", 1), folder)
    (folder / "result").mkdir()
    (folder / "result" / "summary.json").write_text("{}")

    write_phantom(a_made_up_phantom("ge-cine", 2), folder, format="nifti")

    assert {path.name for path in folder.iterdir()} == {"study", "truth", "result"}
    assert {path.name for path in (folder / "study").iterdir()} == {"series.nii.gz", "times.csv"}
    assert json.loads((folder / "truth" / "truth.json").read_text(encoding="utf-8"))["seed"] == 2


def test_a_folder_with_other_files_is_refused_and_untouched(tmp_path, a_made_up_phantom):
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(
        ConfigurationError, match="holds files that are not a phantom; name a new or an empty"
    ):
        write_phantom(a_made_up_phantom("toshiba"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path, a_made_up_phantom):
    (tmp_path / "phantom").write_text("mine")

    with pytest.raises(ConfigurationError, match="is a file; name a folder"):
        write_phantom(a_made_up_phantom("toshiba"), tmp_path / "phantom")


def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path, a_made_up_phantom):
    with pytest.raises(ConfigurationError, match=r"'nrrd'.*dicom, nifti"):
        write_phantom(a_made_up_phantom("toshiba"), tmp_path / "phantom", format="nrrd")


@pytest.mark.parametrize("study_format", STUDY_FORMATS)
@pytest.mark.parametrize("moment", [0.0, 0.05, 0.5, 1.0])
def test_a_cancelled_write_leaves_nothing(tmp_path, a_made_up_phantom, study_format, moment):
    def cancel(fraction: float) -> None:
        if fraction >= moment:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_phantom(
            a_made_up_phantom("ge-shuttle"), tmp_path / "phantom", format=study_format, on_progress=cancel
        )
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_write_keeps_the_earlier_phantom(tmp_path, a_made_up_phantom):
    def cancel(fraction: float) -> None:
        if fraction >= 0.5:
            raise Cancelled

    write_phantom(a_made_up_phantom("toshiba", 1), tmp_path / "phantom", format="nifti")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    with pytest.raises(Cancelled):
        write_phantom(a_made_up_phantom("toshiba", 2), tmp_path / "phantom", on_progress=cancel)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("study_format", STUDY_FORMATS)
def test_progress_rises_from_nothing_to_done(tmp_path, a_made_up_phantom, study_format):
    fractions: list[float] = []

    write_phantom(
        a_made_up_phantom("toshiba"), tmp_path / "phantom", format=study_format, on_progress=fractions.append
    )

    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
