"""The page of a cohort: what became of its studies, distributions, findings, and a table of all rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from .. import RESEARCH_USE
from ..report.self_contained import content_policy, inert_json, joined_scripts, page_template
from ..report.wording import SIDES, ratio_text, volume_text
from ..staging import staging_folder, unwritable
from .columns import RESULT_COLUMNS, Column, Kind, Value
from .distributions import distributions
from .finding_groups import FindingGroup, finding_groups
from .patients import patients_sentence, results_by_patient
from .study_row import StudyRow, StudyStatus
from .tables import CSV, PARQUET
from .text import readable

PAGE, THUMBNAILS = "cohort.html", "thumbnails"
"""Names of the page and of the folder with its pictures in the folder of a cohort."""

_TEMPLATE, _SCRIPT = "cohort.html.j2", "cohort.js"

_SHOWN = tuple(column for column in RESULT_COLUMNS if column.heading and column.name != "findings")
"""Columns of the table on the page; it shows findings by their severity."""

_MADE_BY: Mapping[str, str] = MappingProxyType(
    {
        "version": "ctperfusion",
        "method": "method",
        "protocol": "protocol",
        "normalisation": "normalisation",
        "tmax_definition": "Tmax",
    }
)
"""Columns that should be the same in all rows, and how the heading names them."""

_CRITERION_TEXTS: Mapping[Value, str] = MappingProxyType({True: "met", False: "not met", None: "n/a"})


def write_page(rows: Sequence[StudyRow], folder: Path) -> None:
    """Write cohort.html, whole or not at all.

    The page links to the reports and shows the pictures ``thumbnails/<study>.png`` that exist in `folder`; it
    asks nothing of a network.

    Parameters
    ----------
    rows : sequence of StudyRow
    folder : Path

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    page = render_page(rows, folder)
    with staging_folder(folder / PAGE) as staging:
        try:
            (staging / PAGE).write_text(page, encoding="utf-8")
            (staging / PAGE).replace(folder / PAGE)
        except OSError as error:
            raise unwritable(folder, error) from error


def render_page(rows: Sequence[StudyRow], folder: Path) -> str:
    """Return the HTML text of the page; `folder` is where the pictures may lie."""
    from markupsafe import Markup

    rows = sorted(rows, key=lambda row: row.study)
    groups = finding_groups(rows)
    script = joined_scripts(_SCRIPT)
    table = {"columns": [_is_word(column) for column in _SHOWN], "rows": _page_rows(rows, groups, folder)}
    return page_template(_TEMPLATE).render(
        notice=RESEARCH_USE,
        counts={status: sum(row.status is status for row in rows) for status in StudyStatus},
        patients=patients_sentence(rows),
        made_by=_made_by(rows),
        files=(CSV, PARQUET),
        is_word=_is_word,
        columns=_SHOWN,
        distributions=distributions(rows),
        groups=groups,
        table=Markup(inert_json(table)),  # noqa: S704 - escaped for a script element
        script=Markup(script),  # noqa: S704 - our own
        policy=content_policy(script, images="'self' file:"),
        drawing=Markup,  # of matplotlib, with our own words
    )


def _is_word(column: Column) -> bool:
    return column.kind in (Kind.TEXT, Kind.FLAG)


def _made_by(rows: Sequence[StudyRow]) -> list[tuple[str, str]]:
    """Return how the results were made: the title and all values of what should be the same everywhere."""
    found = {title: {row.values.get(name) for row in rows} - {None} for name, title in _MADE_BY.items()}
    return [(title, ", ".join(sorted(map(str, values)))) for title, values in found.items() if values]


def _page_rows(
    rows: Sequence[StudyRow], groups: Sequence[FindingGroup], folder: Path
) -> list[dict[str, Any]]:
    """Return the rows as the script of the page reads them."""
    places = {(group.code, group.severity): place for place, group in enumerate(groups)}
    pictures = _pictures(folder)
    results = results_by_patient(rows)
    return [
        {
            "study": readable(row.study),
            "status": str(row.status),
            "patient": _patient(row, results),
            "words": readable(f"{row.reason}; {row.remedy}.") if row.reason else "",
            "report": _link(row.values.get("report")),
            "picture": _link(f"{THUMBNAILS}/{row.study}.png") if row.study in pictures else None,
            "cells": [_cell(column, row.values[column.name]) for column in _SHOWN] if row.values else [],
            "findings": sorted({places[finding.code, finding.severity] for finding in row.findings}),
        }
        for row in rows
    ]


def _patient(row: StudyRow, results: Mapping[str, int]) -> tuple[str, str] | None:
    """Return the patient of a result and how many results the patient has; None where it is the only one."""
    if not row.values or row.patient is None or results[row.patient] < 2:
        return None
    return readable(row.patient), f"{results[row.patient]} studies of this patient"


def _pictures(folder: Path) -> set[str]:
    """Return the names of the studies that have a picture."""
    whole = folder / THUMBNAILS
    return {path.relative_to(whole).with_suffix("").as_posix() for path in whole.rglob("*.png")}


def _link(path: Value) -> str | None:
    """Return a path as a relative address, also where it holds signs that mean something in one."""
    return None if path is None else quote(str(path), errors="surrogateescape")


def _cell(column: Column, value: Value) -> tuple[str, float | str | None]:
    """Return a value as the page shows it, and what it is sorted by."""
    text = _text(column, value)
    if column.kind is Kind.TEXT:
        return text, text
    return text, None if value is None else float(value)


def _text(column: Column, value: Any) -> str:
    if column.kind is Kind.FLAG:
        return _CRITERION_TEXTS[value]
    if column.name == "affected_hemisphere":
        return SIDES[value]
    if column.name == "mismatch_ratio":
        return ratio_text(column.name, {column.name: value})
    return f"{value:.0f}" if column.unit == "s" else volume_text(value)
