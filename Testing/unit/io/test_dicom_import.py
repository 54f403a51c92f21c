"""What a correct DICOM study becomes: voxels in HU, on the right grid."""

import numpy as np
import pytest

from CTPerfusionLib.io import SeriesError, describe_study, load_series
from CTPerfusionLib.series import TimeSource


def test_voxels_times_and_geometry_come_back_as_written(study, tmp_path):
    study.write(tmp_path)
    series = load_series(tmp_path)
    assert series.voxels.dtype == np.int16
    np.testing.assert_array_equal(series.voxels, study.voxels)
    np.testing.assert_allclose(series.times, study.times, atol=1e-5)
    assert series.time_source is TimeSource.ACQUISITION_TIME
    expected = [[-0.5, 0, 0, 100], [0, -0.6, 0, 120], [0, 0, 5, 35], [0, 0, 0, 1]]
    np.testing.assert_allclose(series.ijk_to_ras, expected, atol=1e-9)
    assert series.findings == ()


def test_metadata_tell_the_scanner_and_the_input_but_no_patient(study, tmp_path):
    study.patient = "SECRET"
    study.write(tmp_path)
    metadata = load_series(tmp_path).metadata
    assert (metadata.manufacturer, metadata.model, metadata.kvp) == (
        "GE MEDICAL SYSTEMS",
        "LightSpeed VCT",
        80,
    )
    assert metadata.study_instance_uid == study.study_uid
    assert metadata.series_instance_uids == (study.series_uid,)
    assert metadata.frame_of_reference_uid == study.frame_of_reference_uid
    assert len(metadata.input_sha256) == 64
    assert "SECRET" not in repr(metadata)


def test_hash_depends_on_the_bytes_and_not_on_file_names(study, tmp_path):
    paths = study.write(tmp_path / "study")
    first = load_series(tmp_path / "study").metadata.input_sha256
    for number, path in enumerate(reversed(paths)):
        path.rename(path.with_name(f"renamed{number}"))
    assert load_series(tmp_path / "study").metadata.input_sha256 == first
    changed = next((tmp_path / "study").iterdir())
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    assert load_series(tmp_path / "study").metadata.input_sha256 != first


def test_slices_ascend_along_the_normal_whatever_the_order_of_files(study, tmp_path):
    paths = study.write(tmp_path)
    for number, path in enumerate(np.random.default_rng(0).permutation(paths)):
        path.rename(path.with_name(f"{number:04d}"))
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_files_may_lie_in_any_nesting_without_suffix(study, tmp_path):
    for number, path in enumerate(study.write(tmp_path / "flat")):
        folder = tmp_path / "study" / f"A{number % 3}" / f"B{number % 5}"
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / f"I{number}")
    np.testing.assert_array_equal(load_series(tmp_path / "study").voxels, study.voxels)


def test_files_without_preamble_are_read(study, tmp_path):
    for path in study.write(tmp_path):
        path.write_bytes(path.read_bytes()[132:])
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_loops_of_links_do_not_hang_the_import(study, tmp_path):
    study.write(tmp_path / "study" / "series")
    (tmp_path / "study" / "series" / "up").symlink_to(tmp_path / "study")
    (tmp_path / "study" / "self").symlink_to(tmp_path / "study" / "self")
    np.testing.assert_array_equal(load_series(tmp_path / "study").voxels, study.voxels)


def test_an_oblique_stack_keeps_its_orientation(study, tmp_path):
    angle = np.radians(20)
    study.orientation = (1, 0, 0, 0, np.cos(angle), -np.sin(angle))
    study.write(tmp_path)
    series = load_series(tmp_path)
    np.testing.assert_allclose(series.spacing, study.spacing, atol=1e-5)
    normal = series.ijk_to_ras[:3, 2] / 5.0
    np.testing.assert_allclose(normal, [0, -np.sin(angle), np.cos(angle)], atol=1e-5)


def test_feet_first_order_of_slices_is_turned_upwards(study, tmp_path):
    study.orientation = (1, 0, 0, 0, -1, 0)
    study.write(tmp_path)
    series = load_series(tmp_path)
    steps = series.ijk_to_ras[:3, :3]
    assert np.linalg.det(steps) > 0
    np.testing.assert_array_equal(series.voxels, study.voxels)
    np.testing.assert_allclose(series.ijk_to_ras[:3, 2], [0, 0, -5], atol=1e-9)


def test_a_tilted_gantry_is_refused(study, tmp_path):
    angle = np.radians(15)
    study.orientation = (1, 0, 0, 0, np.cos(angle), -np.sin(angle))

    def table_moves_horizontally(dataset, _frame, index):
        dataset.ImagePositionPatient = [-100, -120, 35 + 5 * index]
        dataset.GantryDetectorTilt = -15

    study.write(tmp_path, table_moves_horizontally)
    with pytest.raises(SeriesError, match=r"sheared by 15\.0 degrees, as a tilted gantry leaves it; have it"):
        load_series(tmp_path)


def test_a_tilt_tag_on_an_even_stack_is_no_reason_to_refuse(study, tmp_path):
    study.write(tmp_path, lambda dataset, *_: setattr(dataset, "GantryDetectorTilt", 12))
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_position_jitter_within_a_quarter_slice_is_tolerated(study, tmp_path):
    rng = np.random.default_rng(1)

    def jitter(dataset, _frame, index):
        dataset.ImagePositionPatient = [-100, -120, round(35 + 5 * index + rng.uniform(-0.4, 0.4), 3)]

    study.write(tmp_path, jitter)
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert series.spacing[2] == pytest.approx(5, abs=0.3)


def test_images_that_move_within_their_plane_are_refused(study, tmp_path):
    def shifted(dataset, frame, index):
        dataset.ImagePositionPatient = [-100 + 3 * (frame > 6), -120, 35 + 5 * index]

    study.write(tmp_path, shifted)
    with pytest.raises(SeriesError, match=r"position moves by 3\.0 mm between frames"):
        load_series(tmp_path)


@pytest.mark.parametrize(
    ("stored_type", "intercept"), [("<u2", -1024), ("<i2", -1024), ("<i2", 0), ("<u2", -8192)]
)
def test_signed_and_unsigned_values_become_the_same_hounsfield_units(study, tmp_path, stored_type, intercept):
    study.stored_type, study.intercept = stored_type, intercept
    study.write(tmp_path)
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_a_fractional_slope_gives_float_voxels(study, tmp_path):
    study.slope, study.intercept = 0.1, -1000.0
    study.write(tmp_path)
    series = load_series(tmp_path)
    assert series.voxels.dtype == np.float32
    np.testing.assert_allclose(series.voxels, study.voxels, atol=1e-3)


def test_rescaling_is_applied_per_file(study, tmp_path):
    def other_intercept(dataset, frame, index):
        study.intercept = -1024.0 if (frame + index) % 2 else -2000.0
        dataset.RescaleIntercept = study.intercept
        study.set_pixels(dataset, study.stored(frame, index))

    study.write(tmp_path, other_intercept)
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_missing_rescale_is_reported(study, tmp_path):
    def without_rescale(dataset, frame, index):
        del dataset.RescaleSlope, dataset.RescaleIntercept
        study.set_pixels(dataset, study.voxels[frame, index])

    study.write(tmp_path, without_rescale)
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    assert [finding.code for finding in series.findings] == ["rescale_missing"]


def test_padding_and_values_below_air_become_air(study, tmp_path):
    study.stored_type, study.intercept = "<i2", 0

    def padded(dataset, frame, index):
        stored = study.stored(frame, index)
        stored[0, 0], stored[0, 1] = -2000, -3024
        study.set_pixels(dataset, stored)
        dataset.add_new("PixelPaddingValue", "SS", -2000)

    study.write(tmp_path, padded)
    voxels = load_series(tmp_path).voxels
    assert np.all(voxels[:, :, 0, :2] == -1024)
    np.testing.assert_array_equal(voxels[..., 1:, :], study.voxels[..., 1:, :])


def test_a_padding_range_of_high_unsigned_values_becomes_air(study, tmp_path):
    def padded(dataset, frame, index):
        stored = study.stored(frame, index)
        stored[0, 0], stored[0, 1] = 63536, 63500
        study.set_pixels(dataset, stored)
        dataset.BitsStored, dataset.HighBit = 12, 11
        dataset.add_new("PixelPaddingValue", "US", 63536)
        dataset.add_new("PixelPaddingRangeLimit", "US", 63500)

    study.write(tmp_path, padded)
    voxels = load_series(tmp_path).voxels
    assert np.all(voxels[:, :, 0, :2] == -1024)
    np.testing.assert_array_equal(voxels[..., 1:, :], study.voxels[..., 1:, :])


@pytest.mark.parametrize("stored_type", ["<u2", "<i2"])
def test_overlays_in_unused_high_bits_are_no_pixels(study, tmp_path, stored_type):
    study.stored_type = stored_type

    def with_overlay(dataset, frame, index):
        stored = study.stored(frame, index).view("<u2") & 0x0FFF | 0x3000
        study.set_pixels(dataset, stored.view(stored_type))
        dataset.BitsStored, dataset.HighBit = 12, 11

    study.write(tmp_path, with_overlay)
    np.testing.assert_array_equal(load_series(tmp_path).voxels, study.voxels)


def test_a_single_slice_takes_its_thickness_as_spacing(study, tmp_path):
    study.voxels = study.voxels[:, :1]
    study.write(tmp_path)
    series = load_series(tmp_path)
    assert series.voxels.shape == (12, 1, 6, 8)
    assert series.spacing[2] == pytest.approx(5)


def test_a_description_tells_the_facts_of_the_study(study, tmp_path):
    study.write(tmp_path)
    facts = describe_study(tmp_path)
    assert (facts.n_frames, facts.n_slices, facts.rows, facts.columns) == (12, 4, 6, 8)
    assert (facts.duration, facts.interval) == (pytest.approx(16.5), pytest.approx(1.5))
    assert facts.pixel_spacing == (pytest.approx(0.5), pytest.approx(0.6))
    assert (facts.slice_spacing, facts.coverage) == (pytest.approx(5), pytest.approx(20))
    assert (facts.kvp, facts.time_source) == (80, TimeSource.ACQUISITION_TIME)


def test_progress_rises_to_one_and_cancel_passes_through(study, tmp_path):
    study.write(tmp_path)
    fractions = []
    load_series(tmp_path, on_progress=fractions.append)
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0, 1)

    class Stop(Exception):
        pass

    def stop_in_the_middle(fraction):
        if fraction > 0.5:
            raise Stop

    with pytest.raises(Stop):
        load_series(tmp_path, on_progress=stop_in_the_middle)
