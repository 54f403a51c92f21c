"""The report of a study: a self-contained HTML page, a PDF, and pages as pixels, all of the same content."""

from .content import HeadMotion, ReportContent
from .page import render_report, write_report
from .printed import report_pages, write_pdf
from .what_if import WhatIf, explore_thresholds
from .wording import ResultRow, result_rows, volume_rows

__all__ = [
    "HeadMotion",
    "ReportContent",
    "ResultRow",
    "WhatIf",
    "explore_thresholds",
    "render_report",
    "report_pages",
    "result_rows",
    "volume_rows",
    "write_pdf",
    "write_report",
]
