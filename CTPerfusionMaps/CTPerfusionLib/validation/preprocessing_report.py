"""The benchmark of the preprocessing: its targets, and its results as a table and as a record for JSON."""

from collections.abc import Callable
from typing import Any

from .. import RESEARCH_USE
from ..preprocessing import DEFAULT_REGISTRATION_METHOD, REGISTRATION_METHODS
from .benchmark_target import BenchmarkTarget, judge, outcome_lines, outcome_record
from .filter_contestants import EXACT_FILTER, FAST_FILTER, MASKED_PASS
from .machine_text import FIRST_CALL_MEANING, busy_lines, fact_lines, machine_lines
from .preprocessing_benchmark import PREPROCESSING, REGISTERING, PreprocessingBenchmark
from .registration_contestants import UNMOVED
from .resampling import RESAMPLING
from .text_table import plain_number, text_table
from .turns import PartTiming


def _ratio(name: str, other: str) -> Callable[[PreprocessingBenchmark], float | None]:
    def measure(benchmark: PreprocessingBenchmark) -> float | None:
        timings = benchmark.timings
        return timings[name].ratio_to(timings[other]) if {name, other} <= timings.keys() else None

    return measure


_SIMPLEITK = "simpleitk"

PREPROCESSING_TARGETS: tuple[BenchmarkTarget[PreprocessingBenchmark], ...] = (
    BenchmarkTarget("preprocessing", "times one resampling", _ratio(PREPROCESSING, RESAMPLING), 10.0),
    BenchmarkTarget(
        "registration",
        "times faster than SimpleITK's",
        _ratio(_SIMPLEITK, REGISTERING),
        10.0,
        at_least=True,
    ),
    BenchmarkTarget(
        "filter", "times faster than exact", _ratio(EXACT_FILTER, FAST_FILTER), 50.0, at_least=True
    ),
    BenchmarkTarget("filter", "HU rms from exact", lambda benchmark: benchmark.filter_rms, 0.3),
)
"""What two cores should reach with a study of clinical size."""


def preprocessing_record(benchmark: PreprocessingBenchmark) -> dict[str, Any]:
    """Return all that was measured, ready for JSON."""
    return {
        "benchmark": "preprocessing",
        "notice": RESEARCH_USE,
        "machine": dict(benchmark.facts),
        "rounds": benchmark.rounds,
        "phantom": dict(benchmark.phantom),
        "shape": list(benchmark.shape),
        "filtered_voxels": benchmark.n_filtered,
        "timings": [_timing_record(benchmark, timing) for timing in benchmark.timings.values()],
        "compared_frames": list(benchmark.frames),
        "target_error_mm": dict(benchmark.registration_errors),
        "filter_rms_hu": benchmark.filter_rms,
        "targets": [
            {"subject": outcome.target.subject, **outcome_record(outcome)}
            for outcome in judge(PREPROCESSING_TARGETS, benchmark)
        ],
        "missing": dict(benchmark.missing),
    }


def _timing_record(benchmark: PreprocessingBenchmark, timing: PartTiming) -> dict[str, Any]:
    yardstick = benchmark.timings[RESAMPLING]
    return {
        "name": timing.part.name,
        "title": timing.part.title,
        "role": str(timing.part.role),
        "frames": timing.part.n_frames,
        "first_call_s": timing.first,
        "seconds": list(timing.seconds),
        "times_resampling": timing.ratio_to(yardstick),
        "times_resampling_undisturbed": timing.undisturbed_ratio_to(yardstick),
    }


def preprocessing_text(benchmark: PreprocessingBenchmark) -> str:
    """Return the tables, with the facts about the machine above and the targets below."""
    lines = [
        *_fact_lines(benchmark),
        "",
        *_timing_lines(benchmark),
        "",
        *_ratio_lines(benchmark),
        "",
        *_error_lines(benchmark),
        f"Fast filter: {benchmark.filter_rms:.3f} HU rms from the exact one",
        "",
        *outcome_lines(judge(PREPROCESSING_TARGETS, benchmark)),
        *(f"\nNot measured: {name}. {why}" for name, why in benchmark.missing.items()),
        "",
        RESEARCH_USE,
    ]
    return "\n".join(lines) + "\n"


def _fact_lines(benchmark: PreprocessingBenchmark) -> list[str]:
    phantom = benchmark.phantom
    n_frames, slices, rows, columns = benchmark.shape
    rows_of_facts = (
        ("Head", f"{phantom['scanner']}, {n_frames} frames of {columns} x {rows} x {slices} voxels"),
        ("", f"seed {phantom['seed']}, {phantom['motion']} motion, noise {phantom['noise_hu']:.1f} HU"),
        ("Filter", f"{benchmark.n_filtered} voxels of tissue"),
        ("Rounds", f"{benchmark.rounds}, in turns within one process; medians"),
        ("First call", FIRST_CALL_MEANING),
    )
    return [
        *machine_lines(benchmark.facts),
        *fact_lines(rows_of_facts),
        *busy_lines(benchmark.facts, "tasks on all cores"),
    ]


def _timing_lines(benchmark: PreprocessingBenchmark) -> list[str]:
    yardstick = benchmark.timings[RESAMPLING]
    header = (
        "",
        "first\ncall, s",
        "seconds",
        "frames",
        "ms per\nframe",
        "x resampling\nper frame",
        "of least\ntimes",
    )
    rows = [
        (
            timing.part.title,
            f"{timing.first:.2f}",
            f"{timing.median_seconds:.3g}",
            f"{timing.part.n_frames}",
            plain_number(1e3 * timing.median_seconds / timing.part.n_frames),
            plain_number(timing.ratio_to(yardstick)),
            plain_number(timing.undisturbed_ratio_to(yardstick)),
        )
        for timing in benchmark.timings.values()
    ]
    return text_table(header, rows)


def _ratio_lines(benchmark: PreprocessingBenchmark) -> list[str]:
    timings = benchmark.timings
    lines = [
        f"Finding motion takes {plain_number(timings[name].ratio_to(timings[DEFAULT_REGISTRATION_METHOD]))} "
        f"times as long by {method.title}; our whole stage is "
        f"{plain_number(timings[name].ratio_to(timings[REGISTERING]))} times faster than that alone"
        for name, method in REGISTRATION_METHODS.items()
        if name in timings and name != DEFAULT_REGISTRATION_METHOD
    ]
    fast = timings[FAST_FILTER]
    exact = plain_number(timings[EXACT_FILTER].ratio_to(fast))
    floor = plain_number(fast.ratio_to(timings[MASKED_PASS]))
    lines.append(
        f"The filter is {exact} times faster than the exact one and takes {floor} times as long as "
        "reading and writing its voxels"
    )
    return lines


def _error_lines(benchmark: PreprocessingBenchmark) -> list[str]:
    titles = {name: method.title for name, method in REGISTRATION_METHODS.items()} | {UNMOVED: "as scanned"}
    errors = "; ".join(f"{titles[name]} {error:.3f}" for name, error in benchmark.registration_errors.items())
    return [f"Mean target error in mm on frames {', '.join(map(str, benchmark.frames))}: {errors}"]
