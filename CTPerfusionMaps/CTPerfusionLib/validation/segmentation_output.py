"""The files of the study: cases, tables, figures and the page that puts them together."""

import base64
import csv
import html
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import RESEARCH_USE, __version__
from .benchmark_target import outcome_record
from .segmentation_case import GRADES, Group, SegmentationCohort, case_record
from .segmentation_figures import CAPTIONS, study_figures
from .segmentation_statistics import Subset, group_test, observations, volume_statistics
from .segmentation_table import Table, html_table, markdown_lines
from .segmentation_tables import study_tables
from .segmentation_targets import target_outcomes
from .segmentation_truth_statistics import (
    false_core,
    known_observations,
    reliability,
    true_core,
    whole_cohort,
)

CASES, PAGE, TABLES, NUMBERS, FIGURES = "cases.csv", "index.html", "tables.md", "tables.json", "figures"
"""Names of the files, and of the folder with the figures."""

TITLE = "Infarct core by global and local normalisation"

_DOTS_PER_INCH = 200

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.notice { border-left: 4px solid #c8102e; padding: .3rem .8rem; background: #f6f6f6; }
.missed { color: #c8102e; font-weight: 600; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; white-space: nowrap; }
figure { margin: 1.5rem 0; } figure img { max-width: 100%; } figcaption { font-size: .85rem; color: #444; }
@media print { body { margin: 0; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
"""


def write_evaluation(folder: Path, cohort: SegmentationCohort) -> None:
    """Write all files of an evaluation into an empty folder.

    Raises
    ------
    OSError
        If the disk is full or not writable.
    """
    tables = study_tables(cohort)
    _write_cases(folder / CASES, cohort)
    (folder / TABLES).write_text(evaluation_text(cohort, tables), encoding="utf-8")
    numbers = json.dumps(evaluation_record(cohort), indent=1, allow_nan=False)
    (folder / NUMBERS).write_text(f"{numbers}\n", encoding="utf-8")
    drawings = _write_figures(folder / FIGURES, cohort)
    (folder / PAGE).write_text(_page(cohort, tables, drawings), encoding="utf-8")


def evaluation_text(cohort: SegmentationCohort, tables: list[Table] | None = None) -> str:
    """Return all tables as Markdown."""
    lines = [f"# {TITLE}", "", RESEARCH_USE, "", *(f"* {name}: {text}" for name, text in _facts(cohort))]
    for table in study_tables(cohort) if tables is None else tables:
        lines += ["", *markdown_lines(table)]
    return "\n".join(lines) + "\n"


def evaluation_record(cohort: SegmentationCohort) -> dict[str, Any]:
    """Return all statistics and targets, ready for JSON; None stands for what cannot be said."""
    groups = [
        {
            "cases": str(subset),
            "group": str(group),
            **asdict(volume_statistics(observations(cohort, subset, group))),
        }
        for subset in Subset
        for group in Group
    ]
    record = {
        "evaluation": "segmentation",
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": dict(cohort.settings),
        "cases": len(cohort.cases),
        "failed": sum(case.measured is None for case in cohort.cases),
        "core_volume": groups,
        "reduction_ma_against_noma": {str(subset): asdict(group_test(cohort, subset)) for subset in Subset},
    }
    return record | (_truth_record(cohort) if cohort.simulated else {})


def _truth_record(cohort: SegmentationCohort) -> dict[str, Any]:
    return {
        "false_core": [
            {
                "cases": str(subset),
                "grade": grade,
                **asdict(false_core(known_observations(cohort, subset, (grade,)))),
            }
            for subset in (Subset.NO_STROKE, Subset.STROKE)
            for grade in GRADES
        ],
        "true_core": [
            {"grade": grade, **asdict(true_core(known_observations(cohort, Subset.STROKE, (grade,))))}
            for grade in GRADES
        ],
        "agreement_with_truth": {
            str(subset): asdict(whole_cohort(known_observations(cohort, subset)))
            for subset in (Subset.ALL, Subset.STROKE)
        },
        "reliability": asdict(reliability(cohort)),
        "targets": [
            {"heads": outcome.target.subject, **outcome_record(outcome)}
            for outcome in target_outcomes(cohort)
        ],
    }


def _facts(cohort: SegmentationCohort) -> list[tuple[str, str]]:
    groups = "NoMA: grade 0 and 1, MA: grade 2 and 3 (Fazekas above 1, as in the paper)"
    return [*cohort.settings.items(), ("groups", groups), ("software", f"ctperfusion {__version__}")]


def _write_cases(path: Path, cohort: SegmentationCohort) -> None:
    rows = [case_record(case) for case in cohort.cases]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {name: round(value, 4) if isinstance(value, float) else value for name, value in row.items()}
            )


def _write_figures(folder: Path, cohort: SegmentationCohort) -> dict[str, bytes]:
    """Write each figure as PNG and SVG and return the latter."""
    folder.mkdir()
    drawings = {}
    for name, figure in study_figures(cohort).items():
        figure.savefig(folder / f"{name}.png", dpi=_DOTS_PER_INCH)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
        drawings[name] = (folder / f"{name}.svg").read_bytes()
    return drawings


def _page(cohort: SegmentationCohort, tables: list[Table], drawings: Mapping[str, bytes]) -> str:
    facts = "".join(f"<li>{html.escape(name)}: {html.escape(text)}</li>" for name, text in _facts(cohort))
    figures = "".join(
        f"<figure><img alt='{html.escape(CAPTIONS[name])}' "
        f"src='data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}'>"
        f"<figcaption>{html.escape(CAPTIONS[name])}</figcaption></figure>"
        for name, drawing in drawings.items()
    )
    first, rest = ("".join(html_table(table) for table in part) for part in (tables[:1], tables[1:]))
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{TITLE}</title><style>{_STYLE}</style></head><body><h1>{TITLE}</h1>"
        f"<p class='notice'>{html.escape(RESEARCH_USE)}</p>"
        "<p>The study of Rau et al., AJNR 2024;45:277-283: each voxel's blood flow relative to normal tissue "
        "(global) and to its counterpart in the other hemisphere (local).</p>"
        f"<ul>{facts}</ul>{first}{figures}{rest}</body></html>\n"
    )
