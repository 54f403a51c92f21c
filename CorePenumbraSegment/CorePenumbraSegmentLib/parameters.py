"""What the module remembers in the scene."""

from typing import Annotated

from slicer import vtkMRMLMarkupsPlaneNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

UNKNOWN = -1.0
"""Age, NIHSS or hours that were not given."""


@parameterNodeWrapper
class CorePenumbraSegmentParameterNode:
    """Everything that the user can choose.

    cbf, tmax, cbv, baseline - The maps that are cut, and the head before contrast.
    protocol - Name of the threshold protocol that the values below began with.
    coreThreshold, hypoperfusionThreshold - Values of the maps beyond which tissue is core or hypoperfused;
        0 takes those of the protocol.
    minimumCluster - mL below which a connected part is dropped; negative takes that of the protocol.
    counted - Whether the core by global or by local normalisation counts in penumbra, ratio and criteria;
        empty takes what the protocol says.
    side - Affected hemisphere: auto, left, right or none.
    reference - What relative flow refers to, by the names of CTPerfusionLib.lesion.FlowReference.
    showPlane - Whether the mid-sagittal plane is shown.
    movePlane - Whether it has handles by which it can be moved.
    plane - That plane.
    planeChosen - Whether the user moved the plane.
    showOutlines, showFill - How segments are drawn in slices.
    age, nihss, hours - For the trial criteria: years, stroke scale, hours since last seen well.
    segmentation - Core, penumbra and hypoperfusion.
    edited - Whether segments were changed by hand since they were cut.
    """

    cbf: vtkMRMLScalarVolumeNode
    tmax: vtkMRMLScalarVolumeNode
    cbv: vtkMRMLScalarVolumeNode
    baseline: vtkMRMLScalarVolumeNode
    protocol: str = "rapid-like"
    coreThreshold: float = 0.0
    hypoperfusionThreshold: float = 0.0
    minimumCluster: float = -1.0
    counted: str = ""
    side: str = "auto"
    reference: str = "normal-median"
    showPlane: bool = False
    movePlane: bool = False
    plane: vtkMRMLMarkupsPlaneNode
    planeChosen: bool = False
    showOutlines: bool = True
    showFill: bool = False
    age: Annotated[float, WithinRange(UNKNOWN, 120.0)] = UNKNOWN
    nihss: Annotated[float, WithinRange(UNKNOWN, 42.0)] = UNKNOWN
    hours: Annotated[float, WithinRange(UNKNOWN, 168.0)] = UNKNOWN
    segmentation: vtkMRMLSegmentationNode
    edited: bool = False
