"""The table of a cohort, a row per study, as CSV and as Parquet with the same columns and types."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from ..staging import staging_folder, unwritable
from .columns import COLUMN_NAMES, LABELS, RESULT_COLUMNS, Kind, Value
from .requirements import TABLE_PACKAGES, require_cohort_packages
from .study_row import StudyRow
from .text import readable

if TYPE_CHECKING:
    import pandas as pd

CSV, PARQUET = "cohort.csv", "cohort.parquet"
"""Names of the files in the folder of a cohort."""

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {label.name: Kind.TEXT for label in LABELS} | {column.name: column.kind for column in RESULT_COLUMNS}
)
"""What each column of the table holds."""

# Spreadsheets take a cell that begins like this for a formula, also in the wide forms of East Asian fonts.
_FORMULA = re.compile("^(?='*[=+\\-@＝＋－＠])")
_GUARDED = re.compile("^'(?='*[=+\\-@＝＋－＠])")


def write_tables(rows: Sequence[StudyRow], folder: Path) -> None:
    """Write cohort.csv and cohort.parquet, each whole or not at all, sorted by the names of the studies.

    Both have all columns with their types whatever the rows are. In the CSV an apostrophe stands before text
    that a spreadsheet would take for a formula; `read_table` takes it away again.

    Parameters
    ----------
    rows : sequence of StudyRow
    folder : Path

    Raises
    ------
    ConfigurationError
        If pandas or pyarrow is missing, or the folder cannot be written.
    """
    table = table_of(rows)
    writers: dict[str, Callable[[pd.DataFrame, Path], None]] = {CSV: _write_csv, PARQUET: _write_parquet}
    with staging_folder(folder / CSV) as staging:
        try:
            for name, write in writers.items():
                write(table, staging / name)
            for name in writers:
                (staging / name).replace(folder / name)
        except OSError as error:
            raise unwritable(folder, error) from error


def read_table(path: Path | str) -> "pd.DataFrame":
    """Read a table that `write_tables` has written; CSV and Parquet give the same.

    Raises
    ------
    ConfigurationError
        If pandas or pyarrow is missing, or the file is no such table.
    """
    require_cohort_packages(TABLE_PACKAGES)
    path = Path(path)
    try:
        table = _read_csv(path) if path.suffix == ".csv" else _read_parquet(path)
    except (OSError, ValueError, csv.Error) as error:  # those of pyarrow among them
        raise ConfigurationError(
            f"The table {path.name} cannot be read", f"give the {CSV} or {PARQUET} of a cohort"
        ) from error
    if tuple(table.columns) != COLUMN_NAMES:
        raise ConfigurationError(
            f"The table {path.name} has not the columns of this version", "run the cohort again"
        )
    return table


def table_of(rows: Sequence[StudyRow]) -> "pd.DataFrame":
    """Return the table of a cohort, sorted by the names of the studies; nothing is NA where it is unknown.

    Raises
    ------
    ConfigurationError
        If pandas or pyarrow is missing.
    """
    require_cohort_packages(TABLE_PACKAGES)
    import pandas as pd

    records = [_record(row) for row in sorted(rows, key=lambda row: row.study)]
    columns = {
        name: pd.array([_cell(record.get(name)) for record in records], dtype=kind.dtype)
        for name, kind in _KINDS.items()
    }
    return pd.DataFrame(columns)


def _record(row: StudyRow) -> Mapping[str, Value]:
    return {
        "study": row.study,
        "status": str(row.status),
        "reason": row.reason,
        "remedy": row.remedy,
        "patient": row.patient,
        **row.values,
    }


def _cell(value: Value) -> Value:
    """Return a value as a table holds it: text in which every sign can be written, None where it is empty."""
    return readable(value) or None if isinstance(value, str) else value


def _write_csv(table: "pd.DataFrame", path: Path) -> None:
    guarded = table.copy()
    for name, kind in _KINDS.items():
        if kind is Kind.TEXT:
            guarded[name] = guarded[name].str.replace(_FORMULA, "'", regex=True)
    guarded.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def _read_csv(path: Path) -> "pd.DataFrame":
    """Read cell by cell: pandas has no lasting option to read numbers with all their digits."""
    import pandas as pd

    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, strict=True)
    columns = dict(zip(header, zip(*lines, strict=True), strict=True)) if lines else dict.fromkeys(header, ())
    return pd.DataFrame({name: _column(name, cells) for name, cells in columns.items()})


def _column(name: str, cells: Sequence[str]) -> "pd.api.extensions.ExtensionArray":
    """Return the cells of a column with its type; those of a column that is not known as text."""
    import pandas as pd

    kind = _KINDS.get(name, Kind.TEXT)
    parse = _PARSERS[kind]
    return pd.array([parse(cell) if cell else None for cell in cells], dtype=kind.dtype)


def _write_parquet(table: "pd.DataFrame", path: Path) -> None:
    table.to_parquet(path, engine="pyarrow", index=False)


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(path, engine="pyarrow")


def _flag(cell: str) -> bool:
    if cell not in ("True", "False"):
        raise ValueError(f"{cell!r} is neither True nor False")
    return cell == "True"


_PARSERS: Mapping[Kind, Callable[[str], Value]] = MappingProxyType(
    {
        Kind.TEXT: lambda cell: _GUARDED.sub("", cell),
        Kind.NUMBER: float,
        Kind.COUNT: int,
        Kind.FLAG: _flag,
    }
)
