"""Real studies as cases: the list of groups, and the analysis of each study or the result it already has."""

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, ProcessingError
from ..io import load_series
from ..pipeline import PipelineConfig, Stage, StageClock, analyse_series
from ..progress import ProgressCallback, ignore_progress
from .segmentation_case import CaseLabels, Group, Measured, SegmentationCase, group_of
from .segmentation_phantoms import measured_of

COLUMNS = ("study", "microangiopathy", "stroke")
"""Of the list of groups."""

SUMMARY = "summary.json"
"""What a folder holds that is the result of a run."""

_WORDS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}
_GRADES = ("0", "1", "2", "3")


def read_groups(path: Path, folder: Path) -> list[CaseLabels]:
    """Read which studies belong to which group.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns ``study`` (name of a folder or file in `folder`), ``microangiopathy``
        (Fazekas grade 0 to 3, or NoMA or MA) and ``stroke`` (yes or no); other columns are ignored.
    folder : Path
        Where the studies are.

    Raises
    ------
    ConfigurationError
        If the file cannot be read, lacks a column or a row, names a study twice, one outside `folder`, or has
        a value that is none of these.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(
            f"The list of groups {path} cannot be read", "give a CSV file in UTF-8"
        ) from error
    if missing or not rows:
        raise ConfigurationError(
            f"The list of groups {path} has no column {missing[0]}"
            if missing
            else f"The list of groups {path} names no study",
            f"give the columns {', '.join(COLUMNS)} and a row for each study",
        )
    labels = [_labels(number, row, folder) for number, row in enumerate(rows, start=1)]
    names = [each.study for each in labels]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigurationError(f"The list of groups names {twice} twice", "name each study once")
    return labels


def _labels(number: int, row: Mapping[str, str | None], folder: Path) -> CaseLabels:
    study, microangiopathy, stroke = ((row[name] or "").strip() for name in COLUMNS)
    if not study or not _lies_in(folder, study):
        raise ConfigurationError(
            f"Row {number} of the list of groups names the study {study!r}, which is none in {folder}",
            "name folders and files below that folder only",
        )
    if stroke.lower() not in _WORDS:
        raise ConfigurationError(
            f"Row {number} of the list of groups has {stroke!r} under stroke", "write yes or no"
        )
    if microangiopathy in _GRADES:
        grade: int | None = int(microangiopathy)
        group = group_of(int(microangiopathy))
    else:
        grade, group = None, _group_called(microangiopathy, number)
    return CaseLabels(number=number, study=study, group=group, grade=grade, stroke=_WORDS[stroke.lower()])


def _group_called(name: str, number: int) -> Group:
    for group in Group:
        if name.lower() == str(group).lower():
            return group
    raise ConfigurationError(
        f"Row {number} of the list of groups has {name!r} under microangiopathy",
        "write a grade from 0 to 3, or NoMA or MA",
    )


def _lies_in(folder: Path, study: str) -> bool:
    """Say whether a name stays below a folder, also where links lead elsewhere."""
    whole = folder.resolve()
    place = (whole / study).resolve()
    return place != whole and place.is_relative_to(whole)


def measure_study(
    labels: CaseLabels,
    folder: Path,
    config: PipelineConfig,
    *,
    on_progress: ProgressCallback = ignore_progress,
) -> SegmentationCase:
    """Analyse a study, or take the result that a run has left in its place.

    Raises
    ------
    CTPerfusionError
        If the study cannot be loaded or analysed, or the result lacks a volume.
    """
    study = folder / labels.study
    if (study / SUMMARY).is_file():
        return SegmentationCase(labels, _measured_in(study / SUMMARY))
    clock = StageClock(lambda _title, fraction: on_progress(fraction))
    with clock.stage(Stage.LOAD) as report:
        series = load_series(study, on_progress=report)
    analysis = analyse_series(series, config, clock)
    return SegmentationCase(
        labels, replace(measured_of(analysis.lesion), lesion_seconds=clock.seconds["lesion"])
    )


def _measured_in(path: Path) -> Measured:
    """Return the volumes of a result."""
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        volumes, raw = summary["volumes_ml"], summary.get("volumes_raw_ml") or {}
        return Measured(
            core_global=float(volumes["core_global"]),
            core_local=float(volumes["core_local"]),
            core_global_raw=_known(raw.get("core_global")),
            core_local_raw=_known(raw.get("core_local")),
            hypoperfusion=float(volumes["hypoperfusion"]),
            penumbra=float(volumes["penumbra"]),
            tmax_6=float(volumes["tmax_6"]),
            side=str(summary["affected_hemisphere"]),
            counted=str(summary["mismatch_core"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProcessingError(
            f"The {SUMMARY} in this folder has not the volumes by both normalisations",
            "run the study again with --normalisation both, or give the study itself",
        ) from error


def _known(value: Any) -> float | None:
    return None if value is None else float(value)
