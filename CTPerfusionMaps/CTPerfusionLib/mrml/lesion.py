"""Core and penumbra of a study in a scene: relative maps, segments, volumes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..series import quantities_of
from .content import LesionContent
from .describe import describe
from .hierarchy import file_nodes
from .segmentation import publish_segmentation
from .study_hub import hub_for
from .tables import publish_volumes
from .volumes import BASELINE_ROLE, publish_map


@dataclass(frozen=True, eq=False)
class LesionNodes:
    """The nodes of a lesion.

    Attributes
    ----------
    maps : mapping of str to vtkMRMLScalarVolumeNode
        Relative maps by name.
    segmentation : vtkMRMLSegmentationNode
    volumes_table : vtkMRMLTableNode
    """

    maps: Mapping[str, Any]
    segmentation: Any
    volumes_table: Any


def publish_lesion(scene: Any, image: Any, content: LesionContent) -> LesionNodes:
    """Make or update the relative maps, segments and volumes of a study.

    Parameters
    ----------
    scene : vtkMRMLScene
    image : vtkMRMLScalarVolumeNode
        The baseline of the study, or another of its maps. A volume that belongs to no study yet begins one.
    content : LesionContent

    Returns
    -------
    LesionNodes
        The same nodes at every call for the same study, as far as they have not been deleted.
    """
    hub = hub_for(scene, image)
    quantities = quantities_of(content.tmax_definition)
    maps = {
        name: publish_map(hub, "Lesion", quantities[name], values, content.ijk_to_ras)
        for name, values in content.maps.items()
    }
    baseline = hub.find(BASELINE_ROLE)
    outlined = image if baseline is None else baseline
    segmentation = publish_segmentation(hub, content.masks, content.ijk_to_ras, outlined)
    volumes = publish_volumes(hub, content.volumes_ml, content.tmax_definition)
    hub.remove_unused("Lesion")
    describe((*maps.values(), segmentation, volumes), content.attributes)
    file_nodes(hub, {"Maps": maps.values(), "Lesion": (segmentation, volumes)}, beside=image)
    return LesionNodes(MappingProxyType(maps), segmentation, volumes)
