"""Tables of the sections in Markdown."""

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, with an empty line after it."""
    lines = [header, ["---"] * len(header), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


def mark(is_reached: bool) -> str:
    """Return what stands beside a target."""
    return "reached" if is_reached else "**missed**"
