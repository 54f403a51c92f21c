"""Tables of results with a row for each study, from CSV or Parquet."""

import csv
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import ConfigurationError
from .cells import Cell, is_missing

_PARQUET = (".parquet", ".pq")
_TEXT = (".csv", ".tsv", ".txt")
_SEPARATORS = ",;\t"


@dataclass(frozen=True, eq=False)
class ResultTable:
    """A table.

    Attributes
    ----------
    name : str
        Of the file.
    columns : mapping of str to tuple of Cell
        All of one length.
    """

    name: str
    columns: Mapping[str, tuple[Cell, ...]]

    def column(self, name: str) -> tuple[Cell, ...]:
        """Return a column.

        Raises
        ------
        ConfigurationError
            If there is none of that name.
        """
        if name not in self.columns:
            raise ConfigurationError(
                f"{self.name} has no column {name}", f"choose one of {', '.join(self.columns)}"
            )
        return self.columns[name]

    def rows_of_studies(self, key: str) -> tuple[dict[str, int], int]:
        """Return the row of each study, and how many rows name none.

        Raises
        ------
        ConfigurationError
            If there is no such column, or a study is named twice.
        """
        rows: dict[str, int] = {}
        unnamed = 0
        for row, cell in enumerate(self.column(key)):
            if is_missing(cell):
                unnamed += 1
                continue
            study = _study(cell)
            if study in rows:
                raise ConfigurationError(
                    f"{self.name} has the same {key} in rows {rows[study] + 1} and {row + 1}",
                    "keep one row for each study",
                )
            rows[study] = row
        return rows, unnamed


def read_table(path: Path) -> ResultTable:
    """Read a table.

    CSV in UTF-8 with a header, separated by commas, semicolons or tabs; or Parquet.

    Raises
    ------
    ConfigurationError
        If it cannot be read, has no rows, or has two columns of one name, or Parquet is not installed.
    """
    if path.suffix.lower() in _PARQUET:
        columns = _read_parquet(path)
    elif path.suffix.lower() in _TEXT:
        columns = _read_csv(path)
    else:
        raise ConfigurationError(f"{path.name} is neither CSV nor Parquet", "save it as one of these")
    if not any(columns.values()):
        raise ConfigurationError(f"{path.name} has no rows", "give a table with a row for each study")
    return ResultTable(path.name, columns)


def _read_parquet(path: Path) -> dict[str, tuple[Cell, ...]]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ConfigurationError(
            "Parquet needs pyarrow, which is not installed",
            "run pip install 'ctperfusion[cohort]' or give CSV",
        ) from error
    try:
        # A file handle, since a path would be taken for a data set that may span folders.
        with path.open("rb") as file:
            table = parquet.read_table(file).to_pydict()
    except Exception as error:  # the reader fails on foreign bytes in many ways, all with the same meaning
        raise _unreadable(path) from error
    return {str(name): tuple(values) for name, values in table.items()}


def _read_csv(path: Path) -> dict[str, tuple[Cell, ...]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            separator = max(_SEPARATORS, key=first.count)
            rows = [row for row in csv.reader(file, delimiter=separator, strict=True) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path) from error
    header, *body = rows or [[]]
    names = [name.strip() for name in header]
    _check_shape(path, names, body)
    # A column without a name is the index that some software writes.
    return {
        name: tuple(row[place] for row in body) for place, name in enumerate(names) if name
    }  # fmt: skip


def _check_shape(path: Path, names: list[str], rows: list[list[str]]) -> None:
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"{path.name} has two columns {twice}", "give each column its own name")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(names):
            raise ConfigurationError(
                f"Row {number} of {path.name} has {len(row)} cells, its header {len(names)}",
                "give each row a cell for each column, in quotes where it holds a separator",
            )


def _study(cell: Cell) -> str:
    """Return a study's name; the same whether a table keeps it as text, whole number or decimal."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _unreadable(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"The table {path.name} cannot be read", "give a CSV file in UTF-8 or a Parquet file"
    )
