"""What the module remembers in the scene."""

from typing import Annotated

from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLSequenceNode
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

LONGEST_INTERVAL = 10.0
"""Seconds between frames beyond which no perfusion scan is usable."""

AUTOMATIC_SLICE = -1
"""In place of the number of a slice that is to be found."""

MOST_SLICES = 1000
"""More than any scan of the head has."""


@parameterNodeWrapper
class CTPerfusionMapsParameterNode:
    """Everything that the user can choose; the names of choices are those of the library's registries.

    inputSequence - The CT perfusion series.
    frameInterval - Seconds between frames, for series that carry no times; 0 uses the times of the series.
    registration, filter, arterialInput, method, device - As in ``CTPerfusionLib.pipeline.PipelineConfig``.
    model - Name of an installed network or path of its weights, for methods that use one.
    coreVolumeModel - Name of an installed network that says whether the core is large, or path of its
        weights, or ``none``; empty takes an installed one where there is any.
    coreVolumeLower, coreVolumeUpper - The slices that it looks at, counted from 0; -1 finds them.
    hiddenMaps - Names of the maps that are computed but not shown.
    arterialPoints, venousPoints - Where the arterial and the venous curve are measured.
    arteryChosen, veinChosen - Whether the user moved these points, so that a new run must keep them.
    updateMapsWithPoints - Whether maps are computed again as soon as a point is moved.
    probePoint - Where the curve probe stands.
    probeFollowsMouse - Whether the probe follows the mouse.
    """

    inputSequence: vtkMRMLSequenceNode
    frameInterval: Annotated[float, WithinRange(0.0, LONGEST_INTERVAL)] = 0.0
    registration: str = "gauss-newton"
    filter: str = "auto"
    arterialInput: str = "ranking"
    method: str = "bayes"
    model: str = "phantom-joint"
    coreVolumeModel: str = ""
    coreVolumeLower: Annotated[int, WithinRange(AUTOMATIC_SLICE, MOST_SLICES)] = AUTOMATIC_SLICE
    coreVolumeUpper: Annotated[int, WithinRange(AUTOMATIC_SLICE, MOST_SLICES)] = AUTOMATIC_SLICE
    device: str = "auto"
    hiddenMaps: list[str]
    arterialPoints: vtkMRMLMarkupsFiducialNode
    venousPoints: vtkMRMLMarkupsFiducialNode
    arteryChosen: bool = False
    veinChosen: bool = False
    updateMapsWithPoints: bool = True
    probePoint: vtkMRMLMarkupsFiducialNode
    probeFollowsMouse: bool = False
