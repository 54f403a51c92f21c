"""The whole chain under severe motion: does it fail, what does it say?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from CTPerfusionLib.preprocessing import DEFAULT_REGISTRATION_METHOD

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each
from .runs import SMALLEST_CORE, SMALLEST_DICE, Result, mean_target_error, run


@dataclass(frozen=True)
class Outcome:
    """A severely moving head and what the chain found.

    Attributes
    ----------
    head : Head
    moved : float
        Mean distance in mm of points of the brain from where they are in the first frame.
    result : Result
    """

    head: Head
    moved: float
    result: Result


def tables(seeds: Sequence[int]) -> list[str]:
    """Return the section: failures, rejected frames and findings."""
    heads = [Head(seed, SCANNERS[position % len(SCANNERS)], "severe") for position, seed in enumerate(seeds)]
    outcomes = for_each(run_head, heads, "severe motion")
    return [*_failures(outcomes), *_rejected(outcomes)]


def run_head(head: Head) -> Outcome:
    """Simulate one head and run the chain on it."""
    phantom = head.phantom()
    return Outcome(
        head=head,
        moved=mean_target_error(np.zeros_like(phantom.truth.motion), phantom),
        result=run(phantom, registration=DEFAULT_REGISTRATION_METHOD),
    )


def _failures(outcomes: Sequence[Outcome]) -> list[str]:
    header = (
        *("scanner", "runs", "failed", "moved, mm", "after registration, mm"),
        *("core Dice", "least", "hypoperfusion Dice", "least"),
    )
    rows = [_row(title, chosen) for title, chosen in _by_scanner(outcomes)]
    failed = [each for each in outcomes if each.result.failure]
    text = (
        "Heads of 128 x 128 pixels, one M1 occlusion each, severe motion. A run fails when it ends with an "
        f"error or misses the lesion: Dice below {SMALLEST_DICE} for the hypoperfusion, or for the core "
        f"where {SMALLEST_CORE:g} mL or more are true. Medians and least values of Dice, means of mm. "
        f"Target: no failure; {len(failed)} of {len(outcomes)}: {mark(not failed)}."
    )
    reasons = [f"* seed {each.head.seed}, {each.head.scanner}: {each.result.failure}" for each in failed]
    return ["### Hard failures", "", text, "", *table(header, rows), *reasons, ""]


def _row(title: str, outcomes: Sequence[Outcome]) -> list[str]:
    results = [each.result for each in outcomes]
    core = [each.core_dice for each in results]
    hypoperfusion = [each.hypoperfusion_dice for each in results]
    return [
        title,
        f"{len(results)}",
        f"{sum(bool(each.failure) for each in results)}",
        f"{mean(each.moved for each in outcomes):.2f}",
        f"{_known_mean(each.residual for each in results):.2f}",
        f"{median(core):.2f}",
        f"{min(core):.2f}",
        f"{median(hypoperfusion):.2f}",
        f"{min(hypoperfusion):.2f}",
    ]


def _rejected(outcomes: Sequence[Outcome]) -> list[str]:
    codes = sorted({code for each in outcomes for code in each.result.findings})
    rows = [(f"`{code}`", f"{sum(code in each.result.findings for each in outcomes)}") for code in codes]
    reasons = Counter(reason for each in outcomes for reason in each.result.rejections)
    counts = [len(each.result.rejections) for each in outcomes]
    text = (
        f"Frames rejected: {sum(counts)} in {sum(count > 0 for count in counts)} of {len(counts)} runs, "
        f"at most {max(counts)} in one. "
        + "".join(f"{reason}: {count}. " for reason, count in sorted(reasons.items()))
    ).rstrip()
    return ["### Rejected frames and findings", "", text, "", *table(("finding", "runs"), rows)]


def _by_scanner(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    groups = [(scanner, [each for each in outcomes if each.head.scanner == scanner]) for scanner in SCANNERS]
    return [*((name, chosen) for name, chosen in groups if chosen), ("all", list(outcomes))]


def _known_mean(values: Iterable[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return mean(known) if known else float("nan")
