"""Both modules: the core-volume network is chosen, its answer stands beside the measured core."""

from dataclasses import replace
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MAPS = REPOSITORY / "CTPerfusionMaps" / "CTPerfusionMaps.py"
SEGMENT = REPOSITORY / "CorePenumbraSegment" / "CorePenumbraSegment.py"

AUTOMATIC, OFF = "", "none"


@pytest.fixture(scope="module")
def models(save_core_volume_ensemble, tmp_path_factory):
    """A folder of the user's with one model, which is sure of a large core."""
    folder = tmp_path_factory.mktemp("models")
    save_core_volume_ensemble(folder, "mine", (0.9, 0.94), threshold_ml=100.0)
    return folder


@pytest.fixture
def panel(open_module, models, monkeypatch):
    """The opened module of a user who has a model."""
    monkeypatch.setenv("CTPERFUSION_MODELS", str(models))
    return open_module(MAPS)


@pytest.fixture
def compute(panel, click, process_events, add_head, a_study):
    """Return a function that presses Compute maps for a head that was prepared before."""
    from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

    sequence = add_head()
    panel.initializeParameterNode()
    COMPUTED_STUDIES.keep(sequence, a_study)

    def press():
        click(panel.ui.computeButton)
        process_events(until=lambda: not panel._run.running, timeout=60.0)
        return panel.logic.study(sequence)

    return press


def choose(box, name):
    box.setCurrentIndex(box.findData(name))


def test_networks_are_offered_after_automatic_and_off(panel, grab):
    box = panel.ui.coreVolumeModelComboBox
    offered = [box.itemData(position) for position in range(box.count)]
    panel.ui.stepsCollapsibleButton.collapsed = False
    grab(panel, "maps-core-volume-network")

    assert offered[:3] == [AUTOMATIC, OFF, "mine"]
    assert box.currentData == AUTOMATIC
    assert panel.ui.coreVolumeLowerSpinBox.text == "automatic"


def test_a_network_that_is_off_looks_at_no_slices(panel):
    choose(panel.ui.coreVolumeModelComboBox, OFF)

    assert panel._parameterNode.coreVolumeModel == OFF
    assert not panel.ui.coreVolumeLowerSpinBox.enabled
    assert not panel.ui.coreVolumeUpperSpinBox.enabled


def test_a_network_from_a_file_is_remembered_with_the_scene(a_slicer, panel, click, tmp_path):
    panel.ui.stepsCollapsibleButton.collapsed = False
    a_slicer.dialogs.will_answer(str(tmp_path / "other.safetensors"))

    click(panel.ui.coreVolumeModelFileButton)

    assert panel._parameterNode.coreVolumeModel == str(tmp_path / "other.safetensors")
    assert panel.ui.coreVolumeModelComboBox.currentText == "other.safetensors"


def test_the_answer_stands_in_the_panel_with_its_slices(a_slicer, panel, compute, grab):
    choose(panel.ui.coreVolumeModelComboBox, "mine")

    study = compute()

    assert a_slicer.dialogs.texts == []
    slices = study.maps.core_volume.result.slices
    text = panel.ui.coreVolumeLabel.text
    assert "large core (probability of a large one 0.92; large from 100.0 mL on)" in text
    assert f"Slices {slices.lower} and {slices.upper}, counted from 0, found automatically" in text
    assert "trained on simulated heads only" in text
    grab(panel, "maps-core-volume")


def test_slices_of_the_user_take_the_place_of_those_found(panel, compute):
    choose(panel.ui.coreVolumeModelComboBox, "mine")
    panel.ui.coreVolumeLowerSpinBox.setValue(0)
    panel.ui.coreVolumeUpperSpinBox.setValue(2)

    study = compute()

    slices = study.maps.core_volume.result.slices
    assert (slices.lower, slices.upper, str(slices.chosen)) == (0, 2, "user")
    assert "Slices 0 and 2, counted from 0, chosen by you" in panel.ui.coreVolumeLabel.text


@pytest.mark.parametrize(
    ("lower", "upper", "sentence"),
    [
        (1, -1, "Only one of the two slices for the core-volume network is chosen; choose both"),
        (0, 40, "cannot be used: upper is slice 40; name a slice from 0 to 2"),
    ],
)
def test_slices_that_cannot_be_used_are_one_sentence(a_slicer, panel, compute, lower, upper, sentence):
    panel.ui.coreVolumeLowerSpinBox.setValue(lower)
    panel.ui.coreVolumeUpperSpinBox.setValue(upper)
    choose(panel.ui.coreVolumeModelComboBox, "mine")

    compute()

    (text,) = a_slicer.dialogs.texts
    assert sentence in text


def test_slices_are_those_of_one_series(panel, add_head, process_events):
    add_head()
    panel.initializeParameterNode()
    panel.ui.coreVolumeLowerSpinBox.setValue(0)
    panel.ui.coreVolumeUpperSpinBox.setValue(2)

    panel._parameterNode.inputSequence = add_head("Another")
    process_events()

    assert panel.ui.coreVolumeLowerSpinBox.value == panel.ui.coreVolumeUpperSpinBox.value == -1


def test_a_network_that_is_off_leaves_the_panel_without_an_answer(panel, compute):
    choose(panel.ui.coreVolumeModelComboBox, OFF)

    assert compute().maps.core_volume is None
    assert panel.ui.coreVolumeLabel.text == ""


def test_without_torch_a_network_that_is_named_is_one_sentence_and_automatic_goes_on(
    a_slicer, panel, add_head, click, monkeypatch
):
    from CTPerfusionMapsLib import dependencies

    add_head()
    panel.initializeParameterNode()
    monkeypatch.setattr(dependencies, "find_spec", lambda _name: None)
    choose(panel.ui.coreVolumeModelComboBox, "mine")
    click(panel.ui.computeButton)

    (text,) = a_slicer.dialogs.texts
    assert "CT Perfusion Maps needs PyTorch for the core-volume network; install the extension" in text
    assert "or switch that network off" in text


def test_the_segment_module_shows_it_beside_the_measured_core_and_warns_where_they_disagree(
    panel, compute, open_module, process_events, grab
):
    choose(panel.ui.coreVolumeModelComboBox, "mine")
    study = compute()
    segment = open_module(SEGMENT)
    process_events(until=lambda: segment._analysis is not None, timeout=60.0)

    ui = segment.ui
    findings = [ui.findingsTable.item(row, 1).text() for row in range(ui.findingsTable.rowCount)]
    assert study.maps.core_volume is not None
    assert "large core (probability of a large one 0.92" in ui.coreVolumeLabel.text
    assert any("sure of a large core (probability 0.92), but the measured core" in each for each in findings)
    grab(segment, "segment-core-volume")


def test_maps_without_an_answer_leave_the_segment_module_without_one(
    add_computed_head, open_module, process_events, a_study
):
    add_computed_head(study=replace(a_study, maps=replace(a_study.maps, core_volume=None)))
    segment = open_module(SEGMENT)
    process_events(until=lambda: segment._analysis is not None, timeout=60.0)

    assert segment.ui.coreVolumeLabel.text == ""
