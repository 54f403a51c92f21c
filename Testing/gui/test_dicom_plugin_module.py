"""The DICOM plugin: what it offers the DICOM browser, and what loading puts into the scene.

Slicer's own side, DICOMLib and the database, is only what the plugin asks of it; with the real ones it
is tested in CTPerfusionMaps/Testing/Python.
"""

import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2KLossless
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QProgressDialog

from CTPerfusionLib.mrml import series_from_sequence
from CTPerfusionLib.phantom import Phantom, tile_phantom, write_phantom

PLUGIN = Path(__file__).resolve().parents[2] / "CTPerfusionMaps" / "DICOMCTPerfusionPlugin.py"
N_FRAMES, N_SLICES = 12, 6


class DICOMPlugin:
    """What Slicer's base class does for the plugin."""

    def __init__(self):
        self.cache = {}
        self.in_hierarchy = []

    def getCachedLoadables(self, files):  # noqa: N802 - Slicer's name
        return self.cache.get(tuple(files))

    def cacheLoadables(self, files, loadables):  # noqa: N802
        self.cache[tuple(files)] = loadables

    def defaultSeriesNodeName(self, uid):  # noqa: N802
        return f"Series {uid[-4:]}"

    def addSeriesInSubjectHierarchy(self, loadable, node):  # noqa: N802
        import slicer

        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
        hierarchy.CreateItem(study, node)
        self.in_hierarchy.append((loadable, node))


@pytest.fixture
def a_plugin(a_slicer, monkeypatch):
    """The plugin, as the DICOM module has it after start-up."""
    import slicer

    dicom_lib = ModuleType("DICOMLib")
    dicom_lib.DICOMPlugin, dicom_lib.DICOMLoadable = DICOMPlugin, SimpleNamespace
    monkeypatch.setitem(sys.modules, "DICOMLib", dicom_lib)
    a_slicer.load_module(PLUGIN)
    return slicer.modules.dicomPlugins["DICOMCTPerfusionPlugin"]()


@pytest.fixture(scope="module")
def a_shuttle_scan() -> Phantom:
    """A small scan whose table sweeps, so that each slice has times of its own."""
    tiles = tile_phantom(n_frames=N_FRAMES)
    sweep = np.arange(N_SLICES) * 0.2
    times = np.array([1.5 * n + (sweep if n % 2 == 0 else sweep[::-1]) for n in range(N_FRAMES)])
    voxels = tiles.series.voxels[:, :, ::16, ::16].astype(np.int16)
    return Phantom(
        replace(tiles.series, voxels=voxels, times=times - times.min()), tiles.truth, "siemens-shuttle"
    )


@pytest.fixture(scope="module")
def scan_files(a_shuttle_scan, tmp_path_factory) -> tuple[str, ...]:
    folder = tmp_path_factory.mktemp("dicom") / "phantom"
    write_phantom(a_shuttle_scan, folder, format="dicom")
    return tuple(str(path) for path in sorted((folder / "study").rglob("*.dcm")))


@pytest.fixture
def untimed_files(scan_files, tmp_path) -> tuple[str, ...]:
    """The same scan as an anonymiser leaves it that takes the times away."""
    paths = []
    for path in scan_files:
        dataset = pydicom.dcmread(path)
        for keyword in (
            "AcquisitionDateTime",
            "AcquisitionDate",
            "AcquisitionTime",
            "ContentDate",
            "ContentTime",
        ):
            dataset.pop(keyword, None)
        paths.append(tmp_path / Path(path).name)
        dataset.save_as(paths[-1])
    return tuple(map(str, paths))


@pytest.fixture
def coded_files(scan_files, tmp_path) -> tuple[str, ...]:
    """The same scan in a compression that nothing installed decodes."""
    paths = []
    for path in scan_files:
        dataset = pydicom.dcmread(path)
        dataset.PixelData = encapsulate([dataset.PixelData])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = HTJ2KLossless
        paths.append(tmp_path / Path(path).name)
        dataset.save_as(paths[-1])
    return tuple(map(str, paths))


def test_a_perfusion_scan_is_offered_before_all_other_readings_of_its_files(a_plugin, scan_files):
    (loadable,) = a_plugin.examineForImport([scan_files])

    assert loadable.selected
    assert loadable.confidence > 1.05
    assert set(loadable.files) == set(scan_files)
    assert loadable.warning == ""
    assert "12 frames of 6 slices, every 1.50 s" in loadable.tooltip
    assert "each slice" in loadable.tooltip


def test_what_was_examined_once_is_remembered(a_plugin, scan_files):
    first = a_plugin.examineForImport([scan_files])

    assert a_plugin.examineForImport([scan_files]) is first


def test_other_series_are_not_offered(a_plugin, scan_files):
    assert a_plugin.examineForImport([scan_files[:N_SLICES]]) == []


def test_a_scan_without_times_is_listed_with_the_reason_after_a_plain_volume(a_plugin, untimed_files):
    (loadable,) = a_plugin.examineForImport([untimed_files])

    assert not loadable.selected
    assert loadable.confidence < 0.5
    assert "time" in loadable.warning


def test_loading_gives_a_sequence_with_the_true_times(a_plugin, scan_files, a_shuttle_scan):
    (loadable,) = a_plugin.examineForImport([scan_files])

    series = series_from_sequence(a_plugin.load(loadable))

    np.testing.assert_allclose(series.times, a_shuttle_scan.series.times, atol=1e-3)
    np.testing.assert_array_equal(series.voxels, a_shuttle_scan.series.voxels)


def test_sequence_and_visible_frame_lie_in_the_same_study(a_plugin, scan_files):
    import slicer

    (loadable,) = a_plugin.examineForImport([scan_files])
    sequence = a_plugin.load(loadable)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    ((of, frame),) = a_plugin.in_hierarchy

    assert of is loadable
    places = {hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) for node in (sequence, frame)}
    assert len(places) == 1
    assert places != {hierarchy.GetSceneItemID()}


def test_the_first_frame_is_shown_and_the_toolbar_steps_through_it(a_plugin, scan_files):
    import slicer

    sequence = a_plugin.load(a_plugin.examineForImport([scan_files])[0])
    browser = slicer.modules.sequences.toolBarActiveBrowserNode()

    assert browser.GetMasterSequenceNode() is sequence
    selection = slicer.app.applicationLogic().GetSelectionNode()
    assert selection.GetActiveVolumeID() == browser.GetProxyNode(sequence).GetID()


def test_a_scan_that_cannot_be_loaded_is_explained_in_one_sentence(a_plugin, a_slicer, untimed_files):
    (loadable,) = a_plugin.examineForImport([untimed_files])

    assert a_plugin.load(loadable) is None
    assert loadable.warning in a_slicer.dialogs.texts[-1]
    assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == 0


def test_a_scan_that_needs_a_decoder_is_explained_with_what_to_do_in_slicer(a_plugin, a_slicer, coded_files):
    (loadable,) = a_plugin.examineForImport([coded_files])

    assert loadable.selected
    assert a_plugin.load(loadable) is None
    assert "High-Throughput JPEG 2000" in a_slicer.dialogs.texts[-1]
    assert "restart Slicer" in a_slicer.dialogs.texts[-1]


def test_cancelling_leaves_the_scene_as_it_was(a_plugin, a_slicer, scan_files):
    def cancel():
        (dialog,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, QProgressDialog))
        dialog.cancel()

    (loadable,) = a_plugin.examineForImport([scan_files])
    QTimer.singleShot(0, cancel)

    assert a_plugin.load(loadable) is None
    assert a_slicer.dialogs.texts == []
    assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == 0
