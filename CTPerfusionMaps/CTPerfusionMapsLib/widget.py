"""The module's panel: sections that share one parameter node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from .guiConnection import GuiConnection
from .logic import CTPerfusionMapsLogic
from .messages import errorsShown
from .parameters import AUTOMATIC_SLICE
from .wording import describeCoreVolume

if TYPE_CHECKING:
    from .studies import ComputedStudy


class CTPerfusionMapsWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """From a CT perfusion series to maps, by one click on Compute maps."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: CTPerfusionMapsLogic | None = None
        self._parameterNode: Any = None
        self._sequence: Any = None

    def setup(self) -> None:
        """Build the panel when the module is opened for the first time."""
        # Panels read the library's registries, which is too slow for start-up.
        from .choices import ChoiceBoxes
        from .coreVolumeChoice import CoreVolumeChoice
        from .exportPanel import ExportPanel
        from .findingsPanel import FindingsPanel
        from .inputPanel import InputPanel
        from .mapChoice import MapChoice
        from .modelChoice import ModelChoice
        from .probePanel import ProbePanel
        from .runPanel import RunPanel
        from .vesselPanel import VesselPanel
        from .viewsPanel import ViewsPanel

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/CTPerfusionMaps.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self._connection = GuiConnection(uiWidget)
        self.logic = CTPerfusionMapsLogic()
        self._choices = ChoiceBoxes(self.ui)
        self._modelChoice = ModelChoice(self.ui)
        self._coreVolumeChoice = CoreVolumeChoice(self.ui)
        self._mapChoice = MapChoice(self.ui)
        self._input = InputPanel(self.ui, self.logic)
        self._run = RunPanel(self.ui, self.logic, self._onResult, self._updateButtons)
        self._vessels = VesselPanel(self.ui, self.logic, self._computeWithPoints)
        self._probe = ProbePanel(self.ui, self.logic, self._offerStudy)
        self._views = ViewsPanel(self.ui)
        self._export = ExportPanel(self.ui)
        self._findings = FindingsPanel(self.ui.findingsLabel, self.ui.findingsTable)
        self.ui.computeButton.connect("clicked(bool)", lambda _checked: self.compute())
        self.ui.segmentButton.connect("clicked(bool)", lambda _checked: self._openSegmentModule())
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(scene, scene.StartImportEvent, self._onSceneStartImport)
        self.addObserver(scene, scene.EndCloseEvent, self._onSceneEndClose)
        self.addObserver(scene, scene.EndImportEvent, self._onSceneEndImport)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Stop everything when the module or Slicer is closed."""
        self.setParameterNode(None)
        self._run.close()
        self._vessels.close()
        self._probe.close()
        self.removeObservers()

    def enter(self) -> None:
        """Make sure that there is a parameter node when the user opens the module."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """Leave the mouse alone while another module is open; a run goes on."""
        self._probe.show(None)

    def compute(self) -> None:
        """Compute the maps of the selected series."""
        self._computeWithPoints()

    def initializeParameterNode(self) -> None:
        """Take the scene's parameter node and, where nothing is selected, the first series."""
        if self.logic is None:
            return
        node = self.logic.getParameterNode()
        if not node.inputSequence:
            node.inputSequence = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSequenceNode")
        self.setParameterNode(node)

    def setParameterNode(self, node: Any) -> None:
        """Show a parameter node and follow its changes; None shows nothing."""
        if self._parameterNode is not None:
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._onParametersChanged)
        self._parameterNode = node
        self._sequence = None if node is None else node.inputSequence
        self._connection.connect(node)
        if node is not None:
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._onParametersChanged)
        self._show()

    def _onParametersChanged(self, _caller: Any = None, _event: Any = None) -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            return  # a scene is being loaded or closed
        if self._parameterNode is not None and self._parameterNode.inputSequence is not self._sequence:
            self._onOtherSeries()
        self._show()

    def _onOtherSeries(self) -> None:
        """Leave behind what was chosen for one series when the user selects another."""
        node, former = self._parameterNode, self._sequence
        self._sequence = node.inputSequence
        with slicer.util.NodeModify(node):
            self._vessels.select(node)
            if former is not None:
                node.frameInterval = 0.0
                node.coreVolumeLower = node.coreVolumeUpper = AUTOMATIC_SLICE
        self._probe.forget()

    def _show(self) -> None:
        node = self._parameterNode
        self._choices.show(node)
        self._modelChoice.show(node)
        self._coreVolumeChoice.show(node)
        self._mapChoice.show(node)
        self._input.show(node)
        self._vessels.show(node)
        self._probe.show(node)
        self._offerStudy()
        self._updateButtons()

    def _offerStudy(self) -> None:
        """Show what the scene has of the selected series, computed now or before the scene was saved."""
        from CTPerfusionLib.mrml import related_nodes

        sequence = None if self._parameterNode is None else self._parameterNode.inputSequence
        nodes = related_nodes(sequence)
        self._views.offer(nodes)
        self._findings.showTable(nodes.findings_table)
        study = None if self.logic is None else self.logic.study(sequence)
        self._export.offer(study)
        self.ui.coreVolumeLabel.text = describeCoreVolume(None if study is None else study.maps.core_volume)
        self.ui.segmentButton.enabled = "CBF" in nodes.maps

    def _updateButtons(self) -> None:
        problem = self._input.problem
        self.ui.computeButton.enabled = problem is None and not self._run.running
        self.ui.computeButton.toolTip = problem or _("Compute the perfusion maps of the selected series.")

    def _computeWithPoints(self) -> None:
        with errorsShown():
            if self._parameterNode is not None and self._parameterNode.inputSequence:
                self._run.start(self._parameterNode, *self._vessels.chosenVoxels())

    def _onResult(self, sequence: Any, study: ComputedStudy) -> None:
        self._vessels.publish(study, sequence)
        node = self._parameterNode
        if node is None or node.inputSequence is not sequence:
            return  # the user has selected another series meanwhile
        isFirst = not self.ui.mapsLayoutButton.enabled
        self._vessels.select(node)
        self._vessels.show(node)  # with the reasons of this run
        self._probe.publish()
        self._offerStudy()
        if isFirst:  # later runs update the nodes in whatever layout the user prefers
            self._views.showMaps()

    def _openSegmentModule(self) -> None:
        slicer.util.selectModule("CorePenumbraSegment")

    def _onSceneStartClose(self, _caller: Any, _event: Any) -> None:
        self._run.cancel()
        self.setParameterNode(None)
        if self.logic is not None:
            self.logic.forget()

    def _onSceneEndClose(self, _caller: Any, _event: Any) -> None:
        if self.parent.isEntered:
            self.initializeParameterNode()

    def _onSceneStartImport(self, _caller: Any, _event: Any) -> None:
        self.setParameterNode(None)

    def _onSceneEndImport(self, _caller: Any, _event: Any) -> None:
        if self.parent.isEntered:
            self.initializeParameterNode()
