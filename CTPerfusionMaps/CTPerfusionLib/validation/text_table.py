"""Tables as plain text."""

from collections.abc import Sequence

_GAP = "  "


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], n_labels: int = 1) -> list[str]:
    """Return the lines of a table: labels to the left, numbers to the right, columns as wide as needed.

    Parameters
    ----------
    header : sequence of str
        A line break splits a heading over lines; the last lines of all headings are level.
    rows : sequence of sequence of str
        As long as the header.
    n_labels : int
        Leading columns that hold labels.
    """
    headings = [heading.split("\n") for heading in header]
    depth = max(len(heading) for heading in headings)
    padded = [[""] * (depth - len(heading)) + heading for heading in headings]
    lines = [*zip(*padded, strict=True), *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return [_line(cells, widths, n_labels) for cells in lines]


def plain_number(value: float) -> str:
    """Return a number with three digits, or all of those before the point."""
    return f"{value:.0f}" if value >= 100.0 else f"{value:.3g}"


def _line(cells: Sequence[str], widths: Sequence[int], n_labels: int) -> str:
    aligned = [
        cell.ljust(width) if position < n_labels else cell.rjust(width)
        for position, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return _GAP.join(aligned).rstrip()
