"""Mistakes in a `.ui` file are errors, which Slicer would pass over."""

# ruff: noqa: ARG001 - fixtures that are needed for what they do

import pytest

FILE = """
<ui version="4.0"><class>Form</class><widget class="qMRMLWidget" name="Form">
 <layout class="QVBoxLayout" name="layout"><item>{widget}</item></layout></widget>
 <connections>{connections}</connections></ui>
"""
CONNECTION = """
<connection><sender>{}</sender><signal>{}</signal><receiver>{}</receiver><slot>{}</slot></connection>
"""
SELECTOR = '<widget class="qMRMLNodeComboBox" name="selector"/>'


@pytest.fixture
def load(a_slicer, tmp_path):
    """Return a function that loads a form with the widget and the connections."""

    def load_form(widget, *connections):
        import slicer

        path = tmp_path / "Form.ui"
        texts = (CONNECTION.format(*connection) for connection in connections)
        path.write_text(FILE.format(widget=widget, connections="".join(texts)))
        return slicer.util.loadUI(str(path))

    return load_form


def test_properties_reach_the_widgets(load):
    form = load(
        '<widget class="ctkSliderWidget" name="slider">'
        '<property name="maximum"><double>20</double></property>'
        '<property name="decimals"><number>1</number></property>'
        '<property name="suffix"><string> s</string></property></widget>'
    )
    assert (form.slider.maximum, form.slider.decimals, form.slider.suffix) == (20.0, 1, " s")


def test_properties_that_a_stand_in_does_not_show_are_kept(load):
    form = load(
        '<widget class="qMRMLSegmentsTableView" name="table">'
        '<property name="opacityColumnVisible"><bool>false</bool></property></widget>'
    )
    assert form.table.opacityColumnVisible is False


def test_dynamic_properties_are_kept(load):
    form = load(
        '<widget class="QCheckBox" name="box">'
        '<property name="SlicerParameterName" stdset="0"><string>smooth</string></property></widget>'
    )
    assert form.box.property("SlicerParameterName") == "smooth"


def test_connections_are_made(load, a_slicer):
    slot = "setMRMLScene(vtkMRMLScene*)"
    form = load(SELECTOR, ("Form", "mrmlSceneChanged(vtkMRMLScene*)", "selector", slot))
    form.setMRMLScene(a_slicer.scene)
    assert form.selector.mrmlScene() is a_slicer.scene


@pytest.mark.parametrize(
    ("widget", "problem"),
    [
        ('<widget class="ctkSlider" name="slider"/>', "no widget class ctkSlider"),
        (
            '<widget class="QLabel" name="a"><property name="colour"><bool>true</bool></property></widget>',
            "QLabel has no property colour",
        ),
        (
            '<widget class="QSpinBox" name="a"><property name="value"><string>3</string></property></widget>',
            "of type int, not string",
        ),
        ('<widget class="QLabel" name="Form"/>', "more than one widget: Form"),
    ],
)
def test_an_unknown_class_or_property_a_wrong_type_and_a_repeated_name_are_errors(load, widget, problem):
    with pytest.raises(Exception, match=problem):
        load(widget)


@pytest.mark.parametrize(
    ("connection", "problem"),
    [
        (
            ("Form", "sceneChanged()", "selector", "setMRMLScene(vtkMRMLScene*)"),
            "signal 'sceneChanged\\(\\)'",
        ),
        (
            ("Form", "mrmlSceneChanged(vtkMRMLScene*)", "selector", "setScene(vtkMRMLScene*)"),
            "no slot setScene",
        ),
        (("Form", "mrmlSceneChanged(vtkMRMLScene*)", "box", "setMRMLScene(vtkMRMLScene*)"), "no such widget"),
    ],
)
def test_a_connection_that_cannot_be_made_is_an_error(load, connection, problem):
    with pytest.raises(Exception, match=problem):
        load(SELECTOR, connection)
