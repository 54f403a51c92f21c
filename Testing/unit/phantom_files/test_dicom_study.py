"""DICOM studies are valid CT, laid out as each scanner does; voxels, places and times come back from them."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset
from pydicom.pixels import apply_rescale
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, tile_phantom
from CTPerfusionLib.phantom.dicom_writer import write_dicom_study

LPS = np.array([-1.0, -1.0, 1.0])
MUST_HAVE_A_VALUE = (
    "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID Modality ImageType "
    "ImagePositionPatient ImageOrientationPatient PixelSpacing Rows Columns SamplesPerPixel "
    "PhotometricInterpretation BitsAllocated BitsStored HighBit PixelRepresentation RescaleSlope "
    "RescaleIntercept PatientPosition PixelData"
)
MUST_BE_THERE = (
    "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime StudyID AccessionNumber "
    "ReferringPhysicianName SeriesNumber Manufacturer KVP SliceThickness PositionReferenceIndicator "
    "InstanceNumber AcquisitionNumber ContentDate ContentTime"
)


def written(phantom: Phantom, folder: Path) -> list[Dataset]:
    write_dicom_study(phantom, folder)
    return [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]


def place(image: Dataset) -> float:
    directions = np.array(image.ImageOrientationPatient, dtype=float)
    normal = np.cross(directions[:3], directions[3:])
    return float(normal @ np.array(image.ImagePositionPatient, dtype=float))


def seconds(date: str, time: str) -> float:
    return datetime.strptime(f"{date}{time}", "%Y%m%d%H%M%S.%f").timestamp()


def by_slice(images: list[Dataset], moment) -> list[list[Dataset]]:
    """Return the images of each slice from bottom to top, each in the order of time."""
    slices = defaultdict(list)
    for image in images:
        slices[round(place(image), 3)].append(image)
    return [sorted(slices[key], key=moment) for key in sorted(slices)]


def acquired(image: Dataset) -> float:
    return seconds(image.AcquisitionDate, image.AcquisitionTime)


@pytest.fixture(params=SCANNER_SCHEMES, scope="module")
def a_study(request, tmp_path_factory, a_made_up_phantom) -> tuple[Phantom, list[Dataset]]:
    phantom = a_made_up_phantom(request.param)
    return phantom, written(phantom, tmp_path_factory.mktemp(request.param))


def test_images_hold_every_attribute_that_ct_requires(a_study):
    _, images = a_study

    for image in images:
        assert image.SOPClassUID == CTImageStorage
        assert image.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        assert image.file_meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID
        assert [
            keyword
            for keyword in MUST_HAVE_A_VALUE.split()
            if not image.get(keyword) and image.get(keyword) != 0
        ] == []
        assert [keyword for keyword in MUST_BE_THERE.split() if keyword not in image] == []


def test_images_say_that_they_are_simulated_and_for_research(a_study):
    for image in a_study[1]:
        assert "Simulated" in image.ImageComments
        assert "Research use only" in image.ImageComments
        assert image.PatientName == "Phantom^Head"


def test_voxels_and_times_come_back_by_slice_place_and_acquisition_time(a_study):
    phantom, images = a_study
    series = phantom.series
    slices = by_slice(images, acquired)
    times = np.broadcast_to(series.times.reshape(series.n_frames, -1), (series.n_frames, series.n_slices))
    start = min(acquired(image) for image in images)

    assert len(slices) == series.n_slices
    for index, stack in enumerate(slices):
        stored = np.stack([apply_rescale(image.pixel_array, image) for image in stack])
        stored = np.maximum(stored, -1024)
        np.testing.assert_array_equal(stored, series.voxels[:, index])
        np.testing.assert_allclose([acquired(image) - start for image in stack], times[:, index], atol=1e-3)


def test_geometry_comes_back_from_position_orientation_and_spacing(a_study):
    phantom, images = a_study
    row_direction = np.array(images[0].ImageOrientationPatient[:3], dtype=float)
    column_direction = np.array(images[0].ImageOrientationPatient[3:], dtype=float)
    row_step, column_step = map(float, images[0].PixelSpacing)
    first, second = (
        np.array(stack[0].ImagePositionPatient, float) for stack in by_slice(images, acquired)[:2]
    )

    rebuilt = np.column_stack(
        [row_direction * column_step, column_direction * row_step, second - first, first]
    )

    np.testing.assert_allclose(LPS[:, None] * rebuilt, phantom.series.ijk_to_ras[:3], atol=1e-5)
    assert float(images[0].SpacingBetweenSlices) == pytest.approx(phantom.series.spacing[2])


def test_identifiers_are_unique_within_a_study_and_shared_where_they_should_be(a_study):
    phantom, images = a_study

    assert (
        len({image.SOPInstanceUID for image in images}) == phantom.series.n_frames * phantom.series.n_slices
    )
    assert len({image.StudyInstanceUID for image in images}) == 1
    assert len({image.FrameOfReferenceUID for image in images}) == 1
    assert len({(image.SeriesInstanceUID, image.InstanceNumber) for image in images}) == len(images)


def test_equal_phantoms_give_equal_files_and_other_seeds_other_identifiers(tmp_path, a_made_up_phantom):
    folders = [tmp_path / name for name in ("first", "again", "other")]
    for folder, seed in zip(folders, (1, 1, 2), strict=True):
        folder.mkdir()
        write_dicom_study(a_made_up_phantom("ge-shuttle", seed), folder)
    first, again, other = (sorted(folder.rglob("*.dcm")) for folder in folders)

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert pydicom.dcmread(first[0]).StudyInstanceUID != pydicom.dcmread(other[0]).StudyInstanceUID


def test_ge_cine_numbers_slice_by_slice_and_writes_mid_scan_times(tmp_path, a_made_up_phantom):
    phantom = a_made_up_phantom("ge-cine")
    images = sorted(written(phantom, tmp_path), key=lambda image: image.InstanceNumber)
    middle = [float(image.get_private_item(0x0019, 0x24, "GEMS_ACQU_01").value) for image in images]

    assert len({place(image) for image in images[:12]}) == 1
    np.testing.assert_allclose(np.diff(middle[:12]), 0.5, atol=1e-6)
    assert len({image.SeriesInstanceUID for image in images}) == 1


def test_ge_content_time_is_that_of_the_reconstruction(tmp_path, a_made_up_phantom):
    images = written(a_made_up_phantom("ge-cine"), tmp_path)
    end_of_scan = max(acquired(image) for image in images)

    assert all(seconds(image.ContentDate, image.ContentTime) > end_of_scan for image in images)


def test_ge_marks_voxels_outside_the_field_of_view_with_its_padding_value(tmp_path, a_made_up_phantom):
    phantom = a_made_up_phantom("ge-cine")
    phantom.series.voxels[:, :, 0] = -1024
    images = written(phantom, tmp_path)

    assert all(image.PixelPaddingValue == -2000 for image in images)
    assert all(np.all(image.pixel_array[0] == -2000) for image in images)


def test_ge_shuttle_takes_its_two_table_positions_in_turn(tmp_path, a_made_up_phantom):
    images = written(a_made_up_phantom("ge-shuttle"), tmp_path)
    lower, upper = (
        {acquired(image) for image in images if image.AcquisitionNumber % 2 == parity} for parity in (1, 0)
    )
    in_time = sorted(lower | upper)

    assert len(in_time) == 24
    assert all((moment in lower) == (position % 2 == 0) for position, moment in enumerate(in_time))


def test_siemens_shuttle_writes_one_series_with_a_time_per_slice(tmp_path, a_made_up_phantom):
    images = written(a_made_up_phantom("siemens-shuttle"), tmp_path)
    sweep = [image for image in images if image.AcquisitionNumber == 3]

    assert len({image.SeriesInstanceUID for image in images}) == 1
    assert len({image.AcquisitionDateTime for image in sweep}) == len(sweep) == 20
    assert all(image.AcquisitionDateTime == image.AcquisitionDate + image.AcquisitionTime for image in images)


def test_siemens_stores_twelve_unsigned_bits(tmp_path, a_made_up_phantom):
    phantom = a_made_up_phantom("siemens-shuttle")
    phantom.series.voxels[:] = 4000
    image = written(phantom, tmp_path)[0]

    assert (image.BitsStored, image.HighBit, image.PixelRepresentation) == (12, 11, 0)
    assert apply_rescale(image.pixel_array, image).max() == 3071


def test_toshiba_writes_a_series_per_frame_with_its_own_times(tmp_path, a_made_up_phantom):
    images = written(a_made_up_phantom("toshiba"), tmp_path)
    series = defaultdict(list)
    for image in images:
        series[image.SeriesInstanceUID].append(image)

    assert len(series) == 12
    assert len({image.SeriesTime for image in images}) == 12
    for frame in series.values():
        assert len({(image.SeriesTime, image.AcquisitionTime, image.ContentTime) for image in frame}) == 1
        assert sorted(image.InstanceNumber for image in frame) == list(range(1, 33))


def test_tiles_keep_tenths_of_a_hounsfield_unit(tmp_path):
    phantom = tile_phantom(n_frames=8, interval=4.0)
    images = written(phantom, tmp_path)

    for index, stack in enumerate(by_slice(images, acquired)):
        stored = np.stack([apply_rescale(image.pixel_array, image) for image in stack])
        np.testing.assert_allclose(stored, phantom.series.voxels[:, index], atol=0.051)


def test_unknown_scanner_is_refused_with_the_known_ones(tmp_path, a_made_up_phantom):
    phantom = replace(a_made_up_phantom("toshiba"), scanner="philips")

    with pytest.raises(ConfigurationError, match=r"philips.*ge-cine"):
        write_dicom_study(phantom, tmp_path)


def test_cancelling_ends_the_writing(tmp_path, a_made_up_phantom):
    def cancel(fraction: float) -> None:
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_dicom_study(a_made_up_phantom("ge-shuttle"), tmp_path, on_progress=cancel)
    assert len(list(tmp_path.rglob("*.dcm"))) < 192
