"""What a reader is shown of a benchmark, from timings that are made up."""

import json

import pytest

from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.validation import CurveSet, KineticsBenchmark, benchmark_record, benchmark_text
from CTPerfusionLib.validation.device_time import DeviceTime
from CTPerfusionLib.validation.kinetics_benchmark import SetResult
from CTPerfusionLib.validation.kinetics_contestants import FLOOR, NELDER_MEAD, YARDSTICK
from CTPerfusionLib.validation.machine_facts import machine_facts
from CTPerfusionLib.validation.side_by_side import Contestant, Role, Timing

MICROSECONDS = {
    YARDSTICK: (Role.YARDSTICK, 0.5),
    FLOOR: (Role.YARDSTICK, 0.25),
    "nlr": (Role.OURS, 1.0),
    NELDER_MEAD: (Role.REFERENCE, 4000.0),
    "slow peer": (Role.PEER, 8.0),
    "quick peer": (Role.PEER, 3.0),
}


def benchmark(device="cpu", load=0.1, **measured):
    timings = {
        name: Timing(Contestant(name, name, role, lambda _: None), 1000, 0.5, (value * 1e-3,))
        for name, (role, value) in MICROSECONDS.items()
    }
    result = SetResult(CurveSet(1000, 60), timings, True, **measured)
    facts = {**machine_facts(DEVICES["cpu"]), "load_average": load, "cores": 2}
    return KineticsBenchmark(DEVICES[device], facts, 1, (result,))


def line_of(text, start):
    (line,) = (line for line in text.splitlines() if line.startswith(start))
    return line


def test_a_line_of_the_table_holds_microseconds_and_the_ratios():
    words = line_of(benchmark_text(benchmark()), "nlr: ").split()

    assert words == ["nlr:", "nlr", "0.50", "1000", "1", "2", "2", "4", "4000"]


def test_methods_are_compared_with_the_fastest_peer():
    assert "Times faster than quick peer, the fastest peer: nlr 3" in benchmark_text(benchmark())

    (nlr,) = (each for each in benchmark_record(benchmark())["sets"][0]["timings"] if each["name"] == "nlr")
    assert nlr["faster_than_fastest_peer"] == pytest.approx(3.0)


@pytest.mark.parametrize(("load", "warned"), [(0.3, False), (3.0, True), (None, False)])
def test_a_busy_machine_is_remarked_on(load, warned):
    assert ("was busy with other work" in benchmark_text(benchmark(load=load))) is warned


def test_what_a_gpu_did_is_told():
    measured = {
        "device_times": {"nlr": DeviceTime(kernels=0.040, transfers=0.012)},
        "bandwidth_shares": {"nlr": 0.35},
    }
    on_gpu = benchmark("cuda", **measured)

    line = line_of(benchmark_text(on_gpu), "nlr: the device")
    assert "40.0 ms" in line
    assert "12.0 ms" in line
    assert "35%" in line
    record = json.loads(json.dumps(benchmark_record(on_gpu), allow_nan=False))
    (nlr,) = (each for each in record["sets"][0]["timings"] if each["name"] == "nlr")
    assert (nlr["device_kernels_s"], nlr["device_transfers_s"]) == (0.040, 0.012)
    assert nlr["memory_bandwidth_share"] == 0.35
