"""The layout manager: real view nodes and slice logics, without windows."""

# ruff: noqa: N801, N802, N815 - the names are those of Qt, CTK and Slicer

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from .widgets.plots import qMRMLPlotWidget
from .widgets.scene import HoldsScene, Observer


class qMRMLSliceWidget(QtWidgets.QWidget):
    """One slice view, of which only the logic is there."""

    def __init__(self, logic: Any) -> None:
        super().__init__()
        self._logic = logic

    def sliceLogic(self) -> Any:
        """Return the logic."""
        return self._logic

    def mrmlSliceNode(self) -> Any:
        """Return the node of the view."""
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        """Return the node that says which volumes are shown."""
        return self._logic.GetSliceCompositeNode()

    def fitSliceToBackground(self) -> None:
        """Show all of the background."""
        self._logic.FitSliceToBackground()


class LayoutManager(HoldsScene, QtCore.QObject):
    """Follows the layout node of the scene as Slicer's does."""

    api_name = "slicer.app.layoutManager()"
    layoutChanged = QtCore.Signal(int)

    def __init__(self, session: Any) -> None:
        super().__init__()
        self._session = session
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._slice_logics = vtk.vtkCollection()
        self._slice_widgets: dict[str, qMRMLSliceWidget] = {}
        self._plot_widgets: dict[str, qMRMLPlotWidget] = {}
        session.application_logic.SetSliceLogics(self._slice_logics)
        session.application_logic.SetViewLogics(vtk.vtkCollection())
        self._observer = Observer(self._follow)
        self.setMRMLScene(session.scene)

    def setMRMLScene(self, scene: Any) -> None:
        """Lay out another scene."""
        super().setMRMLScene(scene)
        self._logic.SetMRMLScene(scene)
        layout = self._logic.GetLayoutNode()
        self._observer.observe(layout, (vtk.vtkCommand.ModifiedEvent,))
        if layout is None:
            return
        if layout.GetViewArrangement() == layout.SlicerLayoutNone:
            layout.SetViewArrangement(layout.SlicerLayoutConventionalView)
        self._follow()

    def layoutLogic(self) -> Any:
        """Return the layout logic."""
        return self._logic

    def setLayout(self, arrangement: int) -> None:
        """Show another layout."""
        self._logic.GetLayoutNode().SetViewArrangement(arrangement)

    def sliceViewNames(self) -> list[str]:
        """Return the names of the slice views in the layout."""
        return [node.GetLayoutName() for node in self._view_nodes("vtkMRMLSliceNode")]

    def sliceWidget(self, name: str) -> qMRMLSliceWidget | None:
        """Return the slice view of that name, or None."""
        return self._slice_widgets.get(name)

    def mrmlSliceLogics(self) -> Any:
        """Return the logics of all slice views."""
        return self._slice_logics

    def plotWidget(self, index: int) -> qMRMLPlotWidget | None:
        """Return the plot view at that place in the layout, or None."""
        names = [node.GetLayoutName() for node in self._view_nodes("vtkMRMLPlotViewNode")]
        return self._plot_widgets[names[index]] if index < len(names) else None

    def resetSliceViews(self) -> None:
        """Show all of the backgrounds."""
        for widget in self._slice_widgets.values():
            widget.fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """Show all of the 3D views; there are none."""

    def _view_nodes(self, kind: str) -> list[Any]:
        nodes = self._logic.GetViewNodes()
        each = (nodes.GetItemAsObject(index) for index in range(nodes.GetNumberOfItems()))
        return [node for node in each if node.IsA(kind)]

    def _follow(self) -> None:
        for node in self._view_nodes("vtkMRMLSliceNode"):
            if node.GetLayoutName() not in self._slice_widgets:
                logic = slicer.vtkMRMLSliceLogic()
                logic.SetMRMLApplicationLogic(self._session.application_logic)
                logic.SetMRMLScene(self._session.scene)
                logic.SetSliceNode(node)
                self._slice_logics.AddItem(logic)
                self._slice_widgets[node.GetLayoutName()] = qMRMLSliceWidget(logic)
        for node in self._view_nodes("vtkMRMLPlotViewNode"):
            if node.GetLayoutName() not in self._plot_widgets:
                widget = self._plot_widgets[node.GetLayoutName()] = qMRMLPlotWidget()
                widget.setMRMLScene(self._session.scene)
                widget.setMRMLPlotViewNode(node)
        self.layoutChanged.emit(self._logic.GetLayoutNode().GetViewArrangement())

    layout = QtCore.Property(int, lambda self: self._logic.GetLayoutNode().GetViewArrangement(), setLayout)
    plotViewCount = QtCore.Property(int, lambda self: len(self._view_nodes("vtkMRMLPlotViewNode")))
    tableViewCount = QtCore.Property(int, lambda self: len(self._view_nodes("vtkMRMLTableViewNode")))
    threeDViewCount = QtCore.Property(int, lambda self: len(self._view_nodes("vtkMRMLViewNode")))
