"""From one node of a study to all others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from .segmentation import SEGMENTATION_ROLE
from .study_hub import hub_of
from .volumes import BASELINE_ROLE


def _no_nodes() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, eq=False)
class RelatedNodes:
    """The nodes of a study that are in the scene.

    Attributes
    ----------
    source : vtkMRMLNode or None
        The sequence.
    baseline : vtkMRMLScalarVolumeNode or None
    maps : mapping of str to vtkMRMLScalarVolumeNode
        By the names of the quantities, relative maps too.
    curve_chart, findings_table, motion_table, segmentation, volumes_table, plane : vtkMRMLNode or None
    motion_charts : mapping of str to vtkMRMLPlotChartNode
        ``Translation`` and ``Rotation``.
    points : mapping of str to vtkMRMLMarkupsFiducialNode
        ``AIF`` and ``VOF``.
    probe_charts : mapping of str to vtkMRMLPlotChartNode
        ``Curves`` and ``Residue``.
    """

    source: Any | None = None
    baseline: Any | None = None
    maps: Mapping[str, Any] = field(default_factory=_no_nodes)
    curve_chart: Any | None = None
    findings_table: Any | None = None
    motion_table: Any | None = None
    motion_charts: Mapping[str, Any] = field(default_factory=_no_nodes)
    segmentation: Any | None = None
    volumes_table: Any | None = None
    points: Mapping[str, Any] = field(default_factory=_no_nodes)
    plane: Any | None = None
    probe_charts: Mapping[str, Any] = field(default_factory=_no_nodes)


def related_nodes(node: Any | None) -> RelatedNodes:
    """Return the nodes of the study that a node belongs to; nothing where it belongs to none."""
    hub = hub_of(node)
    if hub is None:
        return RelatedNodes()
    return RelatedNodes(
        source=hub.source,
        baseline=hub.find(BASELINE_ROLE),
        maps=MappingProxyType({**hub.found("Study.Map"), **hub.found("Lesion.Map")}),
        curve_chart=hub.find("Study.Curves.Chart"),
        findings_table=hub.find("Study.Findings"),
        motion_table=hub.find("Study.Motion.Table"),
        motion_charts=_charts(hub.found("Study.Motion")),
        segmentation=hub.find(SEGMENTATION_ROLE),
        volumes_table=hub.find("Lesion.Volumes"),
        points=MappingProxyType(hub.found("Points")),
        plane=hub.find("Plane"),
        probe_charts=_charts(hub.found("Probe")),
    )


def _charts(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the charts among nodes of a group, by the part of their role before ``.Chart``."""
    return MappingProxyType(
        {role.removesuffix(".Chart"): node for role, node in found.items() if role.endswith(".Chart")}
    )
