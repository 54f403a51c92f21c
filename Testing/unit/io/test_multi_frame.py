"""Enhanced (multi-frame) CT."""

import numpy as np
import pytest

from CTPerfusionLib.io import SeriesError, load_series
from CTPerfusionLib.series import TimeSource


def all_cells(study):
    return [(frame, index) for index in range(study.voxels.shape[1]) for frame in range(len(study.voxels))]


def save(dataset, path):
    dataset.save_as(path, enforce_file_format=True)


def test_one_file_with_all_frames_is_a_series(study, multi_frame_dataset, tmp_path):
    save(multi_frame_dataset(study, all_cells(study)), tmp_path / "all.dcm")
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    np.testing.assert_allclose(series.times, study.times, atol=1e-4)
    assert series.time_source is TimeSource.TEMPORAL_POSITION
    np.testing.assert_allclose(series.spacing, study.spacing)


def test_one_file_per_time_point_is_a_series(study, multi_frame_dataset, tmp_path):
    for frame in range(12):
        save(multi_frame_dataset(study, [(frame, index) for index in range(4)]), tmp_path / f"{frame}.dcm")
    series = load_series(tmp_path)
    np.testing.assert_array_equal(series.voxels, study.voxels)
    np.testing.assert_allclose(series.times, study.times, atol=1e-4)


def test_frames_with_a_fractional_slope_become_float(study, multi_frame_dataset, tmp_path):
    study.slope, study.intercept = 0.1, -1000.0
    save(multi_frame_dataset(study, all_cells(study)), tmp_path / "all.dcm")
    np.testing.assert_allclose(load_series(tmp_path).voxels, study.voxels, atol=1e-3)


def test_temporal_positions_order_frames_where_only_an_interval_is_given(
    study, multi_frame_dataset, tmp_path
):
    dataset = multi_frame_dataset(study, all_cells(study))
    for groups in dataset.PerFrameFunctionalGroupsSequence:
        del groups.FrameContentSequence[0].FrameAcquisitionDateTime
    save(dataset, tmp_path / "all.dcm")
    with pytest.raises(SeriesError, match="no usable acquisition times"):
        load_series(tmp_path)
    np.testing.assert_array_equal(load_series(tmp_path, frame_interval=1.5).voxels, study.voxels)


def test_fewer_frames_in_the_pixels_than_in_the_header_are_refused(study, multi_frame_dataset, tmp_path):
    dataset = multi_frame_dataset(study, all_cells(study))
    dataset.PixelData = dataset.PixelData[: len(dataset.PixelData) // 2]
    save(dataset, tmp_path / "all.dcm")
    with pytest.raises(SeriesError, match=r"image 1 of 48 \(slice at 35\.0 mm, 0\.0 s\) cannot be read"):
        load_series(tmp_path)
