"""The module Core Penumbra Segment: what a user moves, and what panel, segments and files show then."""

# ruff: noqa: ARG001, ARG002 - fixtures that are needed for what they do

import csv
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from CTPerfusionLib import lesion
from CTPerfusionLib.lesion import Side, load_protocol, prepare_lesion, protocol_names, segment
from CTPerfusionLib.mrml import masks_of, plane_of, related_nodes
from CTPerfusionLib.report import volume_rows

MODULE = Path(__file__).resolve().parents[2] / "CorePenumbraSegment" / "CorePenumbraSegment.py"
SEGMENTS = ("core", "penumbra", "hypoperfusion")
TIMEOUT = 60.0


@pytest.fixture(scope="session")
def another_study(a_study):
    """The same head by a method that gives neither delay nor time to peak."""
    from CTPerfusionLib.pipeline import Stage, StageClock, compute_study_maps
    from CTPerfusionMapsLib.studies import ComputedStudy

    config = replace(a_study.config, method="bsvd")
    clock = StageClock(stages=(Stage.MAPS,))
    return ComputedStudy(compute_study_maps(a_study.maps.prepared, config, clock), config)


@pytest.fixture(scope="session")
def lesion_of():
    """Return a function that says what the library finds in a study."""
    prepared = {}

    def find(study, protocol="rapid-like", **options):
        if study not in prepared:
            given = study.maps.prepared
            prepared[study] = prepare_lesion(
                study.maps.maps.maps,
                np.isfinite(study.maps.maps.maps["CBF"]),
                np.round(given.baseline.image),  # as in the scene
                given.series.ijk_to_ras,
                reference_tmax_at_most=4.0,
            )
        loaded = load_protocol(protocol) if isinstance(protocol, str) else protocol
        reading = _flow_reading(study)
        return segment(prepared[study], loaded.read_by(reading), **options)

    return find


def _flow_reading(study):
    from CTPerfusionLib.kinetics import METHODS

    return METHODS[study.maps.maps.method].flow_readings[study.maps.residue]


@pytest.fixture(scope="session")
def preparations():
    """What was prepared in some test."""
    return {}


@pytest.fixture
def prepared_once(preparations, monkeypatch):
    """Let the tests share what takes longest: each study is prepared once with each plane."""

    def prepare(maps, tissue, baseline, ijk_to_ras, *, plane=None, **options):
        chosen = (plane, options.get("reference"), options.get("side"))
        key = (maps["CBF"].tobytes(), tuple(maps), baseline is None, repr(chosen))
        if key not in preparations:
            preparations[key] = prepare_lesion(maps, tissue, baseline, ijk_to_ras, plane=plane, **options)
        return preparations[key]

    monkeypatch.setattr(lesion, "prepare_lesion", prepare)


@pytest.fixture
def maps(a_slicer, add_computed_head):
    """The nodes of a study that was computed last."""
    a_slicer.load_module(MODULE)
    return add_computed_head()


@pytest.fixture
def open_panel(a_slicer, open_module, process_events):
    """Return a function that opens the module and waits until it has come to rest."""

    def open_and_wait():
        panel = open_module(MODULE)
        rest(panel, process_events)
        return panel

    return open_and_wait


@pytest.fixture
def panel(maps, prepared_once, open_panel):
    """The module, opened after maps were computed."""
    return open_panel()


@pytest.fixture
def settle(panel, process_events):
    """Return a function that waits until the panel shows what was chosen."""
    return lambda: rest(panel, process_events)


def rest(panel, process_events):
    """Wait until nothing is computed any more."""
    process_events(
        until=lambda: (
            not (panel._preparation.running or panel._timer.isActive() or panel._edits._timer.isActive())
        ),
        timeout=TIMEOUT,
    )


def choose(box, name):
    """Choose an item of a combo box by the name behind it."""
    index = box.findData(name)
    assert index >= 0, name
    box.setCurrentIndex(index)


def shown_volumes(panel):
    """Return the texts of the table of volumes by the names of regions."""
    table = panel.ui.volumesTable
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}


def masks(panel):
    """Return the masks of the segments of the panel's study."""
    node = panel._parameterNode
    given = panel._prepared.given
    return masks_of(node.segmentation, given.ijk_to_ras, given.tissue.shape)


def assert_shows(panel, analysis):
    """Check that segments, table and sentence are those of an analysis."""
    found, volumes = masks(panel), analysis.volumes
    for name in SEGMENTS:
        np.testing.assert_array_equal(found[name], getattr(analysis.segmentation, name))
    core, penumbra = volumes.core_ml, volumes.volumes_ml["penumbra"]
    assert f"Core {core:.1f} mL, penumbra {penumbra:.1f} mL" in panel.ui.resultLabel.text
    assert f"affected side: {analysis.affected.side}." in panel.ui.resultLabel.text
    rows = volume_rows(volumes.volumes_ml, panel._prepared.given.tmax_definition)
    assert shown_volumes(panel) == {
        row.title: "-" if row.value is None else f"{row.value:.1f}" for row in rows
    }


def assert_shows_no_result(panel, reason):
    """Check that nothing of an earlier result is left in the panel."""
    assert reason in panel.ui.resultLabel.text + panel.ui.inputStatusLabel.text
    assert "mL" not in panel.ui.resultLabel.text
    assert panel.ui.volumesTable.rowCount == 0
    assert panel.ui.comparisonLabel.text == ""
    assert panel.ui.criteriaLabel.text == ""
    assert panel.ui.findingsTable.rowCount == 0
    assert panel.ui.segmentsTableView.segmentationNode() is None
    for name in ("exportReport", "exportCsv", "exportNifti", "edit"):
        assert not getattr(panel.ui, f"{name}Button").enabled, name


def edit(segmentation, name, mask, volume):
    """Change a segment as Segment Editor does."""
    import slicer

    slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), segmentation, name, volume)


class TestOpening:
    def test_without_maps_the_panel_says_what_to_select(self, a_slicer, open_panel, grab):
        panel = open_panel()
        assert_shows_no_result(panel, "Select CBF and Tmax")
        assert "No result yet." in panel.ui.resultLabel.text
        assert a_slicer.dialogs.texts == []
        grab(panel, "segment-without-maps")

    def test_it_opens_on_the_maps_that_were_computed_last_and_segments_them(
        self, a_slicer, maps, panel, a_study, lesion_of, grab
    ):
        for field, node in (
            ("cbf", maps.maps["CBF"]),
            ("tmax", maps.maps["Tmax"]),
            ("cbv", maps.maps["CBV"]),
            ("baseline", maps.baseline),
        ):
            assert getattr(panel.ui, f"{field}Selector").currentNode() is node
        analysis = lesion_of(a_study)
        assert analysis.volumes.core_ml > 5
        assert_shows(panel, analysis)
        assert panel.ui.inputStatusLabel.text == ""
        assert not panel.ui.progressBar.visible
        by_global, by_local = (analysis.volumes.volumes_ml[f"core_{name}"] for name in ("global", "local"))
        assert f"normal tissue {by_global:.1f} mL" in panel.ui.comparisonLabel.text
        assert f"mirrored hemisphere {by_local:.1f} mL" in panel.ui.comparisonLabel.text
        assert f"{by_local - by_global:+.1f} mL" in panel.ui.comparisonLabel.text
        assert a_slicer.dialogs.texts == []
        for section in ("thresholds", "results", "segments", "plane", "patient", "findings", "export"):
            getattr(panel.ui, f"{section}CollapsibleButton").collapsed = False
        grab(panel, "segment-result")

    def test_segments_and_table_are_in_the_study_of_the_maps(self, maps, panel):
        related = related_nodes(maps.maps["CBF"])
        assert related.segmentation is panel._parameterNode.segmentation
        assert related.volumes_table is not None
        assert {"rCBF_global", "rCBF_local"} <= set(related.maps)

    def test_maps_computed_again_are_segmented_again_when_the_module_is_entered(
        self, maps, panel, another_study, lesion_of, settle, a_study
    ):
        import slicer

        from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic

        before = panel._parameterNode.segmentation
        slicer.util.selectModule("SegmentEditor")
        CTPerfusionMapsLogic().publish(related_nodes(maps.baseline).source, another_study)
        slicer.util.selectModule("CorePenumbraSegment")
        assert panel.ui.volumesTable.rowCount == 0  # not those of the former maps
        settle()
        analysis = lesion_of(another_study)
        assert analysis.volumes.volumes_ml != lesion_of(a_study).volumes.volumes_ml
        assert_shows(panel, analysis)
        assert panel._parameterNode.segmentation is before

    def test_a_study_computed_later_is_taken_and_the_former_one_keeps_its_segments(
        self, maps, panel, add_computed_head, another_study, lesion_of, settle, a_study
    ):
        import slicer

        first, kept = panel._parameterNode.segmentation, masks(panel)
        slicer.util.selectModule("SegmentEditor")
        later = add_computed_head("Second", another_study)
        slicer.util.selectModule("CorePenumbraSegment")
        settle()
        assert panel.ui.cbfSelector.currentNode() is later.maps["CBF"]
        assert_shows(panel, lesion_of(another_study))
        assert panel._parameterNode.segmentation is not first
        given = panel._prepared.given
        for name, mask in masks_of(first, given.ijk_to_ras, given.tissue.shape).items():
            np.testing.assert_array_equal(mask, kept[name])

    def test_maps_selected_by_hand_stay_when_the_module_is_entered_again(
        self, maps, add_computed_head, another_study, open_panel, process_events
    ):
        import slicer

        add_computed_head("Second", another_study)
        panel = open_panel()
        for field, name in (("cbf", "CBF"), ("tmax", "Tmax"), ("cbv", "CBV")):
            getattr(panel.ui, f"{field}Selector").setCurrentNode(maps.maps[name])
        panel.ui.baselineSelector.setCurrentNode(maps.baseline)
        rest(panel, process_events)
        slicer.util.selectModule("SegmentEditor")
        slicer.util.selectModule("CorePenumbraSegment")
        assert panel.ui.cbfSelector.currentNode() is maps.maps["CBF"]

    def test_a_neighbour_that_takes_the_place_of_a_deleted_flow_map_is_not_segmented(
        self, a_slicer, maps, panel, settle, grab
    ):
        a_slicer.scene.RemoveNode(maps.maps["CBF"])
        settle()
        taken = panel.ui.cbfSelector.currentNode()
        assert taken is not None  # as in Slicer
        assert_shows_no_result(panel, f"The volume {taken.GetName()}, chosen as CBF, says that it holds")
        assert "choose the CBF volume of the study" in panel.ui.inputStatusLabel.text
        assert a_slicer.dialogs.texts == []
        grab(panel, "segment-other-quantity")

    def test_maps_of_another_grid_are_refused_in_the_panel(self, a_slicer, maps, panel, settle):
        import slicer

        small = slicer.util.addVolumeFromArray(np.ones((3, 8, 8), dtype=np.float32), name="small")
        panel.ui.tmaxSelector.setCurrentNode(small)
        settle()
        assert_shows_no_result(panel, "The Tmax volume small does not lie on the grid of the CBF")
        assert a_slicer.dialogs.texts == []

    def test_without_the_baseline_image_there_is_no_local_core(self, a_slicer, maps, panel, settle):
        a_slicer.scene.RemoveNode(maps.baseline)
        panel.ui.baselineSelector.setCurrentNode(None)
        settle()
        assert "mL" in panel.ui.resultLabel.text
        assert "mirrored" not in panel.ui.comparisonLabel.text
        choose(panel.ui.countedComboBox, "local")
        settle()
        assert_shows_no_result(panel, "There is no core by local normalisation")
        assert a_slicer.dialogs.texts == []
        choose(panel.ui.countedComboBox, "")
        settle()
        assert "mL" in panel.ui.resultLabel.text

    def test_missing_packages_are_asked_for_and_declining_gives_one_sentence(
        self, a_slicer, maps, open_panel, monkeypatch, process_events
    ):
        import importlib.metadata

        import qt

        from CTPerfusionMapsLib import dependencies

        present = [False]
        monkeypatch.setattr(
            dependencies,
            "version",
            lambda name: "0.1" if name == "numba" and not present[0] else importlib.metadata.version(name),
        )
        a_slicer.dialogs.will_answer(qt.QMessageBox.Cancel)
        panel = open_panel()
        assert_shows_no_result(panel, "cannot work without the packages numba")
        (question,) = a_slicer.dialogs.texts
        assert "Core Penumbra Segment needs Python packages" in question
        a_slicer.dialogs.will_answer(qt.QMessageBox.Ok)
        panel.ui.coreSlider.value = 35
        process_events(until=lambda: len(a_slicer.dialogs.texts) == 2)
        rest(panel, process_events)
        (requirement,) = a_slicer.installed_packages
        assert requirement.startswith("numba>=")
        assert "mL" in panel.ui.resultLabel.text

    def test_cancelling_the_preparation_leaves_an_idle_panel_that_starts_again_with_a_slider(
        self, a_slicer, maps, open_module, click, process_events
    ):
        panel = open_module(MODULE)
        assert panel._preparation.running
        assert panel.ui.progressBar.visible
        click(panel.ui.cancelButton)
        assert_shows_no_result(panel, "Cancelled.")
        assert not panel.ui.progressBar.visible
        panel.ui.coreSlider.value = 35
        process_events(until=lambda: "mL" in panel.ui.resultLabel.text, timeout=TIMEOUT)
        assert a_slicer.dialogs.texts == []


class TestThresholds:
    def test_a_moved_slider_updates_the_same_nodes_as_the_library_segments(
        self, maps, panel, settle, a_study, lesion_of, grab
    ):
        protocol = load_protocol("rapid-like")
        nodes = related_nodes(maps.baseline)
        assert panel.ui.coreSlider.value == 30
        assert panel.ui.coreSlider.suffix == " %"
        assert panel.ui.protocolSourceLabel.text == f"{protocol.source}."
        panel.ui.coreSlider.value = 38
        settle()
        moved = protocol.customised(core=(replace(protocol.core[0], value=0.38),))
        assert_shows(panel, lesion_of(a_study, moved))
        panel.ui.hypoperfusionSlider.value = 8
        settle()
        moved = moved.customised(hypoperfusion=(replace(protocol.hypoperfusion[0], value=8.0),))
        assert_shows(panel, lesion_of(a_study, moved))
        panel.ui.minimumClusterSlider.value = 5
        settle()
        assert_shows(panel, lesion_of(a_study, moved.customised(minimum_cluster_ml=5.0)))
        grab(panel, "segment-thresholds-moved")
        again = related_nodes(maps.baseline)
        assert again.segmentation is nodes.segmentation
        assert again.volumes_table is nodes.volumes_table
        assert again.maps["rCBF_global"] is nodes.maps["rCBF_global"]
        assert panel.ui.protocolSourceLabel.text == (
            f"{protocol.source}; thresholds were moved away from it."
        )
        panel.ui.coreSlider.value = 30
        panel.ui.hypoperfusionSlider.value = 6
        panel.ui.minimumClusterSlider.value = protocol.minimum_cluster_ml
        settle()
        assert panel.ui.protocolSourceLabel.text == f"{protocol.source}."
        assert_shows(panel, lesion_of(a_study))

    def test_each_installed_protocol_gives_what_the_library_finds_by_it(
        self, a_slicer, panel, settle, a_study, lesion_of
    ):
        box = panel.ui.protocolComboBox
        assert {box.itemData(index) for index in range(box.count)} == set(protocol_names())
        for name in protocol_names():
            choose(box, name)
            settle()
            protocol = load_protocol(name)
            assert_shows(panel, lesion_of(a_study, name))
            assert panel.ui.protocolSourceLabel.text == f"{protocol.source}."
            for slider, criteria in (("core", protocol.core), ("hypoperfusion", protocol.hypoperfusion)):
                shown = getattr(panel.ui, f"{slider}Slider").value
                assert shown == pytest.approx(criteria[0].scale.shown(criteria[0].value))
        assert a_slicer.dialogs.texts == []

    def test_another_protocol_takes_its_own_thresholds(self, panel, settle, a_study, lesion_of):
        panel.ui.coreSlider.value = 45
        panel.ui.minimumClusterSlider.value = 4
        settle()
        choose(panel.ui.protocolComboBox, "rcbf-38")
        settle()
        assert_shows(panel, lesion_of(a_study, "rcbf-38"))
        assert panel.ui.minimumClusterSlider.value == load_protocol("rcbf-38").minimum_cluster_ml

    def test_a_protocol_that_needs_a_map_the_method_lacks_leaves_nothing_of_the_former_one(
        self, a_slicer, add_computed_head, open_panel, process_events, another_study, lesion_of, grab
    ):
        a_slicer.load_module(MODULE)
        add_computed_head(study=another_study)
        panel = open_panel()
        assert_shows(panel, lesion_of(another_study))
        choose(panel.ui.protocolComboBox, "mistar-like")
        rest(panel, process_events)
        assert_shows_no_result(panel, "The threshold protocol mistar-like needs a map of Delay")
        assert "The segments in the scene are those of before." in panel.ui.resultLabel.text
        panel.ui.coreSlider.value = 25
        rest(panel, process_events)
        assert_shows_no_result(panel, "needs a map of Delay")
        assert a_slicer.dialogs.texts == []
        grab(panel, "segment-missing-map")
        choose(panel.ui.protocolComboBox, "rapid-like")
        rest(panel, process_events)
        assert_shows(panel, lesion_of(another_study))

    def test_the_affected_side_can_be_chosen(self, panel, settle, a_study, lesion_of):
        automatic = lesion_of(a_study).affected.side
        assert automatic in (Side.LEFT, Side.RIGHT)
        for side in (Side.LEFT, Side.RIGHT, Side.NONE):
            choose(panel.ui.sideComboBox, str(side))
            settle()
            assert_shows(panel, lesion_of(a_study, side=side))
        choose(panel.ui.sideComboBox, "auto")
        settle()
        assert_shows(panel, lesion_of(a_study))

    def test_what_counts_as_normal_flow_can_be_chosen(self, panel, settle, a_study, lesion_of):
        from CTPerfusionLib.lesion import FlowReference

        usual = lesion_of(a_study).rcbf_global.reference
        choose(panel.ui.referenceComboBox, "contralateral-mean")
        settle()
        maps = panel._prepared.maps
        assert maps.reference is FlowReference.CONTRALATERAL_MEAN
        assert maps.rcbf_global.reference != usual
        other = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}[maps.reference_side]
        choose(panel.ui.sideComboBox, str(other))
        settle()
        assert panel._prepared.maps.reference_side is other
        choose(panel.ui.sideComboBox, "auto")
        choose(panel.ui.referenceComboBox, "normal-median")
        settle()
        assert_shows(panel, lesion_of(a_study))

    def test_the_core_that_counts_can_be_chosen(self, panel, settle, a_study, lesion_of):
        from CTPerfusionLib.lesion import CoreNormalisation

        for counted in CoreNormalisation:
            choose(panel.ui.countedComboBox, str(counted))
            settle()
            assert_shows(panel, lesion_of(a_study, counted=counted))
        assert not np.array_equal(
            *(lesion_of(a_study, counted=counted).segmentation.core for counted in CoreNormalisation)
        )

    def test_trial_criteria_follow_the_patient(self, panel, settle):
        assert "DEFUSE 3: unknown: age, NIHSS or hours are missing" in panel.ui.criteriaLabel.text
        panel.ui.ageSpinBox.value = 70
        panel.ui.nihssSpinBox.value = 12
        panel.ui.hoursSpinBox.value = 8
        settle()
        assert "unknown" not in panel.ui.criteriaLabel.text
        assert "DEFUSE 3: " in panel.ui.criteriaLabel.text
        assert "DAWN: " in panel.ui.criteriaLabel.text

    def test_outlines_and_fill_are_switched(self, panel):
        display = panel._parameterNode.segmentation.GetDisplayNode()
        panel.ui.fillCheckBox.checked = True
        panel.ui.outlineCheckBox.checked = False
        assert display.GetSegmentVisibility2DFill("core")
        assert not display.GetSegmentVisibility2DOutline("core")


class TestEditing:
    @pytest.fixture
    def smaller_core(self, panel):
        """The core without its left half."""
        core = masks(panel)["core"].copy()
        columns = np.flatnonzero(core.any(axis=(0, 1)))
        core[..., : int(np.median(columns))] = False
        assert core.any()
        return core

    def test_an_edited_core_is_measured_and_the_penumbra_follows(
        self, maps, panel, settle, smaller_core, a_study, lesion_of, grab
    ):
        before = masks(panel)
        assert panel.ui.editedLabel.text == ""
        edit(panel._parameterNode.segmentation, "core", smaller_core, maps.maps["CBF"])
        settle()
        after = masks(panel)
        np.testing.assert_array_equal(after["core"], smaller_core)
        np.testing.assert_array_equal(after["hypoperfusion"], before["hypoperfusion"] | smaller_core)
        np.testing.assert_array_equal(after["penumbra"], after["hypoperfusion"] & ~smaller_core)
        voxel_ml = abs(np.linalg.det(panel._prepared.given.ijk_to_ras[:3, :3])) / 1000
        core, penumbra = (after[name].sum() * voxel_ml for name in ("core", "penumbra"))
        assert f"Core {core:.1f} mL, penumbra {penumbra:.1f} mL" in panel.ui.resultLabel.text
        assert f"{core:.1f}" in shown_volumes(panel).values()
        assert "Segments were edited by hand" in panel.ui.editedLabel.text
        assert (
            "mirrored hemisphere" not in panel.ui.comparisonLabel.text
        )  # which compares cores that were cut
        assert panel.ui.findingsTable.rowCount > 0
        grab(panel, "segment-edited")
        panel.ui.coreSlider.value = 31
        settle()
        panel.ui.coreSlider.value = 30
        settle()
        assert_shows(panel, lesion_of(a_study))
        assert panel.ui.editedLabel.text == ""

    def test_a_core_painted_outside_the_hypoperfusion_widens_it(self, maps, panel, settle):
        before = masks(panel)
        painted = before["core"].copy()
        painted[1, 60:64, 60:64] = True
        outside = painted & ~before["hypoperfusion"]
        assert outside.any()
        edit(panel._parameterNode.segmentation, "core", painted, maps.maps["CBF"])
        settle()
        after = masks(panel)
        assert after["hypoperfusion"][outside].all()
        assert not (after["penumbra"] & after["core"]).any()

    def test_a_penumbra_that_is_erased_leaves_the_hypoperfusion(self, maps, panel, settle):
        before = masks(panel)
        erased = before["penumbra"].copy()
        erased[:, ::2] = False
        edit(panel._parameterNode.segmentation, "penumbra", erased, maps.maps["CBF"])
        settle()
        after = masks(panel)
        np.testing.assert_array_equal(after["penumbra"], erased)
        np.testing.assert_array_equal(after["core"], before["core"])
        np.testing.assert_array_equal(after["hypoperfusion"], erased | before["core"])

    def test_a_deleted_segment_counts_as_empty(self, panel, settle):
        panel._parameterNode.segmentation.GetSegmentation().RemoveSegment("core")
        settle()
        assert not masks(panel)["core"].any()
        assert "Core 0.0 mL" in panel.ui.resultLabel.text
        assert "ratio no core" in panel.ui.resultLabel.text

    def test_a_deleted_hypoperfusion_leaves_the_core(self, panel, settle):
        before = masks(panel)
        panel._parameterNode.segmentation.GetSegmentation().RemoveSegment("hypoperfusion")
        settle()
        after = masks(panel)
        np.testing.assert_array_equal(after["core"], before["core"])
        np.testing.assert_array_equal(after["hypoperfusion"], before["core"])
        assert not after["penumbra"].any()
        assert "penumbra 0.0 mL" in panel.ui.resultLabel.text

    def test_a_deleted_segmentation_is_made_again_by_the_next_move(
        self, a_slicer, maps, panel, settle, a_study, lesion_of
    ):
        a_slicer.scene.RemoveNode(panel._parameterNode.segmentation)
        settle()
        assert a_slicer.dialogs.texts == []
        choose(panel.ui.protocolComboBox, "rcbf-38")
        settle()
        assert_shows(panel, lesion_of(a_study, "rcbf-38"))
        assert related_nodes(maps.baseline).segmentation is panel._parameterNode.segmentation

    def test_edits_made_while_segment_editor_is_open_are_measured(
        self, a_slicer, maps, panel, click, settle, smaller_core, process_events
    ):
        panel.ui.segmentsCollapsibleButton.collapsed = False
        click(panel.ui.editButton)
        assert a_slicer.selected_modules == ["SegmentEditor"]
        import slicer

        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        assert editor.segmentationNode() is panel._parameterNode.segmentation
        assert editor.sourceVolumeNode() is maps.baseline
        edit(panel._parameterNode.segmentation, "core", smaller_core, maps.maps["CBF"])
        settle()
        assert "Segments were edited by hand" in panel.ui.editedLabel.text
        np.testing.assert_array_equal(masks(panel)["core"], smaller_core)
        slicer.util.selectModule("CorePenumbraSegment")
        settle()
        np.testing.assert_array_equal(masks(panel)["core"], smaller_core)

    def test_an_edit_is_kept_by_a_saved_scene(
        self, maps, panel, settle, smaller_core, process_events, tmp_path
    ):
        import slicer

        edit(panel._parameterNode.segmentation, "core", smaller_core, maps.maps["CBF"])
        settle()
        text, volumes = panel.ui.resultLabel.text, shown_volumes(panel)
        path = str(tmp_path / "scene.mrb")
        assert slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(0)
        assert_shows_no_result(panel, "")
        slicer.util.loadScene(path)
        settle()
        np.testing.assert_array_equal(masks(panel)["core"], smaller_core)
        assert panel.ui.resultLabel.text == text
        assert shown_volumes(panel) == volumes
        assert "Segments were edited by hand" in panel.ui.editedLabel.text


class TestPlane:
    @pytest.fixture
    def moved(self, panel, settle):
        """The plane, moved by 8 mm to the patient's right as with the mouse; with the former offset."""
        node = panel._parameterNode.plane
        normal, offset = plane_of(node)
        centre = np.zeros(3)
        node.GetCenterWorld(centre)
        node.SetCenterWorld(*(centre + 8.0 * normal))
        node.InvokeEvent(node.PointEndInteractionEvent)
        settle()
        return node, offset

    def test_the_plane_is_shown_and_gets_handles_when_asked(self, panel):
        display = panel._parameterNode.plane.GetDisplayNode()
        assert not display.GetVisibility()
        panel.ui.showPlaneCheckBox.checked = True
        panel.ui.movePlaneCheckBox.checked = True
        assert display.GetVisibility()
        assert display.GetHandlesInteractive()

    def test_a_moved_plane_normalises_again(self, panel, moved):
        _node, offset = moved
        assert panel._parameterNode.planeChosen
        assert panel._prepared.maps.plane.offset == pytest.approx(offset + 8.0)
        assert panel.ui.findPlaneButton.enabled

    def test_find_again_returns_to_the_plane_that_was_found(
        self, panel, moved, settle, click, a_study, lesion_of
    ):
        node, offset = moved
        panel.ui.planeCollapsibleButton.collapsed = False
        click(panel.ui.findPlaneButton)
        settle()
        assert plane_of(node)[1] == pytest.approx(offset, abs=1e-6)
        assert_shows(panel, lesion_of(a_study))
        assert not panel.ui.findPlaneButton.enabled

    def test_a_plane_moved_in_one_study_is_not_used_for_another(
        self, panel, moved, add_computed_head, another_study, lesion_of, settle
    ):
        import slicer

        slicer.util.selectModule("SegmentEditor")
        add_computed_head("Second", another_study)
        slicer.util.selectModule("CorePenumbraSegment")
        settle()
        assert not panel._parameterNode.planeChosen
        assert_shows(panel, lesion_of(another_study))


class TestScene:
    def test_everything_chosen_comes_back_with_a_saved_scene(
        self, maps, panel, settle, tmp_path, a_study, lesion_of
    ):
        import slicer

        choose(panel.ui.protocolComboBox, "rcbf-38")
        panel.ui.hypoperfusionSlider.value = 8
        choose(panel.ui.sideComboBox, "none")
        choose(panel.ui.countedComboBox, "local")
        choose(panel.ui.referenceComboBox, "contralateral-median")
        panel.ui.ageSpinBox.value = 70
        panel.ui.fillCheckBox.checked = True
        panel.ui.showPlaneCheckBox.checked = True
        settle()
        text = panel.ui.resultLabel.text
        path = str(tmp_path / "scene.mrb")
        assert slicer.util.saveScene(path)
        slicer.mrmlScene.Clear(0)
        slicer.util.loadScene(path)
        settle()
        assert panel.ui.protocolComboBox.currentData == "rcbf-38"
        assert panel.ui.hypoperfusionSlider.value == 8
        assert panel.ui.sideComboBox.currentData == "none"
        assert panel.ui.countedComboBox.currentData == "local"
        assert panel.ui.referenceComboBox.currentData == "contralateral-median"
        assert panel.ui.ageSpinBox.value == 70
        assert panel.ui.fillCheckBox.checked
        assert panel.ui.showPlaneCheckBox.checked
        assert panel.ui.resultLabel.text == text
        assert len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")) == 1

    def test_closing_the_scene_during_the_preparation_brings_no_late_result(
        self, a_slicer, maps, open_module, process_events
    ):
        panel = open_module(MODULE)
        assert panel._preparation.running
        a_slicer.scene.Clear(0)
        assert panel._preparation._cancelled.waitUntilStopped()
        rest(panel, process_events)
        assert_shows_no_result(panel, "Select CBF and Tmax")
        assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0

    def test_removing_all_maps_during_the_preparation_brings_no_late_result(
        self, a_slicer, maps, open_module, process_events
    ):
        panel = open_module(MODULE)
        assert panel._preparation.running
        for node in (*maps.maps.values(), maps.baseline):
            a_slicer.scene.RemoveNode(node)
        rest(panel, process_events)
        assert a_slicer.dialogs.texts == []
        assert_shows_no_result(panel, "")
        assert a_slicer.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0

    def test_closing_slicer_during_the_preparation_waits_for_the_thread(self, maps, open_module):
        panel = open_module(MODULE)
        task = panel._preparation._task
        panel.cleanup()
        assert task.waitUntilStopped(0.0)

    def test_the_module_works_in_the_scene_after_a_closed_one(
        self, a_slicer, maps, panel, add_computed_head, settle, a_study, lesion_of
    ):
        import slicer

        a_slicer.scene.Clear(0)
        assert_shows_no_result(panel, "")
        slicer.util.selectModule("SegmentEditor")
        add_computed_head("Next")
        slicer.util.selectModule("CorePenumbraSegment")
        settle()
        assert_shows(panel, lesion_of(a_study))


class TestExport:
    @pytest.fixture
    def export(self, a_slicer, panel, click):
        """Return a function that clicks a button of the section and names the path."""
        panel.ui.exportCollapsibleButton.collapsed = False

        def click_and_answer(kind, path):
            a_slicer.dialogs.will_answer(str(path))
            click(getattr(panel.ui, f"export{kind}Button"))

        return click_and_answer

    def test_the_table_has_a_row_for_each_volume(self, export, tmp_path, a_study, lesion_of):
        path = tmp_path / "volumes.csv"
        path.write_text("of yesterday", encoding="utf-8")
        export("Csv", path)
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["region", "volume_ml"]
        volumes = lesion_of(a_study).volumes.volumes_ml
        assert len(rows) == len(volumes)
        assert sorted(text for _name, text in rows) == sorted(
            "" if value is None else f"{value:.2f}" for value in volumes.values()
        )
        assert [entry.name for entry in tmp_path.glob("volumes*")] == ["volumes.csv"]

    def test_images_have_the_voxels_and_the_place_of_maps_and_segments(
        self, export, panel, tmp_path, a_study, lesion_of
    ):
        folder = tmp_path / "images"
        folder.mkdir()
        (folder / "core.nii.gz").write_bytes(b"of yesterday")
        (folder / "notes.txt").write_text("stay", encoding="utf-8")
        export("Nifti", folder)
        analysis = lesion_of(a_study)
        images = {path.name.removesuffix(".nii.gz"): nibabel.load(path) for path in folder.glob("*.nii.gz")}
        assert {"CBF", "CBV", "MTT", "Tmax", "Delay", "rCBF_global", "rCBF_local", *SEGMENTS} <= set(images)
        for name in SEGMENTS:
            np.testing.assert_array_equal(
                np.asarray(images[name].dataobj).T, getattr(analysis.segmentation, name)
            )
        np.testing.assert_array_equal(np.asarray(images["CBF"].dataobj).T, a_study.maps.maps.maps["CBF"])
        for image in images.values():
            np.testing.assert_allclose(image.affine, a_study.maps.prepared.series.ijk_to_ras, atol=1e-5)
            assert image.header.get_xyzt_units()[0] == "mm"
        assert b"mL/100 g/min" in images["CBF"].header["descrip"].tobytes()
        left = {path.name for path in folder.iterdir()} - {f"{name}.nii.gz" for name in images}
        assert left == {"notes.txt"}

    def test_the_report_is_one_page_with_the_volumes_and_the_protocol(
        self, export, panel, settle, tmp_path, a_study, lesion_of
    ):
        choose(panel.ui.protocolComboBox, "rcbf-38")
        settle()
        path = tmp_path / "report.html"
        export("Report", path)
        page = path.read_text(encoding="utf-8")
        assert load_protocol("rcbf-38").title in page
        assert "esearch use only" in page
        assert "http://" not in page.replace("http://www.w3.org", "")

    def test_no_file_tells_who_the_patient_is(self, export, panel, maps, tmp_path):
        for node in (*maps.maps.values(), maps.baseline, related_nodes(maps.baseline).source):
            node.SetName(f"{node.GetName()} of Mustermann^Max")
            node.SetAttribute("DICOM.PatientName", "Mustermann^Max")
        folder = tmp_path / "out"
        folder.mkdir()
        export("Nifti", folder)
        export("Csv", folder / "volumes.csv")
        export("Report", folder / "report.html")
        import gzip

        assert len(list(folder.iterdir())) > 10
        for path in folder.iterdir():
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            assert b"Mustermann" not in content, path.name

    def test_the_report_of_a_scene_without_the_scan_says_what_to_do(self, a_slicer, export, panel, tmp_path):
        from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

        COMPUTED_STUDIES.forget()
        a_slicer.dialogs.shown.clear()
        panel.ui.exportCollapsibleButton.collapsed = False
        a_slicer.click(panel.ui.exportReportButton)
        (text,) = a_slicer.dialogs.texts
        assert "compute the maps again in CT Perfusion Maps, then export." in text

    def test_the_pdf_has_the_volumes_of_the_panel(self, export, tmp_path, a_study, lesion_of):
        import subprocess

        path = tmp_path / "report.pdf"
        export("Pdf", path)
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)  # noqa: S603, S607
        volumes = lesion_of(a_study).volumes
        assert f"{volumes.core_ml:.1f}" in text.stdout
        assert f"{volumes.hypoperfusion_ml:.1f}" in text.stdout

    def test_dicom_objects_join_the_study_of_the_images_that_the_user_names(
        self, a_slicer, maps, panel, click, tmp_path, a_dicom_study, dicom_images, lesion_of
    ):
        import pydicom

        from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

        COMPUTED_STUDIES.keep(related_nodes(maps.baseline).source, a_dicom_study)
        panel.ui.exportCollapsibleButton.collapsed = False
        folder = tmp_path / "objects"
        a_slicer.dialogs.will_answer(str(dicom_images), str(folder))
        click(panel.ui.exportDicomButton)
        objects = {path.name: pydicom.dcmread(path) for path in folder.iterdir()}
        assert {each.Modality for each in objects.values()} >= {"SEG", "SR"}
        image = pydicom.dcmread(next(path for path in dicom_images.rglob("*") if path.is_file()))
        for each in objects.values():
            assert each.StudyInstanceUID == image.StudyInstanceUID
            assert each.PatientID == image.PatientID
        segments = objects["segmentation.dcm"]
        core = lesion_of(a_dicom_study).segmentation.core
        n_voxels = sum(
            np.count_nonzero(plane)
            for plane, frame in zip(
                segments.pixel_array, segments.PerFrameFunctionalGroupsSequence, strict=True
            )
            if frame.SegmentIdentificationSequence[0].ReferencedSegmentNumber == 1
        )
        assert n_voxels == np.count_nonzero(core)

    def test_dicom_of_a_scan_that_was_none_is_refused(self, a_slicer, panel, click):
        panel.ui.exportCollapsibleButton.collapsed = False
        click(panel.ui.exportDicomButton)
        (text,) = a_slicer.dialogs.texts
        assert "did not come from DICOM images" in text
        assert "load the DICOM study" in text

    def test_images_of_another_scan_are_refused(
        self, a_slicer, maps, panel, click, a_dicom_study, dicom_images
    ):
        from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

        prepared = a_dicom_study.maps.prepared
        metadata = replace(prepared.series.metadata, series_instance_uids=("1.2.3",))
        series = replace(prepared.series, metadata=metadata)
        other = replace(
            a_dicom_study, maps=replace(a_dicom_study.maps, prepared=replace(prepared, series=series))
        )
        COMPUTED_STUDIES.keep(related_nodes(maps.baseline).source, other)
        panel.ui.exportCollapsibleButton.collapsed = False
        a_slicer.dialogs.will_answer(str(dicom_images))
        click(panel.ui.exportDicomButton)
        assert "those of another scan" in a_slicer.dialogs.texts[-1]

    @pytest.mark.parametrize("kind", ["Csv", "Nifti", "Report", "Pdf"])
    def test_a_place_that_cannot_be_written_to_gives_one_sentence(self, a_slicer, export, tmp_path, kind):
        blocked = tmp_path / "a file"
        blocked.write_text("no folder", encoding="utf-8")
        export(kind, blocked if kind == "Nifti" else blocked / "result")
        text = a_slicer.dialogs.texts[-1]
        assert "cannot be written" in text
        assert "choose a folder in which you may create files" in text
        assert blocked.read_text(encoding="utf-8") == "no folder"

    def test_a_disk_that_becomes_full_leaves_nothing_half_written(
        self, a_slicer, export, tmp_path, monkeypatch
    ):
        from CTPerfusionLib import io

        folder, written = tmp_path / "images", []
        folder.mkdir()
        (folder / "CBF.nii.gz").write_bytes(b"of yesterday")
        write = io.write_nifti

        def write_two(path, *values, **words):
            if len(written) == 2:
                raise OSError(28, "No space left on device")
            written.append(path)
            write(path, *values, **words)

        monkeypatch.setattr(io, "write_nifti", write_two)
        export("Nifti", folder)
        assert len(written) == 2
        assert "No space left on device" in a_slicer.dialogs.texts[-1]
        assert [path.name for path in folder.iterdir()] == ["CBF.nii.gz"]
        assert (folder / "CBF.nii.gz").read_bytes() == b"of yesterday"

    def test_a_dialog_that_is_closed_writes_nothing(self, a_slicer, export, tmp_path):
        before = list(tmp_path.rglob("*"))
        for kind in ("Csv", "Nifti", "Report", "Pdf"):
            export(kind, "")
        assert list(tmp_path.rglob("*")) == before
        assert len(a_slicer.dialogs.texts) == 4
