"""What a reader is shown of the benchmark of whole runs, from timings that are made up."""

import json

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.validation import PipelineBenchmark, pipeline_record, pipeline_text
from CTPerfusionLib.validation.machine_facts import machine_facts
from CTPerfusionLib.validation.side_by_side import Role
from CTPerfusionLib.validation.turns import Part, PartTiming

SECONDS = {
    "resampling": 2.0,
    "load": 2.0,
    "register": 10.0,
    "maps": 6.0,
    "preprocessing": 10.0,
    "whole": 20.0,
}


def benchmark(peak=4.5, **seconds):
    timings = {
        name: PartTiming(Part(name, name, Role.OURS, 89), 30.0, (seconds.get(name, usual),))
        for name, usual in SECONDS.items()
    }
    return PipelineBenchmark(
        facts={**machine_facts(DEVICES["cpu"]), "load_average": 0.1, "cores": 2},
        rounds=1,
        study="given",
        shape=(89, 8, 512, 512),
        timings=timings,
        peak_memory_gb=peak,
    )


def targets(measured):
    return {each["subject"]: each for each in pipeline_record(measured)["targets"]}


def test_each_stage_has_its_share_of_the_whole_and_its_multiple_of_the_resampling():
    (line,) = (line for line in pipeline_text(benchmark()).splitlines() if line.startswith("register"))

    assert line.split() == ["register", "30.00", "10.00", "50%", "5", "5"]


def test_the_yardstick_has_no_share():
    record = pipeline_record(benchmark())
    (yardstick,) = (each for each in record["timings"] if each["name"] == "resampling")

    assert yardstick["share"] is None
    assert yardstick["times_resampling"] == 1.0


def test_the_run_its_preparation_and_its_memory_are_judged():
    judged = targets(benchmark(whole=40.2, preprocessing=19.9, peak=6.1))

    assert judged["whole command"]["value"] == pytest.approx(20.1)
    assert {name: each["reached"] for name, each in judged.items()} == {
        "preprocessing": True,
        "whole command": False,
        "peak memory": False,
    }


def test_memory_that_the_system_does_not_tell_is_not_judged():
    unknown = benchmark(peak=None)

    assert "peak memory" not in targets(unknown)
    assert "Peak memory: unknown" in pipeline_text(unknown)


def test_the_record_can_be_written_and_says_how_it_was_made():
    record = json.loads(json.dumps(pipeline_record(benchmark()), allow_nan=False))

    assert (record["benchmark"], record["rounds"], record["study"]) == ("pipeline", 1, "given")
    assert record["shape"] == [89, 8, 512, 512]
    assert record["peak_memory_gb"] == 4.5
    assert record["notice"] == RESEARCH_USE
    assert {"processor", "cores", "packages"} <= record["machine"].keys()
