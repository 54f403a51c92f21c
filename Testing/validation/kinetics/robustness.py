"""What noise, sampling, a shift in time and the scale of the enhancement do to the results."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.validation.tile_curves import PHANTOM_BOLUS, TileCurves

from .agreement import Verdict, table
from .cases import GROUPS, Case, curves_of, fitted
from .fitters import PARAMETERS, Fitter, fitters

Array = NDArray[np.float64]

TOO_HIGH = 3.0
"""Times the true CBF from which on a voxel is called an outlier."""

OUTLIER_TARGET = 0.005
CHANGE_TARGET = 0.03

_BOX = Case(("box",), noise=0.0)


def sections() -> Iterator[str]:
    """Yield the tables."""
    yield _outliers()
    yield _invariances()


def verdicts() -> Iterator[tuple[str, Mapping[str, Verdict]]]:
    """Yield each target with what the methods reach."""
    title = f"5 HU every 0.5 s: CBF > {TOO_HIGH:g} x truth in <= {100 * OUTLIER_TARGET:g} %, no NaN"
    yield title, {fitter.name: _outlier_verdict("all three", fitter) for fitter in fitters().values()}
    for change in CHANGES:
        title = f"box without noise, {change}: all results change < {100 * CHANGE_TARGET:g} % in every tile"
        yield title, {name: _largest_change(fitter, change) for name, fitter in fitters().items()}


def _outliers() -> str:
    rows = []
    for group in GROUPS:
        for fitter in fitters().values():
            ratio = _flow_ratios(group, fitter)
            percentiles = np.nanpercentile(ratio, [1.0, 50.0, 99.0])
            rows.append(
                [
                    group,
                    fitter.name,
                    str(_outlier_verdict(group, fitter)),
                    f"{100.0 * np.mean(np.isnan(ratio)):.2f} %",
                    f"{100.0 * np.mean(ratio == 0.0):.1f} %",
                    " / ".join(f"{value:.2f}" for value in percentiles),
                ]
            )
    return (
        "## Outliers at 5 HU, every 0.5 s\n\n"
        f"Single voxels. The target, for bayes: CBF above {TOO_HIGH:g} times the truth in at most "
        f"{100.0 * OUTLIER_TARGET:g} % of voxels, none turned into NaN (bold: reached). Dead: CBF = 0, since "
        "no enhancement could be measured. CBF over truth: 1st, 50th and 99th percentile.\n\n"
        + table(["residue", "method", "CBF > 3 x truth", "CBF NaN", "dead", "CBF / truth"], rows)
    )


def _flow_ratios(group: str, fitter: Fitter) -> Array:
    """Return CBF over its truth of all voxels."""
    case = Case(GROUPS[group], 0.5, noise=5.0)
    return fitted(case, fitter).maps["CBF"] / curves_of(case).voxel_truth("CBF")


def _outlier_verdict(group: str, fitter: Fitter) -> Verdict:
    ratio = _flow_ratios(group, fitter)
    share = float(np.mean(ratio > TOO_HIGH))
    return Verdict(f"{100.0 * share:.2f} %", share <= OUTLIER_TARGET and not np.isnan(ratio).any())


def _invariances() -> str:
    rows = [
        [
            name,
            *(str(_largest_change(fitter, title)) for title in CHANGES),
            _joined(np.median(change) for change in _changes(fitter, "every 2 s")),
        ]
        for name, fitter in fitters().items()
    ]
    return (
        "## What must not matter\n\n"
        f"Noise-free box tiles; largest change over the tiles of {' / '.join(PARAMETERS)} in percent of the "
        "truth, against the same curves sampled every 0.5 s (first two) or 1 s. The target is below "
        f"{100.0 * CHANGE_TARGET:g} % in every tile (bold: reached by all four). Last column: the median "
        "over the tiles instead.\n\n" + table(["method", *CHANGES, "every 2 s, median"], rows)
    )


def _largest_change(fitter: Fitter, title: str) -> Verdict:
    largest = [float(np.max(change)) for change in _changes(fitter, title)]
    return Verdict(_joined(largest), max(largest) < 100.0 * CHANGE_TARGET)


def _joined(values: Iterable[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


def _changes(fitter: Fitter, title: str) -> list[Array]:
    """Return by how many percent of the truth each parameter changes, by tile."""
    before, after = CHANGES[title](fitter)
    truth = curves_of(_BOX).truth
    return [100.0 * np.abs(after[name] - before[name]) / truth[name] for name in PARAMETERS]


Results = Mapping[str, Array]


def _resampled(interval: float) -> Callable[[Fitter], tuple[Results, Results]]:
    def change(fitter: Fitter) -> tuple[Results, Results]:
        dense, coarse = replace(_BOX, interval=0.5), replace(_BOX, interval=interval)
        return fitted(dense, fitter).maps, fitted(coarse, fitter).maps

    return change


def _late_bolus(fitter: Fitter) -> tuple[Results, Results]:
    """The bolus comes later in a longer record, so that as much follows it."""
    plain = _BOX
    late = replace(_BOX, duration=65.0, arterial=PHANTOM_BOLUS.shifted(5.0))
    return fitted(plain, fitter).maps, fitted(late, fitter).maps


def _refitted(
    alter: Callable[[TileCurves], tuple[Array, Array, Array]],
) -> Callable[[Fitter], tuple[Results, Results]]:
    def change(fitter: Fitter) -> tuple[Results, Results]:
        plain = _BOX
        return fitted(plain, fitter).maps, fitter.fit(*alter(curves_of(plain))).maps

    return change


CHANGES: Mapping[str, Callable[[Fitter], tuple[Results, Results]]] = {
    "every 1 s": _resampled(1.0),
    "every 2 s": _resampled(2.0),
    "bolus 5 s later": _late_bolus,
    "clock 5 s ahead": _refitted(lambda tiles: (tiles.curves, tiles.times + 5.0, tiles.aif)),
    "half the enhancement": _refitted(lambda tiles: (tiles.curves / 2.0, tiles.times, tiles.aif / 2.0)),
}
