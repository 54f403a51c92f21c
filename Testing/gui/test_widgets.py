"""Stand-ins for widgets do what the real ones do with nodes of the scene, limits, paths and signals."""

# ruff: noqa: ARG001, ARG002 - fixtures that are needed for what they do

import numpy as np
import pytest


@pytest.fixture
def volume(a_slicer):
    """Return a function that adds a volume of that name to the scene."""
    return lambda name: a_slicer.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)


class TestNodeComboBox:
    @pytest.fixture
    def box(self, a_slicer):
        """Return a box to choose a volume, or none."""
        import slicer

        box = slicer.qMRMLNodeComboBox()
        box.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        box.noneEnabled = True
        box.setMRMLScene(a_slicer.scene)
        return box

    @pytest.fixture
    def seen(self, box):
        """Return the names of the nodes that the box told of."""
        names = []
        box.connect("currentNodeChanged(vtkMRMLNode*)", lambda node: names.append(node and node.GetName()))
        return names

    def test_it_offers_what_the_scene_has(self, box, volume, a_slicer):
        first = volume("first")
        volume("second")
        a_slicer.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "a child type")
        assert box.nodeCount() == 3
        box.showChildNodeTypes = False
        assert box.nodeCount() == 2
        a_slicer.scene.RemoveNode(first)
        assert [box.nodeFromIndex(index).GetName() for index in range(box.nodeCount())] == ["second"]

    def test_a_box_with_none_chooses_nothing_by_itself(self, box, volume, seen):
        volume("first")
        assert box.currentNode() is None
        assert seen == []

    def test_a_box_with_nothing_but_nodes_takes_the_first(self, box, volume, seen):
        box.noneEnabled = box.addEnabled = box.removeEnabled = False
        first = volume("first")
        volume("second")
        assert box.currentNode() is first
        assert seen == ["first"]

    def test_a_chosen_node_that_is_removed_is_followed_by_its_neighbour(self, box, volume, seen, a_slicer):
        first, second, third = map(volume, ("first", "second", "third"))
        box.setCurrentNode(second)
        for node in (second, third, first):
            a_slicer.scene.RemoveNode(node)
        assert seen == ["second", "third", "first", None]

    def test_a_node_that_is_chosen_before_there_is_a_scene_is_shown_later(self, volume, a_slicer):
        import slicer

        first = volume("first")
        box = slicer.qMRMLNodeComboBox()
        box.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        box.setCurrentNode(first)
        assert box.currentNode() is None
        box.setMRMLScene(a_slicer.scene)
        assert box.currentNode() is first

    def test_it_tells_of_every_node_that_comes(self, box, volume):
        came = []
        box.connect("nodeAdded(vtkMRMLNode*)", lambda node: came.append(node.GetName()))
        volume("first")
        assert came == ["first"]

    def test_what_is_deprecated_or_not_allowed_is_a_warning(self, box, a_slicer):
        box.setCurrentNode("vtkMRMLScalarVolumeNode1")
        assert box.addNode("vtkMRMLTableNode") is None
        assert len(a_slicer.errors) == 2
        a_slicer.errors.clear()

    def test_closing_the_scene_leaves_nothing_chosen(self, box, volume, seen, a_slicer):
        box.setCurrentNode(volume("first"))
        a_slicer.scene.Clear(0)
        assert box.currentNodeID == ""
        assert seen == ["first", None]

    def test_the_overload_with_bool_tells_whether_there_is_a_node(self, box, volume):
        told = []
        box.connect("currentNodeChanged(bool)", told.append)
        box.setCurrentNode(volume("first"))
        box.setCurrentNode(None)
        assert told == [True, False]

    def test_it_adds_nodes_with_its_base_name(self, box, a_slicer):
        box.baseName = "Core"
        assert box.addNode().GetName() == "Core"
        assert box.addNode("vtkMRMLScalarVolumeNode").GetName() == "Core_1"
        assert box.currentNode().GetName() == "Core_1"

    def test_it_offers_only_nodes_with_an_attribute_that_is_asked_for(self, box, volume):
        volume("plain")
        wanted = volume("map")
        wanted.SetAttribute("CTPerfusion.Map", "CBF")
        box.addAttribute("vtkMRMLScalarVolumeNode", "CTPerfusion.Map")
        assert box.nodeCount() == 1
        box.addAttribute("vtkMRMLScalarVolumeNode", "CTPerfusion.Map", "CBV")
        assert box.nodeCount() == 0

    def test_without_a_scene_it_is_disabled(self, box):
        assert box.enabled
        box.setMRMLScene(None)
        assert not box.enabled

    def test_a_box_that_was_deleted_leaves_the_scene_alone(self, box, volume):
        box.delete()
        volume("first")


class TestSlider:
    @pytest.fixture
    def slider(self, a_slicer):
        """Return a slider from 2 to 10 with one decimal."""
        import ctk

        slider = ctk.ctkSliderWidget()
        slider.minimum, slider.maximum, slider.decimals = 2.0, 10.0, 1
        return slider

    def test_values_stay_within_the_limits_and_are_rounded(self, slider):
        slider.value = 99.0
        assert slider.value == 10.0
        slider.value = 3.14159
        assert slider.value == 3.1

    def test_a_limit_that_moves_the_value_tells(self, slider):
        told = []
        slider.value = 8.0
        slider.connect("valueChanged(double)", told.append)
        slider.maximum = 6.0
        assert told == [6.0]

    def test_setting_the_same_value_tells_nothing(self, slider):
        slider.value = 4.0
        slider.connect("valueChanged(double)", lambda _: pytest.fail("told"))
        slider.value = 4.0

    def test_limits_have_no_setters(self, slider):
        with pytest.raises(AttributeError, match="setMaximum"):
            slider.setMaximum(3.0)


def test_the_values_of_a_range_cannot_pass_each_other(a_slicer):
    import ctk

    told = []
    widget = ctk.ctkRangeWidget()
    widget.setRange(0.0, 10.0)
    widget.setValues(2.0, 5.0)
    widget.connect("valuesChanged(double,double)", lambda *values: told.append(values))
    widget.minimumValue = 7.0
    assert told == [(5.0, 5.0)]
    widget.setValues(9.0, 8.0)
    assert told[1:] == [(5.0, 9.0), (8.0, 9.0)]


def test_a_path_line_tells_of_a_new_path_once(a_slicer):
    import ctk

    told = []
    line = ctk.ctkPathLineEdit()
    line.connect("currentPathChanged(QString)", told.append)
    line.currentPath = "/data/scan"
    line.setCurrentPath("/data/scan")
    assert told == ["/data/scan"]


def test_a_collapsed_button_hides_its_contents_and_gives_them_back(a_slicer, click):
    import ctk
    import qt

    button = ctk.ctkCollapsibleButton()
    layout = qt.QVBoxLayout(button)
    shown, hidden = qt.QLabel("shown"), qt.QLabel("hidden")
    layout.addWidget(shown)
    layout.addWidget(hidden)
    hidden.visible = False
    button.show()
    click(button)
    assert (button.collapsed, shown.visible, hidden.visible) == (True, False, False)
    click(button)
    assert (button.collapsed, shown.visible, hidden.visible) == (False, True, False)


def test_contents_added_to_a_collapsed_button_are_hidden(a_slicer):
    import ctk
    import qt

    button = ctk.ctkCollapsibleButton()
    button.collapsed = True
    layout = qt.QVBoxLayout(button)
    label = qt.QLabel("inside")
    layout.addWidget(label)
    button.show()
    a_slicer.app.processEvents()
    assert not label.visible


def test_a_checkable_box_tells_which_items_are_checked(a_slicer):
    import ctk
    import qt

    told = []
    box = ctk.ctkCheckableComboBox()
    box.addItems(["CBF", "CBV", "MTT"])
    box.connect("checkedIndexesChanged()", lambda: told.append(len(box.checkedIndexes())))
    box.setCheckState(box.model().index(1, 0), qt.Qt.Checked)
    assert told == [1]
    assert [index.row() for index in box.checkedIndexes()] == [1]


def test_a_table_view_shows_the_table_and_its_changes(a_slicer):
    import qt
    import slicer

    table = a_slicer.scene.AddNewNodeByClass("vtkMRMLTableNode")
    view = slicer.qMRMLTableView()
    view.setMRMLTableNode(table)
    slicer.util.updateTableFromArray(table, np.array([[1.5, 2.0], [3.0, 4.0], [5.0, 6.0]]), ["core", "mL"])
    model = view.tableModel()
    assert (model.rowCount(), model.columnCount()) == (3, 2)
    assert model.headerData(1, qt.Qt.Horizontal) == "mL"
    assert view.mrmlTableNode() is table


def test_a_plot_view_draws_the_series_in_their_colours(a_slicer, grab):
    import slicer
    from PySide6.QtGui import QImage

    table = a_slicer.scene.AddNewNodeByClass("vtkMRMLTableNode")
    time = np.arange(20.0)
    slicer.util.updateTableFromArray(table, np.stack([time, np.exp(-((time - 8) ** 2) / 9)], 1), ["t", "HU"])
    series = a_slicer.scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "AIF")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("t")
    series.SetYColumnName("HU")
    series.SetPlotType(series.PlotTypeScatter)
    series.SetColor(1, 0, 0)
    chart = a_slicer.scene.AddNewNodeByClass("vtkMRMLPlotChartNode", "Curves")
    chart.AddAndObservePlotSeriesNodeID(series.GetID())
    view_node = a_slicer.scene.AddNewNodeByClass("vtkMRMLPlotViewNode")
    view = slicer.qMRMLPlotView()
    view.setMRMLScene(a_slicer.scene)
    view.setMRMLPlotViewNode(view_node)
    view.resize(400, 200)
    view.show()
    view_node.SetPlotChartNodeID(chart.GetID())
    picture = QImage(str(grab(view, "harness-plot")))
    red = sum(
        picture.pixelColor(x, y).red() > 200 and picture.pixelColor(x, y).green() < 80
        for x in range(picture.width())
        for y in range(picture.height())
    )
    assert red > 300


def test_a_segments_table_follows_the_segmentation(a_slicer):
    import slicer

    node = a_slicer.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    view = slicer.qMRMLSegmentsTableView()
    view.setSegmentationNode(node)
    assert view.segmentCount == 0
    core = node.GetSegmentation().AddEmptySegment("", "core")
    node.GetSegmentation().AddEmptySegment("", "penumbra")
    assert view.segmentCount == 2
    view.setSelectedSegmentIDs([core])
    assert view.selectedSegmentIDs() == (core,)
    node.GetSegmentation().RemoveSegment(core)
    assert view.tableWidget().item(0, 2).text() == "penumbra"


def test_a_markups_widget_lists_the_points_and_places_them(a_slicer, click):
    import slicer

    placing = []
    widget = slicer.qSlicerSimpleMarkupsWidget()
    widget.setMRMLScene(a_slicer.scene)
    widget.connect("activeMarkupsPlaceModeChanged(bool)", placing.append)
    node = a_slicer.scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "AIF")
    widget.setCurrentNode(node)
    node.AddControlPoint(1.0, 2.0, 3.0, "AIF-1")
    assert widget.tableWidget().rowCount == 1
    assert widget.tableWidget().item(0, 3).text() == "3.0"
    widget.show()
    click(widget.markupsPlaceWidget().placeButton())
    assert placing == [True]
    widget.markupsPlaceWidget().deleteLastPoint()
    assert node.GetNumberOfControlPoints() == 0


def test_all_widgets_can_be_made(a_slicer):
    import ctk
    import slicer
    from slicer_desktop.widgets import STAND_INS

    for raw_class in STAND_INS:
        module = ctk if raw_class.__name__.startswith("ctk") else slicer
        assert getattr(module, raw_class.__name__)().className() == raw_class.__name__


def test_stand_ins_have_no_names_that_the_real_widgets_lack(a_slicer):
    from PySide6.QtCore import Property
    from slicer_desktop.reflection import api_of
    from slicer_desktop.widgets import STAND_INS

    for raw_class in STAND_INS:
        names = {name for name, member in vars(raw_class).items() if isinstance(member, Property)}
        assert names <= set(api_of(raw_class).properties), raw_class.__name__
