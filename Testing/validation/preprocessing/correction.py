"""What motion correction does for the volume of the core."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import mean, median

from CTPerfusionLib.pipeline import NO_REGISTRATION
from CTPerfusionLib.preprocessing import DEFAULT_REGISTRATION_METHOD

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each
from .runs import Result, run

CLINICAL = 8
"""Seeds, from the first, that are also run with clinical pixels."""

LARGEST_RATIO = 0.5
"""Target: error of the core volume with motion correction over that without."""


@dataclass(frozen=True)
class Comparison:
    """One severely moving head with and without motion correction, and the same head without any motion."""

    head: Head
    true_core_ml: float
    corrected: Result
    uncorrected: Result
    still: Result


def tables(seeds: Sequence[int]) -> list[str]:
    """Return the section: error of the core volume with small and with large pixels."""
    heads = [Head(seed, SCANNERS[position % len(SCANNERS)], "severe") for position, seed in enumerate(seeds)]
    clinical = [replace(head, size="clinical") for head in heads[:CLINICAL]]
    introduction = (
        "Severe motion. Errors are means of absolute differences in mL, with and without correction. What "
        "motion alone does to the core is measured against the same head without motion. A run that ends "
        "with an error counts as a core of 0 mL."
    )
    return [
        introduction,
        "",
        *_section(f"{len(heads)} heads of 128 x 128 pixels", for_each(compare, heads, "small heads")),
        *_section(f"{CLINICAL} heads of 512 x 512 pixels", for_each(compare, clinical, "clinical heads")),
    ]


def compare(head: Head) -> Comparison:
    """Simulate one head with and without motion and run the chain on it."""
    phantom, still = head.phantom(), replace(head, motion="none").phantom()
    return Comparison(
        head=head,
        true_core_ml=float(phantom.truth.core.sum()) * phantom.series.voxel_volume_ml,
        corrected=run(phantom, registration=DEFAULT_REGISTRATION_METHOD),
        uncorrected=run(phantom, registration=NO_REGISTRATION),
        still=run(still, registration=NO_REGISTRATION),
    )


def _section(title: str, compared: Sequence[Comparison]) -> list[str]:
    corrected = [each.corrected.core_ml for each in compared]
    uncorrected = [each.uncorrected.core_ml for each in compared]
    from_truth = _errors(corrected, uncorrected, [each.true_core_ml for each in compared])
    from_still = _errors(corrected, uncorrected, [each.still.core_ml for each in compared])
    failures = sum(bool(each.uncorrected.failure) for each in compared)
    dice = [median(result.core_dice for result in results) for results in _results(compared)]
    return [
        f"### {title}",
        "",
        f"* from the truth: {from_truth}",
        f"* from the head without motion: {from_still}",
        f"* median Dice without motion {dice[0]:.2f}, corrected {dice[1]:.2f}, uncorrected {dice[2]:.2f}",
        f"* hard failures without correction: {failures} of {len(compared)}",
        "",
        *_core_table(compared),
        "",
    ]


def _results(compared: Sequence[Comparison]) -> list[list[Result]]:
    return [
        [each.still for each in compared],
        [each.corrected for each in compared],
        [each.uncorrected for each in compared],
    ]


def _core_table(compared: Sequence[Comparison]) -> list[str]:
    header = (
        *("seed, scanner", "true core, mL", "without motion", "corrected", "uncorrected"),
        *("Dice without motion", "corrected", "uncorrected", "failure without correction"),
    )
    rows = [
        (
            f"{each.head.seed}, {each.head.scanner}",
            f"{each.true_core_ml:.1f}",
            *(f"{result.core_ml:.1f}" for result in (each.still, each.corrected, each.uncorrected)),
            *(f"{result.core_dice:.2f}" for result in (each.still, each.corrected, each.uncorrected)),
            each.uncorrected.failure,
        )
        for each in compared
    ]
    return table(header, rows)


def _errors(corrected: Sequence[float], uncorrected: Sequence[float], reference: Sequence[float]) -> str:
    """Say how far both are from the reference, mL, and whether correction halves the distance."""
    with_it, without_it = (
        mean(abs(volume - right) for volume, right in zip(volumes, reference, strict=True))
        for volumes in (corrected, uncorrected)
    )
    reached = mark(with_it <= LARGEST_RATIO * without_it)
    return (
        f"{with_it:.1f} and {without_it:.1f}, ratio {with_it / without_it:.2f} "
        f"(at most {LARGEST_RATIO}: {reached})"
    )
