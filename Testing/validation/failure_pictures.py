"""Draw the heads in which artery or vein are not as the truth: where the voxels lie, and their curves.

    python Testing/validation/failure_pictures.py SCANNER [--seeds FIRST-LAST] [--picture FILE]

Severe motion, corrected; the cases of the vessels part of validate_preprocessing.py.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from preprocessing.phantoms import SCANNERS, Head, for_each
from preprocessing.vessels import Found, Study, found_by, study_of
from provenance import ROOT
from validate_preprocessing import seed_range

from CTPerfusionLib.vessels import VesselCurve, find_candidates, select_aif, select_vof

WINDOW = (0.0, 80.0)
METHOD = "ranking"
COLOURS = {"artery": "#d62728", "vein": "#1f77b4"}
MARGIN = 30
"""Pixels shown around the voxels."""


@dataclass(frozen=True)
class Failure:
    """A head with what was found in it."""

    head: Head
    study: Study
    found: Found
    aif: VesselCurve
    vof: VesselCurve


def main() -> int:
    """Draw all failures of one scanner into one picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scanner", choices=SCANNERS)
    parser.add_argument("--seeds", type=seed_range, default=range(911, 931), metavar="FIRST-LAST")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "vessel_failures.png")
    options = parser.parse_args()
    heads = [Head(seed, options.scanner, "severe") for seed in options.seeds]
    failed = [head for head, failure in zip(heads, for_each(fails, heads, "heads"), strict=True) if failure]
    failures = [failure for head in failed if (failure := look_at(head))]
    if not failures:
        sys.stdout.write("No head failed\n")
        return 0
    draw(failures).savefig(options.picture, dpi=80)
    sys.stdout.write(f"{len(failures)} of {len(heads)} heads, written to {options.picture}\n")
    return 0


def fails(head: Head) -> bool:
    """Whether the vessels of a head are not as the truth."""
    return look_at(head) is not None


def look_at(head: Head) -> Failure | None:
    """Return a head whose vessels are not as the truth; None for the others."""
    study = study_of(head.phantom(), is_corrected=True)
    if isinstance(study, str):
        return None
    parts = study.series, study.masks, study.baseline
    candidates = find_candidates(*parts, exchanged=study.exchanged)
    found = found_by(METHOD, study, candidates)
    if (found.agrees and found.area_agrees) or found.failure:
        return None
    aif = select_aif(*parts, method=METHOD, candidates=candidates)
    return Failure(head, study, found, aif, select_vof(*parts, aif, candidates=candidates))


def draw(failures: Sequence[Failure]) -> Figure:
    """Draw one row per head: artery, vein, curves."""
    figure = Figure(figsize=(12.0, 3.2 * len(failures)), layout="constrained")
    rows = figure.subplots(len(failures), 3, squeeze=False, width_ratios=(1, 1, 2))
    for (artery, vein, curves), failure in zip(rows, failures, strict=True):
        _draw_place(artery, failure, failure.aif, "artery")
        _draw_place(vein, failure, failure.vof, "vein")
        _draw_curves(curves, failure)
    return figure


def _draw_place(axes: Axes, failure: Failure, curve: VesselCurve, name: str) -> None:
    columns, rows, slices = curve.voxels.T
    shown = int(np.bincount(slices).argmax())
    axes.imshow(failure.study.baseline.image[shown], cmap="gray", vmin=WINDOW[0], vmax=WINDOW[1])
    here = slices == shown
    axes.plot(columns[here], rows[here], "s", color=COLOURS[name], markersize=5, fillstyle="none")
    axes.set_xlim(columns[here].min() - MARGIN, columns[here].max() + MARGIN)
    axes.set_ylim(rows[here].max() + MARGIN, rows[here].min() - MARGIN)
    axes.set_title(f"{name}, slice {shown + 1} of {failure.study.series.n_slices}", fontsize=9)
    axes.set_axis_off()


def _draw_curves(axes: Axes, failure: Failure) -> None:
    study, found = failure.study, failure.found
    pairs = (("artery", study.aif, failure.aif), ("vein", study.vof, failure.vof))
    for name, truth, curve in pairs:
        axes.plot(study.times, truth, ":", color=COLOURS[name], label=f"{name}, truth")
        axes.plot(curve.times, curve.enhancement, color=COLOURS[name], label=f"{name}, found (not scaled)")
    axes.set_title(
        f"{failure.head.scanner}, seed {failure.head.seed}: r {found.correlation:.3f}, arrival "
        f"{found.lateness:+.2f} s, venous area {found.area:.2f} of the truth",
        fontsize=9,
    )
    axes.set_xlabel("Time (s)")
    axes.set_ylabel("Enhancement (HU)")
    axes.legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    sys.exit(main())
