"""Two tables of results of the same studies."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from ...errors import ConfigurationError
from .columns import pair_columns
from .compared import FEWEST_STUDIES, ComparedSets, LeftOut, Measure, Rating, Strata
from .groups import group_by
from .result_table import ResultTable, read_table
from .set_names import set_names

KEY = "study"
"""Column that names the studies, unless another is asked for."""

_NO_PAIRS: Mapping[str, str] = MappingProxyType({})


def compare_tables(
    first: Path | str,
    second: Path | str,
    *,
    key: str = KEY,
    pairs: Mapping[str, str] = _NO_PAIRS,
    by: str | None = None,
) -> ComparedSets:
    """Pair two tables with a row for each study.

    Columns that both have are compared: numbers as such, yes and no or true and false as criteria, sides as
    categories. What is left out is listed with the reason.

    Parameters
    ----------
    first, second : Path or str
        CSV or Parquet.
    key : str
        Column that names the studies.
    pairs : mapping of str to str
        Columns of the first table with those of the second that hold the same under another name.
    by : str, optional
        Column that divides the studies into groups: that of the first table, or of the second where the
        first has none.

    Raises
    ------
    ConfigurationError
        If a table cannot be read, lacks a column that was named, or names a study twice; if fewer than
        three studies or no columns are in both; if there are too many groups.
    """
    first, second = Path(first), Path(second)
    sets = set_names(first, second)
    one, other = read_table(first), read_table(second)
    other = _renamed(other, one, pairs)
    rows, left_out = _shared_rows((one, other), key, sets)
    if len(rows) < FEWEST_STUDIES:
        raise ConfigurationError(
            f"{sets[0]} and {sets[1]} have {len(rows)} studies in common, {FEWEST_STUDIES} are needed",
            "check the column that names the studies, or name it with --key",
        )
    measures, ratings, left_out_columns = _paired(one, other, rows.values(), key, sets)
    left_out_columns = tuple(each for each in left_out_columns if each.name != by)
    if not measures and not ratings:
        raise ConfigurationError(
            f"{sets[0]} and {sets[1]} have no column in common that can be compared",
            "name columns that hold the same with --pair",
        )
    return ComparedSets(
        names=sets,
        settings={
            "first set": f"{sets[0]}, the table {first.name}",
            "second set": f"{sets[1]}, the table {second.name}",
        },
        studies=tuple(rows),
        measures=measures,
        ratings=ratings,
        strata=None if by is None else _strata((one, other), rows.values(), by),
        left_out_studies=left_out,
        left_out_columns=left_out_columns,
    )


def _strata(tables: tuple[ResultTable, ResultTable], rows: Iterable[tuple[int, int]], by: str) -> Strata:
    """Return the groups of studies by a column of the first table, or of the second if that alone has it."""
    place = 0 if by in tables[0].columns or by not in tables[1].columns else 1
    column = tables[place].column(by)
    return group_by(by, [column[row[place]] for row in rows])


def _renamed(table: ResultTable, model: ResultTable, pairs: Mapping[str, str]) -> ResultTable:
    """Return a table with the names that the other one has for its columns."""
    columns = dict(table.columns)
    for name, own in pairs.items():
        model.column(name)
        table.column(own)
        columns.pop(own, None)
    return replace(table, columns=columns | {name: table.column(own) for name, own in pairs.items()})


def _shared_rows(
    tables: tuple[ResultTable, ResultTable], key: str, sets: tuple[str, str]
) -> tuple[dict[str, tuple[int, int]], tuple[LeftOut, ...]]:
    """Return the rows of the studies that both tables have, and what is left out."""
    (first, unnamed_first), (second, unnamed_second) = (table.rows_of_studies(key) for table in tables)
    left_out = [
        *(LeftOut(study, f"only in {sets[0]}") for study in first if study not in second),
        *(LeftOut(study, f"only in {sets[1]}") for study in second if study not in first),
        *[LeftOut("a row", f"without a name in {sets[0]}")] * unnamed_first,
        *[LeftOut("a row", f"without a name in {sets[1]}")] * unnamed_second,
    ]
    return {study: (row, second[study]) for study, row in first.items() if study in second}, tuple(left_out)


def _paired(
    one: ResultTable, other: ResultTable, rows: Iterable[tuple[int, int]], key: str, sets: tuple[str, str]
) -> tuple[tuple[Measure, ...], tuple[Rating, ...], tuple[LeftOut, ...]]:
    pairs = list(rows)
    found: list[Measure | Rating] = []
    left_out = [
        *(LeftOut(name, f"only in {sets[0]}") for name in one.columns if name not in other.columns),
        *(LeftOut(name, f"only in {sets[1]}") for name in other.columns if name not in one.columns),
    ]
    for name in one.columns:
        if name == key or name not in other.columns:
            continue
        first = [one.columns[name][row] for row, _ in pairs]
        second = [other.columns[name][row] for _, row in pairs]
        column = pair_columns(name, first, second, sets)
        if isinstance(column, str):
            left_out.append(LeftOut(name, column))
        else:
            found.append(column)
    measures = tuple(column for column in found if isinstance(column, Measure))
    ratings = tuple(column for column in found if isinstance(column, Rating))
    return measures, ratings, tuple(left_out)
