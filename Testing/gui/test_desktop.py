"""The desktop opens modules, shows dialogs and closes as Slicer does, and lets no error pass unseen."""

# ruff: noqa: ARG001, ARG002, PT012 - fixtures that are needed for what they do; sessions that end in an error

from pathlib import Path

import numpy as np
import pytest
from slicer_desktop.desktop import desktop

TINY_MODULE = Path(__file__).parent / "data" / "TinyModule" / "TinyModule.py"


@pytest.fixture
def volume(a_slicer):
    """Return a volume in the scene."""
    import slicer

    return slicer.util.addVolumeFromArray(np.arange(60.0).reshape(3, 4, 5), name="CBF")


class TestModules:
    def test_a_module_is_set_up_when_it_is_opened_first_and_entered_each_time(self, open_module):
        widget = open_module(TINY_MODULE)
        assert widget.calls == ["setup", "enter"]
        assert widget.parent.isEntered
        assert open_module(TINY_MODULE) is widget
        assert widget.calls == ["setup", "enter"]

    def test_a_module_is_cleaned_up_when_slicer_closes(self, tmp_path):
        with desktop(tmp_path) as first:
            widget = first.open_module(TINY_MODULE)
        assert widget.calls[2:] == ["exit", "cleanup"]

    def test_slicer_shows_what_the_module_tells_of_itself(self, a_slicer, open_module):
        import slicer

        widget = open_module(TINY_MODULE)
        assert slicer.modules.tinymodule.title == "Tiny module"
        assert slicer.modules.TinyModuleWidget is widget
        assert slicer.util.getModuleWidget("TinyModule") is widget
        assert slicer.util.getModuleLogic("TinyModule") is widget.logic

    def test_a_module_cannot_tell_what_slicer_does_not_ask(self, a_slicer):
        import slicer

        module = a_slicer.load_module(TINY_MODULE)
        with pytest.raises(AttributeError, match="titel"):
            module.parent.titel = "Tiny"
        with pytest.raises(AttributeError, match="categories"):
            module.parent.categories = "Testing"
        assert slicer.modules.tinymodule.categories == ("Testing",)

    def test_a_module_hears_that_slicer_has_started(self, a_slicer):
        module = a_slicer.load_module(TINY_MODULE)
        assert not module.started
        a_slicer.start_up()
        assert module.started

    def test_widgets_are_clicked_with_the_mouse_and_show_what_follows(
        self, open_module, click, grab, volume, a_slicer
    ):
        import qt

        widget = open_module(TINY_MODULE)
        with pytest.raises(AssertionError, match="disabled"):
            click(widget.ui.applyButton)
        widget.ui.volumeSelector.setCurrentNode(volume)
        a_slicer.dialogs.will_answer(qt.QMessageBox.Ok)
        click(widget.ui.applyButton)
        assert a_slicer.dialogs.texts == ["Threshold CBF?", "Done."]
        assert grab(widget, "harness-tiny-module").is_file()
        click(widget.ui.inputs)
        with pytest.raises(AssertionError, match="hidden"):
            click(widget.ui.smoothBox)

    def test_parameters_come_back_with_the_scene(self, open_module, tmp_path, volume):
        import slicer

        widget = open_module(TINY_MODULE)
        widget.ui.thresholdSlider.value = 4.5
        widget.ui.volumeSelector.setCurrentNode(volume)
        slicer.util.saveScene(str(tmp_path / "scene.mrb"))
        slicer.mrmlScene.Clear(0)
        assert widget.calls[-1] == "scene closed"
        slicer.util.loadScene(str(tmp_path / "scene.mrb"))
        widget.connectParameters()
        assert widget.ui.thresholdSlider.value == 4.5
        assert widget.ui.volumeSelector.currentNode().GetName() == "CBF"

    def test_a_module_can_be_reloaded(self, open_module):
        import slicer

        widget = open_module(TINY_MODULE)
        widget.onReload()
        again = slicer.modules.TinyModuleWidget
        assert again is not widget
        assert widget.calls[-1] == "cleanup"
        assert again.calls == ["setup"]

    def test_a_module_that_is_not_there_is_only_noted_when_it_is_selected(self, a_slicer):
        import slicer

        slicer.util.selectModule("VolumeRendering")
        assert a_slicer.selected_modules == ["VolumeRendering"]

    def test_selecting_another_module_leaves_the_first(self, open_module, a_slicer):
        import slicer

        widget = open_module(TINY_MODULE)
        slicer.util.selectModule("SegmentEditor")
        assert widget.calls == ["setup", "enter", "exit"]
        slicer.util.selectModule("TinyModule")
        assert widget.calls[3:] == ["enter"]

    def test_the_segment_editor_takes_a_segmentation(self, a_slicer, volume):
        import slicer

        segmentation = a_slicer.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(segmentation)
        editor.setSourceVolumeNode(volume)
        assert editor.mrmlSegmentEditorNode().GetSegmentationNode() is segmentation


class TestDialogs:
    def test_messages_are_recorded_with_their_details(self, a_slicer):
        import slicer

        slicer.util.errorDisplay("It failed.", detailedText="because")
        slicer.util.warningDisplay("Careful.")
        assert a_slicer.dialogs.texts == ["It failed.\nbecause", "Careful."]

    def test_questions_are_answered_by_the_test(self, a_slicer):
        import qt
        import slicer

        a_slicer.dialogs.will_answer(qt.QMessageBox.Cancel, qt.QMessageBox.Yes, "/a/folder")
        assert slicer.util.confirmOkCancelDisplay("Install?") is False
        assert slicer.util.confirmYesNoDisplay("Sure?") is True
        assert qt.QFileDialog.getExistingDirectory(None, "Folder", "/") == "/a/folder"

    def test_a_dialog_of_a_module_is_answered_by_a_function_of_it(self, a_slicer):
        import qt

        dialog = qt.QDialog()
        layout = qt.QVBoxLayout(dialog)
        line = qt.QLineEdit()
        layout.addWidget(line)

        def type_and_accept(shown):
            line.text = "typed"
            return qt.QDialog.Accepted

        a_slicer.dialogs.will_answer(type_and_accept)
        assert dialog.exec_() == qt.QDialog.Accepted
        assert line.text == "typed"

    def test_a_question_without_an_answer_fails(self, a_slicer):
        import slicer

        with pytest.raises(AssertionError, match="Install"):
            slicer.util.confirmOkCancelDisplay("Install?")

    def test_in_testing_mode_nothing_is_shown(self, a_slicer):
        import slicer
        from slicer_desktop.wrapping import unwrap

        unwrap(slicer.app).is_testing = True
        slicer.util.confirmOkCancelDisplay("Install?")
        slicer.util.errorDisplay("It failed.")
        assert a_slicer.dialogs.texts == []


class TestErrors:
    def test_an_error_of_vtk_fails_the_test(self, tmp_path):
        import vtk

        with pytest.raises(Exception, match="VTK"), desktop(tmp_path):
            vtk.vtkPolyDataReader().Update()

    def test_an_exception_in_a_slot_fails_the_test(self, tmp_path):
        with pytest.raises(AssertionError, match="raised"), desktop(tmp_path):
            import qt

            button = qt.QPushButton()
            button.connect("clicked()", lambda: 1 / 0)
            button.click()

    def test_an_exception_in_an_observer_fails_the_test(self, tmp_path):
        with pytest.raises(AssertionError, match="raised"), desktop(tmp_path) as slicer_desktop:
            scene = slicer_desktop.scene
            scene.AddObserver(scene.NodeAddedEvent, lambda *_: 1 / 0)
            scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")

    def test_a_warning_of_qt_fails_the_test(self, tmp_path):
        with pytest.raises(AssertionError, match="warned"), desktop(tmp_path):
            import qt

            widget = qt.QWidget()
            first = qt.QVBoxLayout(widget)
            second = qt.QVBoxLayout(widget)
            assert first is not second

    def test_an_answer_that_nobody_asked_for_fails_the_test(self, tmp_path):
        with pytest.raises(AssertionError, match="did not come"), desktop(tmp_path) as slicer_desktop:
            slicer_desktop.dialogs.will_answer("/a/path")

    def test_waiting_for_what_does_not_come_fails(self, process_events):
        with pytest.raises(AssertionError, match="not so"):
            process_events(until=lambda: False, timeout=0.05)


class TestApplication:
    def test_each_test_has_a_scene_and_settings_of_its_own(self, tmp_path):
        import slicer

        for name in ("first", "second"):
            folder = tmp_path / name
            folder.mkdir()
            with desktop(folder) as slicer_desktop:
                import qt

                assert slicer.util.settingsValue("CTPerfusion/Asked", "no") == "no"
                assert slicer_desktop.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
                qt.QSettings().setValue("CTPerfusion/Asked", "yes")
                slicer_desktop.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")

    def test_volumes_are_shown_in_the_slice_views(self, a_slicer, volume):
        import slicer

        slicer.util.setSliceViewerLayers(background=volume, fit=True)
        manager = slicer.app.layoutManager()
        assert manager.sliceViewNames() == ("Red", "Green", "Yellow")
        red = manager.sliceWidget("Red")
        assert red.mrmlSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
        assert red.sliceLogic().GetSliceNode().GetOrientation() == "Axial"

    def test_a_layout_of_a_module_gets_its_views(self, a_slicer):
        import slicer

        manager = slicer.app.layoutManager()
        views = "".join(
            f'<item><view class="{kind}" singletontag="{tag}"></view></item>'
            for kind, tag in (("vtkMRMLSliceNode", "Tmax"), ("vtkMRMLPlotViewNode", "Curves"))
        )
        node = manager.layoutLogic().GetLayoutNode()
        node.AddLayoutDescription(1501, f'<layout type="horizontal">{views}</layout>')
        manager.setLayout(1501)
        assert manager.sliceViewNames() == ("Tmax",)
        assert manager.plotViewCount == 1
        assert manager.plotWidget(0).mrmlPlotViewNode().GetLayoutName() == "Curves"

    def test_files_are_saved_and_loaded(self, a_slicer, volume, tmp_path):
        import slicer

        path = str(tmp_path / "map.nrrd")
        assert slicer.util.saveNode(volume, path)
        again = slicer.util.loadVolume(path)
        np.testing.assert_array_equal(slicer.util.arrayFromVolume(again), slicer.util.arrayFromVolume(volume))

    def test_the_packaging_module_of_newer_versions_is_there_on_demand(self, a_slicer, tmp_path):
        with pytest.raises(ImportError):
            import slicer.packaging
        a_slicer.packaging()
        import slicer.packaging

        requirements = tmp_path / "requirements.txt"
        requirements.write_text("# what is needed\nnumpy>=1.20\nno-such-package>=3\n")
        needed = slicer.packaging.load_requirements(requirements)
        assert slicer.packaging.pip_check(needed[:1]) is True
        slicer.packaging.pip_ensure(needed)
        assert a_slicer.installed_packages == ["no-such-package>=3"]

    def test_pip_is_asked_but_nothing_is_installed(self, a_slicer):
        import slicer

        slicer.util.pip_install("nilearn>=0.10")
        assert a_slicer.installed_packages == ["nilearn>=0.10"]

    def test_names_that_only_newer_versions_have_are_absent(self, a_slicer):
        import slicer

        assert not hasattr(slicer.util, "LazyImport")

    def test_a_sample_that_a_module_registers_can_be_loaded(self, a_slicer, volume):
        import SampleData

        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="Testing", sampleName="Head", customDownloader=lambda _source: [volume]
        )
        assert SampleData.SampleDataLogic().downloadSample("Head") is volume
