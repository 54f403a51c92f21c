"""Studies grouped by a column of a table."""

from collections.abc import Sequence

from .cells import Cell, is_missing
from .compared import Strata


def group_by(column: str, cells: Sequence[Cell]) -> Strata:
    """Return the groups of studies by the cells of a column.

    Raises
    ------
    ConfigurationError
        If there are none or too many groups.
    """
    return Strata(column, tuple(None if is_missing(cell) else str(cell).strip() for cell in cells))
