"""The maps of a study in a scene, with the curves, findings and motion that they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ..series import quantities_of
from .charts import publish_curves, publish_motion_charts
from .content import StudyContent
from .describe import describe
from .hierarchy import file_nodes
from .study_hub import hub_for
from .tables import publish_findings, publish_motion_table
from .volumes import publish_baseline, publish_map


@dataclass(frozen=True, eq=False)
class StudyNodes:
    """The nodes of a study.

    Attributes
    ----------
    baseline : vtkMRMLScalarVolumeNode
    maps : mapping of str to vtkMRMLScalarVolumeNode
        By name.
    curve_tables : mapping of str to vtkMRMLTableNode
        By the name of the curve.
    curve_chart : vtkMRMLPlotChartNode
    findings_table : vtkMRMLTableNode
    motion_table : vtkMRMLTableNode or None
        None when motion was not corrected.
    motion_charts : tuple of vtkMRMLPlotChartNode
        Translation and rotation, or empty.
    """

    baseline: Any
    maps: Mapping[str, Any]
    curve_tables: Mapping[str, Any]
    curve_chart: Any
    findings_table: Any
    motion_table: Any | None
    motion_charts: tuple[Any, ...]


def publish_study(scene: Any, content: StudyContent, source: Any | None = None) -> StudyNodes:
    """Make or update the nodes of a study.

    Nodes are found by node references, so a second run with the same source fills the same nodes, whatever
    they are called by then; deleted ones are made anew, and those that this run does not give are removed.
    What the user changed in how they are shown stays.

    Parameters
    ----------
    scene : vtkMRMLScene
    content : StudyContent
    source : vtkMRMLSequenceNode, optional
        The sequence that was analysed, or any node of the study to update; without it a study begins.
    """
    hub = hub_for(scene, source)
    quantities = quantities_of(content.tmax_definition)
    baseline = publish_baseline(hub, content.baseline, content.ijk_to_ras)
    maps = {
        name: publish_map(hub, "Study", quantities[name], values, content.ijk_to_ras)
        for name, values in content.maps.items()
    }
    curve_tables, curve_chart = publish_curves(hub, content.curves)
    findings = publish_findings(hub, content.findings)
    motion = None if content.motion is None else publish_motion_table(hub, content.motion)
    motion_charts = () if content.motion is None else publish_motion_charts(hub, content.motion)
    hub.remove_unused("Study")
    curves = (*curve_tables.values(), curve_chart)
    checks = (findings, *(() if motion is None else (motion,)), *motion_charts)
    describe((baseline, *maps.values(), *curves, *checks), content.attributes)
    folders = {"": (baseline,), "Maps": maps.values(), "Curves": curves, "Quality": checks}
    file_nodes(hub, folders, beside=baseline)
    return StudyNodes(
        baseline, MappingProxyType(maps), curve_tables, curve_chart, findings, motion, motion_charts
    )
