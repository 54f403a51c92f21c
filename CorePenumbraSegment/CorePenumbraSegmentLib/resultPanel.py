"""The sections Volumes, Segments and Findings, and the trial criteria."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

from CTPerfusionMapsLib.findingsPanel import FindingsPanel
from CTPerfusionMapsLib.wording import describeCoreVolume, toHtml

if TYPE_CHECKING:
    from CTPerfusionLib.lesion import LesionAnalysis, LesionVolumes
    from CTPerfusionLib.mrml import LesionNodes
    from CTPerfusionMapsLib.studies import ComputedStudy

CRITERIA = {"defuse3": "DEFUSE 3", "dawn": "DAWN", "extend": "EXTEND"}
"""Names of the trials by the field of the criteria."""


class ResultPanel:
    """Says what a lesion measures and shows its segments.

    Parameters
    ----------
    ui : object
        Widgets by name.
    """

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._findings = FindingsPanel(ui.findingsLabel, ui.findingsTable)
        header = ui.volumesTable.horizontalHeader()
        header.setSectionResizeMode(0, qt.QHeaderView.Stretch)
        header.setSectionResizeMode(1, qt.QHeaderView.ResizeToContents)
        ui.volumesTable.verticalHeader().visible = False
        ui.volumesTable.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)

    def show(
        self, analysis: LesionAnalysis, nodes: LesionNodes, study: ComputedStudy | None, edited: bool
    ) -> None:
        """Show an analysis, the nodes that it was published in, and what a network says of the same study.

        Parameters
        ----------
        analysis : LesionAnalysis
        nodes : LesionNodes
        study : ComputedStudy or None
            None where the maps are not of this session.
        edited : bool
            Whether the segments were edited by hand.
        """
        from CTPerfusionLib.pipeline import core_volume_findings

        volumes = analysis.volumes
        ratio = _("no core") if volumes.mismatch_ratio is None else f"{volumes.mismatch_ratio:.1f}"
        self._ui.resultLabel.text = _(
            "<b>Core {core:.1f} mL, penumbra {penumbra:.1f} mL, ratio {ratio}</b>; affected side: {side}."
        ).format(
            core=volumes.core_ml,
            penumbra=volumes.volumes_ml["penumbra"],
            ratio=ratio,
            side=str(analysis.affected.side),
        )
        comparison = "" if edited else _comparison(analysis)  # of cores that thresholds have cut
        self._ui.comparisonLabel.text = "<br>".join(filter(None, (comparison, _indices(volumes))))
        self._ui.editedLabel.text = (
            _("Segments were edited by hand; moving a threshold starts again from the maps.")
            if edited
            else ""
        )
        self._showVolumes(nodes.volumes_table)
        self._ui.segmentsTableView.setSegmentationNode(nodes.segmentation)
        self._ui.show3DButton.setSegmentationNode(nodes.segmentation)
        self._ui.criteriaLabel.text = _criteria(analysis)
        maps = None if study is None else study.maps
        self._ui.coreVolumeLabel.text = describeCoreVolume(None if maps is None else maps.core_volume)
        disagreement = () if maps is None else core_volume_findings(maps, analysis)
        self._findings.show(analysis.findings + disagreement)

    def _showVolumes(self, node: Any) -> None:
        table = self._ui.volumesTable
        table.setRowCount(node.GetNumberOfRows())
        for row in range(node.GetNumberOfRows()):
            region = qt.QTableWidgetItem(node.GetCellText(row, 0))
            region.setToolTip(region.text())
            table.setItem(row, 0, region)
            table.setItem(row, 1, qt.QTableWidgetItem(_volumeText(node.GetCellText(row, 1))))

    def clear(self, reason: str = "") -> None:
        """Show that there is no result, and why."""
        ui = self._ui
        for label in (ui.coreVolumeLabel, ui.comparisonLabel, ui.editedLabel, ui.criteriaLabel):
            label.text = ""
        self._ui.resultLabel.text = toHtml(reason, "error") if reason else _("No result yet.")
        self._ui.volumesTable.setRowCount(0)
        self._ui.segmentsTableView.setSegmentationNode(None)
        self._ui.show3DButton.setSegmentationNode(None)
        self._findings.clear()


def _volumeText(text: str) -> str:
    """Return a volume with one decimal; what was not measured is no number."""
    volume = float(text)
    return "-" if math.isnan(volume) else f"{volume:.1f}"


def _comparison(analysis: LesionAnalysis) -> str:
    by_global, by_local = (analysis.volumes.volumes_ml[name] for name in ("core_global", "core_local"))
    if by_global is None or by_local is None:
        return ""
    return _(
        "Core relative to normal tissue {globalCore:.1f} mL, to the mirrored hemisphere {localCore:.1f} mL: "
        "difference {difference:+.1f} mL."
    ).format(globalCore=by_global, localCore=by_local, difference=by_local - by_global)


def _indices(volumes: LesionVolumes) -> str:
    """Return the indices of collateral flow, as far as the maps give them."""
    indices = {
        _("hypoperfusion intensity ratio (Tmax > 10 s / > 6 s)"): volumes.hypoperfusion_intensity_ratio,
        _("CBV index"): volumes.cbv_index,
    }
    known = [f"{title} {value:.2f}" for title, value in indices.items() if value is not None]
    text = "; ".join(known)
    return text[:1].upper() + text[1:]


def _criteria(analysis: LesionAnalysis) -> str:
    words = {True: _("met"), False: _("not met"), None: _("unknown: age, NIHSS or hours are missing")}
    lines = [f"{title}: {words[getattr(analysis.criteria, field)]}" for field, title in CRITERIA.items()]
    return "<br>".join(lines)
