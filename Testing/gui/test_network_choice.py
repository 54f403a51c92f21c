"""The module CT Perfusion Maps: choosing the network for maps without an arterial input."""

from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib.mrml import related_nodes

MODULE = Path(__file__).resolve().parents[2] / "CTPerfusionMaps" / "CTPerfusionMaps.py"
NORMAL = {"CBV": 2.0, "CBF": 24.0, "TTP": 3.0, "MTT": 4.0}


@pytest.fixture(scope="module")
def models(save_constant_model, tmp_path_factory):
    """A folder of the user's with one model."""
    folder = tmp_path_factory.mktemp("models")
    save_constant_model(folder, name="mine", **NORMAL)
    return folder


@pytest.fixture
def panel(open_module, models, monkeypatch):
    """The opened module of a user who has a model."""
    monkeypatch.setenv("CTPERFUSION_MODELS", str(models))
    return open_module(MODULE)


def choose(box, name):
    box.setCurrentIndex(box.findData(name))


def test_the_network_is_asked_for_only_where_the_method_uses_one(panel, grab):
    widgets = (panel.ui.modelLabel, panel.ui.modelComboBox, panel.ui.modelFileButton)
    panel.ui.stepsCollapsibleButton.collapsed = False

    assert not any(widget.visible for widget in widgets)
    choose(panel.ui.methodComboBox, "unet")
    assert all(widget.visible for widget in widgets)
    grab(panel, "maps-network")
    choose(panel.ui.methodComboBox, "nlr")
    assert not any(widget.visible for widget in widgets)


def test_a_network_from_a_file_is_remembered_with_the_scene(a_slicer, panel, click, tmp_path):
    choose(panel.ui.methodComboBox, "unet")
    choose(panel.ui.modelComboBox, "mine")
    assert panel._parameterNode.model == "mine"
    a_slicer.dialogs.will_answer(str(tmp_path / "other.safetensors"))

    click(panel.ui.modelFileButton)

    assert panel._parameterNode.model == str(tmp_path / "other.safetensors")
    assert panel.ui.modelComboBox.currentText == "other.safetensors"


def test_one_click_computes_the_maps_of_the_network(
    a_slicer, add_head, a_study, panel, click, process_events
):
    from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

    sequence = add_head()
    panel.initializeParameterNode()
    COMPUTED_STUDIES.keep(sequence, a_study)  # prepared before
    choose(panel.ui.methodComboBox, "unet")
    choose(panel.ui.modelComboBox, "mine")
    click(panel.ui.computeButton)
    process_events(until=lambda: not panel._run.running, timeout=60.0)

    assert a_slicer.dialogs.texts == []
    maps = related_nodes(sequence).maps
    assert set(maps) == {"CBF", "CBV", "MTT", "TTP", "Tmax"}
    study = panel.logic.study(sequence)
    flow = study.maps.maps.maps["CBF"]
    np.testing.assert_allclose(flow[flow > 0], NORMAL["CBF"], rtol=1e-4)
    assert study.maps.model.name == "mine"
    assert "network_maps" in {finding.code for finding in study.maps.findings}


def test_without_torch_one_sentence_says_what_to_do(a_slicer, add_head, panel, click, monkeypatch):
    from CTPerfusionMapsLib import dependencies

    add_head()
    panel.initializeParameterNode()
    monkeypatch.setattr(dependencies, "find_spec", lambda _name: None)
    choose(panel.ui.methodComboBox, "unet")
    click(panel.ui.computeButton)

    (text,) = a_slicer.dialogs.texts
    assert "CT Perfusion Maps needs PyTorch to compute maps by a network; install the extension" in text
    assert "or choose another method" in text
    assert panel.ui.computeButton.enabled


def test_the_console_computes_by_a_network_from_a_file(add_head, a_study, models):
    from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic
    from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

    sequence = add_head()
    COMPUTED_STUDIES.keep(sequence, a_study)
    logic = CTPerfusionMapsLogic()

    maps = logic.computeMaps(sequence, method="unet", model=str(models / "mine.safetensors"))

    assert set(maps) == {"CBF", "CBV", "MTT", "TTP", "Tmax"}
