"""The module's panel: sections that share one parameter node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleWidget
from slicer.util import VTKObservationMixin

from CTPerfusionLib.errors import CTPerfusionError
from CTPerfusionMapsLib.guiConnection import GuiConnection
from CTPerfusionMapsLib.messages import errorsShown

from .logic import CorePenumbraSegmentLogic

if TYPE_CHECKING:
    from CTPerfusionLib.lesion import LesionAnalysis

    from .logic import LesionChoices, PreparedLesion
    from .parameters import CorePenumbraSegmentParameterNode

VIEWS_SETTLING_TIME = 200
"""Milliseconds after which Segment Editor has shown its source volume."""

_PREPARED_FROM = ("cbf", "tmax", "cbv", "baseline")
"""Fields of the parameter node after whose change the study is prepared again."""


class CorePenumbraSegmentWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """From maps to segments and volumes, which follow every slider."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: CorePenumbraSegmentLogic | None = None
        self._parameterNode: Any = None
        self._preparedFrom: tuple[tuple[str, int] | None, ...] = ()
        self._prepared: PreparedLesion | None = None
        self._choices: LesionChoices | None = None
        self._analysis: LesionAnalysis | None = None
        self._latest: str | None = None

    def setup(self) -> None:
        """Build the panel when the module is opened for the first time."""
        from .editWatch import EditWatch
        from .exportPanel import ExportPanel
        from .planePanel import PlanePanel
        from .preparationRun import PreparationRun
        from .resultPanel import ResultPanel
        from .surfaceUpdate import SurfaceUpdate
        from .thresholdPanel import ThresholdPanel

        ScriptedLoadableModuleWidget.setup(self)
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/CorePenumbraSegment.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self._connection = GuiConnection(uiWidget)
        self.logic = CorePenumbraSegmentLogic()
        self._thresholds = ThresholdPanel(self.ui, self._scheduleAnalysis)
        self._preparation = PreparationRun(self.ui, self.logic, self._onPrepared)
        self._results = ResultPanel(self.ui)
        self._plane = PlanePanel(self.ui, self._prepare)
        self._edits = EditWatch(self._onEdited)
        self._surfaces = SurfaceUpdate(self._edits)
        self._export = ExportPanel(self.ui)
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)  # after all waiting events, such as more moves of a slider
        self._timer.connect("timeout()", lambda: self._analyse())
        self.ui.editButton.connect("clicked(bool)", lambda _checked: self._openSegmentEditor())
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onSceneStartClose)
        self.addObserver(scene, scene.StartImportEvent, self._onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self._onSceneChanged)
        self.addObserver(scene, scene.EndImportEvent, self._onSceneChanged)
        self.initializeParameterNode()

    def cleanup(self) -> None:
        """Stop everything when the module or Slicer is closed."""
        self._preparation.close()
        self.setParameterNode(None)
        self._timer.stop()
        self._edits.close()
        self._surfaces.close()
        self._plane.close()
        self.removeObservers()

    def enter(self) -> None:
        """Take the maps that were computed last when the user opens the module."""
        self.initializeParameterNode()

    def exit(self) -> None:
        """Go on following the segments, which Segment Editor may change; what failed is tried on return."""
        if self._prepared is None and not self._preparation.running:
            self._preparedFrom = ()

    def initializeParameterNode(self) -> None:
        """Take the scene's parameter node and the maps that were computed last.

        What was selected before stays until other maps are computed.
        """
        if self.logic is None:
            return
        node = self.logic.getParameterNode()
        latest = self.logic.latestMaps()
        if latest is not None:
            before, self._latest = self._latest, latest["cbf"].GetID()
            if not node.cbf or before not in (None, self._latest):
                for field, volume in latest.items():
                    setattr(node, field, volume)
        self.setParameterNode(node)

    def setParameterNode(self, node: Any) -> None:
        """Show a parameter node and follow its changes; None shows nothing."""
        if self._parameterNode is not None:
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self._onParametersChanged)
        self._parameterNode = node
        self._connection.connect(node)
        if node is not None:
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._onParametersChanged)
        self._onParametersChanged()

    def _onParametersChanged(self, _caller: Any = None, _event: Any = None) -> None:
        if slicer.mrmlScene.IsBatchProcessing():
            return  # a scene is being loaded or closed; its nodes are not all there, or no longer
        node = self._parameterNode
        self._thresholds.show(node)
        self._plane.show(node)
        if node is None:
            return
        self._showSegments(node)
        selected = _selected(node)
        if selected != self._preparedFrom:
            before, self._preparedFrom = self._preparedFrom, selected
            if before:
                node.edited = False  # edits were of other maps
                node.planeChosen = node.planeChosen and _isSame(before[0], selected[0])
            self._forget()
            self._prepare()
        elif self._prepared is not None and self._choicesOf(node) != self._choices:
            self._scheduleAnalysis()

    def _prepare(self) -> None:
        """Compute in the background what thresholds do not change."""
        if self._parameterNode is not None:
            choices = self._choicesOf(self._parameterNode)
            self._preparation.start(self._parameterNode, choices, self._plane.chosen())

    def _onPrepared(self, prepared: PreparedLesion) -> None:
        self._prepared = prepared
        if self._parameterNode is not None:
            with errorsShown():
                self._plane.publish(self._parameterNode.cbf, prepared)
        self._analyse(keepEdits=True)

    def _scheduleAnalysis(self) -> None:
        self._timer.start()

    def _analyse(self, *, keepEdits: bool = False) -> None:
        """Cut and measure the segments by the present choices and show them.

        Segments that were edited by hand in a scene that was loaded are measured as they are.
        """
        node = self._parameterNode
        self._timer.stop()
        if node is None or self.logic is None:
            return
        if self._prepared is None:
            if not self._preparation.running:  # it failed or was cancelled
                self._prepare()
            return
        with errorsShown():
            self._choices = self._choicesOf(node)
            if not self.logic.isPreparedFor(self._prepared, self._choices):
                self._prepare()  # relative flow refers to other tissue
                return
            try:
                analysis = self.logic.analyse(self._prepared, self._choices)
            except CTPerfusionError as error:
                self._showProblem(node, error)
                return
            if keepEdits and node.edited and node.segmentation:
                analysis = self.logic.measure(self._prepared, analysis, node.segmentation)
            self._publish(analysis, edited=keepEdits and node.edited)

    def _publish(self, analysis: LesionAnalysis, *, edited: bool) -> None:
        node, prepared = self._parameterNode, self._prepared
        if node is None or prepared is None or self.logic is None:
            return
        isFirst = self._analysis is None
        self._analysis = analysis
        node.edited = edited
        with self._edits.ours():
            self._surfaces.beforeUpdate(node.segmentation)
            nodes = self.logic.publish(node.cbf, prepared, analysis)
        if node.segmentation is not nodes.segmentation:
            node.segmentation = nodes.segmentation
        if isFirst:
            _showMaps(node.cbf)  # with relative blood flow, which was not there before
        self._edits.watch(nodes.segmentation)
        self._results.show(analysis, nodes, self.logic.computedStudy(node.cbf), edited)
        self._export.show(node.cbf, prepared, analysis)
        self.ui.editButton.enabled = True

    def _showProblem(self, node: CorePenumbraSegmentParameterNode, error: CTPerfusionError) -> None:
        """Say in the place of a result why there is none: a dialog would open with every move."""
        left = _(" The segments in the scene are those of before.") if node.segmentation else ""
        self._clear(f"{error}{left}")

    def _onEdited(self) -> None:
        """Measure again after somebody changed a segment by hand."""
        node, prepared = self._parameterNode, self._prepared
        if node is None or prepared is None or self.logic is None or self._analysis is None:
            return
        if not node.segmentation:  # it was removed with its segments
            return
        with errorsShown():
            self._publish(self.logic.measure(prepared, self._analysis, node.segmentation), edited=True)

    def _choicesOf(self, node: CorePenumbraSegmentParameterNode) -> LesionChoices:
        return self._thresholds.choices(node)

    def _showSegments(self, node: CorePenumbraSegmentParameterNode) -> None:
        if node.segmentation:
            display = node.segmentation.GetDisplayNode()
            display.SetAllSegmentsVisibility2DOutline(node.showOutlines)
            display.SetAllSegmentsVisibility2DFill(node.showFill)

    def _openSegmentEditor(self) -> None:
        node = self._parameterNode
        if node is None:
            return
        slicer.util.selectModule("SegmentEditor")
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        editor.setSegmentationNode(node.segmentation)
        editor.setSourceVolumeNode(node.baseline or node.cbf)
        # The editor shows its source volume in all slice views; the maps are what one looks at.
        qt.QTimer.singleShot(VIEWS_SETTLING_TIME, lambda: _showMaps(node.cbf))

    def _forget(self) -> None:
        self._timer.stop()
        self._prepared = None
        self._choices = None
        self._clear()

    def _clear(self, reason: str = "") -> None:
        """Show that there is no result, and why."""
        self._analysis = None
        self._edits.watch(None)
        self._results.clear(reason)
        self._export.clear()
        self.ui.editButton.enabled = False

    def _onSceneStartClose(self, _caller: Any, _event: Any) -> None:
        self._preparation.cancel()
        self.setParameterNode(None)
        self._preparedFrom = ()
        self._latest = None
        self._forget()

    def _onSceneChanged(self, _caller: Any, _event: Any) -> None:
        if self.parent.isEntered:
            self.initializeParameterNode()


def _showMaps(cbfNode: Any) -> None:
    """Show the maps in their views again, if these are there."""
    from CTPerfusionLib.mrml import PerfusionLayout, layout_node_of, show_layout

    scene = slicer.mrmlScene
    layouts = [int(layout) for layout in PerfusionLayout]
    if scene.IsNodePresent(cbfNode) and layout_node_of(scene).GetViewArrangement() in layouts:
        show_layout(scene, cbfNode)


def _isSame(first: tuple[str, int] | None, second: tuple[str, int] | None) -> bool:
    """Whether the same node is selected, whatever it holds now."""
    return first is not None and second is not None and first[0] == second[0]


def _selected(node: CorePenumbraSegmentParameterNode) -> tuple[tuple[str, int] | None, ...]:
    """Return which volumes are selected, and as of when: maps that are computed again keep their node."""
    volumes = (getattr(node, field) for field in _PREPARED_FROM)
    return tuple(
        (volume.GetID(), volume.GetImageData().GetMTime()) if volume and volume.GetImageData() else None
        for volume in volumes
    )
