"""A column of two tables, as numbers or as categories."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .cells import VOCABULARIES, Cell, is_missing, number_of
from .compared import Measure, Rating


def pair_columns(
    name: str, first: Sequence[Cell], second: Sequence[Cell], sets: tuple[str, str]
) -> Measure | Rating | str:
    """Return the values of one column in both tables.

    Columns of zeros and ones without decimals are categories where both occur.

    Parameters
    ----------
    name : str
    first, second : sequence of Cell, length S
        Of the same studies.
    sets : tuple of str
        What the tables are called.

    Returns
    -------
    Measure, Rating or str
        The reason, as a clause, why the column cannot be compared.
    """
    vocabulary = next((each for each in VOCABULARIES if each.holds(first, second)), None)
    if vocabulary is not None:
        return Rating(name, tuple(map(vocabulary.category, first)), tuple(map(vocabulary.category, second)))
    empty = [
        called for called, cells in zip(sets, (first, second), strict=True) if all(map(is_missing, cells))
    ]
    if empty:
        return f"without a value in {' and '.join(empty)}"
    try:
        measure = Measure(name, _numbers(first), _numbers(second))
    except ValueError:
        return "neither numbers nor yes and no"
    values = np.concatenate([measure.first, measure.second])
    return "the same number in all studies" if np.unique(values[~np.isnan(values)]).size == 1 else measure


def _numbers(cells: Sequence[Cell]) -> NDArray[np.float64]:
    return np.array([number_of(cell) for cell in cells], dtype=np.float64)
