"""The section Findings: what a reader has to know about the scan and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from .wording import SEVERITY_COLOURS, countFindings

if TYPE_CHECKING:
    from CTPerfusionLib.series import Finding

_ORDER = tuple(reversed(SEVERITY_COLOURS))  # errors first


class FindingsPanel:
    """Lists findings with their remedies, the most severe first.

    Parameters
    ----------
    label : QLabel
        Says how many there are.
    table : QTableWidget
        With the columns severity, finding and remedy.
    """

    def __init__(self, label: Any, table: Any) -> None:
        self._label = label
        self._table = table
        self._table.verticalHeader().visible = False
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(0, qt.QHeaderView.ResizeToContents)
        for column in (1, 2):  # sentences, which share what is left and are wrapped
            header.setSectionResizeMode(column, qt.QHeaderView.Stretch)
        self._table.wordWrap = True
        self._table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)

    def show(self, findings: tuple[Finding, ...]) -> None:
        """Show findings."""
        ordered = sorted(findings, key=lambda finding: _ORDER.index(str(finding.severity)))
        self._showRows([(str(finding.severity), finding.message, finding.remedy) for finding in ordered])

    def showTable(self, node: Any) -> None:
        """Show the findings in a vtkMRMLTableNode of a study; None shows that there is no result."""
        if node is None:
            self.clear()
            return
        self._showRows(
            [
                (node.GetCellText(row, 0), node.GetCellText(row, 1), node.GetCellText(row, 2))
                for row in range(node.GetNumberOfRows())
            ]
        )

    def _showRows(self, rows: list[tuple[str, str, str]]) -> None:
        self._label.text = countFindings([severity for severity, _message, _remedy in rows])
        self._table.setRowCount(len(rows))
        words = {"error": _("Error"), "warning": _("Warning"), "info": _("Information")}
        for row, (severity, *sentences) in enumerate(rows):
            for column, text in enumerate((words[severity], *sentences)):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(text)
                if column == 0:
                    item.setForeground(qt.QBrush(qt.QColor(SEVERITY_COLOURS[severity])))
                self._table.setItem(row, column, item)
        self._table.resizeRowsToContents()

    def clear(self) -> None:
        """Show that there is no result."""
        self._label.text = _("No results yet.")
        self._table.setRowCount(0)
