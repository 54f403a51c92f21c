"""Tables in a scene: volumes, findings, motion of the head."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..report import volume_rows
from ..series import Finding, Severity, TmaxDefinition
from .content import FrameMotion
from .study_hub import StudyHub

VOLUMES_NAME = "CT perfusion volumes"
FINDINGS_NAME = "CT perfusion findings"
MOTION_NAME = "Head motion"

REGION_COLUMN = "Region"
VOLUME_COLUMN = "Volume (mL)"

TIME_COLUMN = "Time (s)"
TRANSLATION_COLUMNS = ("To the right (mm)", "To the front (mm)", "Upwards (mm)")
ROTATION_COLUMNS = ("About right-left (°)", "About front-back (°)", "About up-down (°)")

_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)

Column = NDArray[Any] | Sequence[str]
"""Numbers, or texts."""


def publish_table(
    hub: StudyHub, role: str, name: str, columns: Mapping[str, Column], *, hidden: bool = False
) -> Any:
    """Make or update a table with these columns, by their headings, in one event; return its node."""
    import vtk

    node, _ = hub.ensure(role, "vtkMRMLTableNode", name, hidden=hidden)
    table = vtk.vtkTable()
    for heading, values in columns.items():
        table.AddColumn(_column(heading, values))
    node.SetAndObserveTable(table)
    return node


def publish_volumes(
    hub: StudyHub, volumes_ml: Mapping[str, float | None], tmax_definition: TmaxDefinition
) -> Any:
    """Make or update the volumes, with the columns Region and Volume (mL); NaN where none was measured."""
    rows = volume_rows(volumes_ml, tmax_definition)
    values = np.array([np.nan if row.value is None else row.value for row in rows], dtype=float)
    columns: dict[str, Column] = {REGION_COLUMN: [row.title for row in rows], VOLUME_COLUMN: values}
    return publish_table(hub, "Lesion.Volumes", VOLUMES_NAME, columns)


def publish_findings(hub: StudyHub, findings: Sequence[Finding]) -> Any:
    """Make or update the findings, the most severe first."""
    ordered = sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))
    columns: dict[str, Column] = {
        "Severity": [str(finding.severity) for finding in ordered],
        "Finding": [finding.message for finding in ordered],
        "What to do": [finding.remedy for finding in ordered],
        "Value": [_number_text(finding.value) for finding in ordered],
        "Limit": [_number_text(finding.limit) for finding in ordered],
    }
    return publish_table(hub, "Study.Findings", FINDINGS_NAME, columns)


def publish_motion_table(hub: StudyHub, motion: FrameMotion) -> Any:
    """Make or update the motion, a row per frame and table position, counted from 1; NaN if unknown."""
    positions, frames, _ = motion.motion.shape
    by_frame = motion.motion.transpose(1, 0, 2).reshape(frames * positions, 6)
    columns: dict[str, Column] = {
        "Frame": np.repeat(np.arange(1, frames + 1), positions),
        "Table position": np.tile(np.arange(1, positions + 1), frames),
        TIME_COLUMN: np.repeat(motion.frame_times, positions),
        **dict(zip((*TRANSLATION_COLUMNS, *ROTATION_COLUMNS), by_frame.T, strict=True)),
        "Left after correction (mm)": np.repeat(motion.residual, positions),
        "Used": ["yes" if used else "no" for used in np.repeat(motion.used, positions)],
    }
    return publish_table(hub, "Study.Motion.Table", MOTION_NAME, columns)


def _number_text(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _column(heading: str, values: Column) -> Any:
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    if isinstance(values, np.ndarray):
        kind = np.int64 if values.dtype.kind in "iu" else np.float64
        column = numpy_to_vtk(np.ascontiguousarray(values, dtype=kind), deep=True)
    else:
        column = vtk.vtkStringArray()
        for text in values:
            column.InsertNextValue(text)
    column.SetName(heading)
    return column
