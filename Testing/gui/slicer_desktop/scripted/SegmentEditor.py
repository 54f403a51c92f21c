"""Slicer's module Segment Editor, of which only the choice of the nodes is there."""

from typing import Any

import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModule, ScriptedLoadableModuleWidget


class SegmentEditor(ScriptedLoadableModule):
    """What Slicer shows of the module."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = "Segment Editor"


class SegmentEditorWidget(ScriptedLoadableModuleWidget):
    """The panel with the editor."""

    def setup(self) -> None:
        """Make the editor."""
        self.editor = slicer.qMRMLSegmentEditorWidget()
        self.layout.addWidget(self.editor)

    def enter(self) -> None:
        """Give the editor the node that keeps its settings."""
        node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        self.editor.setMRMLScene(slicer.mrmlScene)
        self.editor.setMRMLSegmentEditorNode(node)
