"""What a comparison with reference maps says, as a report."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .. import RESEARCH_USE, __version__
from .evaluation_files import Drawing, EvaluationReport
from .patient_halves import Half, halves_text
from .reference_case import ReferenceAgreement, ReferenceCohort, reference_row
from .reference_figures import CAPTIONS, reference_figures
from .reference_published import PUBLISHED_AGREEMENTS
from .reference_statistics import criteria_statistics, lesion_statistics, voxel_statistics
from .reference_tables import LESION_TITLES, reference_tables

TITLE = "Maps and lesions against the reference maps of a public cohort"

HALVES = "halves.json"
"""File with the patients of either half."""

_INTRODUCTION = (
    "Each case runs through the pipeline, and its maps are held against those that come with the cohort. "
    "Numbers of parameters that were tuned on the tuning half hold for the reporting half alone."
)


def reference_report(cohort: ReferenceCohort) -> EvaluationReport:
    """Return what the evaluation says."""
    return EvaluationReport(
        title=TITLE,
        introduction=_INTRODUCTION,
        facts=_facts(cohort),
        tables=reference_tables(cohort),
        draw=lambda: {
            name: Drawing(figure, CAPTIONS[name]) for name, figure in reference_figures(cohort).items()
        },
        cases=[reference_row(case) for case in cohort.cases],
        numbers=reference_record(cohort),
        files={HALVES: halves_text(cohort.halves)},
    )


def reference_record(cohort: ReferenceCohort) -> dict[str, Any]:
    """Return all statistics, ready for JSON; None stands for what cannot be said."""
    cases = cohort.agreements
    published = PUBLISHED_AGREEMENTS.get(cohort.layout.name)
    return {
        "evaluation": "reference",
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": dict(cohort.settings),
        "layout": cohort.layout.name,
        "part": cohort.part,
        "seed": cohort.halves.seed,
        "patients": {str(half): len(getattr(cohort.halves, half)) for half in Half},
        "cases": len(cohort.cases),
        "failed": len(cohort.cases) - len(cases),
        "lesions": {
            name: asdict(lesion_statistics([getattr(case, name) for case in cases])) for name in LESION_TITLES
        },
        "drawn": _drawn_record(cases),
        "defuse3": asdict(criteria_statistics(cases)),
        "maps": {name: asdict(found) for name, found in voxel_statistics(cases).items()},
        "published": None
        if published is None
        else {"source": published.source, "values": dict(published.values)},
    }


def _drawn_record(cases: Sequence[ReferenceAgreement]) -> dict[str, Any] | None:
    drawn = [case.drawn for case in cases if case.drawn is not None]
    if not drawn:
        return None
    return {
        "own": asdict(lesion_statistics([each.own for each in drawn])),
        "reference": asdict(lesion_statistics([each.reference for each in drawn])),
    }


def _facts(cohort: ReferenceCohort) -> list[tuple[str, str]]:
    part = "all cases" if cohort.half is None else f"cases of the {cohort.half} half only"
    return [
        *cohort.settings.items(),
        ("rows", f"{part}; cases.csv says which half each belongs to, {HALVES} who is in which"),
        ("described in", cohort.layout.source),
        ("software", f"ctperfusion {__version__}"),
    ]
