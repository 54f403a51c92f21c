"""The module CT Perfusion Maps: methods that the user has calibrated."""

from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib.kinetics import METHODS, MethodPreset, save_preset
from CTPerfusionLib.preprocessing import noise_filter

MODULE = Path(__file__).resolve().parents[2] / "CTPerfusionMaps" / "CTPerfusionMaps.py"


@pytest.fixture
def panel(open_module, monkeypatch, tmp_path):
    """The opened module of a user who has calibrated a deconvolution."""
    monkeypatch.setenv("CTPERFUSION_METHODS", str(tmp_path))
    save_preset(
        MethodPreset("mine", "Calibrated to theirs", "", "bsvd", {"threshold": 0.1}, "gaussian:2", 1.1)
    )
    return open_module(MODULE)


def choose(box, name):
    box.setCurrentIndex(box.findData(name))


def test_a_calibrated_method_is_offered_with_its_title_and_maps(add_head, panel):
    add_head()
    panel.initializeParameterNode()
    choose(panel.ui.methodComboBox, "mine")

    assert panel.ui.methodComboBox.currentText == "Calibrated to theirs"
    maps = panel.ui.outputMapsComboBox
    assert [maps.itemData(position) for position in range(maps.count)] == list(METHODS["bsvd"].maps)
    assert panel.ui.filterComboBox.currentData == "auto"


def test_one_click_computes_its_maps_after_the_filter_that_it_was_calibrated_with(
    a_slicer, add_head, a_study, panel, click, process_events
):
    from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

    sequence = add_head()
    panel.initializeParameterNode()
    COMPUTED_STUDIES.keep(sequence, a_study)  # prepared before, with the usual filter
    choose(panel.ui.methodComboBox, "mine")
    click(panel.ui.computeButton)
    process_events(until=lambda: not panel._run.running, timeout=120.0)

    assert a_slicer.dialogs.texts == []
    study = panel.logic.study(sequence)
    assert study.maps.maps.method == "mine"
    assert study.maps.flow_reading == 1.1
    frames = study.maps.prepared.kept.frames.voxels
    tissue = study.maps.prepared.masks.tissue
    expected = noise_filter("gaussian:2").apply(frames, study.maps.prepared.series.spacing, tissue)
    curves = study.maps.prepared.enhancement.voxels
    difference = (expected[-1] - expected[-2]) - (curves[-1] - curves[-2])
    np.testing.assert_allclose(difference[tissue], 0.0, atol=1e-3)
