"""Tables of a study as data, and their numbers as text, in Markdown and in HTML."""

import html
from dataclasses import dataclass

from ..statistics import Interval, Proportion, Summary

MISSING = "-"
"""Where there is no number."""

REACHED, MISSED = "reached", "missed"
"""What a target is marked with."""


@dataclass(frozen=True)
class Table:
    """A table with what must be known to read it.

    Attributes
    ----------
    title, note : str
    header : tuple of str
    rows : tuple of tuple of str
    """

    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def markdown_lines(table: Table) -> list[str]:
    """Return a table as lines of Markdown."""
    lines = [f"## {table.title}", "", *([table.note, ""] if table.note else [])]
    every = (table.header, ("---",) * len(table.header), *table.rows)
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |" for cells in every]


def html_table(table: Table) -> str:
    """Return a table as HTML."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.header)
    rows = "".join("<tr>" + "".join(_html_cell(cell) for cell in row) + "</tr>" for row in table.rows)
    note = f"<p>{html.escape(table.note)}</p>" if table.note else ""
    return (
        f"<h2>{html.escape(table.title)}</h2>{note}<div class='table'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _html_cell(cell: str) -> str:
    mark = " class='missed'" if cell == MISSED else ""
    return f"<td{mark}>{html.escape(cell)}</td>"


def mean_and_sd(summary: Summary, digits: int = 1) -> str:
    """Return ``mean +- SD``."""
    if summary.mean is None:
        return MISSING
    spread = "" if summary.sd is None else f" ± {summary.sd:.{digits}f}"
    return f"{summary.mean:.{digits}f}{spread}"


def bias(mean: float | None, sd: float | None) -> str:
    """Return a signed mean difference with its SD."""
    return MISSING if mean is None else f"{mean:+.1f} ± {number(sd, 1)}"


def number(value: float | None, digits: int, *, sign: bool = False) -> str:
    """Return a number, a dash where there is none."""
    if value is None:
        return MISSING
    # Zero is added so that nothing is rounded to -0.
    return f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"


def interval(found: Interval | None, digits: int) -> str:
    """Return an interval, a dash where there is none."""
    return MISSING if found is None else f"{number(found.low, digits)} to {number(found.high, digits)}"


def limits(low: float | None, high: float | None) -> str:
    """Return limits of agreement in mL."""
    return MISSING if low is None or high is None else f"{low:.1f} to {high:.1f}"


def percent(share: float | None) -> str:
    """Return a share in per cent."""
    return MISSING if share is None else f"{100.0 * share:.0f} %"


def p_value(p: float | None) -> str:
    """Return a probability as journals print it."""
    if p is None:
        return MISSING
    return "< .001" if p < 0.001 else f"{p:.3f}"


def counted(found: Proportion) -> tuple[str, str, str]:
    """Return all cases, those that have it with their share, and the interval of the share."""
    low_and_high = (
        MISSING
        if found.interval is None
        else (f"{100.0 * found.interval.low:.0f} to {100.0 * found.interval.high:.0f} %")
    )
    return str(found.n), f"{found.count} ({percent(found.share)})", low_and_high


def spread(found: Summary, digits: int) -> tuple[str, str]:
    """Return median and range."""
    if found.median is None or found.smallest is None or found.largest is None:
        return MISSING, MISSING
    return number(found.median, digits), f"{found.smallest:.{digits}f} to {found.largest:.{digits}f}"
