"""What an agreement says, as a report."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import RESEARCH_USE, __version__
from ..evaluation_files import EvaluationReport, rows_text
from .compared import ComparedSets, Pair, Subset
from .figures import agreement_figures
from .subset_statistics import map_agreement, measure_agreement, overlap_agreement, rating_agreement
from .tables import agreement_tables

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TITLE = "Agreement of two sets of results"

STATISTICS = "tables.csv"
"""File with a row for each quantity and group of studies."""


def agreement_report(compared: ComparedSets) -> EvaluationReport:
    """Return what the comparison says."""
    first, second = compared.names
    record = agreement_record(compared)
    return EvaluationReport(
        title=TITLE,
        introduction=f"{second} against {first}, study by study; differences are {second} - {first}.",
        facts=_facts(compared),
        tables=agreement_tables(compared),
        draw=lambda: agreement_figures(compared),
        cases=_cases(compared),
        numbers=record,
        files={STATISTICS: rows_text([_flat(row) for row in record["statistics"]])},
    )


def agreement_record(compared: ComparedSets) -> dict[str, Any]:
    """Return all statistics, ready for JSON; None stands for what cannot be said."""
    return {
        "evaluation": "agreement",
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": dict(compared.settings),
        "studies": len(compared.studies),
        "grouped_by": None if compared.strata is None else compared.strata.column,
        "statistics": [
            *_statistics("number", compared.measures, compared, measure_agreement),
            *_statistics("category", compared.ratings, compared, rating_agreement),
            *_statistics("map", compared.maps, compared, map_agreement),
            *_statistics("segment", compared.overlaps, compared, overlap_agreement),
        ],
        "left_out_studies": [asdict(each) for each in compared.left_out_studies],
        "left_out_columns": [asdict(each) for each in compared.left_out_columns],
    }


def _statistics(
    kind: str,
    pairs: Iterable[Pair],
    compared: ComparedSets,
    agreement: Callable[[Pair, Subset], "DataclassInstance"],
) -> list[dict[str, Any]]:
    """Return what each pair says of all studies and of each group."""
    return [
        {"kind": kind, "name": pair.name, "studies": subset.name, **asdict(agreement(pair, subset))}
        for pair in pairs
        for subset in compared.subsets
    ]


def _facts(compared: ComparedSets) -> list[tuple[str, str]]:
    left_out = len(compared.left_out_studies)
    return [
        *compared.settings.items(),
        ("studies", f"{len(compared.studies)} compared, {left_out} left out"),
        *([] if compared.strata is None else [("grouped by", compared.strata.column)]),
        ("software", f"ctperfusion {__version__}"),
    ]


def _cases(compared: ComparedSets) -> list[Mapping[str, Any]]:
    """Return a row for each study: its values in both sets, or why it is left out."""
    rows = [_case(compared, place, study) for place, study in enumerate(compared.studies)]
    return [*rows, *({"study": each.name, "left_out": each.reason} for each in compared.left_out_studies)]


def _case(compared: ComparedSets, place: int, study: str) -> dict[str, Any]:
    row: dict[str, Any] = {"study": study, "left_out": ""}
    if compared.strata is not None:
        row["group"] = compared.strata.values[place]
    first, second = compared.names
    for measure in compared.measures:
        row[f"{measure.name}, {first}"] = _known(measure.first[place])
        row[f"{measure.name}, {second}"] = _known(measure.second[place])
    for rating in compared.ratings:
        row[f"{rating.name}, {first}"] = rating.first[place]
        row[f"{rating.name}, {second}"] = rating.second[place]
    for overlap in compared.overlaps:
        segment = overlap.segments[place]
        row[f"{overlap.name}, Dice"] = None if segment is None else segment.dice
    for each in compared.maps:
        voxels = each.voxels[place]
        moments = None if voxels is None else voxels.moments
        row |= {
            f"{each.name}, {name}": None if moments is None else getattr(moments, name)
            for name in ("n", "r", "ccc", "bias", "sd")
        }
    return row


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a record without records in it: their keys behind a point, lists as JSON."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = json.dumps(value) if isinstance(value, list | tuple) else value
    return flat
