"""Layouts of slice views that scenes of this extension were saved in."""

import slicer


def offerLayouts() -> None:
    """Let Slicer know our layouts before a scene is loaded that may have been saved in one of them.

    Not at start-up: that would load half of the library for every user of Slicer.
    """
    slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.StartImportEvent, _register)


def _register(scene: slicer.vtkMRMLScene, _event: str) -> None:
    from CTPerfusionLib.mrml import layout_node_of, register_layouts

    register_layouts(layout_node_of(scene))
