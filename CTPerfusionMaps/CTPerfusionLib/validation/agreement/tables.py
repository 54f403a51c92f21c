"""The tables of an agreement: all studies, then each group."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ...statistics import IccForm, Interval, Summary
from ..segmentation_table import MISSING, Table, counted, interval, mean_and_sd, number, p_value, spread
from .compared import FEWEST_STUDIES, ComparedSets, LeftOut, MapPair, Measure, Overlap, Pair, Rating, Subset
from .subset_statistics import map_agreement, measure_agreement, overlap_agreement, rating_agreement

_SHOWN_NAMES = 10
"""Names of what is left out that a table still shows; all stand in the list of cases."""

_COEFFICIENT_DIGITS = 3

_DIFFERENCES_NOTE = (
    "Bias: mean difference; limits of agreement: bias ± 1.96 SD (Bland and Altman); repeatability: 1.96 SD "
    "of the differences. In brackets 95 % confidence intervals. Friedman's test of two sets is the sign test."
)
_CORRELATIONS_NOTE = (
    "r: Pearson; CCC: Lin's concordance; ICC: Shrout and Fleiss, of one set alone but for (1,k), which is of "
    "the mean of both; slope and intercept: least-squares line of the second set on the first. In brackets "
    "95 % confidence intervals."
)
_RATINGS_NOTE = (
    "Kappa: Cohen, with its large-sample interval, which full agreement does not have; interval of the "
    "agreement by Wilson."
)
_MAPS_NOTE = (
    "Voxels that are finite in both sets, of all studies together; then each study for itself, median "
    "(range). Neighbouring voxels are not independent, so these numbers have no intervals."
)
_OVERLAPS_NOTE = "Dice of each study; a segment that is empty in one set alone has a Dice of 0."


def agreement_tables(compared: ComparedSets) -> list[Table]:
    """Return all tables that have rows."""
    tables = [
        _differences(compared),
        _correlations(compared),
        _ratings(compared),
        _maps(compared),
        _overlaps(compared),
        _left_out("Studies left out", "study", compared.left_out_studies),
        _left_out("Columns and images left out", "name", compared.left_out_columns),
    ]
    return [table for table in tables if table.rows]


def _differences(compared: ComparedSets) -> Table:
    first, second = compared.names

    def cells(measure: Measure, subset: Subset) -> tuple[str, ...]:
        found, digits = measure_agreement(measure, subset), value_digits(measure)
        return (
            _pairs_text(found.n),
            _left_out_text(("without a value", found.missing), ("infinite", found.infinite)),
            mean_and_sd(found.first, digits),
            mean_and_sd(found.second, digits),
            _with_interval(found.difference.bias, found.difference.bias_interval, digits, sign=True),
            number(found.difference.sd, digits),
            _with_interval(found.difference.lower_limit, found.difference.lower_interval, digits),
            _with_interval(found.difference.upper_limit, found.difference.upper_interval, digits),
            number(found.difference.repeatability, digits),
            mean_and_sd(found.absolute_difference, digits),
            p_value(found.friedman.p_value),
        )

    return _table(
        compared, f"Differences, {second} - {first}",
        _DIFFERENCES_NOTE,
        ("quantity", "n", "left out", f"{first}, mean ± SD", f"{second}, mean ± SD", "bias", "SD",
         "lower limit", "upper limit", "repeatability", "absolute difference ± SD", "Friedman p"),
        compared.measures, cells,
    )  # fmt: skip


def _correlations(compared: ComparedSets) -> Table:
    def cells(measure: Measure, subset: Subset) -> tuple[str, ...]:
        found = measure_agreement(measure, subset)
        coefficients = (
            (found.correlation.r, found.correlation.interval),
            (found.concordance.ccc, found.concordance.interval),
            *((each.icc, each.interval) for each in found.intraclass.values()),
            (found.line.slope, found.line.slope_interval),
        )
        return (
            _pairs_text(found.n),
            *(_with_interval(value, around, _COEFFICIENT_DIGITS) for value, around in coefficients),
            _with_interval(found.line.intercept, found.line.intercept_interval, value_digits(measure)),
        )

    return _table(
        compared, "Correlation and concordance",
        _CORRELATIONS_NOTE,
        ("quantity", "n", "r", "CCC", *map(str, IccForm), "slope", "intercept"),
        compared.measures, cells,
    )  # fmt: skip


def _ratings(compared: ComparedSets) -> Table:
    first, second = compared.names

    def cells(rating: Rating, subset: Subset) -> tuple[str, ...]:
        found = rating_agreement(rating, subset)
        n, same, around = counted(found.same)
        kinds = found.kappa.categories
        return (
            n,
            _left_out_text(("without a value", found.missing)),
            same,
            around,
            _with_interval(found.kappa.kappa, found.kappa.interval, _COEFFICIENT_DIGITS),
            ", ".join(
                f"{one}/{other} {found.kappa.counts[row][column]}"
                for row, one in enumerate(kinds)
                for column, other in enumerate(kinds)
            ),
        )

    return _table(
        compared, "Criteria and categories",
        _RATINGS_NOTE,
        ("criterion", "n", "left out", "the same", "95 % interval", "kappa", f"counts, {first}/{second}"),
        compared.ratings, cells,
    )  # fmt: skip


def _maps(compared: ComparedSets) -> Table:
    first, second = compared.names

    def cells(pair: MapPair, subset: Subset) -> tuple[str, ...]:
        found, digits = map_agreement(pair, subset), _map_digits(pair)
        limits = found.moments.limits
        return (
            str(found.n),
            _left_out_text(("without it", found.missing)),
            f"{found.moments.n}",
            f"{found.only_first} / {found.only_second}",
            number(found.moments.r, _COEFFICIENT_DIGITS),
            number(found.moments.ccc, _COEFFICIENT_DIGITS),
            number(found.moments.bias, digits, sign=True),
            MISSING if limits is None else f"{limits[0]:.{digits}f} to {limits[1]:.{digits}f}",
            _median_and_range(found.r, _COEFFICIENT_DIGITS),
            _median_and_range(found.ccc, _COEFFICIENT_DIGITS),
            _median_and_range(found.bias, digits),
        )

    return _table(
        compared, f"Maps voxel by voxel, {second} - {first}",
        _MAPS_NOTE,
        ("map", "studies", "left out", "voxels", f"only in {first} / {second}", "r", "CCC", "bias",
         "limits of agreement", "r of a study", "CCC of a study", "bias of a study"),
        compared.maps, cells,
    )  # fmt: skip


def _overlaps(compared: ComparedSets) -> Table:
    def cells(overlap: Overlap, subset: Subset) -> tuple[str, ...]:
        found = overlap_agreement(overlap, subset)
        return (
            str(found.dice.n),
            _left_out_text(("without it", found.missing), ("empty in both", found.empty)),
            mean_and_sd(found.dice, _COEFFICIENT_DIGITS),
            *spread(found.dice, _COEFFICIENT_DIGITS),
        )

    return _table(
        compared, "Overlap of segments",
        _OVERLAPS_NOTE,
        ("segment", "n", "left out", "Dice, mean ± SD", "median", "range"),
        compared.overlaps, cells,
    )  # fmt: skip


def _table(
    compared: ComparedSets,
    title: str,
    note: str,
    header: tuple[str, ...],
    pairs: Sequence[Pair],
    cells: Callable[[Pair, Subset], tuple[str, ...]],
) -> Table:
    """Return a table with a row for each pair and each group of studies."""
    if compared.strata is None:
        (everything,) = compared.subsets
        return Table(title, note, header, tuple((pair.name, *cells(pair, everything)) for pair in pairs))
    rows = [(pair.name, subset.name, *cells(pair, subset)) for pair in pairs for subset in compared.subsets]
    return Table(title, note, (header[0], compared.strata.column, *header[1:]), tuple(rows))


def _left_out(title: str, kind: str, left_out: Iterable[LeftOut]) -> Table:
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for each in left_out:
        by_reason[each.reason].append(each.name)
    rows = tuple((reason, str(len(names)), _names(names)) for reason, names in by_reason.items())
    return Table(title, "", ("reason", "n", kind), rows)


def _names(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN_NAMES
    return ", ".join(names[:_SHOWN_NAMES]) + (f" and {rest} more" if rest > 0 else "")


def _pairs_text(n: int) -> str:
    return str(n) if n >= FEWEST_STUDIES else f"{n}, fewer than {FEWEST_STUDIES}"


def _left_out_text(*counts: tuple[str, int]) -> str:
    return ", ".join(f"{n} {reason}" for reason, n in counts if n) or MISSING


def _with_interval(value: float | None, around: Interval | None, digits: int, *, sign: bool = False) -> str:
    return number(value, digits, sign=sign) + ("" if around is None else f" ({interval(around, digits)})")


def _median_and_range(found: Summary, digits: int) -> str:
    median, low_to_high = spread(found, digits)
    return median if found.median is None else f"{median} ({low_to_high})"


def value_digits(measure: Measure) -> int:
    """Return the decimals that leave the values of a measure about four digits."""
    return _digits(np.concatenate([measure.first, measure.second]))


def _map_digits(pair: MapPair) -> int:
    moments = [voxels.moments for voxels in pair.voxels if voxels is not None]
    return _digits(np.array([mean for each in moments for mean in (each.mean_first, each.mean_second)]))


def _digits(values: np.ndarray) -> int:
    known = np.abs(values[np.isfinite(values)])
    largest = float(known.max()) if known.size else 0.0
    return int(np.clip(3 - np.floor(np.log10(largest)), 0, 6)) if largest > 0.0 else 1
