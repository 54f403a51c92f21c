"""The module CT Perfusion Maps: what a user clicks, and what panel and scene show then."""

# ruff: noqa: ARG001, ARG002 - fixtures that are needed for what they do

import importlib.metadata
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib import pipeline, progress
from CTPerfusionLib.io import load_series
from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.mrml import MAP_VIEWS, add_sequence, related_nodes
from CTPerfusionLib.series import QUANTITIES, Finding, Severity

MODULE = Path(__file__).resolve().parents[2] / "CTPerfusionMaps" / "CTPerfusionMaps.py"
RUN_TIMEOUT = 60.0


@pytest.fixture
def panel(open_module):
    """The opened module."""
    return open_module(MODULE)


@pytest.fixture
def wait_for_run(panel, process_events):
    """Return a function that waits until the run is over."""
    return lambda: process_events(until=lambda: not panel._run.running, timeout=RUN_TIMEOUT)


@pytest.fixture
def compute(panel, click, wait_for_run):
    """Return a function that computes maps by one click and waits for them."""

    def click_and_wait():
        click(panel.ui.computeButton)
        wait_for_run()
        assert panel.ui.progressLabel.text.startswith("The maps of ")

    return click_and_wait


@pytest.fixture
def prepared_sequence(add_head, a_study):
    """A series that was prepared before, so that computing its maps takes a moment."""
    from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

    sequence = add_head()
    COMPUTED_STUDIES.keep(sequence, a_study)
    return sequence


@pytest.fixture
def maps(prepared_sequence, a_study, panel, compute, monkeypatch):
    """The maps of a series, shown in the opened module, by name."""
    with monkeypatch.context() as for_this_run:  # which other tests let compute
        for_this_run.setattr(pipeline, "compute_study_maps", lambda *_: a_study.maps)
        compute()
    return related_nodes(prepared_sequence).maps


@pytest.fixture
def start_run(add_head, panel, click, process_events):
    """Return a function that starts a run from the beginning and returns when it is under way."""

    def start():
        sequence = add_head()
        panel.ui.inputSelector.setCurrentNode(sequence)
        click(panel.ui.computeButton)
        process_events(until=lambda: "%" in panel.ui.progressLabel.text, timeout=RUN_TIMEOUT)
        assert panel._run.running
        return sequence

    return start


@pytest.fixture
def let_late_results_come(panel, process_events):
    """Return a function that waits until the thread of a stopped run has ended, and a little longer."""

    def wait():
        assert panel._run._cancelled.waitUntilStopped()
        end = time.monotonic() + 0.1
        process_events(until=lambda: time.monotonic() > end)

    return wait


@pytest.fixture
def untimed_sequence(add_head):
    """A series as an importer leaves it that numbers the frames."""
    sequence = add_head("Untimed")
    for frame in range(sequence.GetNumberOfDataNodes()):
        volume = sequence.GetNthDataNode(frame)
        for name in list(volume.GetAttributeNames()):
            volume.RemoveAttribute(name)
    for name in list(sequence.GetAttributeNames()):
        sequence.RemoveAttribute(name)
    sequence.SetIndexName("frame")
    sequence.SetIndexUnit("")
    return sequence


def ijk_to_ras_of(volume):
    """Return the matrix that places a volume."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return matrix


def voxels(node):
    """Return a copy of the voxels of a volume."""
    import slicer

    return slicer.util.arrayFromVolume(node).copy()


def move_first_point(points, to_ras):
    """Move a point as the user does with the mouse."""
    points.SetNthControlPointPositionWorld(0, *map(float, to_ras))
    points.InvokeEvent(points.PointEndInteractionEvent)


def beside_the_first_point(points, study):
    """Return the centre of another voxel of the artery than the one under the first point."""
    series, voxels = study.maps.prepared.series, study.maps.prepared.vessels.aif.voxels
    present = voxel_of(points.GetNthControlPointPositionWorld(0), series)
    others = [tuple(map(int, voxel)) for voxel in voxels if tuple(map(int, voxel)) != present]
    return place_of(others[0], series)


def voxel_of(ras, series):
    """Return column, row and slice of a place."""
    return tuple(np.round(np.linalg.solve(series.ijk_to_ras, [*ras, 1.0])[:3]).astype(int).tolist())


def place_of(voxel, series):
    """Return the place in RAS of column, row and slice."""
    return [float(value) for value in (series.ijk_to_ras @ [*voxel, 1.0])[:3]]


def a_brain_voxel(study):
    """Return column, row and slice of a voxel with typical flow; the next column has flow too."""
    flow = study.maps.maps.maps["CBF"]
    known = np.isfinite(flow)
    known[..., :-1] &= known[..., 1:]
    values = np.where(known, flow, 0)
    target = np.median(values[values > 0])
    index, row, column = np.unravel_index(np.argmin(np.abs(values - target)), flow.shape)
    return int(column), int(row), int(index)


def table_texts(table):
    """Return the cells of a table widget by row."""
    return [
        [table.item(row, column).text() for column in range(table.columnCount)]
        for row in range(table.rowCount)
    ]


class TestInput:
    def test_without_data_the_panel_asks_for_a_series(self, a_slicer, panel, grab):
        assert not panel.ui.computeButton.enabled
        assert panel.ui.computeButton.toolTip == "Select a CT perfusion series first."
        assert panel.ui.summaryLabel.text == ""
        assert not panel.ui.cancelButton.enabled
        assert not panel.ui.progressBar.visible
        for name in ("mapsLayout", "vesselChart", "motionChart", "probeChart", "findVessels", "segment"):
            assert not getattr(panel.ui, f"{name}Button").enabled, name
        assert a_slicer.dialogs.texts == []
        grab(panel, "maps-without-data")

    def test_the_first_series_of_the_scene_is_selected_by_itself(self, add_head, open_module):
        sequence = add_head()
        panel = open_module(MODULE)
        assert panel.ui.inputSelector.currentNode() is sequence
        assert panel.ui.computeButton.enabled

    def test_the_summary_says_what_is_in_the_series(self, add_head, a_head, panel, grab):
        noted = Finding("note", Severity.WARNING, "Three slices are blank.", "Look at the top of the head.")
        panel.ui.inputSelector.setCurrentNode(add_head(series=replace(a_head, findings=(noted,))))
        text = panel.ui.summaryLabel.text
        assert "30 frames in 43.5 s, one every 1.50 s" in text
        assert "3 slices of 5.0 mm (15 mm), 128 x 128 pixels of 1.95 mm; 80 kV" in text
        assert "Times: simulated." in text
        assert "Three slices are blank. Look at the top of the head." in text
        assert panel.ui.computeButton.enabled
        grab(panel, "maps-series-selected")

    def test_a_series_without_times_is_explained_and_an_interval_makes_it_usable(
        self, untimed_sequence, panel, grab
    ):
        panel.ui.inputSelector.setCurrentNode(untimed_sequence)
        assert "The index of the sequence Untimed is not time in a known unit" in panel.ui.summaryLabel.text
        assert "give the seconds between frames" in panel.ui.summaryLabel.text
        assert not panel.ui.computeButton.enabled
        assert panel.ui.computeButton.toolTip.endswith("give the seconds between frames.")
        grab(panel, "maps-without-times")
        panel.ui.frameIntervalSpinBox.value = 1.5
        assert "30 frames in 43.5 s, one every 1.50 s" in panel.ui.summaryLabel.text
        assert "frame interval given by the user" in panel.ui.summaryLabel.text
        assert panel.ui.computeButton.enabled

    def test_an_interval_given_for_one_series_is_not_used_for_the_next(
        self, untimed_sequence, add_head, panel
    ):
        panel.ui.inputSelector.setCurrentNode(untimed_sequence)
        panel.ui.frameIntervalSpinBox.value = 2.5
        panel.ui.inputSelector.setCurrentNode(add_head())
        assert panel.ui.frameIntervalSpinBox.value == 0.0
        assert "Times: simulated." in panel.ui.summaryLabel.text

    def test_a_sequence_that_is_no_scan_is_refused_in_the_panel(self, a_slicer, panel):
        empty = a_slicer.scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Empty")
        panel.ui.inputSelector.setCurrentNode(empty)
        assert "frames" in panel.ui.summaryLabel.text
        assert not panel.ui.computeButton.enabled
        assert a_slicer.dialogs.texts == []

    def test_a_folder_without_a_scan_gives_one_sentence_and_the_selection_stays(
        self, a_slicer, add_head, panel, click, tmp_path
    ):
        sequence = add_head()
        panel.ui.inputSelector.setCurrentNode(sequence)
        folder = tmp_path / "nothing here"
        folder.mkdir()
        a_slicer.dialogs.will_answer(str(folder))
        click(panel.ui.loadFolderButton)
        assert len(a_slicer.dialogs.texts) == 2  # the dialog for the folder, the sentence
        assert a_slicer.dialogs.texts[-1].startswith("The folder holds no DICOM files; ")
        assert panel.ui.inputSelector.currentNode() is sequence

    def test_a_loaded_file_is_selected_and_shown(self, a_slicer, a_head, panel, click, tmp_path):
        import slicer

        nodes = add_sequence(a_slicer.scene, a_head, "Saved")
        path = tmp_path / "scan.seq.nrrd"
        assert slicer.util.saveNode(nodes.sequence, str(path))
        a_slicer.scene.RemoveNode(nodes.browser)
        a_slicer.scene.RemoveNode(nodes.sequence)
        a_slicer.dialogs.will_answer(str(path))
        click(panel.ui.loadFileButton)
        loaded = panel.ui.inputSelector.currentNode()
        assert loaded.GetNumberOfDataNodes() == a_head.n_frames
        assert "30 frames in 43.5 s" in panel.ui.summaryLabel.text
        shown = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode().GetBackgroundVolumeID()
        browser = slicer.modules.sequences.logic().GetFirstBrowserNodeForSequenceNode(loaded)
        assert shown == browser.GetProxyNode(loaded).GetID()


class TestRun:
    def test_a_run_shows_stages_percent_and_remaining_time_and_ends_with_maps(
        self, a_slicer, add_head, panel, click, process_events, grab, monkeypatch
    ):
        monkeypatch.setattr(progress, "_SILENT_SECONDS", 0.1)  # as in a run of a scan of usual size
        panel.ui.inputSelector.setCurrentNode(add_head())
        click(panel.ui.computeButton)
        assert not panel.ui.computeButton.enabled
        assert panel.ui.cancelButton.enabled
        assert panel.ui.progressBar.visible
        texts, values = [], []

        def is_over():
            texts.append(panel.ui.progressLabel.text)
            values.append(panel.ui.progressBar.value)
            return not panel._run.running

        process_events(until=lambda: is_over() or "left" in texts[-1], timeout=RUN_TIMEOUT)
        grab(panel, "maps-running")
        process_events(until=is_over, timeout=RUN_TIMEOUT)
        assert any(text.startswith("Computing maps: ") for text in texts)
        assert any("%, about " in text and text.endswith(" s left") for text in texts)
        assert values == sorted(values)
        assert values[-1] > 0
        assert panel.ui.progressLabel.text == "The maps of Head are computed."
        assert panel.ui.computeButton.enabled
        assert not panel.ui.cancelButton.enabled
        assert not panel.ui.progressBar.visible
        assert a_slicer.dialogs.texts == []

    def test_maps_are_in_the_study_of_the_series_with_units_and_legends(
        self, a_slicer, prepared_sequence, panel, compute, a_study
    ):
        import slicer

        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(a_slicer.scene)
        study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study of 29 February")
        hierarchy.CreateItem(study, prepared_sequence)
        compute()
        maps = related_nodes(prepared_sequence).maps
        assert set(maps) == set(METHODS["bayes"].maps)
        for name, node in maps.items():
            np.testing.assert_array_equal(voxels(node), a_study.maps.maps.maps[name])
            assert node.GetVoxelValueUnits().GetCodeValue() == QUANTITIES[name].unit_code.value
            legend = slicer.vtkSlicerColorLogic.GetColorLegendDisplayNode(node)
            assert QUANTITIES[name].unit in legend.GetTitleText()
            item = hierarchy.GetItemByDataNode(node)
            assert hierarchy.GetItemAncestorAtLevel(item, "Study") == study

    def test_maps_are_shown_in_linked_views_without_a_click(self, a_slicer, maps):
        import slicer

        shown = {}
        for name in slicer.app.layoutManager().sliceViewNames():
            composite = slicer.app.layoutManager().sliceWidget(name).mrmlSliceCompositeNode()
            assert composite.GetLinkedControl()
            shown[name] = a_slicer.scene.GetNodeByID(composite.GetBackgroundVolumeID() or "")
        assert len(shown) == len(MAP_VIEWS)
        assert {maps[name] for name in ("CBF", "CBV", "MTT", "Tmax")} <= set(shown.values())

    def test_the_result_offers_views_points_and_the_second_module(
        self, a_slicer, maps, panel, click, process_events, grab
    ):
        import slicer

        for name in ("mapsLayout", "vesselChart", "motionChart", "goToArtery", "goToVein", "segment"):
            assert getattr(panel.ui, f"{name}Button").enabled, name
        assert panel.ui.vesselReasonLabel.text
        assert "1 information" in panel.ui.findingsLabel.text
        click(panel.ui.vesselChartButton)
        process_events()
        chart = related_nodes(maps["CBF"]).curve_chart
        assert (
            slicer.app.layoutManager().plotWidget(0).mrmlPlotViewNode().GetPlotChartNodeID() == chart.GetID()
        )
        click(panel.ui.motionChartButton)
        assert slicer.app.layoutManager().plotViewCount == 2
        click(panel.ui.mapsLayoutButton)
        assert slicer.app.layoutManager().plotViewCount == 0
        grab(panel, "maps-computed")
        click(panel.ui.segmentButton)
        assert a_slicer.selected_modules == ["CorePenumbraSegment"]

    def test_findings_are_listed_with_their_remedies_the_most_severe_first(
        self, add_head, a_head, panel, compute, grab
    ):
        findings = tuple(
            Finding(name, severity, f"This is {name}.", f"Mend {name}.")
            for name, severity in (
                ("one", Severity.INFO),
                ("two", Severity.ERROR),
                ("three", Severity.WARNING),
            )
        )
        panel.ui.inputSelector.setCurrentNode(add_head(series=replace(a_head, findings=findings)))
        compute()
        rows = table_texts(panel.ui.findingsTable)
        assert rows[0] == ["Error", "This is two.", "Mend two."]
        assert rows[1] == ["Warning", "This is three.", "Mend three."]
        assert ["Information", "This is one.", "Mend one."] in rows[2:]
        assert {row[0] for row in rows[2:]} == {"Information"}
        assert "1 error(s)" in panel.ui.findingsLabel.text
        assert "1 warning(s)" in panel.ui.findingsLabel.text
        panel.ui.findingsCollapsibleButton.collapsed = False
        grab(panel, "maps-findings")

    def test_another_method_updates_the_same_nodes_and_removes_maps_that_it_lacks(
        self, a_slicer, maps, panel, compute
    ):
        before = voxels(maps["CBF"])
        panel.ui.methodComboBox.setCurrentIndex(panel.ui.methodComboBox.findData("bsvd"))
        compute()
        again = related_nodes(maps["CBF"]).maps
        assert set(again) == set(METHODS["bsvd"].maps) < set(maps)
        for name, node in again.items():
            assert node is maps[name]
        for name in set(maps) - set(again):
            assert not a_slicer.scene.IsNodePresent(maps[name])
        assert np.nanmax(np.abs(voxels(maps["CBF"]) - before)) > 1

    def test_maps_that_are_not_wanted_are_left_out(self, prepared_sequence, panel, compute):
        import qt

        box = panel.ui.outputMapsComboBox
        position = next(index for index in range(box.count) if box.itemData(index) == "TTP")
        box.setCheckState(box.model().index(position, 0), qt.Qt.Unchecked)
        compute()
        assert set(related_nodes(prepared_sequence).maps) == set(METHODS["bayes"].maps) - {"TTP"}

    def test_a_run_that_fails_gives_one_sentence_and_leaves_the_scene(
        self, a_slicer, add_head, a_head, panel, click, wait_for_run
    ):
        without_head = np.full_like(a_head.voxels, -1000)
        without_head[:, 0, 0, 0] = 0
        sequence = add_head(series=replace(a_head, voxels=without_head))
        panel.ui.inputSelector.setCurrentNode(sequence)
        nodes = a_slicer.scene.GetNumberOfNodes()
        click(panel.ui.computeButton)
        wait_for_run()
        assert panel.ui.progressLabel.text == "The computation failed; the scene is as before."
        (text,) = a_slicer.dialogs.texts
        assert "Traceback" not in text
        assert a_slicer.scene.GetNumberOfNodes() == nodes
        assert panel.ui.computeButton.enabled

    def test_maps_that_another_scene_had_are_never_given_for_a_new_series(self, a_slicer, add_head, a_head):
        """The second scene names its nodes as the first did."""
        from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic

        logic = CTPerfusionMapsLogic()
        first = voxels(logic.computeMaps(add_head(), method="bsvd", registration="none")["CBF"])
        a_slicer.scene.Clear(0)
        mirrored = replace(a_head, voxels=np.ascontiguousarray(a_head.voxels[..., ::-1]))
        second = voxels(
            logic.computeMaps(add_head(series=mirrored), method="bsvd", registration="none")["CBF"]
        )
        assert np.isnan(second).sum() > 0
        both = np.isfinite(first) & np.isfinite(second)
        assert np.median(np.abs(second - first)[both]) > 1
        mirrored_first = first[..., ::-1]
        both = np.isfinite(mirrored_first) & np.isfinite(second)
        assert np.median(np.abs(second - mirrored_first)[both]) < 1


class TestInterruption:
    def test_cancel_makes_the_panel_idle_at_once_and_leaves_the_scene(
        self, a_slicer, start_run, panel, click, compute, let_late_results_come, grab
    ):
        start_run()
        nodes = a_slicer.scene.GetNumberOfNodes()
        click(panel.ui.cancelButton)
        assert panel.ui.progressLabel.text == "Cancelled; the scene is as before."
        assert panel.ui.computeButton.enabled
        assert not panel.ui.cancelButton.enabled
        assert not panel.ui.progressBar.visible
        let_late_results_come()
        assert a_slicer.scene.GetNumberOfNodes() == nodes
        assert a_slicer.dialogs.texts == []
        grab(panel, "maps-cancelled")
        compute()  # a new run is possible

    def test_a_new_run_may_follow_a_cancelled_one_at_once(self, start_run, panel, click, compute):
        sequence = start_run()
        click(panel.ui.cancelButton)
        compute()
        assert "CBF" in related_nodes(sequence).maps

    def test_closing_the_scene_stops_a_run_without_late_results(
        self, a_slicer, start_run, panel, let_late_results_come
    ):
        start_run()
        a_slicer.scene.Clear(0)
        assert not panel._run.running
        let_late_results_come()
        assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
        assert a_slicer.dialogs.texts == []
        assert panel.ui.summaryLabel.text == ""
        assert not panel.ui.computeButton.enabled

    def test_the_panel_works_in_the_scene_after_a_closed_one(self, a_slicer, maps, panel, add_head, compute):
        a_slicer.scene.Clear(0)
        assert panel.ui.findingsTable.rowCount == 0
        assert not panel.ui.mapsLayoutButton.enabled
        assert panel.ui.vesselReasonLabel.text == ""
        sequence = add_head("Next")
        panel.ui.inputSelector.setCurrentNode(sequence)
        compute()
        assert "CBF" in related_nodes(sequence).maps

    def test_removing_the_series_during_a_run_is_said_and_shows_nothing(
        self, a_slicer, start_run, panel, wait_for_run
    ):
        sequence = start_run()
        a_slicer.scene.RemoveNode(sequence)
        wait_for_run()
        assert panel.ui.progressLabel.text == (
            "The series was removed from the scene, so its maps are not shown."
        )
        assert a_slicer.scene.GetFirstNodeByName("CBF") is None
        assert a_slicer.dialogs.texts == []

    def test_selecting_another_series_during_a_run_gives_the_maps_to_the_right_one(
        self, start_run, add_head, panel, wait_for_run
    ):
        first = start_run()
        second = add_head("Second")
        panel.ui.inputSelector.setCurrentNode(second)
        wait_for_run()
        assert set(related_nodes(first).points) == {"AIF", "VOF"}
        assert "CBF" in related_nodes(first).maps
        assert related_nodes(second).maps == {}
        assert related_nodes(second).points == {}
        assert panel.ui.findingsTable.rowCount == 0  # of the series that is selected
        assert not panel.ui.mapsLayoutButton.enabled

    def test_closing_slicer_during_a_run_waits_for_the_thread_and_raises_nothing(
        self, a_slicer, start_run, panel, process_events
    ):
        start_run()
        task = panel._run._task
        panel.cleanup()
        assert task.waitUntilStopped(0.0)
        process_events()
        assert a_slicer.scene.GetFirstNodeByName("CBF") is None


class TestVessels:
    @pytest.fixture
    def artery(self, maps):
        """The points of the artery."""
        return related_nodes(maps["CBF"]).points["AIF"]

    def test_moving_the_artery_computes_the_maps_again_with_it(
        self, artery, maps, a_head, a_study, panel, process_events, wait_for_run, grab
    ):
        parameters, before = panel._parameterNode, voxels(maps["CBF"])
        assert not panel.ui.findVesselsButton.enabled
        place = beside_the_first_point(artery, a_study)
        move_first_point(artery, place)
        process_events(until=lambda: panel._run.running)
        wait_for_run()
        assert parameters.arteryChosen
        assert not parameters.veinChosen
        config = panel.logic.study(parameters.inputSequence).config
        assert voxel_of(place, a_head) in config.aif
        assert config.vof is None
        assert not np.array_equal(voxels(maps["CBF"]), before, equal_nan=True)
        np.testing.assert_allclose(artery.GetNthControlPointPositionWorld(0), place, atol=1e-6)
        assert panel.ui.findVesselsButton.enabled
        reason = panel.logic.study(parameters.inputSequence).maps.prepared.vessels.aif.reason
        assert reason != a_study.maps.prepared.vessels.aif.reason
        assert panel.ui.vesselReasonLabel.text.startswith(reason)
        panel.ui.vesselsCollapsibleButton.collapsed = False
        grab(panel, "maps-artery-moved")

    def test_find_again_returns_to_the_automatic_artery(
        self, artery, maps, a_study, panel, process_events, wait_for_run, click
    ):
        before = voxels(maps["CBF"])
        move_first_point(artery, beside_the_first_point(artery, a_study))
        process_events(until=lambda: panel._run.running)
        wait_for_run()
        panel.ui.vesselsCollapsibleButton.collapsed = False
        click(panel.ui.findVesselsButton)
        wait_for_run()
        np.testing.assert_array_equal(voxels(maps["CBF"]), before)
        assert not panel.ui.findVesselsButton.enabled

    def test_points_can_be_moved_without_computing_until_asked(
        self, artery, maps, a_study, panel, process_events, compute
    ):
        panel.ui.updateMapsCheckBox.checked = False
        before = voxels(maps["CBF"])
        move_first_point(artery, beside_the_first_point(artery, a_study))
        process_events(until=lambda: panel._parameterNode.arteryChosen)
        assert not panel._run.running
        compute()
        assert not np.array_equal(voxels(maps["CBF"]), before, equal_nan=True)

    def test_a_point_outside_the_images_gives_one_sentence(
        self, a_slicer, artery, panel, process_events, maps
    ):
        before = voxels(maps["CBF"])
        move_first_point(artery, [500.0, 0.0, 0.0])
        process_events(until=lambda: a_slicer.dialogs.texts)
        (text,) = a_slicer.dialogs.texts
        assert "lies outside the images of the scan; move it into a bright vessel, or delete it." in text
        assert not panel._run.running
        np.testing.assert_array_equal(voxels(maps["CBF"]), before)

    def test_a_deleted_node_of_points_means_that_the_artery_is_found_again(
        self, a_slicer, artery, maps, a_study, panel, process_events, wait_for_run, compute
    ):
        before = voxels(maps["CBF"])
        move_first_point(artery, beside_the_first_point(artery, a_study))
        process_events(until=lambda: panel._run.running)
        wait_for_run()
        a_slicer.scene.RemoveNode(artery)
        compute()
        np.testing.assert_array_equal(voxels(maps["CBF"]), before)
        assert a_slicer.dialogs.texts == []

    def test_a_run_that_finds_no_vein_leaves_no_points_of_an_earlier_one(
        self, prepared_sequence, maps, panel, a_study
    ):
        prepared = a_study.maps.prepared
        assert related_nodes(prepared_sequence).points["VOF"].GetNumberOfControlPoints() > 0
        without = replace(prepared, vessels=replace(prepared.vessels, vof=None))
        panel._vessels.publish(
            replace(a_study, maps=replace(a_study.maps, prepared=without)), prepared_sequence
        )
        points = related_nodes(prepared_sequence).points
        assert points["VOF"].GetNumberOfControlPoints() == 0
        assert points["AIF"].GetNumberOfControlPoints() > 0

    def test_a_scan_that_a_transform_has_moved_is_computed_where_it_lies_now(
        self, a_slicer, prepared_sequence, maps, panel, compute
    ):
        import slicer

        before = slicer.util.arrayFromVTKMatrix(ijk_to_ras_of(maps["CBF"]))
        shift = np.eye(4)
        shift[:3, 3] = 10.0, -5.0, 3.0
        transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(shift))
        browser = slicer.modules.sequences.logic().GetFirstBrowserNodeForSequenceNode(prepared_sequence)
        browser.GetProxyNode(prepared_sequence).SetAndObserveTransformNodeID(transform.GetID())
        compute()
        np.testing.assert_allclose(
            slicer.util.arrayFromVTKMatrix(ijk_to_ras_of(maps["CBF"])), shift @ before, atol=1e-6
        )

    def test_points_of_a_scan_under_a_transform_mean_the_voxels_below_them(
        self, a_slicer, prepared_sequence, a_head, panel, click, wait_for_run, process_events
    ):
        import slicer

        from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

        COMPUTED_STUDIES.forget()
        browser = slicer.modules.sequences.logic().GetFirstBrowserNodeForSequenceNode(prepared_sequence)
        transform = a_slicer.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        shift = np.eye(4)
        shift[:3, 3] = 40.0, 0.0, 0.0
        transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(shift))
        browser.GetProxyNode(prepared_sequence).SetAndObserveTransformNodeID(transform.GetID())
        click(panel.ui.computeButton)
        wait_for_run()
        artery = related_nodes(prepared_sequence).points["AIF"]
        place = beside_the_first_point(artery, panel.logic.study(prepared_sequence))
        move_first_point(artery, place)
        process_events(until=lambda: panel._run.running)
        wait_for_run()
        config, shifted = panel.logic.study(prepared_sequence).config, shift @ a_head.ijk_to_ras
        assert voxel_of(place, replace(a_head, ijk_to_ras=shifted)) in config.aif


class TestProbe:
    def test_a_placed_point_shows_the_values_of_the_maps(
        self, maps, a_study, a_head, panel, process_events, grab
    ):
        voxel = a_brain_voxel(a_study)
        panel._parameterNode.probePoint.AddControlPointWorld(*place_of(voxel, a_head))
        process_events(until=lambda: panel.ui.probeTable.rowCount > 0)
        column, row, index = voxel
        shown = {name: (text, unit) for name, text, unit in table_texts(panel.ui.probeTable)}
        assert set(shown) == set(maps)
        for name, (text, unit) in shown.items():
            assert text == format(voxels(maps[name])[index, row, column], QUANTITIES[name].number_format)
            assert unit == QUANTITIES[name].unit
        assert panel.ui.probeLabel.text.startswith(f"Column {column}, row {row}, slice {index}.")
        chart = related_nodes(maps["CBF"]).probe_charts["Curves"]
        assert f"column {column}, row {row}, slice {index}" in chart.GetTitle()
        panel.ui.probeCollapsibleButton.collapsed = False
        grab(panel, "maps-probe")

    def test_the_probe_follows_the_mouse_only_when_asked(
        self, a_slicer, maps, a_study, a_head, panel, process_events
    ):
        crosshair = a_slicer.scene.AddNewNodeByClass("vtkMRMLCrosshairNode")
        column, row, index = a_brain_voxel(a_study)
        crosshair.SetCursorPositionRAS(place_of((column, row, index), a_head))
        end = time.monotonic() + 0.1
        process_events(until=lambda: time.monotonic() > end)
        assert panel.ui.probeTable.rowCount == 0
        panel.ui.probeFollowsMouseCheckBox.checked = True
        crosshair.SetCursorPositionRAS(place_of((column + 1, row, index), a_head))
        process_events(until=lambda: panel.ui.probeTable.rowCount > 0)
        (flow,) = [text for name, text, _ in table_texts(panel.ui.probeTable) if name == "CBF"]
        assert flow == f"{voxels(maps['CBF'])[index, row, column + 1]:.0f}"
        chart = related_nodes(maps["CBF"]).probe_charts["Curves"]
        crosshair.SetCursorPositionRAS(place_of((column, row, index), a_head))
        process_events(until=lambda: f"column {column}, row" in chart.GetTitle())

    def test_outside_the_brain_and_outside_the_images_a_message_takes_the_place_of_values(
        self, maps, a_study, a_head, panel, process_events
    ):
        point = panel._parameterNode.probePoint
        point.AddControlPointWorld(*place_of(a_brain_voxel(a_study), a_head))
        process_events(until=lambda: panel.ui.probeTable.rowCount > 0)
        point.SetNthControlPointPositionWorld(0, *place_of((1, 1, 1), a_head))
        process_events(until=lambda: panel.ui.probeTable.rowCount == 0)
        assert panel.ui.probeLabel.text == "Column 1, row 1, slice 1. Outside the brain."
        point.SetNthControlPointPositionWorld(0, 500.0, 0.0, 0.0)
        process_events(until=lambda: panel.ui.probeLabel.text == "There is nothing measured here.")

    def test_before_a_run_the_probe_asks_for_one(self, a_slicer, add_head, a_head, panel, process_events):
        panel.ui.inputSelector.setCurrentNode(add_head())
        crosshair = a_slicer.scene.AddNewNodeByClass("vtkMRMLCrosshairNode")
        panel.ui.probeFollowsMouseCheckBox.checked = True
        crosshair.SetCursorPositionRAS(place_of((64, 64, 2), a_head))
        process_events(until=lambda: not panel._probe._timer.active)
        assert panel.ui.probeLabel.text.startswith("Compute maps")

    def test_the_probe_shows_the_new_values_after_another_run(
        self, maps, a_study, a_head, panel, compute, process_events
    ):
        voxel = a_brain_voxel(a_study)
        panel._parameterNode.probePoint.AddControlPointWorld(*place_of(voxel, a_head))
        process_events(until=lambda: panel.ui.probeTable.rowCount > 0)
        panel.ui.methodComboBox.setCurrentIndex(panel.ui.methodComboBox.findData("bsvd"))
        compute()
        process_events(until=lambda: panel.ui.probeTable.rowCount == len(METHODS["bsvd"].maps))
        column, row, index = voxel
        (flow,) = [text for name, text, _ in table_texts(panel.ui.probeTable) if name == "CBF"]
        assert flow == f"{voxels(maps['CBF'])[index, row, column]:.0f}"

    def test_another_module_has_the_mouse_for_itself(self, a_slicer, maps, a_head, panel, process_events):
        import slicer

        crosshair = a_slicer.scene.AddNewNodeByClass("vtkMRMLCrosshairNode")
        panel.ui.probeFollowsMouseCheckBox.checked = True
        slicer.util.selectModule("SegmentEditor")
        crosshair.SetCursorPositionRAS(place_of((64, 64, 2), a_head))
        assert not panel._probe._timer.active
        slicer.util.selectModule("CTPerfusionMaps")
        crosshair.SetCursorPositionRAS(place_of((64, 65, 2), a_head))
        assert panel._probe._timer.active


class TestExport:
    def test_there_is_nothing_to_export_before_a_run(self, add_head, panel):
        panel.ui.inputSelector.setCurrentNode(add_head())
        assert not panel.ui.exportRegisteredNiftiButton.enabled
        assert not panel.ui.exportRegisteredDicomButton.enabled

    def test_the_corrected_series_loads_again_from_nifti(
        self, a_slicer, maps, a_study, panel, click, tmp_path
    ):
        panel.ui.exportCollapsibleButton.collapsed = False
        a_slicer.dialogs.will_answer(str(tmp_path))
        click(panel.ui.exportRegisteredNiftiButton)
        self.assert_equal(load_series(tmp_path), a_study.maps.prepared.kept.frames, 0.01)

    def test_the_corrected_series_loads_again_from_dicom(
        self, a_slicer, maps, a_dicom_study, panel, click, tmp_path, dicom_images
    ):
        from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

        COMPUTED_STUDIES.keep(panel._parameterNode.inputSequence, a_dicom_study)
        panel._offerStudy()
        panel.ui.exportCollapsibleButton.collapsed = False
        a_slicer.dialogs.will_answer(str(dicom_images), str(tmp_path / "corrected"))
        click(panel.ui.exportRegisteredDicomButton)
        self.assert_equal(load_series(tmp_path / "corrected"), a_dicom_study.maps.prepared.kept.frames, 0.51)

    @staticmethod
    def assert_equal(loaded, frames, tolerance):
        np.testing.assert_allclose(loaded.frame_times, frames.frame_times, atol=0.02)
        np.testing.assert_allclose(loaded.ijk_to_ras, frames.ijk_to_ras, atol=1e-3)
        inside = frames.voxels > -900.0
        np.testing.assert_allclose(loaded.voxels[inside], frames.voxels[inside], atol=tolerance)


class TestScene:
    def test_everything_chosen_comes_back_with_a_saved_scene(
        self, maps, a_head, a_study, panel, process_events, wait_for_run, compute, tmp_path
    ):
        import slicer

        artery = related_nodes(maps["CBF"]).points["AIF"]
        place = beside_the_first_point(artery, a_study)
        move_first_point(artery, place)
        process_events(until=lambda: panel._run.running)
        wait_for_run()
        flow = voxels(maps["CBF"])
        panel.ui.methodComboBox.setCurrentIndex(panel.ui.methodComboBox.findData("bsvd"))
        panel.ui.filterComboBox.setCurrentIndex(panel.ui.filterComboBox.findData("none"))
        panel.ui.updateMapsCheckBox.checked = False
        path = str(tmp_path / "scene.mrb")
        assert slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(0)
        assert panel.ui.inputSelector.currentNode() is None
        slicer.util.loadScene(path)
        process_events()
        parameters = panel._parameterNode
        assert parameters.inputSequence.GetName() == "Head"
        assert panel.ui.inputSelector.currentNode() is parameters.inputSequence
        assert panel.ui.methodComboBox.currentData == "bsvd"
        assert panel.ui.filterComboBox.currentData == "none"
        assert not panel.ui.updateMapsCheckBox.checked
        assert parameters.arteryChosen
        assert not parameters.veinChosen
        np.testing.assert_allclose(
            parameters.arterialPoints.GetNthControlPointPositionWorld(0), place, atol=1e-4
        )
        related = related_nodes(parameters.inputSequence)
        np.testing.assert_allclose(voxels(related.maps["CBF"]), flow, rtol=1e-5)
        assert panel.ui.mapsLayoutButton.enabled
        compute()
        assert voxel_of(place, a_head) in panel.logic.study(parameters.inputSequence).config.aif
        assert related_nodes(parameters.inputSequence).maps["CBF"] is related.maps["CBF"]

    def test_a_scene_that_is_added_while_the_module_is_open_brings_its_choices(
        self, maps, panel, process_events, tmp_path, add_head
    ):
        import slicer

        panel.ui.methodComboBox.setCurrentIndex(panel.ui.methodComboBox.findData("bsvd"))
        path = str(tmp_path / "scene.mrb")
        assert slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(0)
        panel.ui.inputSelector.setCurrentNode(add_head("Mine"))
        assert slicer.mrmlScene.ReadFromMRB(path, False)
        process_events()
        names = {node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLSequenceNode")}
        assert "Mine" in names
        assert len(names) == 2
        selected = panel.ui.inputSelector.currentNode()
        assert selected is panel._parameterNode.inputSequence
        assert selected is not None
        assert panel.ui.methodComboBox.currentData == "bsvd"
        assert panel.ui.computeButton.enabled

    def test_two_studies_do_not_mix(self, maps, add_head, a_head, a_study, panel, compute, process_events):
        first = panel._parameterNode.inputSequence
        artery = related_nodes(first).points["AIF"]
        panel.ui.updateMapsCheckBox.checked = False
        move_first_point(artery, beside_the_first_point(artery, a_study))
        process_events(until=lambda: panel._parameterNode.arteryChosen)
        flow, place = voxels(maps["CBF"]), list(artery.GetNthControlPointPositionWorld(0))
        mirrored = replace(a_head, voxels=np.ascontiguousarray(a_head.voxels[..., ::-1]))
        second = add_head("Second", mirrored)
        panel.ui.inputSelector.setCurrentNode(second)
        assert panel.ui.findingsTable.rowCount == 0
        assert panel._parameterNode.arterialPoints is None
        assert not panel.ui.mapsLayoutButton.enabled
        compute()
        assert panel.logic.study(second).config.aif is None
        theirs = related_nodes(second)
        assert set(theirs.maps) == set(maps)
        assert not {node.GetID() for node in theirs.maps.values()} & {node.GetID() for node in maps.values()}
        np.testing.assert_array_equal(voxels(maps["CBF"]), flow)
        assert theirs.points["AIF"] is not artery
        assert list(artery.GetNthControlPointPositionWorld(0)) == place
        panel.ui.inputSelector.setCurrentNode(first)
        assert panel._parameterNode.arterialPoints is artery
        assert panel.ui.mapsLayoutButton.enabled


class TestPackages:
    @pytest.fixture
    def numba_is_missing(self, monkeypatch):
        """As in a Slicer that has not met the extension."""
        from CTPerfusionMapsLib import dependencies

        def version(name):
            if name == "numba":
                raise importlib.metadata.PackageNotFoundError(name)
            return importlib.metadata.version(name)

        monkeypatch.setattr(dependencies, "version", version)

    def test_declining_the_installation_gives_one_sentence(
        self, a_slicer, prepared_sequence, panel, click, numba_is_missing
    ):
        import qt

        a_slicer.dialogs.will_answer(qt.QMessageBox.Cancel)
        click(panel.ui.computeButton)
        question, sentence = a_slicer.dialogs.texts
        assert "CT Perfusion Maps needs Python packages that are not installed" in question
        assert "numba" in question
        assert "cannot work without the packages numba" in sentence
        assert sentence.endswith("start again and agree to their installation.")
        assert a_slicer.installed_packages == []
        assert not panel._run.running
        assert panel.ui.computeButton.enabled

    def test_agreeing_installs_only_what_is_missing_and_goes_on(
        self, a_slicer, prepared_sequence, panel, click, wait_for_run, numba_is_missing
    ):
        import qt

        a_slicer.dialogs.will_answer(qt.QMessageBox.Ok)
        click(panel.ui.computeButton)
        (requirement,) = a_slicer.installed_packages
        assert requirement.startswith("numba>=")
        assert " " not in requirement
        wait_for_run()
        assert "CBF" in related_nodes(prepared_sequence).maps

    def test_the_sample_head_asks_for_the_package_with_its_anatomy(self, a_slicer, panel, click, monkeypatch):
        import qt

        from CTPerfusionMapsLib import dependencies

        monkeypatch.setattr(
            dependencies,
            "version",
            lambda name: "0.1" if name == "nilearn" else importlib.metadata.version(name),
        )
        a_slicer.dialogs.will_answer(qt.QMessageBox.Cancel)
        click(panel.ui.sampleButton)
        question, sentence = a_slicer.dialogs.texts
        assert "nilearn>=0.10" in question
        assert "The sample head cannot work without the packages nilearn>=0.10" in sentence
        assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLSequenceNode") == 0

    def test_a_gpu_without_torch_gives_one_sentence(
        self, a_slicer, prepared_sequence, panel, click, monkeypatch
    ):
        from CTPerfusionMapsLib import dependencies

        monkeypatch.setattr(dependencies, "find_spec", lambda _name: None)
        panel.ui.deviceComboBox.setCurrentIndex(panel.ui.deviceComboBox.findData("cuda"))
        click(panel.ui.computeButton)
        (text,) = a_slicer.dialogs.texts
        assert "CT Perfusion Maps needs PyTorch to compute on a GPU; install the extension PyTorch" in text
        assert panel.ui.computeButton.enabled

    def test_a_gpu_without_a_driver_gives_one_sentence(
        self, a_slicer, prepared_sequence, panel, click, wait_for_run, monkeypatch
    ):
        from CTPerfusionLib import devices

        monkeypatch.setattr(devices, "_has_nvidia_driver", lambda: False)
        panel.ui.deviceComboBox.setCurrentIndex(panel.ui.deviceComboBox.findData("cuda"))
        click(panel.ui.computeButton)
        wait_for_run()
        (text,) = a_slicer.dialogs.texts
        assert "'cuda' (NVIDIA GPU, by torch) is not available on this machine; install the driver" in text
        assert panel.ui.computeButton.enabled
