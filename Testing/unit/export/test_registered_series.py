"""A motion-corrected series as DICOM and as NIfTI: both load again as the same series."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from pydicom import dcmread

from CTPerfusionLib.errors import Cancelled, ConfigurationError, SeriesError
from CTPerfusionLib.export import write_registered_dicom
from CTPerfusionLib.io import load_series, write_nifti_series

VARIANTS = {
    "axial": {},
    "a table that moves": {"slice_delay": 0.31},
    "multi-frame files": {"multi_frame": True, "slice_delay": 0.31},
    "over midnight": {"start": 86395.25},
    "a missing image": {"n_frames": 12, "missing": ((5, 1),)},
}

KEPT = (
    *("PatientName", "PatientID", "PatientSex", "StudyInstanceUID", "AccessionNumber", "Manufacturer"),
    *("ManufacturerModelName", "KVP", "ConvolutionKernel", "ExposureTime", "PatientPosition"),
)


def registered(series, *, whole=False):
    """Return all frames but two, moved by fractions of a unit of HU where they are not to stay whole."""
    used = np.ones(series.n_frames, dtype=bool)
    used[[0, 4]] = False
    voxels = series.voxels[used].astype(np.float32) + 0.37
    return series.with_frames(used) if whole else series.with_frames(used, voxels)


@pytest.fixture(params=[*VARIANTS, "oblique"])
def scan(request, small_study, loaded, oblique):
    changes = {"orientation": oblique} if request.param == "oblique" else VARIANTS[request.param]
    return loaded(small_study(**changes))


def test_the_series_loads_again_with_the_same_times_and_the_same_grid(scan, tmp_path):
    series = registered(scan)

    paths = write_registered_dicom(tmp_path / "registered", series, series.sources)

    again = load_series(tmp_path / "registered")
    assert len(paths) == series.n_frames * series.n_slices
    assert np.allclose(again.times, series.times - series.times.min(), atol=1e-6)
    assert np.allclose(again.ijk_to_ras, series.ijk_to_ras, atol=1e-6)
    assert np.abs(again.voxels - series.voxels).max() <= 1 / 32
    assert again.metadata.kvp == scan.metadata.kvp
    assert again.metadata.study_instance_uid == scan.metadata.study_instance_uid
    assert again.metadata.frame_of_reference_uid == scan.metadata.frame_of_reference_uid


def test_whole_hounsfield_units_come_back_exactly(scan, tmp_path):
    series = registered(scan, whole=True)

    write_registered_dicom(tmp_path / "registered", series, series.sources)

    again = load_series(tmp_path / "registered")
    assert again.voxels.dtype == np.int16
    assert np.array_equal(again.voxels, series.voxels)


def test_every_image_passes_the_checker(scan, tmp_path, faults):
    series = registered(scan)

    paths = write_registered_dicom(tmp_path / "registered", series, series.sources)

    assert {path.name: found for path in paths[::7] if (found := faults(path))} == {}


def test_images_are_derived_ones_of_a_new_series_that_name_their_source(series, tmp_path):
    part = registered(series)

    paths = write_registered_dicom(tmp_path / "registered", part, part.sources)

    datasets = [dcmread(path, stop_before_pixels=True) for path in paths]
    for dataset, cell in zip(datasets, np.ndindex(part.sources.shape), strict=True):
        source = part.sources.image(*cell).file
        (reference,) = dataset.SourceImageSequence
        assert dataset.ImageType[0] == "DERIVED"
        assert "aligned rigidly" in dataset.DerivationDescription
        assert "Research use only" in dataset.DerivationDescription
        assert "research use only" in dataset.SeriesDescription
        assert reference.ReferencedSOPInstanceUID == source.sop_instance_uid
        assert dataset.ContributingEquipmentSequence[0].Manufacturer == "SlicerCTPerfusion"
    sources = {file.sop_instance_uid for file in series.sources.files}
    assert {dataset.SeriesInstanceUID for dataset in datasets}.isdisjoint({"1.2.3.2"})
    assert len({dataset.SeriesInstanceUID for dataset in datasets}) == 1
    assert len({dataset.SOPInstanceUID for dataset in datasets} | sources) == len(datasets) + len(sources)
    assert [dataset.InstanceNumber for dataset in datasets] == list(range(1, len(datasets) + 1))


def test_scanner_and_patient_are_kept_and_staff_is_not(series, tmp_path):
    part = registered(series)

    paths = write_registered_dicom(tmp_path / "registered", part, part.sources)

    source = dcmread(series.sources.files[0].path)
    dataset = dcmread(paths[0])
    for keyword in KEPT:
        assert dataset[keyword].value == source[keyword].value, keyword
    assert "OperatorsName" not in dataset
    assert not any(element.tag.is_private for element in dataset)
    assert not any(word in path.name for path in paths for word in ("Müller", "SECRET", "4711"))


def test_air_and_padding_stay_air(series, tmp_path):
    voxels = series.voxels.astype(np.float32)
    voxels[:, :, 0, 0] = -1024.0
    voxels[:, :, 0, 1] = np.nan
    part = series.with_voxels(voxels)

    paths = write_registered_dicom(tmp_path / "registered", part, part.sources)

    again = load_series(tmp_path / "registered")
    assert np.all(again.voxels[:, :, 0, :2] == -1024.0)
    assert dcmread(paths[0]).PixelPaddingValue == 0


def test_metal_widens_the_range_instead_of_being_cut_off(series, tmp_path):
    voxels = series.voxels.astype(np.float32)
    voxels[0, 0, 0, 0] = 20000.0
    part = series.with_voxels(voxels)

    write_registered_dicom(tmp_path / "registered", part, part.sources)

    again = load_series(tmp_path / "registered")
    assert again.voxels[0, 0, 0, 0] == 20000.0
    assert np.abs(again.voxels - voxels).max() <= 0.25


def test_times_that_the_user_gave_are_those_that_are_written(small_study, tmp_path):
    times = np.cumsum([0.0, 1.0, 2.5, 1.0, 2.0, 1.5, 1.0, 3.0, 1.0, 1.25])
    series = load_series(small_study().write(tmp_path / "study"), times=times)

    write_registered_dicom(tmp_path / "registered", series, series.sources)

    assert np.allclose(load_series(tmp_path / "registered").times, times, atol=1e-6)


@pytest.mark.parametrize(
    "gone",
    [
        ("AcquisitionDate", "ContentDate", "StudyDate"),
        ("AcquisitionDate", "ContentDate", "StudyDate", "AcquisitionTime", "ContentTime", "StudyTime"),
    ],
    ids=["no dates", "neither dates nor times"],
)
def test_a_study_that_lost_its_dates_loads_again(small_study, tmp_path, gone):
    def lose(dataset):
        for keyword in gone:
            delattr(dataset, keyword)

    study = small_study(edit=lose, start=86395.0)
    series = load_series(study.write(tmp_path / "study"), frame_interval=1.5)

    write_registered_dicom(tmp_path / "registered", series, series.sources)

    assert np.allclose(load_series(tmp_path / "registered").times, series.times, atol=1e-6)


def test_the_same_series_and_moment_give_the_same_bytes(series, tmp_path):
    moment = datetime(2026, 3, 4, 5, 6, 7)

    first, second = (
        write_registered_dicom(tmp_path / name, series, series.sources, created=moment) for name in ("a", "b")
    )

    assert [one.read_bytes() for one in first] == [other.read_bytes() for other in second]


def test_a_series_that_was_moved_is_refused(series, tmp_path):
    moved = series.ijk_to_ras.copy()
    moved[0, 3] -= 5.0
    with pytest.raises(ConfigurationError, match="has been moved"):
        write_registered_dicom(tmp_path / "out", replace(series, ijk_to_ras=moved), series.sources)
    assert not list(tmp_path.iterdir())


def test_sources_of_other_frames_are_a_mistake(series, tmp_path):
    part = registered(series)

    with pytest.raises(ValueError, match="the source images are of"):
        write_registered_dicom(tmp_path / "registered", part, series.sources)


def test_a_cancelled_export_leaves_nothing_behind(series, tmp_path):
    def cancel_half_way(fraction):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_registered_dicom(tmp_path / "out", series, series.sources, on_progress=cancel_half_way)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(series, tmp_path):
    (tmp_path / "other.dcm").write_text("another series")

    with pytest.raises(ConfigurationError, match="is not empty"):
        write_registered_dicom(tmp_path, series, series.sources)


def test_source_images_that_are_gone_are_named_as_the_reason(series, tmp_path):
    files = tuple(file._replace(path=str(tmp_path / "gone")) for file in series.sources.files)

    with pytest.raises(SeriesError, match="no longer where they were loaded from"):
        write_registered_dicom(tmp_path / "out", series, replace(series.sources, files=files))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("slice_delay", [0.0, 0.31])
@pytest.mark.parametrize("whole", [True, False])
def test_the_nifti_form_loads_again_as_the_same_series(small_study, loaded, tmp_path, slice_delay, whole):
    series = registered(loaded(small_study(slice_delay=slice_delay)), whole=whole)

    write_nifti_series(tmp_path, series)

    again = load_series(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["series.nii.gz", "times.csv"]
    assert again.voxels.dtype == series.voxels.dtype
    assert np.array_equal(again.voxels, series.voxels)
    assert np.allclose(again.times, series.times - series.times.min(), atol=1e-6)
    assert np.allclose(again.ijk_to_ras, series.ijk_to_ras, atol=1e-4)
