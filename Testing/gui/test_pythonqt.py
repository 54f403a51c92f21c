"""Objects of Qt behave as in Slicer's Python console, which is stricter than PySide6."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _application(a_slicer):
    """Objects of Qt need an application."""


def test_properties_are_attributes():
    import qt

    button = qt.QPushButton("Compute")
    assert button.text == "Compute"
    button.checkable = True
    button.checked = True
    assert button.checked is True
    assert button.isChecked() is True


def test_the_name_is_the_object_name():
    import qt

    label = qt.QLabel()
    label.name = "summaryLabel"
    assert label.objectName == "summaryLabel"


@pytest.mark.parametrize("name", ["colour", "setMinimum", "value"])
def test_unknown_names_are_refused_when_read_and_when_written(name):
    import qt

    button = qt.QPushButton()
    with pytest.raises(AttributeError, match=name):
        getattr(button, name)
    with pytest.raises(AttributeError, match=name):
        setattr(button, name, 1)
    assert not hasattr(button, name)


def test_a_class_derived_in_python_can_have_attributes_of_its_own():
    import qt

    class Watcher(qt.QObject):
        def __init__(self):
            qt.QObject.__init__(self)
            self.seen = []

    assert Watcher().seen == []


def test_virtual_functions_of_a_class_derived_in_python_are_called():
    import qt
    import slicer

    class Watcher(qt.QObject):
        def __init__(self):
            qt.QObject.__init__(self)
            self.seen = []

        def eventFilter(self, watched, event):  # noqa: N802
            self.seen.append((watched, event.type()))
            return False

    watcher, button = Watcher(), qt.QPushButton()
    button.installEventFilter(watcher)
    button.resize(30, 40)
    button.show()
    slicer.app.processEvents()
    assert (button, qt.QEvent.Show) in watcher.seen


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("QSpinBox", "value", "3"),
        ("QSpinBox", "value", 2.5),
        ("QSpinBox", "value", None),
        ("QPushButton", "text", 3),
        ("QPushButton", "text", Path("a")),
        ("QPushButton", "enabled", None),
        ("QDoubleSpinBox", "value", "3.5"),
        ("QLabel", "pixmap", "icon.png"),
        ("ctkSliderWidget", "value", "3.5"),
        ("ctkSliderWidget", "decimals", 1.0),
        ("ctkPathLineEdit", "currentPath", Path("/a/b")),
        ("ctkPathLineEdit", "nameFilters", "*.nrrd"),
        ("qMRMLNodeComboBox", "nodeTypes", "vtkMRMLVolumeNode"),
        ("qMRMLNodeComboBox", "noneEnabled", 1),
    ],
)
def test_a_property_refuses_a_value_of_another_type(kind, name, value):
    import ctk
    import qt
    import slicer

    module = ctk if kind.startswith("ctk") else slicer if kind.startswith("qMRML") else qt
    widget = getattr(module, kind)()
    with pytest.raises(AttributeError, match=name):
        setattr(widget, name, value)


def test_a_property_without_a_setter_cannot_be_written():
    import qt

    with pytest.raises(AttributeError, match="not writable"):
        qt.QLabel().width = 3


@pytest.mark.parametrize("name", ["click", "clicked", "setText"])
def test_slots_signals_and_methods_cannot_be_overwritten(name):
    import qt

    with pytest.raises(AttributeError, match="overwritten"):
        setattr(qt.QPushButton(), name, lambda: None)


def test_a_slot_refuses_arguments_of_another_type():
    import ctk

    with pytest.raises(ValueError, match=r"setValue\(double\)"):
        ctk.ctkSliderWidget().setValue("3")


def test_names_that_only_a_newer_qt_has_are_refused():
    import qt

    with pytest.raises(AttributeError, match="checkStateChanged"):
        qt.QCheckBox().checkStateChanged.connect(print)


def test_names_that_only_an_older_qt_has_are_refused():
    import qt

    with pytest.raises(NotImplementedError, match="tabStopWidth"):
        qt.QTextEdit().tabStopWidth = 40
    with pytest.raises(NotImplementedError, match="QString"):
        qt.QComboBox().connect("currentIndexChanged(QString)", print)


def test_what_a_stand_in_lacks_is_said():
    import slicer

    with pytest.raises(NotImplementedError, match="qMRMLTableView"):
        slicer.qMRMLTableView().plotSelection()


def test_enum_values_are_integers_that_can_be_combined():
    import qt

    assert qt.QMessageBox.Ok == 1024
    label = qt.QLabel()
    label.alignment = qt.Qt.AlignRight | qt.Qt.AlignTop
    assert label.alignment == 0x22


def test_classes_of_qt_do_not_inherit_from_each_other():
    import qt

    assert type(qt.QPushButton()) is qt.QPushButton
    assert not isinstance(qt.QPushButton(), qt.QWidget)


def test_an_object_found_again_is_the_same_object():
    import qt

    parent = qt.QWidget()
    layout = qt.QVBoxLayout(parent)
    label = qt.QLabel("one")
    label.name = "first"
    layout.addWidget(label)
    assert label in parent.children()
    assert layout.itemAt(0).widget() is label
    assert parent.findChildren(qt.QLabel) == (label,)
    assert parent.first is label


class TestSignals:
    def test_a_function_gets_as_many_arguments_as_it_takes(self):
        import qt

        box = qt.QCheckBox()
        got = []
        box.connect("toggled(bool)", lambda: got.append("none"))
        box.connect("toggled(bool)", got.append)
        box.toggled.connect(lambda *arguments: got.append(arguments))
        box.checked = True
        assert got == ["none", True, (True,)]

    def test_a_signature_without_arguments_passes_none(self):
        import qt

        got = []
        button = qt.QPushButton()
        button.connect("clicked()", lambda *arguments: got.append(arguments))
        button.click()
        assert got == [()]

    @pytest.mark.parametrize("signature", ["pushed()", "clicked(int)", "clicked", "toggled()"])
    def test_a_signature_that_the_class_lacks_is_refused(self, signature):
        import qt

        with pytest.raises(ValueError, match="does not exist"):
            qt.QPushButton().connect(signature, print)

    def test_a_disconnected_function_is_not_called(self):
        import qt

        class Counter:
            count = 0

            def increase(self):
                self.count += 1

        counter, button = Counter(), qt.QPushButton()
        button.connect("clicked()", counter.increase)
        button.click()
        assert button.disconnect("clicked()", counter.increase) is True
        assert button.disconnect("clicked()", counter.increase) is False
        button.click()
        assert counter.count == 1

    @pytest.mark.parametrize(
        ("kind", "signature"),
        [
            ("QTableWidget", "itemChanged(QTableWidgetItem*)"),
            ("QTableWidget", "cellClicked(int,int)"),
            ("QTextBrowser", "anchorClicked(QUrl)"),
            ("QMessageBox", "buttonClicked(QAbstractButton*)"),
            ("QComboBox", "currentTextChanged(QString)"),
            ("QProcess", "finished(int,QProcess::ExitStatus)"),
            ("QTreeWidget", "itemSelectionChanged()"),
        ],
    )
    def test_all_kinds_of_arguments_can_be_connected(self, kind, signature):
        import qt

        assert getattr(qt, kind)().connect(signature, print) is True

    def test_an_exception_does_not_reach_the_sender(self, a_slicer):
        import qt

        def fail():
            raise ValueError("broken")

        button = qt.QPushButton()
        button.connect("clicked()", fail)
        button.click()
        assert [str(error) for error in a_slicer.errors] == ["broken"]
        a_slicer.errors.clear()


def test_a_timer_calls_until_it_is_stopped(process_events):
    import qt

    ticks = []
    timer = qt.QTimer()
    timer.interval = 1
    timer.connect("timeout()", lambda: ticks.append(timer.active))
    timer.start()
    process_events(until=lambda: len(ticks) > 2)
    timer.stop()
    assert timer.active is False
