"""The files that every evaluation leaves: cases, tables, figures and the page that puts them together."""

import base64
import csv
import html
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import RESEARCH_USE
from .segmentation_table import Table, html_table, markdown_lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CASES, PAGE, TABLES, NUMBERS, FIGURES = "cases.csv", "index.html", "tables.md", "tables.json", "figures"
"""Names of the files, and of the folder with the figures."""

_DOTS_PER_INCH = 200

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.notice { border-left: 4px solid #c8102e; padding: .3rem .8rem; background: #f6f6f6; }
.missed { color: #c8102e; font-weight: 600; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; white-space: nowrap; }
figure { margin: 1.5rem 0; } figure img { max-width: 100%; } figcaption { font-size: .85rem; color: #444; }
@media print { body { margin: 0; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
"""


@dataclass(frozen=True, eq=False)
class Drawing:
    """A figure with the words below it.

    Attributes
    ----------
    figure : matplotlib Figure
    caption : str
    is_picture : bool
        Whether it shows images: these stand on the page as pixels, and are not written as SVG.
    """

    figure: "Figure"
    caption: str
    is_picture: bool = False


@dataclass(frozen=True, eq=False)
class EvaluationReport:
    """What an evaluation says.

    Attributes
    ----------
    title, introduction : str
    facts : sequence of (str, str)
        What was evaluated and how.
    tables : sequence of Table
        The first one stands above the figures.
    draw : callable
        Returns the drawings by the stem of their files; called once they are written.
    cases : sequence of mapping
        Rows of one table; what a row lacks stays empty.
    numbers : mapping
        All statistics, ready for JSON.
    files : mapping of str to str
        Further text files by name.
    """

    title: str
    introduction: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    draw: Callable[[], Mapping[str, Drawing]]
    cases: Sequence[Mapping[str, Any]]
    numbers: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)


def write_report(folder: Path, report: EvaluationReport) -> None:
    """Write all files of an evaluation into an empty folder.

    Raises
    ------
    OSError
        If the disk is full or not writable.
    """
    drawings = report.draw()
    numbers = json.dumps(report.numbers, indent=1, allow_nan=False)
    texts = {
        CASES: rows_text(report.cases), TABLES: report_text(report), NUMBERS: f"{numbers}\n", **report.files,
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    sources = _write_figures(folder / FIGURES, drawings)
    (folder / PAGE).write_text(_page(report, drawings, sources), encoding="utf-8")


def report_text(report: EvaluationReport) -> str:
    """Return all tables as Markdown."""
    lines = [f"# {report.title}", "", RESEARCH_USE, "", *(f"* {name}: {text}" for name, text in report.facts)]
    for table in report.tables:
        lines += ["", *markdown_lines(table)]
    return "\n".join(lines) + "\n"


def rows_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV; what a row lacks stays empty."""
    columns = dict.fromkeys(name for row in rows for name in row)
    file = io.StringIO()
    writer = csv.DictWriter(file, list(columns), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
        )
    return file.getvalue()


def _write_figures(folder: Path, drawings: Mapping[str, Drawing]) -> dict[str, str]:
    """Write each figure as PNG, drawings as SVG too, and return what an image on the page refers to."""
    folder.mkdir()
    sources = {}
    for name, drawing in drawings.items():
        drawing.figure.savefig(folder / f"{name}.png", dpi=_DOTS_PER_INCH)
        file, kind = folder / f"{name}.png", "png"
        if not drawing.is_picture:
            file, kind = folder / f"{name}.svg", "svg+xml"
            drawing.figure.savefig(file, metadata={"Date": None})
        sources[name] = f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
    return sources


def _page(report: EvaluationReport, drawings: Mapping[str, Drawing], sources: Mapping[str, str]) -> str:
    facts = "".join(f"<li>{html.escape(name)}: {html.escape(text)}</li>" for name, text in report.facts)
    figures = "".join(
        f"<figure><img alt='{html.escape(drawing.caption)}' src='{sources[name]}'>"
        f"<figcaption>{html.escape(drawing.caption)}</figcaption></figure>"
        for name, drawing in drawings.items()
    )
    first, rest = (
        "".join(html_table(table) for table in part) for part in (report.tables[:1], report.tables[1:])
    )
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{report.title}</title><style>{_STYLE}</style></head><body><h1>{report.title}</h1>"
        f"<p class='notice'>{html.escape(RESEARCH_USE)}</p>"
        f"<p>{html.escape(report.introduction)}</p>"
        f"<ul>{facts}</ul>{first}{figures}{rest}</body></html>\n"
    )
