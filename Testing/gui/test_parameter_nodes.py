"""Parameters are kept in the scene, and connected to widgets, as Slicer does it."""

# ruff: noqa: ARG001, ARG002 - fixtures that are needed for what they do

import enum
import pathlib
from types import SimpleNamespace
from typing import Annotated, Optional

import pytest


class Method(enum.Enum):
    BOX = 1
    BAYES = 2

    def label(self):
        return self.name.capitalize()


@pytest.fixture
def parameter_class(a_slicer):
    """Return a class with a parameter of each type."""
    import slicer
    from slicer.parameterNodeWrapper import Minimum, WithinRange, parameterNodeWrapper, parameterPack

    @parameterPack
    class Filter:
        on: bool = True
        sigma: Annotated[float, Minimum(0)] = 2.0

    @parameterNodeWrapper
    class Parameters:
        volume: slicer.vtkMRMLScalarVolumeNode
        other: Optional[slicer.vtkMRMLScalarVolumeNode]  # noqa: UP045
        threshold: Annotated[float, WithinRange(1, 20)] = 6.0
        count: int = 3
        folder: pathlib.Path
        method: Method = Method.BAYES
        thresholds: list[float]
        filter: Filter

    return Parameters


@pytest.fixture
def node(a_slicer):
    """Return the node that keeps the parameters."""
    return a_slicer.scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters")


@pytest.fixture
def parameters(parameter_class, node):
    """Return the parameters of the node."""
    return parameter_class(node)


def stored(node):
    """Return the texts in the node."""
    return {name: node.GetParameter(name) for name in node.GetParameterNames()}


def test_defaults_are_written_at_once(parameters, node):
    assert stored(node) == {
        "volume": "",
        "other.1": "True",
        "threshold": "6.0",
        "count": "3",
        "folder": ".",
        "method": "BAYES",
        "thresholds.len": "0",
        "filter.on": "True",
        "filter.sigma": "2.0",
    }


def test_values_are_written_as_slicer_writes_them(parameters, node, a_slicer):
    volume = a_slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.volume = volume
    parameters.other = volume
    parameters.thresholds = [1.0]
    parameters.thresholds.append(2.5)
    parameters.filter.sigma = 4.0
    parameters.method = Method.BOX
    assert (
        stored(node).items()
        >= {
            "method": "BOX",
            "filter.sigma": "4.0",
            "thresholds.0": "1.0",
            "thresholds.1": "2.5",
            "thresholds.len": "2",
            "other.0": "",
        }.items()
    )
    assert "other.1" not in stored(node)
    assert node.GetNodeReference("volume") is node.GetNodeReference("other.0") is volume


def test_values_survive_saving_and_loading_the_scene(parameters, parameter_class, a_slicer, tmp_path):
    import slicer

    parameters.threshold = 11.5
    parameters.thresholds = [4.0, 6.0]
    parameters.volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CBF")
    slicer.util.saveScene(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(str(tmp_path / "scene.mrml"))
    again = parameter_class(slicer.util.getNode("Parameters"))
    assert again.threshold == 11.5
    assert again.thresholds == [4.0, 6.0]
    assert again.volume.GetName() == "CBF"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("threshold", 21.0, ValueError),
        ("threshold", "6", TypeError),
        ("threshold", None, ValueError),
        ("count", 2.0, TypeError),
        ("folder", "/a", TypeError),
        ("method", 1, TypeError),
        ("thresholds", ["a"], TypeError),
        ("treshold", 6.0, AttributeError),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_and_the_old_one_kept(parameters, node, name, value, error):
    before = stored(node)
    with pytest.raises(error):
        setattr(parameters, name, value)
    assert stored(node) == before


def test_a_node_of_another_class_is_refused(parameters, node):
    with pytest.raises(TypeError):
        parameters.volume = node


def test_a_pack_refuses_a_value_that_is_not_allowed(parameters):
    with pytest.raises(ValueError, match="less than 0"):
        parameters.filter.sigma = -1.0


def test_types_that_slicer_cannot_store_are_refused(a_slicer):
    import slicer
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(TypeError, match="Optional"):

        @parameterNodeWrapper
        class WithBar:
            volume: slicer.vtkMRMLScalarVolumeNode | None

    with pytest.raises(TypeError, match="bytes"):

        @parameterNodeWrapper
        class WithBytes:
            data: bytes


class TestWidgets:
    @pytest.fixture
    def ui(self, a_slicer):
        """Return widgets for some parameters."""
        import ctk
        import qt
        import slicer

        widgets = SimpleNamespace(
            threshold=ctk.ctkSliderWidget(),
            count=qt.QSpinBox(),
            method=qt.QComboBox(),
            volume=slicer.qMRMLNodeComboBox(),
            folder=ctk.ctkPathLineEdit(),
            sigma=qt.QDoubleSpinBox(),
        )
        for name, widget in vars(widgets).items():
            widget.setProperty("SlicerParameterName", {"sigma": "filter.sigma"}.get(name, name))
        widgets.volume.noneEnabled = True
        widgets.volume.setMRMLScene(a_slicer.scene)
        return widgets

    def test_widgets_show_values_limits_and_choices(self, parameters, ui):
        parameters.connectGui(ui)
        assert (ui.threshold.value, ui.threshold.minimum, ui.threshold.maximum) == (6.0, 1.0, 20.0)
        assert (ui.method.currentText, ui.method.count) == ("Bayes", 2)
        assert ui.volume.nodeTypes == ("vtkMRMLScalarVolumeNode",)
        assert (ui.sigma.value, ui.sigma.minimum) == (2.0, 0.0)

    def test_widgets_follow_parameters_and_parameters_follow_widgets(self, parameters, ui, a_slicer):
        parameters.connectGui(ui)
        volume = a_slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
        parameters.threshold = 12.5
        parameters.volume = volume
        assert ui.threshold.value == 12.5
        assert ui.volume.currentNode() is volume
        ui.count.value = 8
        ui.method.currentIndex = 0
        ui.volume.setCurrentNode(None)
        ui.folder.currentPath = "/data"
        ui.sigma.value = 1.5
        assert (parameters.count, parameters.method, parameters.volume) == (8, Method.BOX, None)
        assert parameters.folder == pathlib.Path("/data")
        assert parameters.filter.sigma == 1.5

    def test_only_connect_parameters_to_gui_gives_a_tag_to_disconnect_with(self, parameters, ui):
        assert parameters.connectGui(ui) is None
        parameters.disconnectGui(None)
        ui.count.value = 8
        assert parameters.count == 8

    def test_disconnected_widgets_and_parameters_no_longer_follow_each_other(self, parameters, ui):
        tag = parameters.connectParametersToGui({"count": ui.count})
        parameters.disconnectGui(tag)
        ui.count.value = 8
        parameters.count = 5
        assert (parameters.count, ui.count.value) == (5, 8)

    def test_a_widget_that_names_no_parameter_is_refused(self, parameters, ui):
        ui.count.setProperty("SlicerParameterName", "counts")
        with pytest.raises(ValueError, match="counts"):
            parameters.connectGui(ui)

    def test_a_widget_that_cannot_show_the_type_is_refused(self, parameters, a_slicer):
        import qt

        with pytest.raises(RuntimeError, match="QSpinBox"):
            parameters.connectParametersToGui({"threshold": qt.QSpinBox()})

    def test_a_slider_without_limits_is_refused(self, parameters, a_slicer):
        import qt

        with pytest.raises(RuntimeError, match="limits"):
            parameters.connectParametersToGui({"count": qt.QSlider()})
