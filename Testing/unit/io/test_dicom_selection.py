"""Which images of a folder are taken for the perfusion scan."""

import numpy as np
import pytest
from pydicom.uid import generate_uid

from CTPerfusionLib.io import SeriesError, load_series, write_nifti


def one_series_per_time_point(dataset, frame, uids):
    dataset.SeriesInstanceUID = uids[frame]
    dataset.SeriesNumber = 100 + frame
    dataset.InstanceNumber = 1 + dataset.InstanceNumber // 12


@pytest.fixture
def series_uids():
    return [generate_uid() for _ in range(12)]


def by_code(series):
    return {finding.code: finding for finding in series.findings}


def test_one_series_per_time_point_is_one_scan(study, series_uids, tmp_path):
    study.write(tmp_path, lambda dataset, frame, _: one_series_per_time_point(dataset, frame, series_uids))
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert series.metadata.series_instance_uids == tuple(series_uids)
    assert series.findings == ()


def test_one_series_per_time_point_is_ordered_by_series_number_without_times(study, series_uids, tmp_path):
    def untimed(dataset, frame, _index):
        one_series_per_time_point(dataset, frame, series_uids)
        del dataset.AcquisitionTime

    study.write(tmp_path, untimed)
    np.testing.assert_array_equal(load_series(tmp_path, frame_interval=1.5).voxels, study.voxels)


def test_unenhanced_ct_with_the_same_slices_is_no_time_point(study, series_uids, tmp_path):
    study.write(
        tmp_path / "ctp", lambda dataset, frame, _: one_series_per_time_point(dataset, frame, series_uids)
    )
    plain = study.but(voxels=study.voxels[:1], start=study.start - 600)
    plain.write(tmp_path / "ncct")
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_one_series_per_slab_of_a_shuttle_is_one_scan(study, tmp_path):
    study.times = study.times[:, None] * 2 + np.array([0, 0, 1.5, 1.5])
    uids = [generate_uid(), generate_uid()]
    study.write(tmp_path, lambda dataset, _, index: setattr(dataset, "SeriesInstanceUID", uids[index // 2]))
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert set(series.metadata.series_instance_uids) == set(uids)


def add_unrelated_files(study, folder):
    """Put beside a study what a stroke protocol leaves there."""
    study.but(voxels=np.repeat(study.voxels[:1], 8, axis=1), spacing=(0.5, 0.6, 2.5)).write(folder / "ncct")
    study.but(voxels=np.repeat(study.voxels[:1], 30, axis=1), spacing=(0.4, 0.4, 0.6), start=40000).write(
        folder / "cta"
    )
    tracking = study.but(voxels=study.voxels[:10, :1], origin=(-100, -120, -60), start=39900)
    tracking.write(folder / "bolus tracking")
    scout = study.but(image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"), orientation=(1, 0, 0, 0, 0, -1))
    scout.write(folder / "scout")

    def report(dataset, *_):
        dataset.Modality = "SR"
        del dataset.PixelData, dataset.Rows, dataset.Columns

    study.but(voxels=study.voxels[:1, :1]).write(folder / "dose", report)

    def colour_map(dataset, *_):
        dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL", "CBF"]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
        dataset.PlanarConfiguration = 0
        dataset.PixelData = bytes(3 * dataset.Rows * dataset.Columns)

    study.but(image_type=("DERIVED", "SECONDARY")).write(folder / "maps", colour_map)
    (folder / "README.txt").write_text("notes")
    (folder / "thumbnail.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(200))
    (folder / "empty").write_bytes(b"")


def test_everything_else_in_the_folder_is_left_aside(study, tmp_path):
    study.write(tmp_path / "ctp")
    add_unrelated_files(study, tmp_path)
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert series.metadata.series_instance_uids == (study.series_uid,)


def test_a_dicomdir_is_no_image(study, tmp_path):
    study.write(tmp_path / "IMAGES")

    def directory(dataset, *_):
        dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = "1.2.840.10008.1.3.10"
        del dataset.Modality

    study.but(voxels=study.voxels[:1, :1]).write(tmp_path / "dir", directory)
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


@pytest.mark.parametrize("derived", [("DERIVED", "SECONDARY", "MIP"), ("ORIGINAL", "SECONDARY", "AXIAL")])
def test_the_original_is_taken_before_a_derived_copy(study, tmp_path, derived):
    study.write(tmp_path / "original")
    copy = study.but(voxels=study.voxels + np.int16(1), image_type=derived, series_number=9)
    copy.write(tmp_path / "copy")
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    finding = by_code(series)["other_series"]
    assert "series 4 with 12 frames of 4 slices was taken" in finding.message
    assert "series 9 with 12 frames of 4 slices" in finding.message


def test_a_derived_series_alone_is_taken_with_a_finding(study, tmp_path):
    study.but(image_type=("DERIVED", "SECONDARY", "AXIAL")).write(tmp_path)
    assert "derived_images" in by_code(load_series(tmp_path))


def test_two_perfusion_series_are_refused_by_number(study, tmp_path):
    study.write(tmp_path / "first")
    study.but(series_number=7, start=study.start + 900).write(tmp_path / "second")
    with pytest.raises(SeriesError) as refusal:
        load_series(tmp_path)
    assert str(refusal.value) == (
        "The folder holds 2 perfusion series (series 4 with 12 frames of 4 slices; series 7 with 12 "
        "frames of 4 slices); give a folder with one of them."
    )


@pytest.mark.parametrize("keyword", ["PatientID", "PatientName"])
def test_mixed_patients_are_refused_without_naming_them(study, tmp_path, keyword):
    study.write(tmp_path, lambda dataset, frame, _: setattr(dataset, keyword, "Roe" if frame > 5 else "Doe"))
    with pytest.raises(SeriesError, match="holds CT images of 2 patients; give a folder with") as refusal:
        load_series(tmp_path)
    assert "oe" not in str(refusal.value)


def test_mixed_orientations_are_refused(study, tmp_path):
    def coronal(dataset, frame, _index):
        if frame == 5:
            dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]

    study.write(tmp_path, coronal)
    with pytest.raises(SeriesError, match="mixes image orientations: 4 of 48 images differ"):
        load_series(tmp_path)


def test_mixed_pixel_sizes_are_refused(study, tmp_path):
    study.write(
        tmp_path, lambda dataset, frame, _: setattr(dataset, "PixelSpacing", [0.6, 0.5 + (frame > 5)])
    )
    with pytest.raises(SeriesError, match="different matrix or pixel size"):
        load_series(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SeriesError) as refusal:
        load_series(tmp_path)
    assert str(refusal.value) == (
        "The folder holds no DICOM files; give the folder that holds the perfusion scan."
    )


def test_a_folder_without_ct_is_refused_by_modality(study, tmp_path):
    study.write(tmp_path, lambda dataset, *_: setattr(dataset, "Modality", "MR"))
    with pytest.raises(SeriesError, match="holds no CT images, only DICOM files of modality MR"):
        load_series(tmp_path)


def test_ct_without_positions_is_refused(study, tmp_path):
    study.write(tmp_path, lambda dataset, *_: delattr(dataset, "ImagePositionPatient"))
    with pytest.raises(SeriesError, match="no position, orientation and pixel spacing"):
        load_series(tmp_path)


@pytest.mark.parametrize(("n_frames", "words"), [(1, "only once"), (7, "at most 7 times")])
def test_fewer_than_eight_frames_are_refused(study, tmp_path, n_frames, words):
    study.voxels = study.voxels[:n_frames]
    study.write(tmp_path)
    with pytest.raises(SeriesError, match=f"{words}, and a perfusion scan has at least 8 frames"):
        load_series(tmp_path)


def test_constant_images_are_refused(study, tmp_path):
    study.voxels = np.full_like(study.voxels, 40)
    study.write(tmp_path)
    with pytest.raises(SeriesError, match="All images are constant"):
        load_series(tmp_path)


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(SeriesError, match="no such study; check its path"):
        load_series(tmp_path / "nowhere")


def test_a_4d_nifti_beside_dicom_files_is_refused(study, tmp_path):
    study.write(tmp_path / "dicom")
    write_nifti(tmp_path / "series.nii", study.voxels, np.eye(4))
    with pytest.raises(SeriesError, match="a 4D NIfTI and DICOM files as well; give the path of the NIfTI"):
        load_series(tmp_path)


def test_images_that_an_anonymiser_gave_one_uid_are_told_apart(study, tmp_path):
    study.write(tmp_path, lambda dataset, *_: setattr(dataset, "SOPInstanceUID", "1.2.3"))
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)
