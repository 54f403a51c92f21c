"""The benchmark of whole runs: its targets, and its results as a table and as a record for JSON."""

from collections.abc import Callable
from typing import Any

from .. import RESEARCH_USE
from .benchmark_target import BenchmarkTarget, judge, outcome_lines, outcome_record
from .machine_text import busy_lines, fact_lines, machine_lines
from .pipeline_benchmark import WHOLE, PipelineBenchmark
from .preprocessing_benchmark import PREPROCESSING
from .resampling import RESAMPLING
from .text_table import plain_number, text_table


def _times_resampling(name: str) -> Callable[[PipelineBenchmark], float]:
    return lambda benchmark: benchmark.timings[name].ratio_to(benchmark.timings[RESAMPLING])


PIPELINE_TARGETS: tuple[BenchmarkTarget[PipelineBenchmark], ...] = (
    BenchmarkTarget("preprocessing", "times one resampling", _times_resampling(PREPROCESSING), 10.0),
    BenchmarkTarget("whole command", "times one resampling", _times_resampling(WHOLE), 20.0),
    BenchmarkTarget("peak memory", "GB", lambda benchmark: benchmark.peak_memory_gb, 6.0),
)
"""What two cores should reach with a study of clinical size."""


def pipeline_record(benchmark: PipelineBenchmark) -> dict[str, Any]:
    """Return all that was measured, ready for JSON; values that were not measured are None."""
    return {
        "benchmark": "pipeline",
        "notice": RESEARCH_USE,
        "machine": dict(benchmark.facts),
        "rounds": benchmark.rounds,
        "study": benchmark.study,
        "shape": list(benchmark.shape),
        "timings": [_timing_record(benchmark, name) for name in benchmark.timings],
        "peak_memory_gb": benchmark.peak_memory_gb,
        "targets": [
            {"subject": outcome.target.subject, **outcome_record(outcome)}
            for outcome in judge(PIPELINE_TARGETS, benchmark)
        ],
    }


def _timing_record(benchmark: PipelineBenchmark, name: str) -> dict[str, Any]:
    timing, yardstick = benchmark.timings[name], benchmark.timings[RESAMPLING]
    return {
        "name": name,
        "title": timing.part.title,
        "first_run_s": timing.first,
        "seconds": list(timing.seconds),
        "share": None if name == RESAMPLING else benchmark.share(name),
        "times_resampling": timing.ratio_to(yardstick),
        "times_resampling_undisturbed": timing.undisturbed_ratio_to(yardstick),
    }


def pipeline_text(benchmark: PipelineBenchmark) -> str:
    """Return the table of the stages, with the facts about the machine above and the targets below."""
    peak = benchmark.peak_memory_gb
    lines = [
        *_fact_lines(benchmark),
        "",
        *_stage_lines(benchmark),
        "",
        f"Peak memory: {'unknown' if peak is None else f'{peak:.2f} GB'}",
        "",
        *outcome_lines(judge(PIPELINE_TARGETS, benchmark)),
        "",
        RESEARCH_USE,
    ]
    return "\n".join(lines) + "\n"


def _fact_lines(benchmark: PipelineBenchmark) -> list[str]:
    n_frames, slices, rows, columns = benchmark.shape
    facts = (
        ("Study", f"{benchmark.study}; {n_frames} frames of {columns} x {rows} x {slices} voxels"),
        ("Rounds", f"{benchmark.rounds}, in turns with the resampling, each run a process; medians"),
        ("First run", "may compile code after an installation; the others load it"),
    )
    return [
        *machine_lines(benchmark.facts),
        *fact_lines(facts),
        *busy_lines(benchmark.facts, "tasks on all cores"),
    ]


def _stage_lines(benchmark: PipelineBenchmark) -> list[str]:
    yardstick = benchmark.timings[RESAMPLING]
    header = ("", "first\nrun, s", "seconds", "share", "x resampling", "of least\ntimes")
    rows = [
        (
            timing.part.title,
            f"{timing.first:.2f}",
            f"{timing.median_seconds:.2f}",
            "" if name == RESAMPLING else f"{benchmark.share(name):.0%}",
            plain_number(timing.ratio_to(yardstick)),
            plain_number(timing.undisturbed_ratio_to(yardstick)),
        )
        for name, timing in benchmark.timings.items()
    ]
    return text_table(header, rows)
