"""The columns of a cohort's table, declared once: tables, page and documentation read this registry."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from ..lesion.volumes import FIXED_CUTS
from ..pipeline import Stage
from ..report.wording import CRITERIA_TITLES
from ..series import Severity

Value = str | float | int | bool | None
"""What a cell holds; None where nothing could be determined."""

SUMMARY, MANIFEST = "summary.json", "run.json"
"""The files of a result from which its row is read."""


class Kind(Enum):
    """What a column holds: the type of its values in a row, and in the table of pandas."""

    TEXT = (str, "string")
    NUMBER = (float, "Float64")
    COUNT = (int, "Int64")
    FLAG = (bool, "boolean")

    def __init__(self, type_: type, dtype: str) -> None:
        self.type = type_
        self.dtype = dtype

    def holds(self, value: Any) -> bool:
        """Say whether a value is None or of this kind; numbers are finite."""
        if value is None:
            return True
        if type(value) is not self.type:
            return False
        return not isinstance(value, float) or math.isfinite(value)


@dataclass(frozen=True)
class Result:
    """What `ctperfusion run` wrote about a study.

    Attributes
    ----------
    summary, manifest : mapping
        The contents of summary.json and run.json.
    report : str
        Path of the report, relative to the folder of the cohort, with forward slashes.
    """

    summary: Mapping[str, Any]
    manifest: Mapping[str, Any]
    report: str


@dataclass(frozen=True)
class Column:
    """A column that says something about the result of a study.

    Attributes
    ----------
    name : str
    kind : Kind
    title : str
        What it holds, for a reader.
    unit : str
        Empty where it has none.
    source : str
        Where it is read: a file of the result with the place in it.
    read : callable
        Takes the `Result` and returns the value.
    heading : str
        Its heading on the page; empty where the page does not show it.
    is_timing : bool
        Whether two runs of the same study may differ in it: times and memory.
    """

    name: str
    kind: Kind
    title: str
    unit: str
    source: str
    read: Callable[[Result], Value]
    heading: str = ""
    is_timing: bool = False


@dataclass(frozen=True)
class Label:
    """A column that every study has, also one without a result.

    Attributes
    ----------
    name : str
    title : str
    """

    name: str
    title: str


LABELS = (
    Label("study", "Name of the study"),
    Label("status", "`done`, `failed` or `duplicate`"),
    Label("reason", "Why there is no result; empty for a study that is done"),
    Label("remedy", "What to do about it; empty likewise"),
    Label(
        "patient",
        "Name of one study of the patient, the same for all of them; empty where the patient is not known",
    ),
)
"""The first columns of the table, all of them text."""


def _summary(name: str, kind: Kind, title: str, *keys: str, unit: str = "", heading: str = "") -> Column:
    """Return a column that stands in summary.json below `keys`; by default below its own name."""
    path = keys or (name,)
    source = f"{SUMMARY}: {'.'.join(path)}"
    return Column(name, kind, title, unit, source, lambda result: _at(result.summary, path), heading)


def _manifest(
    name: str, kind: Kind, title: str, *keys: str | int, unit: str = "", is_timing: bool = False
) -> Column:
    """Return a column that stands in run.json below `keys`; by default below its own name."""
    path = keys or (name,)
    source = f"{MANIFEST}: {'.'.join(map(str, path))}"
    return Column(
        name, kind, title, unit, source, lambda result: _at(result.manifest, path), is_timing=is_timing
    )


def _at(record: Any, path: tuple[str | int, ...]) -> Any:
    """Return what stands at a path; None below what is null.

    Raises
    ------
    KeyError, IndexError, TypeError
        If the record has no such place.
    """
    for key in path:
        if record is None:
            return None
        record = record[key]
    return record


def _volume(name: str, title: str, heading: str = "") -> Column:
    return _summary(f"{name}_ml", Kind.NUMBER, title, "volumes_ml", name, unit="mL", heading=heading)


def _criterion(trial: str, title: str) -> Column:
    meaning = f"Whether the imaging criteria of {title} are met{_CRITERION_NEEDS.get(trial, '')}"
    return _summary(trial, Kind.FLAG, meaning, "criteria", trial, heading=title)


_CRITERION_NEEDS: Mapping[str, str] = MappingProxyType(
    {"defuse3": "; empty without hours", "dawn": "; empty without age, NIHSS and hours"}
)
"""What a criterion cannot be assessed without."""


def _fixed_cut_title(name: str) -> str:
    quantity, threshold = name.split("_")
    if quantity == "tmax":
        return f"Volume with Tmax > {threshold} s"
    return f"Volume with global relative CBF < {threshold} %"


def _counted_core(result: Result) -> Value:
    core: Value = result.summary["volumes_ml"][f"core_{result.summary['mismatch_core']}"]
    return core


def _finding_codes(result: Result) -> Value:
    return ";".join(finding["code"] for finding in result.summary["quality"]) or None


def _n_findings(severity: Severity) -> Callable[[Result], Value]:
    return lambda result: sum(finding["severity"] == severity for finding in result.summary["quality"])


def _stage_seconds(stage: Stage) -> Column:
    key = stage.name.lower()
    return Column(
        f"seconds_{key}",
        Kind.NUMBER,
        f"{stage.title}; empty where this was not done",
        "s",
        f"{MANIFEST}: seconds.{key}",
        lambda result: result.manifest["seconds"].get(key),
        is_timing=True,
    )


RESULT_COLUMNS: tuple[Column, ...] = (
    _summary("affected_hemisphere", Kind.TEXT, "`left`, `right` or `none`; of the patient", heading="Side"),
    Column(
        "core_ml",
        Kind.NUMBER,
        "Core that counts in penumbra, ratio and criteria",
        "mL",
        f"{SUMMARY}: volumes_ml, the core that mismatch_core names",
        _counted_core,
        heading="Core",
    ),
    _summary("counted_core", Kind.TEXT, "Which core counts: `global` or `local`", "mismatch_core"),
    _volume("core_global", "Core, flow relative to normal tissue"),
    _volume("core_local", "Core, flow relative to the mirrored side"),
    _volume("hypoperfusion", "Hypoperfusion, core and penumbra", "Hypoperfusion"),
    _volume("penumbra", "Penumbra, hypoperfusion outside the core", "Penumbra"),
    *(_volume(name, _fixed_cut_title(name)) for name in FIXED_CUTS),
    _summary(
        "mismatch_ratio",
        Kind.NUMBER,
        "Hypoperfusion / core; empty where there is no core",
        heading="Ratio",
    ),
    _summary(
        "hypoperfusion_intensity_ratio",
        Kind.NUMBER,
        "Volume with Tmax > 10 s / volume with Tmax > 6 s; empty where there is no such tissue",
    ),
    _summary("cbv_index", Kind.NUMBER, "Relative CBV of the hypoperfusion / of normal tissue"),
    *(_criterion(trial, title) for trial, title in CRITERIA_TITLES.items()),
    _summary("tmax_definition", Kind.TEXT, "What Tmax is: `centre` or `argmax`"),
    _summary(
        "core_volume_verdict",
        Kind.TEXT,
        "What the core-volume network says: `small` or `large`; empty without one",
        *("core_volume_classifier", "verdict"),
    ),
    _summary(
        "core_volume_probability",
        Kind.NUMBER,
        "Its probability of a large core",
        *("core_volume_classifier", "probability_large"),
    ),
    _summary(
        "core_volume_ml",
        Kind.NUMBER,
        "Core volume by a network that says a volume",
        *("core_volume_classifier", "volume_ml"),
        unit="mL",
    ),
    Column(
        "findings",
        Kind.TEXT,
        "Codes of all findings, separated by semicolons; empty where there is none",
        "",
        f"{SUMMARY}: quality, code",
        _finding_codes,
        heading="Findings",
    ),
    *(
        Column(
            f"n_{severity}s",
            Kind.COUNT,
            f"Findings of severity {severity}",
            "",
            f"{SUMMARY}: quality, severity",
            _n_findings(severity),
        )
        for severity in (Severity.WARNING, Severity.ERROR)
    ),
    _summary("method", Kind.TEXT, "Kinetic method or network that gave the maps"),
    _summary("protocol", Kind.TEXT, "Threshold protocol"),
    _manifest("normalisation", Kind.TEXT, "`global`, `local` or `both`", "parameters", "normalisation"),
    _manifest("version", Kind.TEXT, "Version of ctperfusion"),
    _manifest("input_sha256", Kind.TEXT, "Hash of the images that were read", "input", "sha256"),
    _manifest("frames", Kind.COUNT, "Frames of the series", "input", "frames"),
    _manifest("slices", Kind.COUNT, "Slices of the series", "input", "shape", 0),
    _manifest("time_source", Kind.TEXT, "Where the times of the frames stand", "input", "time_source"),
    Column(
        "seconds",
        Kind.NUMBER,
        "The whole run",
        "s",
        f"{MANIFEST}: seconds, the sum",
        lambda result: round(sum(result.manifest["seconds"].values()), 3),
        heading="Time",
        is_timing=True,
    ),
    *(_stage_seconds(stage) for stage in Stage),
    _manifest(
        "peak_memory_gb", Kind.NUMBER, "Peak memory of the process; empty if unknown", unit="GB",
        is_timing=True,
    ),
    Column(
        "report", Kind.TEXT, "Path of the report, relative to the folder of the table", "", "report.html",
        lambda result: result.report,
    ),
)  # fmt: skip
"""The columns that a study with a result has, in the order of the table."""

COLUMN_NAMES: tuple[str, ...] = (
    *(label.name for label in LABELS),
    *(column.name for column in RESULT_COLUMNS),
)
"""All columns of the table in their order."""

TIMING_COLUMNS = frozenset(column.name for column in RESULT_COLUMNS if column.is_timing)
"""Columns in which two runs of the same study may differ."""
