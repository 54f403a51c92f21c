"""Missing, repeated, extra and damaged images."""

import shutil

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import generate_uid

from CTPerfusionLib.io import SeriesError, load_series
from CTPerfusionLib.series import Severity


def by_code(series):
    return {finding.code: finding for finding in series.findings}


def test_one_missing_image_is_interpolated_and_named(study, tmp_path):
    paths = study.write(tmp_path)
    paths[study.path_index(4, 2)].unlink()
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)  # the phantom rises linearly in time
    np.testing.assert_allclose(series.times, study.times, atol=1e-5)
    finding = by_code(series)["missing_slices"]
    assert finding.severity is Severity.WARNING
    assert "1 missing image was interpolated" in finding.message
    assert "slice at 45.0 mm, 6.0 s" in finding.message


def test_missing_images_of_a_shuttle_keep_the_other_frames_in_place(shuttle_study, tmp_path):
    paths = shuttle_study.write(tmp_path)
    paths[shuttle_study.path_index(3, 1)].unlink()
    paths[shuttle_study.path_index(8, 4)].unlink()
    series = load_series(tmp_path)
    present = np.ones((12, 5), dtype=bool)
    present[3, 1] = present[8, 4] = False
    np.testing.assert_array_equal(series.voxels[present], shuttle_study.voxels[present])
    np.testing.assert_allclose(series.times[present], shuttle_study.times[present], atol=1e-5)
    assert by_code(series)["missing_slices"].value == 2


def test_a_last_frame_cut_off_is_left_out(study, tmp_path):
    paths = study.write(tmp_path)
    for index in (2, 3):
        paths[study.path_index(11, index)].unlink()
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels[:11])
    assert "1 incomplete frame at the start or end" in by_code(series)["incomplete_frames"].message


def test_a_shuttle_that_ends_at_its_first_position_loses_that_frame(study, tmp_path):
    study.times = study.times[:, None] * 2 + np.array([0, 0, 1.5, 1.5])
    paths = study.write(tmp_path)
    for index in (2, 3):
        paths[study.path_index(11, index)].unlink()
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels[:11])
    np.testing.assert_allclose(series.times, study.times[:11], atol=1e-5)


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        (
            [(4, 2), (5, 2)],
            r"an image and its neighbour in time are both missing \(first: slice at 45\.0 mm, 6\.0 s",
        ),
        (
            [(f, f % 4) for f in range(2, 9, 2)],
            r"4 of 48 images are missing \(first: slice at 45\.0 mm, 3\.0 s",
        ),
        (
            [(f, 3) for f in (9, 10, 11)],
            r"the 3 frames at one end are incomplete \(first: slice at 50\.0 mm, 13\.5 s",
        ),
    ],
)
def test_too_much_missing_is_refused_by_position_and_time(study, tmp_path, missing, reason):
    paths = study.write(tmp_path)
    for cell in missing:
        paths[study.path_index(*cell)].unlink()
    with pytest.raises(SeriesError, match=reason):
        load_series(tmp_path)


def test_a_slice_missing_in_all_frames_is_refused_by_position(study, tmp_path):
    paths = study.write(tmp_path)
    for frame in range(12):
        paths[study.path_index(frame, 1)].unlink()
    with pytest.raises(SeriesError, match=r"slice at 40\.0 mm is missing in all frames"):
        load_series(tmp_path)


def test_uneven_slices_are_refused(study, tmp_path):
    def uneven(dataset, _frame, index):
        dataset.ImagePositionPatient = [-100, -120, [35, 40, 47.5, 52.5][index]]

    study.write(tmp_path, uneven)
    with pytest.raises(SeriesError, match=r"unevenly spaced \(5\.0 to 7\.5 mm\)"):
        load_series(tmp_path)


def test_extra_slices_of_some_frames_are_left_out_and_named(study, tmp_path):
    study.write(tmp_path)
    extra = study.but(voxels=study.voxels[:3, :1], origin=(-100, -120, 30), series_number=4)
    extra.series_uid = study.series_uid
    extra.write(tmp_path / "extra")
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    finding = by_code(series)["extra_slices"]
    assert finding.value == 3
    assert "30.0 mm" in finding.message


def test_a_study_that_was_copied_twice_is_read_once(study, tmp_path):
    study.write(tmp_path / "first")
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert by_code(series)["duplicate_slices"].value == 48


def write_repeat(path, folder, *, change=0, new_uid=False):
    """Write another image of the same slice and time."""
    dataset = dcmread(path)
    if new_uid:
        dataset.SOPInstanceUID = generate_uid()
    pixels = dataset.pixel_array.copy()
    pixels[0, 0] += change
    dataset.PixelData = pixels.tobytes()
    folder.mkdir()
    dataset.save_as(folder / "repeat.dcm")


@pytest.mark.parametrize("new_uid", [False, True])
def test_an_equal_repeat_of_an_image_is_left_out(study, tmp_path, new_uid):
    paths = study.write(tmp_path)
    write_repeat(paths[17], tmp_path / "again", new_uid=new_uid)
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert by_code(series)["duplicate_slices"].value == 1


@pytest.mark.parametrize("new_uid", [False, True])
def test_a_different_image_of_the_same_slice_and_time_is_refused(study, tmp_path, new_uid):
    paths = study.write(tmp_path)
    write_repeat(paths[study.path_index(4, 1)], tmp_path / "again", change=1, new_uid=new_uid)
    with pytest.raises(SeriesError, match=r"Two different images claim .* \(slice at 40\.0 mm, 6\.0 s\)"):
        load_series(tmp_path)


@pytest.mark.parametrize("kept", [0.5, 0.98])
def test_a_truncated_image_is_refused_by_position_and_time(study, tmp_path, kept):
    study.voxels = np.tile(study.voxels, (1, 1, 20, 20))
    path = study.write(tmp_path)[study.path_index(4, 2)]
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(SeriesError) as refusal:
        load_series(tmp_path)
    assert str(refusal.value) == (
        "The pixels of image 19 of 48 (slice at 45.0 mm, 6.0 s) cannot be read, the file is damaged or "
        "incomplete; copy or export the study again."
    )


@pytest.mark.parametrize("n_bytes", [0, 100, 200, 600, 900])
def test_an_image_whose_header_is_destroyed_is_refused(study, tmp_path, n_bytes):
    path = study.write(tmp_path)[study.path_index(4, 2)]
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(
        SeriesError, match=r"images are missing at 6\.0 s|cannot be read, the file is damaged"
    ):
        load_series(tmp_path)


def test_an_image_overwritten_with_noise_is_refused(study, tmp_path):
    path = study.write(tmp_path)[study.path_index(4, 2)]
    path.write_bytes(np.random.default_rng(0).bytes(4000))
    with pytest.raises(
        SeriesError, match=r"1 file beside the CT images cannot be read, and images are missing"
    ):
        load_series(tmp_path)


def test_a_damaged_frame_of_single_slices_is_noticed_by_the_gap(study, tmp_path):
    study.voxels = study.voxels[:, :1]
    path = study.write(tmp_path)[5]
    path.write_bytes(np.random.default_rng(0).bytes(4000))
    with pytest.raises(SeriesError, match="1 file beside the CT images cannot be read"):
        load_series(tmp_path)


def test_noise_beside_a_complete_series_is_left_aside(study, tmp_path):
    study.write(tmp_path)
    (tmp_path / "noise.dcm").write_bytes(np.random.default_rng(0).bytes(4000))
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)
