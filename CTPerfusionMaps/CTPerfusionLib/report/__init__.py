"""The report of a study: figures and a self-contained HTML page."""

from .content import HeadMotion, ReportContent
from .page import render_report, write_report
from .wording import ResultRow, result_rows, volume_rows

__all__ = [
    "HeadMotion",
    "ReportContent",
    "ResultRow",
    "render_report",
    "result_rows",
    "volume_rows",
    "write_report",
]
