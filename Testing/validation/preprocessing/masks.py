"""What masks find in simulated heads: after registration on all scanners, in hard heads, and the arrival."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.errors import CTPerfusionError
from CTPerfusionLib.phantom import PhantomTruth, head_phantom
from CTPerfusionLib.preprocessing import (
    TissueMasks,
    estimate_baseline,
    head_mask,
    register_frames,
    segment_tissue,
    summarise,
)
from CTPerfusionLib.validation.hard_heads import HARD_HEADS, WHOLE_HEAD, tissue_errors
from CTPerfusionLib.validation.labelled_head import FOREIGN, labelled

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each

LEAST_DICE = 0.95
"""Overlap of the brain, with fluid and vessels, with the truth: target of each head."""

MOST_VESSELS = 0.02
"""Share of the true vessel voxels that may be analysed: target of the mean."""

MOST_LATE = 1.0
"""Seconds by which the measured arrival may differ from the true one: target of each head."""

HARD_SEEDS = 10
"""Seeds, from the first, of the hard heads."""

_COLUMNS = ("brain", "tissue", "worst slice", "fluid", "vessels left", "lost", "outside", "arrival, s")

_SCANNERS_TEXT = (
    "Dice of the brain (with fluid and vessels), of the tissue (grey and white matter) and of the fluid; in "
    "brackets the lowest of all heads. Worst slice: lowest Dice of the tissue in slices with at least 300 "
    "voxels of it, median of the heads. Vessels left: share of the true vessel voxels among the tissue. "
    "Lost: share of grey and white matter that is not analysed, mostly beside vessels. Outside: share of the "
    "tissue that is skull, scalp or air. Arrival: measured minus true time at which the arterial curve "
    "reaches a tenth of its peak, median and largest. In the truth, voxels with at least 30 % of fluid are "
    "fluid; the masks keep most of those that hold more tissue, which lowers the Dice of tissue and "
    "fluid on these large pixels."
)

_HARD_TEXT = (
    "They do not move, and are changed as the title says, so that what is brain is known. Lost: grey and "
    "white matter that is not analysed. Wrong: bone, scalp, air, metal or calcium that is analysed. Both as "
    "shares of the tissue, mean and in brackets the largest, beside the limits. No voxel of metal, calcium, "
    "drains or air may be analysed at all. After a craniectomy soft tissue takes the place of the bone and "
    "can be told from brain by its depth only, hence the limits there."
)

_FLUID, _TISSUE, _VESSELS = (3,), (4, 5), (6, 7)


@dataclass(frozen=True)
class Overlap:
    """Agreement of the masks of one head with the truth, and the error of the arrival in seconds."""

    brain: float
    tissue: float
    worst_slice: float
    fluid: float
    vessels_left: float
    lost: float
    outside: float
    late: float


@dataclass(frozen=True)
class HardCase:
    """One seed, on which all hard heads are tried."""

    seed: int


@dataclass(frozen=True)
class HardResult:
    """What went wrong in one hard head."""

    lost: float
    wrong: float
    foreign: int


def tables(seeds: Iterable[int]) -> list[str]:
    """Return the lines of the section."""
    listed = list(seeds)
    return [*_scanners(listed), *_hard(listed[:HARD_SEEDS])]


def _scanners(seeds: Sequence[int]) -> list[str]:
    heads = [
        Head(seed, scanner, motion) for scanner in SCANNERS for motion in ("mild", "severe") for seed in seeds
    ]
    found = dict(zip(heads, for_each(_overlap, heads, "masks"), strict=True))
    rows = []
    for scanner in SCANNERS:
        for motion in ("mild", "severe"):
            chosen = [found[head] for head in heads if (head.scanner, head.motion) == (scanner, motion)]
            rows.append([scanner, motion, *_cells(chosen)])
    every = list(found.values())
    lowest = min(each.brain for each in every)
    left = mean(each.vessels_left for each in every)
    latest = max(abs(each.late) for each in every)
    return [
        "### Masks after registration",
        "",
        f"{len(seeds)} seeds on each scanner. {_SCANNERS_TEXT}",
        "",
        *table(
            ["scanner", "motion", *_COLUMNS],
            rows,
        ),
        f"* Dice of the brain >= {LEAST_DICE:g} in every head: {lowest:.3f}, {mark(lowest >= LEAST_DICE)}.",
        f"* Vessels left <= {MOST_VESSELS:.0%}: {left:.2%}, {mark(left <= MOST_VESSELS)}.",
        f"* Arrival within {MOST_LATE:g} s in every head: {latest:.2f} s, {mark(latest <= MOST_LATE)}.",
        "",
    ]  # fmt: skip


def _cells(found: Sequence[Overlap]) -> list[str]:
    late = [each.late for each in found]
    return [
        *(
            f"{mean(values):.3f} ({min(values):.3f})"
            for values in ([each.brain for each in found], [each.tissue for each in found])
        ),
        f"{median(each.worst_slice for each in found):.3f}",
        f"{mean(each.fluid for each in found):.3f} ({min(each.fluid for each in found):.3f})",
        f"{mean(each.vessels_left for each in found):.2%}",
        f"{mean(each.lost for each in found):.1%}",
        f"{mean(each.outside for each in found):.2%}",
        f"{median(late):+.2f} ({max(late, key=abs):+.2f})",
    ]


def _overlap(head: Head) -> Overlap:
    phantom = head.phantom()
    registration = register_frames(phantom.series)
    series = registration.series
    summary = summarise(series)
    baseline = estimate_baseline(series, head_mask(summary.mean, series.ijk_to_ras), summary=summary)
    masks = segment_tissue(series, valid=registration.valid, baseline=baseline, summary=summary)
    return _compare(phantom.truth, masks, baseline.arrival)


def _compare(truth: PhantomTruth, masks: TissueMasks, arrival: float) -> Overlap:
    valid = ~masks.invalid
    fluid, tissue, vessels = (
        np.isin(truth.labels, classes) & valid for classes in (_FLUID, _TISSUE, _VESSELS)
    )
    inside = fluid | tissue | vessels
    slices = [index for index, plane in enumerate(tissue) if plane.sum() >= 300]
    return Overlap(
        brain=_dice(masks.brain & valid, inside),
        tissue=_dice(masks.tissue, tissue),
        worst_slice=min(_dice(masks.tissue[index], tissue[index]) for index in slices),
        fluid=_dice(masks.csf & valid, fluid & masks.brain),
        vessels_left=float((masks.tissue & vessels).sum() / max(int(vessels.sum()), 1)),
        lost=float((tissue & ~masks.tissue).sum() / tissue.sum()),
        outside=float((masks.tissue & ~inside).sum() / masks.tissue.sum()),
        late=arrival - _true_arrival(truth),
    )


def _dice(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    return float(2 * (first & second).sum() / max(int(first.sum() + second.sum()), 1))


def _true_arrival(truth: PhantomTruth) -> float:
    times = np.linspace(truth.times[0], truth.times[-1], 10_000)
    aif = np.interp(times, truth.times, truth.aif)
    below = np.flatnonzero(aif[: int(aif.argmax()) + 1] <= 0.1 * aif.max())
    return float(times[below[-1]]) if below.size else float(times[0])


def _hard(seeds: Sequence[int]) -> list[str]:
    results = for_each(_hard_results, [HardCase(seed) for seed in seeds], "hard heads")
    rows = []
    for name, case in HARD_HEADS.items():
        found = [result[name] for result in results]
        passed = sum(
            each.lost <= case.most_lost and each.wrong <= case.most_wrong and each.foreign == 0
            for each in found
        )
        rows.append(
            [
                case.title,
                f"{mean(each.lost for each in found):.1%} ({max(each.lost for each in found):.1%})",
                f"{mean(each.wrong for each in found):.2%} ({max(each.wrong for each in found):.2%})",
                f"{case.most_lost:.1%} / {case.most_wrong:.2%}",
                f"{passed}/{len(found)}, {mark(passed == len(found))}",
            ]
        )
    return [
        "### Masks of hard heads",
        "",
        f"Whole heads of {len(seeds)} seeds. {_HARD_TEXT}",
        "",
        *table(["head", "lost", "wrong", "limits", "within limits"], rows),
    ]


def _hard_results(case: HardCase) -> dict[str, HardResult]:
    phantom = head_phantom(seed=case.seed, scanner=WHOLE_HEAD, size="tiny", motion="none")
    whole = labelled(phantom.series, phantom.truth.labels)
    results = {}
    for name, hard in HARD_HEADS.items():
        head = hard.alter(whole)
        try:
            tissue = segment_tissue(head.series).tissue
        except CTPerfusionError:
            results[name] = HardResult(1.0, 0.0, 0)
            continue
        results[name] = HardResult(
            *tissue_errors(head, tissue), foreign=int((tissue & (head.labels == FOREIGN)).sum())
        )
    return results
