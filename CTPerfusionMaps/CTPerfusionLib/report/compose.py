"""From the content of a report to its words, tables and pictures."""

from typing import Any
from weakref import WeakKeyDictionary

from .. import RESEARCH_USE
from ..io.segmentation import segment_kinds
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import Finding, Severity
from . import wording
from .content import ReportContent
from .details import detail_sections
from .document import Card, ReportDocument
from .pictures import mosaic

_COMPOSED: WeakKeyDictionary[ReportContent, ReportDocument] = WeakKeyDictionary()


def compose(content: ReportContent, *, on_progress: ProgressCallback = ignore_progress) -> ReportDocument:
    """Return the report of a study, ready to be laid out; made once for all forms of the same content.

    Parameters
    ----------
    content : ReportContent
    on_progress : callable, optional
    """
    if content not in _COMPOSED:
        pictures = mosaic(content, on_progress=part_of(on_progress, 0.0, 0.7))
        counted = content.summary["volumes_ml"].get(f"core_{content.counted_core}")
        _COMPOSED[content] = ReportDocument(
            notice=RESEARCH_USE,
            scan=wording.scan_text(content.scan, content.created),
            sentence=wording.headline_sentence(content.summary, counted),
            cards=headline_cards(content),
            findings=_most_severe_first(content),
            outlined=tuple(segment_kinds()[kind] for kind in ("core", "penumbra")),
            mosaic=pictures,
            sections=detail_sections(content, pictures),
        )
    on_progress(1.0)
    return _COMPOSED[content]


def headline_cards(content: ReportContent) -> tuple[Card, ...]:
    """Return core, penumbra, mismatch ratio and side."""
    summary: Any = content.summary
    volumes, side = summary["volumes_ml"], summary["affected_hemisphere"]
    core = wording.volume_text(volumes.get(f"core_{content.counted_core}"))
    hypoperfusion = wording.volume_text(volumes.get("hypoperfusion"))
    return (
        Card("core", "Core", core, "mL", _core_notes(content)),
        Card(
            "penumbra",
            "Penumbra",
            wording.volume_text(volumes.get("penumbra")),
            "mL",
            (
                f"of {hypoperfusion} mL hypoperfusion",
                content.protocol.hypoperfusion_text(content.tmax_definition),
            ),
        ),
        Card(
            "",
            "Mismatch ratio",
            wording.ratio_text("mismatch_ratio", summary),
            "",
            ("hypoperfusion / core",),
        ),
        Card("", "Side", wording.SIDES[side], "", (wording.SIDE_NOTES[side],)),
    )


def _core_notes(content: ReportContent) -> tuple[str, ...]:
    rule = content.protocol.core_text(content.tmax_definition)
    if not content.protocol.core_is_relative:
        return (rule,)
    other = "local" if content.counted_core == "global" else "global"
    volume = content.summary["volumes_ml"].get(f"core_{other}")
    text = wording.volume_text(volume)
    return (
        rule,
        f"{content.counted_core} reference, counted here",
        f"{other}: {text}" if volume is None else f"{other}: {text} mL",
    )


def _most_severe_first(content: ReportContent) -> tuple[Finding, ...]:
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    return tuple(sorted(content.findings, key=lambda finding: order.index(finding.severity)))
