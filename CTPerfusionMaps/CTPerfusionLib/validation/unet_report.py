"""The benchmark of networks: its targets, and its results as a table and as a record for JSON."""

from collections.abc import Callable
from typing import Any

from .. import RESEARCH_USE
from ..networks import ARCHITECTURES
from .benchmark_target import BenchmarkTarget, judge, outcome_lines, outcome_record
from .machine_text import busy_lines, fact_lines, machine_lines
from .text_table import plain_number, text_table
from .unet_benchmark import PREPARING, PRODUCT, STUDY_SLICES, UnetBenchmark, UnetCase, Work

_FULL_SIZE = 512
"""Pixels of a side for which the targets hold."""


def _study_seconds(architecture: str, device: str) -> Callable[[UnetBenchmark], float | None]:
    def measure(benchmark: UnetBenchmark) -> float | None:
        if benchmark.device.name != device or benchmark.size != _FULL_SIZE:
            return None
        cases = (each for each in benchmark.cases if each.work is Work.INFERENCE)
        return next(
            (benchmark.study_seconds(each) for each in cases if each.architecture == architecture), None
        )

    return measure


UNET_TARGETS: tuple[BenchmarkTarget[UnetBenchmark], ...] = (
    BenchmarkTarget("bolus-unet, cpu", "s for a study", _study_seconds("bolus-unet", "cpu"), 20.0),
    BenchmarkTarget("unet-published, cuda", "s for a study", _study_seconds("unet-published", "cuda"), 0.2),
)
"""What two processor cores should reach with the shipped network, and a data-centre GPU with the papers'."""


def unet_record(benchmark: UnetBenchmark) -> dict[str, Any]:
    """Return all that was measured, ready for JSON."""
    return {
        "benchmark": "unet",
        "notice": RESEARCH_USE,
        "machine": dict(benchmark.facts),
        "rounds": benchmark.rounds,
        "study": {"slices": STUDY_SLICES, "size": benchmark.size, "frames": benchmark.n_frames},
        "matrix_product_flops_per_s": benchmark.peak,
        "matrix_product_s": list(benchmark.timings[PRODUCT].seconds),
        "preparing_s": list(benchmark.timings[PREPARING].seconds),
        "cases": [_case_record(benchmark, case) for case in benchmark.cases],
        "targets": [
            {"subject": outcome.target.subject, **outcome_record(outcome)}
            for outcome in judge(UNET_TARGETS, benchmark)
        ],
    }


def _case_record(benchmark: UnetBenchmark, case: UnetCase) -> dict[str, Any]:
    timing, is_inference = benchmark.timings[case.name], case.work is Work.INFERENCE
    return {
        "work": str(case.work),
        "architecture": case.architecture,
        "size": case.size,
        "slices": case.slices,
        "flops_per_slice": case.operations,
        "first_call_s": timing.first,
        "seconds": list(timing.seconds),
        "slices_per_s": benchmark.slices_per_second(case),
        "share_of_peak": benchmark.share_of_peak(case),
        "times_matrix_product": timing.ratio_to(benchmark.timings[PRODUCT]),
        "study_s": benchmark.study_seconds(case) if is_inference else None,
    }


def unet_text(benchmark: UnetBenchmark) -> str:
    """Return the tables, with the facts about the machine above and the targets below."""
    lines = [
        *_fact_lines(benchmark),
        "",
        *_case_lines(benchmark, Work.INFERENCE),
        "",
        *_case_lines(benchmark, Work.TRAINING),
    ]
    outcomes = judge(UNET_TARGETS, benchmark)
    if outcomes:
        lines += ["", *outcome_lines(outcomes)]
    return "\n".join([*lines, "", RESEARCH_USE]) + "\n"


def _fact_lines(benchmark: UnetBenchmark) -> list[str]:
    preparing = benchmark.timings[PREPARING].median_seconds
    size, frames = benchmark.size, benchmark.n_frames
    facts = (
        ("Device", benchmark.facts["device"]),
        ("Peak", f"{benchmark.peak / 1e9:.3g} GFLOP/s in a matrix product of the same run"),
        (
            "Study",
            f"{STUDY_SLICES} x {size} x {size} x {frames}, prepared in {preparing:.2f} s; untrained networks",
        ),
        ("Rounds", f"{benchmark.rounds}, in turns within one process; medians"),
    )
    return [
        *machine_lines(benchmark.facts),
        *fact_lines(facts),
        *busy_lines(benchmark.facts, "networks on all cores"),
    ]


def _case_lines(benchmark: UnetBenchmark, work: Work) -> list[str]:
    is_inference = work is Work.INFERENCE
    header = [f"{work}".capitalize(), "size", "GFLOP\nper slice", "slices/s", "share\nof peak"]
    header += ["s for\na study"] if is_inference else ["slices\nper step"]
    rows = []
    for case in benchmark.cases:
        if case.work is not work:
            continue
        last = plain_number(benchmark.study_seconds(case)) if is_inference else str(case.slices)
        rows.append(
            (
                f"{case.architecture}: {ARCHITECTURES[case.architecture].title}",
                str(case.size),
                plain_number(case.operations / 1e9),
                plain_number(benchmark.slices_per_second(case)),
                f"{benchmark.share_of_peak(case):.0%}",
                last,
            )
        )
    return text_table(header, rows)
