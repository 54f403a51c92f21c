"""Studies in trees of folders: found however they are arranged, and named without naming patients."""

import shutil

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from CTPerfusionLib.cohort import FoundStudy, find_studies
from CTPerfusionLib.cohort.found_study import fitting_name, study_names
from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.io import load_series


def write_dicom(path, study_uid, modality="CT", **attributes):
    """Write the header of an image, which is all that finding looks at."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
    dataset.Modality, dataset.StudyInstanceUID = modality, study_uid
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)


def write_nifti(path, n_frames):
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = (2, 2, 2, n_frames) if n_frames > 1 else (2, 2, 2)
    nibabel.save(nibabel.Nifti1Image(np.zeros(shape, np.float32), np.eye(4)), path)


def origins(root, **options):
    return [study.origin for study in find_studies(root, **options)]


def test_every_dicom_study_is_the_highest_folder_that_holds_no_other(tmp_path):
    for series in ("1", "2"):
        write_dicom(tmp_path / "anna" / "ctp" / series / "IM1", "1.2.3")
    write_dicom(tmp_path / "bert" / "IM1", "1.2.4")
    write_dicom(tmp_path / "bert" / "deeper" / "IM1", "1.2.4")

    assert origins(tmp_path) == ["anna/ctp", "bert"]


def test_a_single_study_is_found_where_its_files_are(tmp_path):
    write_dicom(tmp_path / "one" / "export" / "IM1", "1.2.3")

    assert origins(tmp_path) == ["one/export"]


def test_studies_of_one_patient_are_studies_of_their_own(tmp_path):
    write_dicom(tmp_path / "anna" / "day0" / "IM1", "1.2.3")
    write_dicom(tmp_path / "anna" / "day1" / "IM1", "1.2.4")

    assert origins(tmp_path) == ["anna/day0", "anna/day1"]


def test_the_patient_id_and_its_issuer_tell_the_patient_whatever_the_name_is(tmp_path):
    for study, number, issuer, name in (
        ("a", "77", "north", "Doe^J"),
        ("b", "77", "north", "DOE^JANE"),
        ("c", "77", "south", "Doe^J"),
        ("d", "78", "north", "Doe^J"),
        ("e", "", "north", "Doe^J"),
    ):
        write_dicom(
            tmp_path / study / "IM1",
            f"1.2.{ord(study)}",
            PatientID=number,
            IssuerOfPatientID=issuer,
            PatientName=name,
        )

    a, b, c, d, e = (study.patient for study in find_studies(tmp_path))

    assert a == b
    assert len({a, c, d, e}) == 4
    assert e == ""
    assert "77" not in (a, c)


def test_files_named_as_dicom_that_are_none_are_a_study_whose_loading_tells_why(tmp_path):
    write_dicom(tmp_path / "whole" / "IM1", "1.2.3")
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "IM1.dcm").write_text("no image")
    (tmp_path / "junk" / "IM2.DCM").touch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("no image")

    junk, whole = find_studies(tmp_path)

    assert (junk.origin, whole.origin) == ("junk", "whole")
    assert junk.problem is None
    with pytest.raises(SeriesError):
        load_series(junk.path)


def test_other_modalities_are_no_studies(tmp_path):
    write_dicom(tmp_path / "a" / "IM1", "1.2.3")
    write_dicom(tmp_path / "b" / "IM1", "1.2.4", modality="MR")

    assert origins(tmp_path) == ["a"]


def test_series_files_are_studies_and_maps_are_not(tmp_path):
    write_nifti(tmp_path / "a" / "ctp.nii.gz", 9)
    write_nifti(tmp_path / "a" / "map.nii.gz", 1)
    write_nifti(tmp_path / "b.nii", 9)
    (tmp_path / "c.seq.nrrd").write_bytes(b"NRRD0004\n")

    assert origins(tmp_path) == ["a/ctp.nii.gz", "b.nii", "c.seq.nrrd"]


def test_a_damaged_image_is_a_study_that_says_so(tmp_path):
    (tmp_path / "a.nii.gz").write_text("no image")
    write_nifti(tmp_path / "b.nii.gz", 9)

    damaged, whole = find_studies(tmp_path)

    assert "cannot be read" in str(damaged.problem)
    assert whole.problem is None


def test_a_folder_that_mixes_studies_is_refused_by_name(tmp_path):
    write_dicom(tmp_path / "mixed" / "IM1", "1.2.3")
    write_dicom(tmp_path / "mixed" / "IM2", "1.2.4")
    write_dicom(tmp_path / "whole" / "IM1", "1.2.5")

    mixed, whole = find_studies(tmp_path)

    assert (mixed.origin, whole.origin) == ("mixed", "whole")
    assert "folder of its own" in str(mixed.problem)
    assert whole.problem is None


def test_results_hidden_folders_links_and_the_output_are_passed_over(tmp_path):
    root = tmp_path / "root"
    write_nifti(root / "a" / "ctp.nii.gz", 9)
    for name in ("result", ".hidden", "out"):
        shutil.copytree(root / "a", root / name)
    (root / "result" / "run.json").touch()
    (root / "result" / "summary.json").touch()
    write_nifti(tmp_path / "elsewhere" / "ctp.nii.gz", 9)
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "link.nii.gz").symlink_to(tmp_path / "elsewhere" / "ctp.nii.gz")

    assert origins(root, left_out=root / "out") == ["a/ctp.nii.gz"]


def test_no_study_and_no_folder_are_errors(tmp_path):
    with pytest.raises(SeriesError, match="holds no study"):
        find_studies(tmp_path)
    with pytest.raises(SeriesError, match="no folder"):
        find_studies(tmp_path / "nowhere")


def test_names_tell_no_patient_unless_asked(tmp_path):
    studies = (FoundStudy("DOE^JANE/ctp", tmp_path), FoundStudy("x", tmp_path, public_name="sub-stroke0001"))

    assert "DOE" not in study_names(studies, own_names=False)[0]
    assert study_names(studies, own_names=True)[0] == "DOE_JANE__ctp"
    assert study_names(studies, own_names=False)[1] == "sub-stroke0001"


def test_a_study_keeps_its_name_when_others_come():
    studies = tuple(FoundStudy(f"p{number}", None) for number in range(5))

    assert set(study_names(studies[2:], own_names=False)) < set(study_names(studies, own_names=False))


@given(st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=8))
def test_names_are_unlike_and_fit_any_file_system(places):
    names = study_names(tuple(FoundStudy(place, None) for place in places), own_names=True)

    assert len({name.casefold() for name in names}) == len(places)
    assert all(fitting_name(name) == name and "/" not in name for name in names)
