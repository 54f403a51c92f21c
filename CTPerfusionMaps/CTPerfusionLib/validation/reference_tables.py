"""The tables of a comparison with reference maps: the rows that others publish, with theirs beside ours."""

from ..statistics import Summary
from .reference_case import ReferenceCohort
from .reference_published import PUBLISHED_AGREEMENTS
from .reference_statistics import (
    LesionStatistics,
    criteria_statistics,
    lesion_statistics,
    voxel_statistics,
)
from .segmentation_table import (
    MISSING,
    Table,
    interval,
    limits,
    mean_and_sd,
    number,
    spread,
)

LESION_TITLES = {"late": "Tmax > 6 s", "core": "core (rCBF < 30 %)"}
"""Names of the lesions by the attributes of a case that hold them."""

AgreementRow = tuple[str, tuple[str, str, str, str]]
"""Key in what others published; quantity, number of cases, value and its interval or spread."""


def reference_tables(cohort: ReferenceCohort) -> list[Table]:
    """Return all tables that a cohort allows, those without a row left out."""
    tables = [_agreement(cohort), _drawn(cohort), _volumes(cohort), _maps(cohort), _failures(cohort)]
    return [table for table in tables if table.rows]


def agreement_rows(cohort: ReferenceCohort) -> list[AgreementRow]:
    """Return what others publish of such a comparison, with the keys of :data:`PUBLISHED_AGREEMENTS`."""
    cases = cohort.agreements
    if not cases:
        return []
    criteria = criteria_statistics(cases)
    rows: list[AgreementRow] = []
    for name, title in LESION_TITLES.items():
        rows += _lesion_rows(name, title, lesion_statistics([getattr(case, name) for case in cases]))
    rows += [
        (
            "defuse3 agreement",
            (
                "DEFUSE 3, share of cases decided alike", str(criteria.agreement.n),
                number(criteria.agreement.share, 2), interval(criteria.agreement.interval, 2),
            ),
        ),
        (
            "defuse3 kappa",
            (
                "DEFUSE 3, Cohen's kappa", str(criteria.agreement.n),
                number(criteria.kappa, 2), interval(criteria.interval, 2),
            ),
        ),
    ]  # fmt: skip
    for name, found in voxel_statistics(cases).items():
        rows.append((f"r {name}", (f"r of the voxels, {name}, mean", *_mean(found.r, 3))))
        rows.append((f"r {name}", (f"r of the voxels, {name}, median", str(found.r.n), *spread(found.r, 3))))
    return rows


def _lesion_rows(name: str, title: str, found: LesionStatistics) -> list[AgreementRow]:
    change, n = found.agreement, str(found.agreement.n)
    return [
        (
            f"{name} icc",
            (f"{title}, {found.icc.form}", n, number(found.icc.icc, 3), interval(found.icc.interval, 3)),
        ),
        (
            f"{name} bias",
            (
                f"{title}, bias, mL", n,
                number(change.bias, 1, sign=True), interval(change.bias_interval, 1),
            ),
        ),
        (
            f"{name} limits",
            (f"{title}, limits of agreement, mL", n, limits(change.lower_limit, change.upper_limit), MISSING),
        ),
        (f"{name} dice", (f"{title}, Dice, mean", *_mean(found.dice, 3))),
        (
            f"{name} dice median",
            (f"{title}, Dice, median", str(found.dice.n), *spread(found.dice, 3)),
        ),
    ]  # fmt: skip


def _mean(found: Summary, digits: int) -> tuple[str, str, str]:
    return str(found.n), number(found.mean, digits), f"SD {number(found.sd, digits)}"


def _agreement(cohort: ReferenceCohort) -> Table:
    published = PUBLISHED_AGREEMENTS.get(cohort.layout.name)
    values = published.values if published else {}
    rows = tuple((cohort.part, *cells, values.get(key, MISSING)) for key, cells in agreement_rows(cohort))
    return Table(
        f"Agreement with {cohort.layout.title}",
        "Lesions of the same thresholds in either maps, within the tissue that both define. Bias is found - "
        "reference. Intervals of 95 %; else SD of means and range of medians. Dice of the cases in which "
        "either shows the lesion. DEFUSE 3 by volumes: core < 70 mL, ratio >= 1.8, mismatch >= 15 mL."
        + (f" Published: {published.source}" if published else ""),
        ("cases", "quantity", "n", "value", "interval or spread", "published"),
        rows,
    )


def _drawn(cohort: ReferenceCohort) -> Table:
    drawn = [case.drawn for case in cohort.agreements if case.drawn is not None]
    rows = []
    for title, lesions in (
        ("these maps", [each.own for each in drawn]),
        (f"the reference maps ({cohort.layout.reference})", [each.reference for each in drawn]),
    ):
        if lesions:
            found = lesion_statistics(lesions)
            change = found.agreement
            rows.append(
                (
                    cohort.part, title, str(change.n),
                    mean_and_sd(found.dice, 3), number(found.dice.median, 3),
                    number(found.icc.icc, 3), interval(found.icc.interval, 3),
                    number(change.bias, 1, sign=True), limits(change.lower_limit, change.upper_limit),
                )
            )  # fmt: skip
    return Table(
        "Core against the lesion that people have drawn",
        "On diffusion or follow-up images of the cohort, whole as drawn. Bias is core - drawn, mL. A core of "
        "the acute scan and a later infarct are not the same: the reference maps show what can be reached.",
        ("cases", "core in", "n", "Dice", "median", "ICC(2,1)", "interval", "bias", "limits of agreement"),
        tuple(rows),
    )


def _volumes(cohort: ReferenceCohort) -> Table:
    cases = cohort.agreements
    rows = []
    for name, title in LESION_TITLES.items():
        found = lesion_statistics([getattr(case, name) for case in cases])
        if found.found.n:
            rows.append(
                (
                    cohort.part, title, str(found.found.n), mean_and_sd(found.found),
                    mean_and_sd(found.reference), number(found.found.median, 1),
                    number(found.reference.median, 1),
                )
            )  # fmt: skip
    return Table(
        "Volumes",
        "mL, mean ± SD and median.",
        ("cases", "lesion", "n", "found", "reference", "found, median", "reference, median"),
        tuple(rows),
    )


def _maps(cohort: ReferenceCohort) -> Table:
    rows = tuple(
        (
            cohort.part, f"{name}, {cohort.layout.units[name]}", str(found.r.n),
            mean_and_sd(found.r, 3), *spread(found.r, 3), mean_and_sd(found.ratio, 2),
        )
        for name, found in voxel_statistics(cohort.agreements).items()
    )  # fmt: skip
    return Table(
        "Maps",
        "r of the voxels of each case: mean ± SD, median and range. Ratio: median of the map over median "
        "of its reference.",
        ("cases", "map", "n", "r", "median", "range", "ratio"),
        rows,
    )


def _failures(cohort: ReferenceCohort) -> Table:
    rows = tuple(
        (str(case.number), str(case.half), case.failure) for case in cohort.cases if case.agreement is None
    )
    return Table(
        "Cases that could not be compared",
        "cases.csv says which they are.",
        ("number", "half", "reason"),
        rows,
    )
