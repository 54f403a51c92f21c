"""The curves of one voxel in a scene: measured, fitted, residue function."""

from dataclasses import dataclass
from typing import Any

from .charts import ENHANCEMENT_COLUMN
from .content import ProbedVoxel
from .plots import BLUE, GREY, RED, Chart, Line, Style, publish_chart
from .study_hub import hub_for
from .tables import TIME_COLUMN

PROBE_CHART_NAME = "Voxel curves"
RESIDUE_CHART_NAME = "Voxel residue function"

RESIDUE_TIME_COLUMN = "Time after the arterial input (s)"
RESIDUE_COLUMN = "Residue (mL/100 g/min)"

_CURVES = Chart("Probe.Curves", PROBE_CHART_NAME, TIME_COLUMN, ENHANCEMENT_COLUMN)
_RESIDUE = Chart("Probe.Residue", RESIDUE_CHART_NAME, RESIDUE_TIME_COLUMN, RESIDUE_COLUMN)


@dataclass(frozen=True, eq=False)
class ProbeNodes:
    """The charts of one voxel.

    Attributes
    ----------
    curves : vtkMRMLPlotChartNode
        Measured and fitted enhancement.
    residue : vtkMRMLPlotChartNode
        The residue function, whose values have another scale.
    """

    curves: Any
    residue: Any


def publish_probe(scene: Any, source: Any, probe: ProbedVoxel) -> ProbeNodes:
    """Make or update the charts of the curves of one voxel.

    Parameters
    ----------
    scene : vtkMRMLScene
    source : vtkMRMLNode
        The sequence, or any other node of the study.
    probe : ProbedVoxel
        Curves without points, as outside the tissue, leave their chart empty.
    """
    hub = hub_for(scene, source)
    measured = Line("Measured", probe.times, probe.measured, Style(GREY, marks="Circle"))
    fitted = Line("Fitted", probe.fitted_times, probe.fitted, Style(RED))
    residue = Line("Residue", probe.residue_times, probe.residue, Style(BLUE))
    column, row, index = probe.voxel
    place = f"column {column}, row {row}, slice {index}"
    _, curves_chart = publish_chart(hub, _CURVES, (measured, fitted), f"{PROBE_CHART_NAME}: {place}")
    _, residue_chart = publish_chart(hub, _RESIDUE, (residue,), f"{RESIDUE_CHART_NAME}: {place}")
    return ProbeNodes(curves_chart, residue_chart)
