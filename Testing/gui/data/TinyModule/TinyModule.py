"""A scripted module as small as can be, to test the stand-in for the desktop."""

# ruff: noqa: N802 - Slicer's naming

import enum
from typing import Annotated

import slicer
import vtk
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class Side(enum.Enum):
    LEFT = "l"
    RIGHT = "r"

    def label(self):
        return _("Left") if self is Side.LEFT else _("Right")


@parameterNodeWrapper
class TinyModuleParameterNode:
    volume: vtkMRMLScalarVolumeNode
    threshold: Annotated[float, WithinRange(0, 20)] = 6.0
    side: Side = Side.RIGHT
    smooth: bool = True


class TinyModule(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Tiny module")
        parent.categories = ["Testing"]
        slicer.app.connect("startupCompleted()", self.onStartUp)
        self.started = False

    def onStartUp(self):
        self.started = True


class TinyModuleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.calls = []

    def setup(self):
        self.calls.append("setup")
        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/TinyModule.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = TinyModuleLogic()
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.connectParameters()

    def connectParameters(self):
        self.parameterNode = TinyModuleParameterNode(self.logic.getParameterNode())
        self.parameterNode.connectGui(self.ui)
        node = self.parameterNode.parameterNode
        if not self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, self.onModified):
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self.onModified)

    def enter(self):
        self.calls.append("enter")

    def exit(self):
        self.calls.append("exit")

    def cleanup(self):
        self.calls.append("cleanup")
        self.removeObservers()

    def onModified(self, _caller, _event):
        self.ui.applyButton.enabled = self.parameterNode.volume is not None

    def onSceneEndClose(self, _caller, _event):
        self.calls.append("scene closed")

    def onApply(self):
        volume = self.parameterNode.volume
        if slicer.util.confirmOkCancelDisplay(_("Threshold {name}?").format(name=volume.GetName())):
            slicer.util.infoDisplay(_("Done."))


class TinyModuleLogic(ScriptedLoadableModuleLogic):
    pass
