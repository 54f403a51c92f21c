"""Hold the result of a run against the truth of its phantom.

Usage: python compare_with_truth.py RESULT TRUTH
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.io import read_nifti
from CTPerfusionLib.series import grid_centre, motion_error

CORE_TOLERANCE_ML = 5.0
CORE_TOLERANCE_SHARE = 0.15


@dataclass(frozen=True)
class Measure:
    """One compared quantity: its value, what it has to reach, and whether it does (None: no target)."""

    name: str
    value: str
    target: str = ""
    reached: bool | None = None


def compare(result: Path, truth: Path) -> list[Measure]:
    """Return all comparisons of a result folder with a truth folder of a head phantom."""
    summary = json.loads((result / "summary.json").read_text())
    manifest = json.loads((result / "run.json").read_text())
    known = json.loads((truth / "truth.json").read_text())
    return [
        *_core(summary, known, result, truth),
        *_hypoperfusion(summary, known, result, truth),
        Measure(
            "Affected hemisphere",
            f"{summary['affected_hemisphere']} (truth {known['side']})",
            "same",
            summary["affected_hemisphere"] == known["side"],
        ),
        *_arterial_input(manifest, known),
        *_motion(manifest, known, truth),
        *_maps(result, truth),
    ]


def format_table(measures: list[Measure]) -> str:
    """Return the comparisons as aligned text."""
    marks = {True: "reached", False: "MISSED", None: ""}
    rows = [(m.name, m.value, m.target, marks[m.reached]) for m in measures]
    rows.insert(0, ("Measure", "Value", "Target", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def dice(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the Dice coefficient; NaN where both are empty."""
    total = int(first.sum()) + int(second.sum())
    return 2.0 * int((first & second).sum()) / total if total else float("nan")


def read_segments(path: Path) -> dict[str, NDArray[np.bool_]]:
    """Return the segments of a .seg.nrrd by their identifier, each (Z, Y, X)."""
    voxels, header = nrrd.read(str(path))
    layers = voxels[None] if voxels.ndim == 3 else voxels
    segments = {}
    for index in range(sum(key.endswith("_LabelValue") for key in header)):
        prefix = f"Segment{index}_"
        layer = layers[int(header[prefix + "Layer"])]
        segments[header[prefix + "ID"]] = (layer == int(header[prefix + "LabelValue"])).transpose(2, 1, 0)
    return segments


def _core(summary: dict[str, Any], known: dict[str, Any], result: Path, truth: Path) -> list[Measure]:
    volume = summary["volumes_ml"]["core_global"]
    local = summary["volumes_ml"]["core_local"]
    limit = max(CORE_TOLERANCE_ML, CORE_TOLERANCE_SHARE * known["core_ml"])
    rows = []
    if volume is not None:
        rows.append(
            Measure(
                "Core volume, global",
                f"{volume:.1f} mL (truth {known['core_ml']:.1f})",
                f"+- {limit:.1f} mL",
                abs(volume - known["core_ml"]) <= limit,
            )
        )
    if local is not None:
        rows.append(Measure("Core volume, local", f"{local:.1f} mL (truth {known['core_ml']:.1f})"))
    return rows + _overlap("Core", "core", 0.7, result, truth)


def _hypoperfusion(
    summary: dict[str, Any], known: dict[str, Any], result: Path, truth: Path
) -> list[Measure]:
    volume = summary["volumes_ml"]["hypoperfusion"]
    return [
        Measure("Hypoperfusion volume", f"{volume:.1f} mL (truth {known['hypoperfusion_ml']:.1f})"),
        *_overlap("Hypoperfusion", "hypoperfusion", 0.8, result, truth),
    ]


def _overlap(title: str, name: str, target: float, result: Path, truth: Path) -> list[Measure]:
    found = read_segments(result / "core_penumbra.seg.nrrd")[name]
    true = read_nifti(truth / f"{name}.nii.gz")[0] > 0
    if not true.any():
        return []
    value = dice(found, true)
    return [Measure(f"{title} Dice", f"{value:.3f}", f">= {target}", value >= target)]


def _arterial_input(manifest: dict[str, Any], known: dict[str, Any]) -> list[Measure]:
    times, true = np.array(known["times_s"]), np.array(known["aif_hu"])
    curve = manifest["vessels"]["aif"]
    measured = np.interp(times, curve["times_s"], curve["enhancement_hu"])
    correlation = float(np.corrcoef(measured, true)[0, 1])
    late = arrival(times, measured) - arrival(times, true)
    return [
        Measure("AIF correlation", f"{correlation:.4f}", ">= 0.98", correlation >= 0.98),
        Measure("AIF arrival error", f"{late:+.2f} s", "<= 0.5 s", abs(late) <= 0.5),
        Measure("AIF peak, measured / true", f"{measured.max() / true.max():.3f}"),
    ]


def arrival(times: NDArray[np.float64], curve: NDArray[np.float64]) -> float:
    """Return when a curve first reaches a fifth of its peak, linear between samples, seconds."""
    level = 0.2 * curve.max()
    after = int(np.flatnonzero(curve >= level)[0])
    if after == 0:
        return float(times[0])
    share = (level - curve[after - 1]) / (curve[after] - curve[after - 1])
    return float(times[after - 1] + share * (times[after] - times[after - 1]))


def _motion(manifest: dict[str, Any], known: dict[str, Any], truth: Path) -> list[Measure]:
    if manifest["motion"] is None:
        return []
    labels, ijk_to_ras = read_nifti(truth / "labels.nii.gz")
    voxels = np.argwhere(labels > 0)[::997, ::-1]
    points = (ijk_to_ras @ np.column_stack([voxels, np.ones(len(voxels))]).T).T[:, :3]
    centre = grid_centre(ijk_to_ras, labels.shape)
    true = np.array(known["motion"])
    error = motion_error(np.array(manifest["motion"]), true, points, centre)
    moved = motion_error(np.zeros_like(true), true, points, centre)
    value = f"{error.mean():.2f} mm mean, {error.max():.2f} mm worst (moved {moved.mean():.2f})"
    return [Measure("Motion error", value, "<= 0.5 mm mean", bool(error.mean() <= 0.5))]


def _maps(result: Path, truth: Path) -> list[Measure]:
    labels = read_nifti(truth / "labels.nii.gz")[0]
    names = {int(key): name for key, name in _label_names(truth).items()}
    tissue = np.isin(labels, [key for key, name in names.items() if "grey" in name or "white" in name])
    rows = []
    for name in ("CBF", "CBV", "MTT", "TTP"):
        path = result / "maps" / f"{name}.nii.gz"
        if not path.exists():
            continue
        measured, true = read_nifti(path)[0], read_nifti(truth / f"{name}.nii.gz")[0]
        both = tissue & np.isfinite(measured) & np.isfinite(true)
        correlation = float(np.corrcoef(measured[both], true[both])[0, 1])
        ratio = float(np.median(measured[both]) / np.median(true[both]))
        rows.append(Measure(f"{name} in tissue", f"r {correlation:.2f}, median / true {ratio:.2f}"))
    return rows


def _label_names(truth: Path) -> dict[str, str]:
    names: dict[str, str] = json.loads((truth / "truth.json").read_text())["label_names"]
    return names


def main() -> int:
    """Print the table; the exit code says whether all targets were reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("truth", type=Path)
    options = parser.parse_args()
    measures = compare(options.result, options.truth)
    summary = json.loads((options.result / "summary.json").read_text())
    manifest = json.loads((options.result / "run.json").read_text())
    sys.stdout.write("\nResult against the phantom's truth\n\n" + format_table(measures) + "\n\n")
    stages = ", ".join(f"{name} {seconds:.0f}" for name, seconds in manifest["seconds"].items())
    sys.stdout.write(
        f"Penumbra {summary['volumes_ml']['penumbra']:.1f} mL, mismatch ratio {summary['mismatch_ratio']}\n"
        f"Seconds: {stages}; in all {sum(manifest['seconds'].values()):.0f}\n"
        f"Peak memory: {manifest['peak_memory_gb']} GB\n"
        f"Report: {(options.result / 'report.html').resolve()}\n{summary['notice']}\n"
    )
    return 0 if all(measure.reached is not False for measure in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
