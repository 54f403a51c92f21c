"""The benchmark of the kinetic methods as a table to read and as a record for JSON."""

from textwrap import shorten
from typing import Any

from .. import RESEARCH_USE
from ..devices import Device
from .benchmark_curves import NOISE
from .benchmark_target import outcome_lines, outcome_record
from .kinetics_benchmark import KineticsBenchmark, SetResult
from .kinetics_contestants import FLOOR, NELDER_MEAD, YARDSTICK
from .machine_text import FIRST_CALL_MEANING, busy_lines, fact_lines, machine_lines
from .peers import PEERS
from .side_by_side import Role, Timing
from .speed_targets import target_outcomes
from .text_table import plain_number, text_table

_LABEL_WIDTH = 56


def benchmark_record(benchmark: KineticsBenchmark) -> dict[str, Any]:
    """Return all that was measured, ready for JSON; values that were not measured are None."""
    return {
        "benchmark": "kinetics",
        "notice": RESEARCH_USE,
        "machine": dict(benchmark.facts),
        "rounds": benchmark.rounds,
        "noise_hu": NOISE,
        "sets": [_set_record(result, benchmark.device) for result in benchmark.results],
        "not_installed": {peer.distribution: peer.install for peer in PEERS if not peer.is_installed},
    }


def _set_record(result: SetResult, device: Device) -> dict[str, Any]:
    curves = result.curves
    return {
        "voxels": curves.n_voxels,
        "frames": curves.n_frames,
        "interval_s": curves.interval,
        "timings": [_timing_record(result, timing) for timing in result.timings.values()],
        "targets": [
            {"method": outcome.target.subject, **outcome_record(outcome)}
            for outcome in target_outcomes(result, device)
        ],
    }


def _timing_record(result: SetResult, timing: Timing) -> dict[str, Any]:
    name, peer = timing.contestant.name, result.fastest_peer
    device_time = result.device_times.get(name)
    return {
        "name": name,
        "title": timing.contestant.title,
        "role": str(timing.contestant.role),
        "blas_threads": timing.contestant.blas_threads,
        "voxels": timing.n_voxels,
        "first_call_s": timing.first_call if result.is_first else None,
        "seconds": list(timing.seconds),
        "microseconds_per_voxel": timing.microseconds_per_voxel,
        "times_matrix_product": timing.ratio_to(result.timings[YARDSTICK]),
        "times_matrix_product_undisturbed": timing.undisturbed_ratio_to(result.timings[YARDSTICK]),
        "times_floor": timing.ratio_to(result.timings[FLOOR]),
        "faster_than_nelder_mead": result.timings[NELDER_MEAD].ratio_to(timing),
        "faster_than_fastest_peer": None if peer is None else peer.ratio_to(timing),
        "device_kernels_s": None if device_time is None else device_time.kernels,
        "device_transfers_s": None if device_time is None else device_time.transfers,
        "memory_bandwidth_share": result.bandwidth_shares.get(name),
    }


def benchmark_text(benchmark: KineticsBenchmark) -> str:
    """Return the tables, with the facts about the machine above and the targets below."""
    lines = list(_fact_lines(benchmark))
    for result in benchmark.results:
        lines += [
            "",
            *_timing_lines(result),
            *_peer_lines(result),
            *_device_lines(result),
            "",
            *outcome_lines(target_outcomes(result, benchmark.device)),
        ]
    missing = [peer for peer in PEERS if not peer.is_installed]
    lines += [f"\nNot installed, not measured: {peer.distribution}; {peer.install}" for peer in missing]
    return "\n".join([*lines, "", RESEARCH_USE]) + "\n"


def _fact_lines(benchmark: KineticsBenchmark) -> list[str]:
    facts = benchmark.facts
    rows = (
        ("Device", facts["device"]),
        ("BLAS", "; ".join(facts["blas"])),
        ("Rounds", f"{benchmark.rounds}, in turns within one process; medians; noise {NOISE:g} HU"),
        ("First call", FIRST_CALL_MEANING),
    )
    return [*machine_lines(facts), *fact_lines(rows), *busy_lines(facts, "matrix products")]


def _timing_lines(result: SetResult) -> list[str]:
    curves = result.curves
    product, floor = result.timings[YARDSTICK], result.timings[FLOOR]
    slow = result.timings[NELDER_MEAD]
    header = (
        f"{curves.n_voxels} voxels x {curves.n_frames} frames\nevery {curves.interval:g} s",
        "first\ncall, s",
        "voxels",
        "us per\nvoxel",
        "x matrix\nT x 2T",
        "of least\ntimes",
        "x matrix\nT x 16",
        "faster than\nNelder-Mead",
    )
    rows = [
        (
            _label(timing),
            f"{timing.first_call:.2f}" if result.is_first else "-",
            f"{timing.n_voxels}",
            f"{timing.microseconds_per_voxel:.3g}",
            plain_number(timing.ratio_to(product)),
            plain_number(timing.undisturbed_ratio_to(product)),
            plain_number(timing.ratio_to(floor)),
            plain_number(slow.ratio_to(timing)),
        )
        for timing in result.timings.values()
    ]
    return text_table(header, rows)


def _label(timing: Timing) -> str:
    contestant = timing.contestant
    label = f"{contestant.name}: {contestant.title}" if contestant.role is Role.OURS else contestant.title
    return shorten(label, _LABEL_WIDTH, placeholder=" ...")


def _peer_lines(result: SetResult) -> list[str]:
    peer = result.fastest_peer
    if peer is None:
        return []
    ours = [timing for timing in result.timings.values() if timing.contestant.role is Role.OURS]
    ratios = ", ".join(f"{each.contestant.name} {plain_number(peer.ratio_to(each))}" for each in ours)
    return [f"Times faster than {peer.contestant.title}, the fastest peer: {ratios}"]


def _device_lines(result: SetResult) -> list[str]:
    return [
        f"{name}: the device computes for {spent.kernels * 1e3:.1f} ms and moves data for "
        f"{spent.transfers * 1e3:.1f} ms; {result.bandwidth_shares[name]:.0%} of its memory bandwidth"
        for name, spent in result.device_times.items()
    ]
