"""What a user knows of the patients of a cohort, for the criteria of the trials."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..errors import ConfigurationError
from ..pipeline import PipelineConfig

PLACE, STUDY = "place", "study"
"""Columns that say which study a row is of, as in the list of studies."""

LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"age": (0.0, 130.0), "nihss": (0.0, 42.0), "hours": (0.0, 720.0)}
)
"""Columns with numbers, named as the choices of a run, and between what they lie: years, points and hours."""


@dataclass(frozen=True)
class PatientRow:
    """What is known of one patient.

    Attributes
    ----------
    line : int
        Of the file: messages name it, since the place of a study may tell who the patient is.
    values : mapping of str to float
        By the names in :data:`LIMITS`, as far as known.
    """

    line: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class PatientTable:
    """Numbers of patients by study.

    Attributes
    ----------
    name : str
        Of the file.
    key : str
        :data:`PLACE` or :data:`STUDY`.
    rows : mapping of str to PatientRow
        By place or name of a study.
    """

    name: str
    key: str
    rows: Mapping[str, PatientRow]

    def check(self, studies: Iterable[str], places: Iterable[str]) -> None:
        """Refuse rows of studies that are not in the cohort.

        Raises
        ------
        ConfigurationError
            If there is one: its numbers would get lost.
        """
        known = set(places if self.key == PLACE else studies)
        strange = [str(row.line) for study, row in self.rows.items() if study not in known]
        if strange:
            lines = f"line {strange[0]}" + (f" and {len(strange) - 1} more" if len(strange) > 1 else "")
            raise ConfigurationError(
                f"{self.name} names a study that is not in the cohort ({lines})",
                "write places as in studies.csv of the cohort's output: within ROOT, with forward slashes",
            )

    def completed(self, config: PipelineConfig, study: str, place: str) -> PipelineConfig:
        """Return the choices for a study with what is known of its patient."""
        row = self.rows.get(place if self.key == PLACE else study)
        if row is None:
            return config
        return replace(
            config,
            age=row.values.get("age", config.age),
            nihss=row.values.get("nihss", config.nihss),
            hours=row.values.get("hours", config.hours),
        )


def read_patient_table(path: Path) -> PatientTable:
    """Read a CSV file with a column ``place`` or ``study`` and any of ``age``, ``nihss`` and ``hours``.

    Cells may be empty, and other columns are passed over, so that the list of studies can be filled in.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, lacks these columns, names a study twice, or a cell is no number that it
        could be.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = list(reader.fieldnames or [])
            lines = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"The table of patients {path.name} cannot be read", "give a CSV file in UTF-8"
        ) from error
    key = next((name for name in (PLACE, STUDY) if name in columns), None)
    numbers = [name for name in LIMITS if name in columns]
    if key is None or not numbers:
        raise ConfigurationError(
            f"The table of patients {path.name} has the columns {', '.join(columns) or '(none)'}",
            f"give it a column {PLACE} or {STUDY}, and any of {', '.join(LIMITS)}, with commas between cells",
        )
    rows: dict[str, PatientRow] = {}
    for line, row in lines:
        study = (row[key] or "").strip()
        if study in rows:
            raise ConfigurationError(
                f"{path.name} names one study in the lines {rows[study].line} and {line}",
                "leave one of the two",
            )
        given = {name: (row[name] or "").strip() for name in numbers}
        values = {name: _number(path, line, name, text) for name, text in given.items() if text}
        rows[study] = PatientRow(line, values)
    return PatientTable(path.name, key, rows)


def _number(path: Path, line: int, column: str, text: str) -> float:
    lowest, highest = LIMITS[column]
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        raise ConfigurationError(
            f"{path.name} has {column} = '{text}' in line {line}",
            f"give a number from {lowest:g} to {highest:g}, or leave the cell empty",
        )
    return value
