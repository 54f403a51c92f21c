"""The report: one self-contained HTML page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import RESEARCH_USE
from ..io.segmentation import segment_kinds
from ..progress import ProgressCallback, ignore_progress, part_of
from ..resources import resource_path
from ..series import Severity
from ..staging import staging_folder
from . import wording
from .content import ReportContent
from .fit_table import fit_note, fit_rows
from .pictures import mosaic, vessel_picture
from .plots import curve_plot, motion_plot
from .tiles import BASELINE_WINDOW

_TEMPLATE = "report.html.j2"


def write_report(
    path: Path | str, content: ReportContent, *, on_progress: ProgressCallback = ignore_progress
) -> None:
    """Write a study's report as one HTML file without references to anything outside it, whole or not at all.

    Parameters
    ----------
    path : Path or str
        File to write, such as ``report.html``.
    content : ReportContent
    on_progress : callable, optional

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    path = Path(path)
    page = render_report(content, on_progress=on_progress)
    with staging_folder(path) as folder:
        (folder / path.name).write_text(page, encoding="utf-8")
        (folder / path.name).replace(path)


def render_report(content: ReportContent, *, on_progress: ProgressCallback = ignore_progress) -> str:
    """Return the HTML text of the report."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource_path("Report")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = mosaic(content, on_progress=part_of(on_progress, 0.0, 0.7))
    vessels = [vessel_picture(content, curve) for curve in content.curves if len(curve.voxels)]
    on_progress(0.8)
    drawings = {"curves": curve_plot(content.curves)}
    if content.motion is not None:
        drawings["motion"] = motion_plot(content.motion)
    on_progress(0.95)
    page = environment.get_template(_TEMPLATE).render(
        content=content,
        wording=wording,
        notice=RESEARCH_USE,
        headline=_headline(content),
        rows=wording.result_rows(content.summary),
        tmax_rows=wording.tmax_rows(content.tmax_definition),
        fit_rows=fit_rows(content),
        fit_note=fit_note(content),
        findings=_most_severe_first(content),
        mosaic=pictures,
        outlined=[segment_kinds()[kind] for kind in ("core", "penumbra")],
        vessels=vessels,
        drawings=drawings,
        window=BASELINE_WINDOW,
    )
    on_progress(1.0)
    return page


def _headline(content: ReportContent) -> Mapping[str, Any]:
    """Return the numbers of the first page as text."""
    volumes = content.summary["volumes_ml"]
    other = "local" if content.counted_core == "global" else "global"
    return {
        "core": wording.volume_text(volumes.get(f"core_{content.counted_core}")),
        "core_kind": content.counted_core,
        "other_core": wording.volume_text(volumes.get(f"core_{other}")),
        "other_kind": other,
        "core_rule": content.protocol.core_text(content.tmax_definition),
        "core_is_relative": content.protocol.core_is_relative,
        "penumbra": wording.volume_text(volumes.get("penumbra")),
        "hypoperfusion": wording.volume_text(volumes.get("hypoperfusion")),
        "hypoperfusion_rule": content.protocol.hypoperfusion_text(content.tmax_definition),
        "ratio": wording.ratio_text("mismatch_ratio", content.summary),
        "side": wording.SIDES[content.summary["affected_hemisphere"]],
    }


def _most_severe_first(content: ReportContent) -> list[Any]:
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    return sorted(content.findings, key=lambda finding: order.index(finding.severity))
