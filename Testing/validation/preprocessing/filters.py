"""Noise filters: how far filtered curves are from those without noise, and the fast filter from the exact.

Every head is simulated twice at rest, with the noise of its scanner and without any. The filters see the
noisy one and the tissue that was found in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.phantom import head_phantom
from CTPerfusionLib.preprocessing import (
    FILTERS,
    estimate_baseline,
    head_mask,
    segment_tissue,
)

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each

FAST, EXACT = "joint-bilateral", "joint-bilateral-exact"
LARGEST_RMS = 0.3
"""HU that the fast filter may differ by from the exact one."""

CLINICAL_HEADS = 2
"""Heads that are filtered at clinical size too, the first of the seeds."""

_ERRORS_TEXT = (
    "Error of the enhancement in HU, rms over voxels and frames and mean of the heads: all tissue / infarct "
    "core. It holds the noise that is left and what neighbouring tissue adds to a curve."
)


@dataclass(frozen=True)
class Errors:
    """What a filter leaves of one head, HU rms over voxels and frames.

    Attributes
    ----------
    tissue, core : float
        Of the enhancement, in all tissue and in the infarct core.
    """

    tissue: float
    core: float


@dataclass(frozen=True)
class Filtered:
    """All filters on one head.

    Attributes
    ----------
    head : Head
    errors : mapping
        By the names of the filters.
    difference, rare, largest : float
        Between the fast and the exact joint bilateral filter: rms, 99.9th percentile and maximum, HU.
    """

    head: Head
    errors: Mapping[str, Errors]
    difference: float
    rare: float
    largest: float


def tables(seeds: Sequence[int]) -> list[str]:
    """Return the tables of the filters, each head on one of the scanners in turn."""
    small = [Head(seed, SCANNERS[seed % len(SCANNERS)], "none") for seed in seeds]
    clinical = [Head(seed, "ge-cine", "none", size="clinical") for seed in seeds[:CLINICAL_HEADS]]
    results = for_each(filtered_head, [*clinical, *small], "filters")
    return [*_accuracy(results), *_errors(results)]


def filtered_head(head: Head) -> Filtered:
    """Filter a head in all ways."""
    noisy = head.phantom()
    clean = head_phantom(
        seed=head.seed,
        scanner=head.scanner,
        motion=head.motion,
        lesion=head.lesion,
        size=head.size,
        noise=0.0,
    )
    series = noisy.series
    baseline = estimate_baseline(series, head_mask(series.voxels[0], series.ijk_to_ras))
    tissue = segment_tissue(series, baseline=baseline).tissue
    n_before = baseline.slice_frames[np.nonzero(tissue)[0]]
    truth = _enhancement(clean.series.voxels[:, tissue].astype(np.float32), n_before)
    core = noisy.truth.core[tissue]
    errors, curves = {}, {}
    for name, choice in FILTERS.items():
        voxels = choice.apply(series.voxels, series.spacing, tissue)[:, tissue]
        if name in {FAST, EXACT}:
            curves[name] = voxels.copy()
        difference = _enhancement(voxels, n_before) - truth
        errors[name] = Errors(_rms(difference), _rms(difference[:, core]))
    difference = np.abs(curves[FAST] - curves[EXACT])
    return Filtered(
        head, errors, _rms(difference), float(np.percentile(difference, 99.9)), float(difference.max())
    )


def _enhancement(curves: NDArray[np.float32], n_before: NDArray[np.intp]) -> NDArray[np.float32]:
    """Subtract from curves (T, N) the mean of the first frames of each, as many as its slice has."""
    result = curves.copy()
    for count in np.unique(n_before):
        same = n_before == count
        result[:, same] -= curves[:count, same].mean(axis=0)
    return result


def _rms(values: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) if values.size else float("nan")


def _accuracy(results: Sequence[Filtered]) -> list[str]:
    groups = {
        "512 x 512": [result for result in results if result.head.size == "clinical"],
        "128 x 128": [result for result in results if result.head.size == "tiny"],
    }
    rows = []
    for title, group in groups.items():
        worst = max(result.difference for result in group)
        rows.append(
            [
                title,
                str(len(group)),
                f"{np.mean([result.difference for result in group]):.3f}",
                f"{worst:.3f}",
                f"{max(result.rare for result in group):.2f}",
                f"{max(result.largest for result in group):.2f}",
                mark(worst <= LARGEST_RMS),
            ]
        )
    return [
        "### The fast joint bilateral filter beside the exact one",
        "",
        f"Differences in HU over tissue and all frames; the target is {LARGEST_RMS} HU rms in every head.",
        "",
        *table(["grid", "heads", "rms, mean", "rms, worst head", "99.9 %, worst", "largest", "target"], rows),
    ]


def _errors(results: Sequence[Filtered]) -> list[str]:
    groups = {
        "ge-cine, 512 x 512": [result for result in results if result.head.size == "clinical"],
        **{
            f"{scanner}, 128 x 128": [
                result for result in results if result.head.size == "tiny" and result.head.scanner == scanner
            ]
            for scanner in SCANNERS
        },
    }
    rows = [
        [title, *(_cell([result.errors[name] for result in group]) for name in FILTERS)]
        for title, group in groups.items()
        if group
    ]
    return [
        "### Filtered tissue curves beside those without noise",
        "",
        _ERRORS_TEXT,
        "",
        *table(["scanner and grid", *FILTERS], rows),
    ]


def _cell(errors: Sequence[Errors]) -> str:
    tissue = np.mean([error.tissue for error in errors])
    return f"{tissue:.2f} / {np.nanmean([error.core for error in errors]):.2f}"
