"""``ctperfusion info``: what is in a study, and whether it can be loaded."""

import argparse
import sys
import threading

from .. import RESEARCH_USE
from ..io import StudyDescription, describe_study
from ..progress import StageProgress
from .arguments import add_study_arguments, on_call
from .interruptible import run_with_progress, stage_reporter


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``info``."""
    add_study_arguments(parser)
    on_call(parser, _describe)


def _describe(options: argparse.Namespace) -> None:
    def work(progress: StageProgress, cancel: threading.Event) -> StudyDescription:
        report = stage_reporter(progress, cancel, "Loading", 0.0, 1.0)
        return describe_study(
            options.study, frame_interval=options.interval, times=options.times, on_progress=report
        )

    sys.stdout.write(study_lines(run_with_progress(work)))


def study_lines(study: StudyDescription) -> str:
    """Return the lines that describe a study: acquisition, geometry, times, findings."""
    column_step, row_step = study.pixel_spacing
    per_slice = ", different for each slice" if study.has_slice_times else ""
    lines = [
        ("Frames", f"{study.n_frames}"),
        ("Interval", f"{study.interval:.2f} s (median)"),
        ("Duration", f"{study.duration:.1f} s"),
        ("Times from", f"{study.time_source}{per_slice}"),
        ("Slices", f"{study.n_slices} of {study.slice_spacing:.2f} mm, {study.coverage:.0f} mm in all"),
        ("Matrix", f"{study.columns} x {study.rows}, {column_step:.3f} x {row_step:.3f} mm"),
        ("Scanner", f"{study.manufacturer} {study.model}".strip() or "unknown"),
        ("Tube voltage", "unknown" if study.kvp is None else f"{study.kvp:.0f} kV"),
    ]
    text = "".join(f"{name:<14}{value}\n" for name, value in lines)
    for finding in study.findings:
        text += f"{finding.severity}: {finding.message} {finding.remedy}\n"
    return text + RESEARCH_USE + "\n"
