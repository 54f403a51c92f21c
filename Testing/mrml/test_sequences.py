"""Perfusion series as Slicer's sequences, and sequences of other origin as series."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer
import vtk
from vtk.util.numpy_support import numpy_to_vtk

from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.io import load_series
from CTPerfusionLib.mrml import (
    HeadlessSlicer,
    add_sequence,
    grid_of_sequence,
    headless_slicer,
    series_from_sequence,
    vtk_errors_raised,
)
from CTPerfusionLib.series import Finding, PerfusionSeries, SeriesMetadata, Severity, TimeSource

N_FRAMES, SHAPE = 12, (3, 5, 4)


@pytest.fixture(scope="module")
def a_series(an_oblique_geometry: np.ndarray) -> PerfusionSeries:
    """Return an oblique series whose slices have their own, uneven times, as a shuttle scan has."""
    generator = np.random.default_rng(3)
    frame_times = np.cumsum(generator.uniform(1.4, 1.6, N_FRAMES)) + 1 / 3
    times = frame_times[:, None] + np.array([0.0, 0.21, 0.42])
    return PerfusionSeries(
        voxels=generator.integers(-1024, 2000, (N_FRAMES, *SHAPE), dtype=np.int16),
        times=times - times.min(),
        ijk_to_ras=an_oblique_geometry,
        time_source=TimeSource.ACQUISITION_DATETIME,
        metadata=SeriesMetadata("GE: \"R\"; a/b", "X%20", 80.0, "1.2.3", "1.2.4", ("1.2.5", "1.2.6"), "ab"),
        findings=(Finding("gap", Severity.WARNING, "A gap: 3 s; \"long\".", "Nothing.", 3.0, 2.5),),
    )  # fmt: skip


def assert_same(found: PerfusionSeries, expected: PerfusionSeries) -> None:
    assert found.voxels.dtype == expected.voxels.dtype
    np.testing.assert_array_equal(found.voxels, expected.voxels)
    np.testing.assert_array_equal(found.times, expected.times)
    np.testing.assert_allclose(found.ijk_to_ras, expected.ijk_to_ras, atol=1e-9)
    assert found.time_source == expected.time_source
    assert found.metadata == expected.metadata
    assert found.findings == expected.findings


def a_sequence_of(
    scene: Any, voxels: np.ndarray, index: list[str], *, unit: str = "s", matrix: np.ndarray | None = None
) -> Any:
    """Return a sequence as other software makes it."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "CTP")
    sequence.SetIndexName("time" if unit else "")
    sequence.SetIndexUnit(unit)
    sequence.SetIndexTypeFromString("numeric")
    for frame, value in zip(voxels, index, strict=True):
        sequence.SetDataNodeAtValue(a_frame(frame, np.eye(4) if matrix is None else matrix), value)
    return sequence


def a_frame(voxels: np.ndarray, matrix: np.ndarray) -> Any:
    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.ravel(), deep=True))
    to_ras = vtk.vtkMatrix4x4()
    to_ras.DeepCopy(matrix.ravel())
    node = slicer.vtkMRMLScalarVolumeNode()
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(to_ras)
    return node


@pytest.fixture
def voxels(a_series: PerfusionSeries) -> np.ndarray:
    """Return voxels (T, Z, Y, X)."""
    return a_series.voxels.copy()


@pytest.fixture
def seconds() -> list[str]:
    """Return an index in seconds."""
    return [f"{1.5 * frame:g}" for frame in range(N_FRAMES)]


def test_a_series_comes_back_from_its_sequence(a_slicer: HeadlessSlicer, a_series: PerfusionSeries) -> None:
    assert_same(series_from_sequence(add_sequence(a_slicer.scene, a_series, "CTP").sequence), a_series)


def test_a_float_series_with_one_time_per_frame_comes_back(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries
) -> None:
    series = replace(a_series, voxels=(a_series.voxels / 3).astype(np.float32), times=a_series.times[:, 0])
    assert_same(series_from_sequence(add_sequence(a_slicer.scene, series, "CTP").sequence), series)


def test_the_sequence_shows_seconds_and_a_frame_in_the_brain_window(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries
) -> None:
    nodes = add_sequence(a_slicer.scene, a_series, "CTP")
    assert (nodes.sequence.GetIndexName(), nodes.sequence.GetIndexUnit()) == ("time", "s")
    shown = [float(nodes.sequence.GetNthIndexValue(frame)) for frame in range(N_FRAMES)]
    np.testing.assert_allclose(shown, a_series.frame_times, atol=6e-4)
    display = nodes.browser.GetProxyNode(nodes.sequence).GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == (80, 40)


def test_two_series_of_one_name_get_two_names(a_slicer: HeadlessSlicer, a_series: PerfusionSeries) -> None:
    names = {add_sequence(a_slicer.scene, a_series, "CTP").sequence.GetName() for _ in range(2)}
    assert len(names) == 2


def test_a_series_survives_a_saved_scene(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries, tmp_path: Path
) -> None:
    add_sequence(a_slicer.scene, a_series, "CTP")
    assert a_slicer.scene.WriteToMRB(str(tmp_path / "scene.mrb"))
    other = headless_slicer(tmp_path)
    assert other.scene.ReadFromMRB(str(tmp_path / "scene.mrb"))
    found = series_from_sequence(other.scene.GetFirstNodeByClass("vtkMRMLSequenceNode"))
    assert_same(found, replace(a_series, ijk_to_ras=found.ijk_to_ras))
    np.testing.assert_allclose(found.ijk_to_ras, a_series.ijk_to_ras, atol=1e-5)


def test_a_series_survives_a_sequence_file_that_slicer_writes(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries, tmp_path: Path
) -> None:
    path = tmp_path / "ctp.seq.nrrd"
    sequence = add_sequence(a_slicer.scene, a_series, "CTP").sequence
    sequence.AddDefaultStorageNode(str(path))
    sequence.GetStorageNode().SetFileName(str(path))
    assert sequence.GetStorageNode().WriteData(sequence)

    loaded = a_slicer.logics["Sequences"].AddSequence(str(path))
    assert_same(
        series_from_sequence(loaded), replace(a_series, ijk_to_ras=series_from_sequence(loaded).ijk_to_ras)
    )
    np.testing.assert_array_equal(load_series(path).times, a_series.times)


def test_an_index_that_the_user_corrects_is_believed(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries
) -> None:
    sequence = add_sequence(a_slicer.scene, a_series, "CTP").sequence
    for frame in reversed(range(N_FRAMES)):
        sequence.UpdateIndexValue(sequence.GetNthIndexValue(frame), f"{100 + 2 * frame}")
    np.testing.assert_allclose(series_from_sequence(sequence).times, 2.0 * np.arange(N_FRAMES))


def test_a_frame_that_the_user_removes_is_missing_and_the_others_keep_their_times(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries
) -> None:
    sequence = add_sequence(a_slicer.scene, a_series, "CTP").sequence
    sequence.RemoveDataNodeAtValue(sequence.GetNthIndexValue(4))
    found = series_from_sequence(sequence)
    np.testing.assert_array_equal(found.times, np.delete(a_series.times, 4, axis=0))
    assert "irregular_frames" in {finding.code for finding in found.findings}


def test_a_sequence_of_slicers_dicom_importer_takes_its_frame_labels(
    a_slicer: HeadlessSlicer, voxels: np.ndarray
) -> None:
    sequence = a_sequence_of(a_slicer.scene, voxels, [str(n) for n in range(N_FRAMES)], unit="")
    sequence.SetAttribute("MultiVolume.FrameLabels", ",".join(str(1500 * n) for n in range(N_FRAMES)))
    sequence.SetAttribute("MultiVolume.FrameIdentifyingDICOMTagName", "AcquisitionTime")
    sequence.SetAttribute("MultiVolume.FrameIdentifyingDICOMTagUnits", "ms")
    series = series_from_sequence(sequence)
    np.testing.assert_allclose(series.times, 1.5 * np.arange(N_FRAMES))
    assert series.time_source is TimeSource.FRAME_LABELS


def test_frame_numbers_are_not_taken_for_seconds(a_slicer: HeadlessSlicer, voxels: np.ndarray) -> None:
    sequence = a_sequence_of(a_slicer.scene, voxels, [str(n) for n in range(N_FRAMES)], unit="")
    sequence.SetAttribute("MultiVolume.FrameLabels", ",".join(str(n) for n in range(N_FRAMES)))
    sequence.SetAttribute("MultiVolume.FrameIdentifyingDICOMTagUnits", "count")
    with pytest.raises(SeriesError, match=r"not time in a known unit .*; give the seconds between frames"):
        series_from_sequence(sequence)
    series = series_from_sequence(sequence, frame_interval=2.0)
    np.testing.assert_allclose(series.times, 2.0 * np.arange(N_FRAMES))
    assert series.time_source is TimeSource.USER_INTERVAL


def test_times_of_the_user_take_precedence_and_say_how_they_differ(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries
) -> None:
    sequence = add_sequence(a_slicer.scene, a_series, "CTP").sequence
    series = series_from_sequence(sequence, times=a_series.times * 2)
    np.testing.assert_allclose(series.times, a_series.times * 2)
    assert {finding.code: finding.severity for finding in series.findings} == {
        "gap": Severity.WARNING,
        "user_times": Severity.WARNING,
    }


def drop_the_image(frame: Any) -> None:
    frame.SetAndObserveImageData(None)


def crop_the_image(frame: Any) -> None:
    frame.SetAndObserveImageData(a_frame(np.zeros((3, 5, 3), np.int16), np.eye(4)).GetImageData())


def shift_the_image(frame: Any) -> None:
    frame.SetOrigin(0.0, 0.2, 0.0)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (drop_the_image, "Frame 6 of the sequence CTP is empty"),
        (crop_the_image, "Frame 6 has another size than the first"),
        (shift_the_image, "Frame 6 lies in another place than the first"),
    ],
)
def test_frames_that_do_not_match_are_refused(
    a_slicer: HeadlessSlicer,
    voxels: np.ndarray,
    seconds: list[str],
    damage: Callable[[Any], None],
    reason: str,
) -> None:
    sequence = a_sequence_of(a_slicer.scene, voxels, seconds)
    damage(sequence.GetNthDataNode(5))
    with pytest.raises(SeriesError, match=f"{reason}; import the scan again"):
        series_from_sequence(sequence)


def test_a_short_sequence_is_refused(
    a_slicer: HeadlessSlicer, voxels: np.ndarray, seconds: list[str]
) -> None:
    with pytest.raises(SeriesError, match="7 frames, and a perfusion scan has at least 8"):
        series_from_sequence(a_sequence_of(a_slicer.scene, voxels[:7], seconds[:7]))


def test_constant_images_are_refused(
    a_slicer: HeadlessSlicer, voxels: np.ndarray, seconds: list[str]
) -> None:
    with pytest.raises(SeriesError, match="All images are constant"):
        series_from_sequence(a_sequence_of(a_slicer.scene, np.zeros_like(voxels), seconds))


def test_a_sequence_of_points_is_refused(a_slicer: HeadlessSlicer) -> None:
    sequence = a_slicer.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "points")
    sequence.SetDataNodeAtValue(slicer.vtkMRMLMarkupsFiducialNode(), "0")
    with pytest.raises(SeriesError, match=r"is no volume; choose the sequence of CT volumes"):
        series_from_sequence(sequence)


@pytest.mark.parametrize("kind", [np.int16, np.float32])
def test_padding_is_lifted_to_air_and_the_scene_keeps_its_voxels(
    a_slicer: HeadlessSlicer, voxels: np.ndarray, seconds: list[str], kind: type
) -> None:
    voxels = voxels.astype(kind)
    voxels[:, 0] = -2000
    sequence = a_sequence_of(a_slicer.scene, voxels, seconds)
    series = series_from_sequence(sequence)
    assert series.voxels.min() == -1024
    kept = sequence.GetNthDataNode(0).GetImageData().GetScalarRange()[0]
    assert kept == -2000


def test_a_linear_transform_of_the_shown_volume_moves_the_series(
    a_slicer: HeadlessSlicer, a_series: PerfusionSeries
) -> None:
    nodes = add_sequence(a_slicer.scene, a_series, "CTP")
    moved = np.array([[0.0, -1, 0, 7], [1, 0, 0, -3], [0, 0, 1, 11], [0, 0, 0, 1]])
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(moved.ravel())
    transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrix)
    nodes.browser.GetProxyNode(nodes.sequence).SetAndObserveTransformNodeID(transform.GetID())
    found = series_from_sequence(nodes.sequence)
    np.testing.assert_allclose(found.ijk_to_ras, moved @ a_series.ijk_to_ras, atol=1e-9)
    matrix, shape = grid_of_sequence(nodes.sequence)
    np.testing.assert_array_equal(matrix, found.ijk_to_ras)
    assert shape == SHAPE


def test_a_warp_of_the_shown_volume_is_refused(a_slicer: HeadlessSlicer, a_series: PerfusionSeries) -> None:
    nodes = add_sequence(a_slicer.scene, a_series, "CTP")
    transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode")
    transform.SetAndObserveTransformToParent(slicer.vtkOrientedBSplineTransform())
    nodes.browser.GetProxyNode(nodes.sequence).SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(SeriesError, match=r"not linear; take the shown volume out of the transform"):
        series_from_sequence(nodes.sequence)


def test_a_sequence_outside_any_scene_is_read_too(voxels: np.ndarray, seconds: list[str]) -> None:
    with vtk_errors_raised("Reading failed"):
        sequence = slicer.vtkMRMLSequenceNode()
        sequence.SetIndexName("time")
        sequence.SetIndexUnit("s")
        for frame, value in zip(voxels, seconds, strict=True):
            sequence.SetDataNodeAtValue(a_frame(frame, np.eye(4)), value)
        np.testing.assert_array_equal(series_from_sequence(sequence).voxels, voxels)
