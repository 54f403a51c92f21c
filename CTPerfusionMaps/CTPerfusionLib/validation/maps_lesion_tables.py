"""The tables of lesions: as two raters saw them in Gava et al. 2023, here two automatic readers."""

from .maps_case import LesionKind, MapCase
from .maps_published import PUBLISHED_LESIONS
from .maps_readers import READERS
from .maps_result import MapEvaluation
from .maps_statistics import (
    LesionStatistics,
    PairStatistics,
    held_out_once,
    lesion_counts,
    lesion_statistics,
    selected,
)
from .segmentation_table import MISSING, Table, bias, interval, limits, mean_and_sd, number, p_value

_NETWORK = "network"
"""Row of the models, whatever the fold."""

_READING = (
    "R1, R2: the readers on predicted maps; GT1, GT2: on reference maps. "
    + "; ".join(f"{reader.name} {reader.title}" for reader in READERS.values())
    + ". Both keep to the affected hemisphere, open and close segments, and drop parts below 1 mL."
)


def lesion_tables(evaluation: MapEvaluation) -> list[Table]:
    """Return the tables of lesions, of held-out patients; each counts once."""
    cases = held_out_once(evaluation)
    if not any(case.lesions is not None for case in cases):
        return []
    return [_overlap(cases), _volumes(evaluation), _agreement(evaluation)]


def _overlap(cases: list[MapCase]) -> Table:
    counts = lesion_counts(cases)
    rows = tuple(
        (
            PUBLISHED_LESIONS[kind].title, " - ".join(pair.titles),
            mean_and_sd(pair.dice, 3), str(pair.dice.n), str(pair.both_empty), PUBLISHED_LESIONS[kind].dice,
            number(pair.volumes.r, 3), p_value(pair.volumes.p_value), PUBLISHED_LESIONS[kind].correlation,
        )
        for kind in LesionKind
        for pair in lesion_statistics(cases, kind).pairs.values()
    )  # fmt: skip
    return Table(
        "Lesions: Dice and correlation of volumes",
        f"{_READING} Patients: {counts.with_core} with core, {counts.without_core} with hypoperfused tissue "
        f"and no core, {counts.normal} in whom no reader found anything on any map, left out as in the paper "
        f"(3 of 15), {counts.unreadable} that could not be read. Dice: mean ± SD of the patients with a "
        "lesion in either segment; both empty: without a Dice, counted apart. Paper: Gava et al. 2023, "
        "table 2.",
        ("lesion", "pair", "Dice", "n", "both empty", "paper", "r of volumes", "p", "paper"),
        rows,
    )


def _volumes(evaluation: MapEvaluation) -> Table:
    rows = []
    for kind in LesionKind:
        published = PUBLISHED_LESIONS[kind]
        for method, cases in _by_method(evaluation).items():
            found = lesion_statistics(cases, kind)
            for reader in READERS:
                is_network = method == _NETWORK
                rows.append(
                    (
                        published.title, method, f"{reader} - GT{reader[1:]}",
                        *_volume_cells(found.of_reader(reader)),
                        published.repeatability.get(reader, MISSING) if is_network else "",
                        mean_and_sd(found.of_reader(reader).difference, 2),
                        published.differences[reader] if is_network else "",
                    )
                )  # fmt: skip
    return Table(
        "Lesions: agreement of predicted and reference maps",
        "Volumes in mL, predicted less reference: Bland-Altman bias ± SD, limits of agreement (± 1.96 SD), "
        "coefficient of repeatability (1.96 SD of the differences), mean absolute difference ± SD. The "
        "paper gives two coefficients for each rater. Kinetic methods stand below as a yardstick.",
        (
            "lesion", "method", "pair", "n", "Dice", "r", "bias", "limits of agreement", "CR", "paper's CR",
            "mean absolute difference", "paper",
        ),
        tuple(rows),
    )  # fmt: skip


def _by_method(evaluation: MapEvaluation) -> dict[str, list[MapCase]]:
    """Return the cases of the networks, each patient once, and of the other methods."""
    others = {name: selected(evaluation, name) for name in evaluation.methods}
    return {_NETWORK: held_out_once(evaluation)} | {
        name: cases for name, cases in others.items() if name not in evaluation.model_names
    }


def _volume_cells(pair: PairStatistics) -> tuple[str, ...]:
    agreement = pair.agreement
    return (
        str(agreement.n),
        mean_and_sd(pair.dice, 3),
        number(pair.volumes.r, 3),
        bias(agreement.bias, agreement.sd),
        limits(agreement.lower_limit, agreement.upper_limit),
        number(agreement.repeatability, 1),
    )


def _agreement(evaluation: MapEvaluation) -> Table:
    rows = tuple(
        (
            PUBLISHED_LESIONS[kind].title, method, *_agreement_cells(lesion_statistics(cases, kind)),
            PUBLISHED_LESIONS[kind].icc if method == _NETWORK else "",
        )
        for kind in LesionKind
        for method, cases in _by_method(evaluation).items()
    )  # fmt: skip
    return Table(
        "Lesions: all four sets of volumes",
        "ICC(1,k), the mean of k ratings, with its 95 % interval: of R1, GT1, R2 and GT2 together as in the "
        "paper, and of predicted and reference maps by each reader. Friedman's test of the four sets; with "
        "readers whose rules differ it is expected to tell them apart (in the paper not significant).",
        (
            "lesion",
            "method",
            "n",
            "ICC of all four",
            "R1 - GT1",
            "R2 - GT2",
            "Friedman chi2 (df)",
            "p",
            "paper",
        ),
        tuple(rows),
    )


def _agreement_cells(found: LesionStatistics) -> tuple[str, ...]:
    forms = [found.all_ratings, *(found.by_reader[reader] for reader in READERS)]
    chi_squared = number(found.friedman.chi_squared, 2)
    return (
        str(found.n_patients),
        *(f"{number(each.icc, 3)} ({interval(each.interval, 3)})" for each in forms),
        f"{chi_squared} ({found.friedman.degrees_of_freedom})",
        p_value(found.friedman.p_value),
    )
