"""Which of many DICOM files are offered as perfusion scans."""

import shutil

import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLossless, generate_uid

from CTPerfusionLib.errors import Cancelled, MissingDecoderError
from CTPerfusionLib.io import find_perfusion_series, load_dicom_files, load_series
from CTPerfusionLib.io import perfusion_files as module


def names(paths) -> tuple[str, ...]:
    return tuple(str(path) for path in paths)


@pytest.fixture
def other_series(study, tmp_path) -> list[tuple[str, ...]]:
    """The files of what else a stroke study holds: one series each."""
    angiography = study.but(voxels=np.repeat(study.voxels[:1], 30, axis=1), spacing=(0.4, 0.4, 0.6))
    scout = study.but(voxels=study.voxels[:1, :2], image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    magnetic = study.but()
    report = study.but(voxels=study.voxels[:1, :1])

    def of_another_modality(dataset, *_):
        dataset.Modality = "MR"
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"

    def without_pixels(dataset, *_):
        dataset.Modality = "SR"
        del dataset.PixelData, dataset.Rows, dataset.Columns

    return [
        names(angiography.write(tmp_path / "angiography")),
        names(scout.write(tmp_path / "scout")),
        names(magnetic.write(tmp_path / "magnetic", of_another_modality)),
        names(report.write(tmp_path / "report", without_pixels)),
    ]


@pytest.fixture
def small_sample(monkeypatch) -> list[str]:
    """Let a sample of 16 files do, and list the files whose headers are read."""
    read = []

    def read_headers(paths, **options):
        read.extend(paths)
        return real(paths, **options)

    real = module.read_headers
    monkeypatch.setattr(module, "_SAMPLE", 16)
    monkeypatch.setattr(module, "read_headers", read_headers)
    return read


def test_of_a_stroke_study_only_the_perfusion_scan_is_found(study, other_series, tmp_path):
    files = names(study.write(tmp_path / "perfusion"))

    (found,) = find_perfusion_series([*other_series[:2], files, *other_series[2:]])

    assert found.is_perfusion
    assert set(found.files) == set(files)
    assert found.series_uids == (study.series_uid,)
    assert (found.n_frames, found.n_slices, found.has_slice_times) == (12, 4, False)
    assert (found.duration, found.interval) == pytest.approx((11 * 1.5, 1.5))


def test_what_was_found_loads_as_the_folder_does(study, other_series, tmp_path):
    files = names(study.write(tmp_path / "perfusion"))
    (found,) = find_perfusion_series([*other_series, files])

    loaded, whole = load_dicom_files(found.files), load_series(tmp_path / "perfusion")

    np.testing.assert_array_equal(loaded.voxels, study.voxels)
    np.testing.assert_array_equal(loaded.times, study.times)
    assert loaded.metadata == whole.metadata
    assert found.time_source == loaded.time_source


def test_times_given_by_the_user_go_before_those_of_the_files(study, tmp_path):
    files = study.write(tmp_path)

    np.testing.assert_allclose(load_dicom_files(files, frame_interval=2.0).times, 2.0 * np.arange(12))


def test_a_shuttle_scan_is_found_with_times_for_each_slice(shuttle_study, tmp_path):
    (found,) = find_perfusion_series([names(shuttle_study.write(tmp_path))])

    assert found.is_perfusion
    assert found.has_slice_times
    spans = np.ptp(shuttle_study.times, axis=0)
    assert found.duration == pytest.approx(np.median(spans))


def test_one_series_per_time_point_is_one_scan(study, tmp_path):
    uids = [generate_uid() for _ in range(12)]
    paths = study.write(
        tmp_path, lambda dataset, frame, _: setattr(dataset, "SeriesInstanceUID", uids[frame])
    )
    lists = [names(paths[4 * frame : 4 * frame + 4]) for frame in range(12)]

    (found,) = find_perfusion_series(lists)

    assert found.series_uids == tuple(uids)
    assert set(found.files) == set(names(paths))


def test_two_scans_of_one_study_are_two_items_that_load_by_themselves(study, tmp_path):
    second = study.but(
        voxels=study.voxels[:10] + np.int16(7), times=study.times[:10], start=study.start + 900
    )
    lists = [names(study.write(tmp_path / "first")), names(second.write(tmp_path / "second"))]

    found = find_perfusion_series(lists)

    assert [set(series.files) for series in found] == [set(files) for files in lists]
    for scan, series in zip((study, second), found, strict=True):
        assert series.is_perfusion
        np.testing.assert_array_equal(load_dicom_files(series.files).voxels, scan.voxels)


def test_scans_of_two_patients_are_two_items(study, tmp_path):
    other = study.but(patient="P2", study_uid=generate_uid())
    lists = [names(study.write(tmp_path / "one")), names(other.write(tmp_path / "other"))]

    assert [found.study_uid for found in find_perfusion_series(lists)] == [study.study_uid, other.study_uid]


def test_a_scan_without_times_is_found_and_says_why_it_cannot_be_loaded(study, tmp_path):
    def untimed(dataset, *_):
        del dataset.AcquisitionDate, dataset.AcquisitionTime

    (found,) = find_perfusion_series([names(study.write(tmp_path, untimed))])

    assert not found.is_perfusion
    assert "time" in found.refusal
    assert found.refusal.endswith(".")


def test_a_beating_heart_is_no_perfusion_scan(study, tmp_path):
    study.times = study.times / study.times[-1] * 0.8

    (found,) = find_perfusion_series([names(study.write(tmp_path))])

    assert not found.is_perfusion


def test_a_breath_that_is_followed_slice_by_slice_is_no_perfusion_scan(study, tmp_path):
    study.times = 0.35 * np.arange(12)[:, None] + 6.0 * np.arange(4)

    (found,) = find_perfusion_series([names(study.write(tmp_path))])

    assert found.refusal == ""
    assert found.duration == pytest.approx(11 * 0.35)
    assert not found.is_perfusion


def test_bolus_tracking_is_not_found(study, tmp_path):
    assert find_perfusion_series([names(study.but(voxels=study.voxels[:, :1]).write(tmp_path))]) == ()


def test_thick_slices_that_overlap_are_not_found(study, tmp_path):
    def thick(dataset, *_):
        dataset.SliceThickness = 10

    slabs = study.but(voxels=np.repeat(study.voxels[:1], 5, axis=1), spacing=(0.5, 0.6, 1.0))

    assert find_perfusion_series([names(slabs.write(tmp_path, thick))]) == ()


def test_what_is_unusual_is_known_before_loading(study, tmp_path):
    paths = study.write(tmp_path)

    (found,) = find_perfusion_series([names(paths[:-1])])

    assert [finding.code for finding in found.findings] == ["incomplete_frames"]
    assert found.n_frames == 11


def test_an_enhanced_file_with_all_frames_is_found(study, multi_frame_dataset, tmp_path):
    cells = [(frame, index) for frame in range(12) for index in range(4)]
    multi_frame_dataset(study, cells).save_as(tmp_path / "all.dcm", enforce_file_format=True)

    (found,) = find_perfusion_series([names([tmp_path / "all.dcm"])])

    assert found.files == names([tmp_path / "all.dcm"])
    assert (found.n_frames, found.n_slices, found.is_perfusion) == (12, 4, True)


def test_a_compressed_scan_is_found_even_where_its_pixels_cannot_be_decoded(study, tmp_path):
    def compressed(dataset, *_):
        dataset.PixelData = encapsulate([dataset.PixelData])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = HTJ2KLossless

    (found,) = find_perfusion_series([names(study.write(tmp_path, compressed))])

    assert found.is_perfusion
    with pytest.raises(MissingDecoderError):
        load_dicom_files(found.files)


def test_files_that_are_gone_are_passed_over(study, tmp_path):
    paths = study.write(tmp_path / "perfusion")
    copies = study.but(voxels=study.voxels[:1]).write(tmp_path / "gone")
    shutil.rmtree(tmp_path / "gone")

    (found,) = find_perfusion_series([names(copies), names([*paths, tmp_path / "lost.dcm"])])

    assert set(found.files) == set(names(paths))


def test_nothing_is_found_among_nothing():
    assert find_perfusion_series([]) == ()
    assert find_perfusion_series([()]) == ()


def test_the_user_can_cancel_between_series(study, tmp_path):
    def cancel(fraction):
        if fraction > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        find_perfusion_series([names(study.write(tmp_path))] * 2, on_progress=cancel)


def test_of_a_large_series_that_does_not_move_only_a_sample_is_read(study, tmp_path, small_sample):
    angiography = study.but(voxels=np.repeat(study.voxels[:1], 30, axis=1), spacing=(0.4, 0.4, 0.6))
    files = names(angiography.write(tmp_path))

    assert find_perfusion_series([files]) == ()
    assert len(set(small_sample)) < 20 < len(files)


def test_a_large_series_that_moves_is_read_whole(study, tmp_path, small_sample):
    files = names(study.write(tmp_path))

    (found,) = find_perfusion_series([files])

    assert set(found.files) == set(small_sample) == set(files)


def test_large_series_that_hold_one_time_point_each_are_one_scan(study, tmp_path, small_sample):
    volume = study.but(voxels=np.repeat(study.voxels[:9], 9, axis=1), times=study.times[:9])
    uids = [generate_uid() for _ in range(9)]
    paths = volume.write(
        tmp_path, lambda dataset, frame, _: setattr(dataset, "SeriesInstanceUID", uids[frame])
    )
    lists = [names(paths[36 * frame : 36 * frame + 36]) for frame in range(9)]

    (found,) = find_perfusion_series(lists)

    assert (found.n_frames, found.n_slices) == (9, 36)
    assert set(small_sample) == set(names(paths))
