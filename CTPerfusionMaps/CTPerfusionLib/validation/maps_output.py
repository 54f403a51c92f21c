"""What an evaluation of networks says, as a report."""

import math
from dataclasses import asdict
from typing import Any

from .. import RESEARCH_USE, __version__
from .benchmark_target import outcome_record
from .evaluation_files import Drawing, EvaluationReport
from .maps_case import USUAL, LesionKind, case_rows
from .maps_condition_tables import condition_records
from .maps_figures import caption, is_picture, map_figures
from .maps_readers import READERS
from .maps_result import MapEvaluation
from .maps_statistics import (
    held_out_once,
    lesion_counts,
    lesion_statistics,
    map_statistics,
    selected,
)
from .maps_tables import map_tables
from .maps_targets import map_target_outcomes

TITLE = "Perfusion maps by networks, without arterial input"

_INTRODUCTION = (
    "Maps that networks predict from the time stack alone, held against reference maps of the same "
    "patients, in the tables and figures of Perlo et al. (UniToBrain, 2022) and Gava et al. (Front "
    "Neuroinform 2023)."
)


def map_report(evaluation: MapEvaluation) -> EvaluationReport:
    """Return what the evaluation says."""
    return EvaluationReport(
        title=TITLE,
        introduction=_INTRODUCTION,
        facts=_facts(evaluation),
        tables=map_tables(evaluation),
        draw=lambda: {
            name: Drawing(figure, caption(name), is_picture(name))
            for name, figure in map_figures(evaluation).items()
        },
        cases=[row for case in evaluation.cases for row in case_rows(case)],
        numbers=map_evaluation_record(evaluation),
    )


def map_evaluation_record(evaluation: MapEvaluation) -> dict[str, Any]:
    """Return all statistics and targets, ready for JSON; None stands for what cannot be said."""
    once = held_out_once(evaluation)
    record = {
        "evaluation": "maps",
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": dict(evaluation.settings),
        "readers": {reader.name: reader.title for reader in READERS.values()},
        "targets": [
            {"subject": outcome.target.subject, **outcome_record(outcome)}
            for outcome in map_target_outcomes(evaluation)
        ],
        "maps": {
            method: {
                name: asdict(map_statistics(selected(evaluation, method, condition=USUAL), name))
                for name in evaluation.target_names
            }
            for method in evaluation.methods
        },
        "patients": asdict(lesion_counts(once)),
        "lesions": {str(kind): _lesion_record(evaluation, kind) for kind in LesionKind},
        "conditions": condition_records(evaluation),
    }
    finite: dict[str, Any] = _without_nan(record)
    return finite


def _lesion_record(evaluation: MapEvaluation, kind: LesionKind) -> dict[str, Any]:
    found = lesion_statistics(held_out_once(evaluation), kind)
    return {
        "n": found.n_patients,
        "pairs": [asdict(pair) for pair in found.pairs.values()],
        "icc_all_ratings": asdict(found.all_ratings),
        "icc_by_reader": {reader: asdict(each) for reader, each in found.by_reader.items()},
        "friedman": asdict(found.friedman),
    }


def _without_nan(value: Any) -> Any:
    """Return a record in which no number is infinite or none."""
    if isinstance(value, dict):
        return {str(name): _without_nan(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _facts(evaluation: MapEvaluation) -> list[tuple[str, str]]:
    return [*evaluation.settings.items(), ("software", f"ctperfusion {__version__}")]
