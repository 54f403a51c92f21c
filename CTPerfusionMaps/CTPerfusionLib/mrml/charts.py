"""Charts of a study: curves of artery, vein and tissue, and the motion of the head."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ..series import Colour, EnhancementCurve
from .content import FrameMotion
from .plots import BLUE, GREEN, GREY, RED, Chart, Line, Style, publish_chart
from .study_hub import StudyHub
from .tables import ROTATION_COLUMNS, TIME_COLUMN, TRANSLATION_COLUMNS

CHART_NAME = "Arterial input and venous output"
TRANSLATION_CHART_NAME = "Head translation"
ROTATION_CHART_NAME = "Head rotation"

ENHANCEMENT_COLUMN = "Enhancement (HU)"

CURVE_COLOURS: Mapping[str, Colour] = MappingProxyType({"AIF": RED, "VOF": BLUE})
"""Of curves and vessel points; other curves are green."""

_CURVES = Chart("Study.Curves", CHART_NAME, TIME_COLUMN, ENHANCEMENT_COLUMN, hidden_tables=False)

_AXIS_COLOURS = (RED, GREEN, BLUE)


def publish_curves(hub: StudyHub, curves: Sequence[EnhancementCurve]) -> tuple[Mapping[str, Any], Any]:
    """Make or update a table and a plot series for each curve and one chart; return tables and chart."""
    lines = [Line(c.name, c.times, c.enhancement, Style(CURVE_COLOURS.get(c.name, GREEN))) for c in curves]
    return publish_chart(hub, _CURVES, lines)


def publish_motion_charts(hub: StudyHub, motion: FrameMotion) -> tuple[Any, Any]:
    """Make or update the charts of translation and rotation; return both.

    Frames that were left out are marked on the time axis. Further table positions are drawn dashed.
    """
    charts = []
    for key, name, headings, first, unit in (
        ("Translation", TRANSLATION_CHART_NAME, TRANSLATION_COLUMNS, 0, "mm"),
        ("Rotation", ROTATION_CHART_NAME, ROTATION_COLUMNS, 3, "degrees"),
    ):
        lines = [
            _motion_line(motion, position, first + axis, heading.rpartition(" (")[0], _AXIS_COLOURS[axis])
            for position in range(len(motion.motion))
            for axis, heading in enumerate(headings)
        ]
        if not motion.used.all():
            out = motion.frame_times[~motion.used]
            lines.append(Line("Left out", out, np.zeros_like(out), Style(GREY, marks="Cross")))
        chart = Chart(f"Study.Motion.{key}", name, TIME_COLUMN, f"{name} ({unit})")
        charts.append(publish_chart(hub, chart, lines)[1])
    return charts[0], charts[1]


def _motion_line(motion: FrameMotion, position: int, parameter: int, name: str, colour: Colour) -> Line:
    values = motion.motion[position, :, parameter]
    known = np.isfinite(values) & motion.used
    label = name if len(motion.motion) == 1 else f"{name}, position {position + 1}"
    return Line(label, motion.frame_times[known], values[known], Style(colour, dashed=position > 0))
