"""What the cell of a table says: a number, a category, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

Cell = str | float | bool | None
"""The text of a cell of a CSV file, or a value of a Parquet file."""

_MISSING = frozenset({"", "-", "–", "?", "na", "n/a", "n.a.", "nan", "nat", "null", "none", "missing"})
"""Words for no value, in lower case."""

_INFINITE = "∞"


def is_missing(cell: Cell) -> bool:
    """Say whether a cell holds no value."""
    return _text(cell) in _MISSING


def number_of(cell: Cell) -> float:
    """Return the number in a cell; NaN where it holds no value.

    Raises
    ------
    ValueError
        If it holds anything else.
    """
    text = _text(cell)
    if text in _MISSING:
        return np.nan
    if isinstance(cell, bool) or "_" in text:
        raise ValueError(f"{cell!r} is no number")
    return float(text.replace(_INFINITE, "inf"))


@dataclass(frozen=True)
class Vocabulary:
    """Words for a few categories.

    Attributes
    ----------
    words : mapping of str to str
        The category by the word for it, in lower case.
    digits : frozenset of str
        Words that are numbers too: they mean categories where all of them occur, or other words beside them.
    """

    words: Mapping[str, str]
    digits: frozenset[str] = frozenset()

    def holds(self, *columns: Sequence[Cell]) -> bool:
        """Say whether columns, each of which says something, hold words of the vocabulary alone."""
        said = [{text for text in map(_text, column) if text in self.words or text not in _MISSING}
                for column in columns]  # fmt: skip
        every = set().union(*said)
        if not all(said) or not every <= set(self.words) or every <= _MISSING:
            return False
        return every >= self.digits or not every <= self.digits

    def category(self, cell: Cell) -> str | None:
        """Return the category that a cell names; None where it holds no value."""
        return self.words.get(_text(cell))


VOCABULARIES: Sequence[Vocabulary] = (
    Vocabulary(
        MappingProxyType(
            dict.fromkeys(("yes", "y", "true", "1"), "yes") | dict.fromkeys(("no", "n", "false", "0"), "no")
        ),
        digits=frozenset({"0", "1"}),
    ),
    Vocabulary(MappingProxyType({"left": "left", "right": "right", "none": "none", "both": "both"})),
)
"""Criteria that are met or not; sides."""


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell).strip().lower()
