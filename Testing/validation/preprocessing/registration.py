"""Motion correction on heads whose motion is known: error, rejected frames, residual, other methods."""

from collections.abc import Sequence
from statistics import mean

import numpy as np

from .markdown import mark, table
from .phantoms import SCANNERS, Head, for_each
from .registration_cases import COMPARED_FRAMES, Compared, Judged, Registered, compare, judge, register

LARGEST_ERROR = {"mild": 0.25, "severe": 0.5, "none": 0.05}
"""mm; targets of the mean error."""

RESIDUAL_LIMIT = 1.0
"""mm; beyond it a residual is reported to the user."""

AMBIGUOUS = (0.8, 1.25)
"""mm; true residuals that are too close to the limit to be told from it."""

STILL_SEEDS, COMPARED_SEEDS = 5, 4
"""Seeds, from the first, for heads that do not move and for the comparison with other methods."""

SPEED_TARGET = 10.0

_ERRORS_TEXT = (
    "Mean distance of points in the brain from where they are, over the used frames; a head counts under "
    f"residual when a used frame has more than {RESIDUAL_LIMIT:.0f} mm of it."
)
_RESIDUALS_TEXT = (
    "Severe motion. Frames without registration, whose true residual is how far the head has moved; and "
    "frames made of two, as if the head had moved meanwhile, after registration: there the true residual "
    f"is the root mean square over both. A finding is due above {RESIDUAL_LIMIT:.0f} mm."
)
_COMPARISON_TEXT = (
    f"Up to {COMPARED_FRAMES} frames of {COMPARED_SEEDS} severely moving heads per scanner, those with the "
    "largest motion among them; one thread each. Target: no worse than the others, and "
    f"{SPEED_TARGET:.0f} times faster than SimpleITK. These heads have voxels of 2 mm; "
    "`ctperfusion benchmark preprocessing` compares at clinical size."
)


def tables(seeds: Sequence[int]) -> list[str]:
    """Return the section."""
    moving = [
        Head(seed, scanner, motion) for motion in ("mild", "severe") for scanner in SCANNERS for seed in seeds
    ]
    still = [Head(seed, scanner, "none") for scanner in SCANNERS for seed in seeds[:STILL_SEEDS]]
    severe = [head for head in moving if head.motion == "severe"]
    compared = [head for head in severe if head.seed in seeds[:COMPARED_SEEDS]]
    return [
        *_errors(for_each(register, [*moving, *still], "registration")),
        *_residuals(for_each(judge, severe, "residual motion")),
        *_comparison(for_each(compare, compared, "registration methods")),
    ]


def _errors(results: list[Registered]) -> list[str]:
    rows = []
    for motion, target in LARGEST_ERROR.items():
        for scanner in SCANNERS:
            of_kind = [r for r in results if (r.head.motion, r.head.scanner) == (motion, scanner)]
            errors = np.concatenate([result.errors for result in of_kind])
            worst_head = max(float(result.errors.mean()) for result in of_kind)
            reasons = [reason for result in of_kind for reason in result.rejected]
            rows.append(
                [
                    motion,
                    scanner,
                    str(len(of_kind)),
                    f"{np.concatenate([result.moved for result in of_kind]).max():.1f}",
                    f"{errors.mean():.3f}",
                    f"{worst_head:.3f}",
                    f"{errors.max():.2f}",
                    f"<= {target} {mark(bool(errors.mean() <= target))}",
                    f"{sum(result.resampled for result in of_kind) / len(errors):.0%}",
                    ", ".join(sorted(set(reasons), key=reasons.index)) + f" {len(reasons)}".strip(),
                    str(sum(result.reference != 0 for result in of_kind)),
                    str(sum(bool((result.residuals > RESIDUAL_LIMIT).any()) for result in of_kind)),
                ]
            )
    header = [
        "motion", "scanner", "heads", "moved at most, mm", "mean error, mm", "worst head", "worst frame",
        "target of the mean", "frames resampled", "frames rejected", "other reference", "heads with residual",
    ]  # fmt: skip
    return [
        "### Error after correction",
        "",
        _ERRORS_TEXT,
        "",
        *table(header, rows),
    ]


def _residuals(results: list[Judged]) -> list[str]:
    rows = []
    for title, pairs in (
        ("no registration", [result.unregistered for result in results]),
        ("two frames in one", [result.smeared for result in results]),
    ):
        true = np.concatenate([pair[0] for pair in pairs])
        measured = np.concatenate([pair[1] for pair in pairs])
        known = np.isfinite(true) & np.isfinite(measured)
        true, measured = true[known], measured[known]
        is_clear = (true < AMBIGUOUS[0]) | (true > AMBIGUOUS[1])
        is_right = (true > RESIDUAL_LIMIT) == (measured > RESIDUAL_LIMIT)
        rows.append(
            [
                title,
                str(len(true)),
                f"{np.corrcoef(true, measured)[0, 1]:.3f}",
                f"{np.median(measured[true > RESIDUAL_LIMIT] / true[true > RESIDUAL_LIMIT]):.2f}",
                *(
                    f"{int((~is_right & of_kind).sum())} of {int(of_kind.sum())}"
                    for of_kind in (true <= RESIDUAL_LIMIT, true > RESIDUAL_LIMIT, is_clear)
                ),
            ]
        )
    header = [
        "frames", "number", "r with the truth", "measured / true above 1 mm", "fires at <= 1 mm",
        "silent at > 1 mm", f"wrong outside {AMBIGUOUS[0]} to {AMBIGUOUS[1]} mm",
    ]  # fmt: skip
    return [
        "### Residual motion as it is measured without knowing the truth",
        "",
        _RESIDUALS_TEXT,
        "",
        *table(header, rows),
    ]


def _comparison(results: list[Compared]) -> list[str]:
    methods = list(results[0].by_method)
    ours = methods[0]
    rows = []
    for scanner in SCANNERS:
        of_scanner = [result.by_method for result in results if result.scanner == scanner]
        seconds = {name: mean(found[name][2] for found in of_scanner) for name in methods}
        error = {name: mean(found[name][0] for found in of_scanner) for name in methods}
        for name in methods:
            ratio = seconds[name] / seconds[ours]
            is_reached = error[ours] <= error[name] and (name != "simpleitk" or ratio >= SPEED_TARGET)
            rows.append(
                [
                    scanner,
                    name,
                    f"{error[name]:.3f}",
                    f"{max(found[name][1] for found in of_scanner):.2f}",
                    f"{1000 * seconds[name]:.0f}",
                    f"{ratio:.0f}",
                    "" if name == ours else mark(is_reached),
                ]
            )
    header = ["scanner", "method", "mean error, mm", "worst frame", "ms per frame", "times ours", "target"]
    return [
        "### Against other methods",
        "",
        _COMPARISON_TEXT + ("" if "elastix" in methods else " elastix is not installed here."),
        "",
        *table(header, rows),
    ]
