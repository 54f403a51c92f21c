"""Sentences and tables for the reader, from the library's results."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

if TYPE_CHECKING:
    from CTPerfusionLib.io.description import StudyDescription
    from CTPerfusionLib.pipeline import CoreVolumeJudgement

SEVERITY_COLOURS = {"info": "#5b8db8", "warning": "#d98a00", "error": "#d0342c"}
"""Legible on light and on dark backgrounds."""

_SECONDS_PER_MINUTE = 60.0


def describeSeries(description: StudyDescription) -> str:
    """Return what is in a series in one paragraph of HTML: frames, times, slices, tube, findings."""
    facts = _(
        "{frames} frames in {duration:.1f} s, one every {interval:.2f} s; "
        "{slices} slices of {thickness:.1f} mm ({coverage:.0f} mm), "
        "{columns} x {rows} pixels of {pixel:.2f} mm{voltage}."
    ).format(
        frames=description.n_frames,
        duration=description.duration,
        interval=description.interval,
        slices=description.n_slices,
        thickness=description.slice_spacing,
        coverage=description.coverage,
        columns=description.columns,
        rows=description.rows,
        pixel=description.pixel_spacing[0],
        voltage="" if description.kvp is None else f"; {description.kvp:.0f} kV",
    )
    times = _("Times: {source}{perSlice}.").format(
        source=description.time_source,
        perSlice=_(", different in each slice") if description.has_slice_times else "",
    )
    findings = [
        toHtml(f"{finding.message} {finding.remedy}", str(finding.severity))
        for finding in description.findings
    ]
    return "<br>".join([html.escape(facts), html.escape(times), *findings])


def toHtml(sentence: str, severity: str) -> str:
    """Return a sentence as HTML in the colour of its severity."""
    return f'<span style="color:{SEVERITY_COLOURS[severity]}">{html.escape(sentence)}</span>'


def describeCoreVolume(judgement: CoreVolumeJudgement | None) -> str:
    """Return what a core-volume network says and at which slices it looked, in one line of HTML."""
    if judgement is None:
        return ""
    result, slices = judgement.result, judgement.result.slices
    verdicts = {"large": _("large core"), "small": _("small core")}
    origins = {"automatic": _("found automatically"), "user": _("chosen by you")}
    found = (
        _("{volume:.1f} mL").format(volume=result.volume_ml)
        if result.probability_large is None
        else _("probability of a large one {probability:.2f}").format(probability=result.probability_large)
    )
    text = _(
        "By the network {model}: {verdict} ({found}; large from {threshold:.1f} mL on). "
        "Slices {lower} and {upper}, counted from 0, {origin}. {title}."
    )
    return html.escape(
        text.format(
            model=judgement.card.name,
            verdict=verdicts[result.verdict],
            found=found,
            threshold=result.threshold_ml,
            lower=slices.lower,
            upper=slices.upper,
            origin=origins[slices.chosen],
            title=judgement.card.title,
        )
    )


def describeProgress(stage: str, fraction: float, remaining: float | None) -> str:
    """Return a line such as ``Computing maps: 63 %, about 8 s left``."""
    if remaining is None:
        return _("{stage}: {percent:.0f} %").format(stage=stage, percent=100 * fraction)
    if remaining < _SECONDS_PER_MINUTE:
        return _("{stage}: {percent:.0f} %, about {seconds:.0f} s left").format(
            stage=stage, percent=100 * fraction, seconds=remaining
        )
    return _("{stage}: {percent:.0f} %, about {minutes:.0f} min left").format(
        stage=stage, percent=100 * fraction, minutes=remaining / _SECONDS_PER_MINUTE
    )


def countFindings(severities: list[str]) -> str:
    """Return how many findings there are of each severity, in one line of HTML."""
    if not severities:
        return _("Nothing was found that a reader should know.")
    words = {"info": _("{n} information"), "warning": _("{n} warning(s)"), "error": _("{n} error(s)")}
    counted = {severity: severities.count(severity) for severity in reversed(SEVERITY_COLOURS)}
    return ", ".join(toHtml(words[severity].format(n=n), severity) for severity, n in counted.items() if n)
