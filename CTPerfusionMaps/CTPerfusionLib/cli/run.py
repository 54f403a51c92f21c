"""``ctperfusion run``: a study to maps, core and penumbra."""

import argparse
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..pipeline import PipelineConfig, RunResult, run_study
from ..progress import StageProgress
from .arguments import add_study_arguments, non_negative, on_call, slice_index, voxel
from .computation import add_computation_arguments, chosen_computation
from .interruptible import run_with_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``run``."""
    add_study_arguments(parser)
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the result; files of an earlier run there are removed first",
    )
    add_computation_arguments(parser)
    _add_places(parser)
    parser.add_argument("--age", type=non_negative, metavar="N", help="age in years, for the trial criteria")
    parser.add_argument(
        "--nihss", type=non_negative, metavar="N", help="NIH Stroke Scale, for the trial criteria"
    )
    parser.add_argument(
        "--hours", type=non_negative, metavar="N", help="hours since last known well, for the trial criteria"
    )
    on_call(parser, _run)


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--core-volume-slices",
        type=slice_index,
        nargs=2,
        metavar=("LOWER", "UPPER"),
        help="zero-based slices that it looks at: at the basal ganglia and above them (default: found)",
    )
    for name, title in (("aif", "arterial input"), ("vof", "venous output")):
        parser.add_argument(
            f"--{name}",
            type=voxel,
            action="append",
            metavar="I,J,K",
            help=f"voxel of the {title}: zero-based column,row,slice, averaged with its neighbours; given "
            "several times, exactly these voxels are averaged (default: found)",
        )


def _run(options: argparse.Namespace) -> None:
    config = PipelineConfig(
        **chosen_computation(options),
        core_volume_slices=options.core_volume_slices and tuple(options.core_volume_slices),
        aif=options.aif and tuple(options.aif), vof=options.vof and tuple(options.vof),
        frame_interval=options.interval, times=options.times,
        age=options.age, nihss=options.nihss, hours=options.hours,
    )  # fmt: skip

    def work(progress: StageProgress, cancel: threading.Event) -> RunResult:
        return run_study(options.study, options.output, config, progress, cancel)

    sys.stdout.write(describe_result(run_with_progress(work)))


def describe_result(result: RunResult) -> str:
    """Return the lines that a run ends with: volumes, side, findings, place of the report."""
    summary = result.summary
    volumes = summary["volumes_ml"]
    ratio = summary["mismatch_ratio"]
    rows = [
        ("Core (global normalisation)", _millilitres(volumes["core_global"])),
        ("Core (local normalisation)", _millilitres(volumes["core_local"])),
        ("Hypoperfusion", _millilitres(volumes["hypoperfusion"])),
        ("Penumbra", _millilitres(volumes["penumbra"])),
        ("Mismatch ratio", "n/a (no core)" if ratio is None else f"{ratio:.1f}"),
        ("Affected hemisphere", summary["affected_hemisphere"]),
    ]
    lines = [f"{name:<30}{value:>14}" for name, value in rows]
    lines += _describe_answer(summary["core_volume_classifier"])
    lines += [f"{finding['severity']}: {finding['message']}" for finding in summary["quality"]]
    lines += [
        f"Report: {result.folder / 'report.html'}",
        f"Time: {sum(result.seconds.values()):.0f} s",
        summary["notice"],
    ]
    return "\n".join(lines) + "\n"


def _describe_answer(answer: Mapping[str, Any] | None) -> list[str]:
    """Return the line of the core-volume network, where it says anything."""
    if answer is None:
        return []
    probability = answer["probability_large"]
    found = (
        _millilitres(answer["volume_ml"])
        if probability is None
        else f"probability of large {probability:.2f}"
    )
    slices = answer["slices"]
    looked_at = f"slices {slices['lower']} and {slices['upper']}"
    meaning = f"{found}, large from {answer['threshold_ml']:.1f} mL on; {looked_at}"
    return [f"Core by the network {answer['model']}: {answer['verdict']} ({meaning})"]


def _millilitres(volume: float | None) -> str:
    return "not computed" if volume is None else f"{volume:.1f} mL"
