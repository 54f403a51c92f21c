"""What a reader is shown of the preprocessing's benchmark, from timings that are made up."""

import json

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.devices import DEVICES
from CTPerfusionLib.validation import PreprocessingBenchmark, preprocessing_record, preprocessing_text
from CTPerfusionLib.validation.machine_facts import machine_facts
from CTPerfusionLib.validation.side_by_side import Role
from CTPerfusionLib.validation.turns import Part, PartTiming

SECONDS = {
    "resampling": (Role.YARDSTICK, 80, 2.0),
    "register": (Role.OURS, 80, 8.0),
    "preprocessing": (Role.OURS, 80, 18.0),
    "gauss-newton": (Role.OURS, 80, 4.0),
    "simpleitk": (Role.PEER, 4, 5.0),
    "filter-fast": (Role.OURS, 80, 0.1),
    "filter-exact": (Role.REFERENCE, 80, 4.0),
    "masked-pass": (Role.YARDSTICK, 80, 0.05),
}


def benchmark(rms=0.2, load=0.1, **seconds):
    # A part whose seconds are None has not been timed.
    timings = {
        name: PartTiming(Part(name, name, role, n_frames), 9.0, (seconds.get(name, usual),))
        for name, (role, n_frames, usual) in SECONDS.items()
        if seconds.get(name, usual) is not None
    }
    return PreprocessingBenchmark(
        facts={**machine_facts(DEVICES["cpu"]), "load_average": load, "cores": 2},
        rounds=1,
        phantom={"seed": 100, "scanner": "ge-cine", "motion": "mild", "noise_hu": 6.2},
        shape=(80, 8, 512, 512),
        n_filtered=500,
        frames=(20, 40, 60, 79),
        timings=timings,
        registration_errors={"none": 0.9, "gauss-newton": 0.1, "simpleitk": 0.125},
        missing={"elastix": "It is not installed; install it."},
        filter_rms=rms,
    )


def targets(measured):
    record = preprocessing_record(measured)
    return {(each["subject"], each["quantity"]): each for each in record["targets"]}


def test_registrations_are_compared_by_their_time_for_each_frame():
    judged = targets(benchmark())["registration", "times faster than SimpleITK's"]

    assert judged["value"] == pytest.approx((5.0 / 4) / (8.0 / 80))
    assert judged["reached"] is True


@pytest.mark.parametrize(("seconds", "reached"), [(20.0, True), (20.1, False)])
def test_the_sum_of_the_stages_must_not_exceed_ten_resamplings(seconds, reached):
    judged = targets(benchmark(preprocessing=seconds))["preprocessing", "times one resampling"]

    assert judged["reached"] is reached


def test_the_filter_is_judged_by_speed_and_by_its_difference_from_the_exact_one():
    judged = targets(benchmark(rms=0.4))

    assert judged["filter", "times faster than exact"]["value"] == pytest.approx(40.0)
    assert judged["filter", "times faster than exact"]["reached"] is False
    assert judged["filter", "HU rms from exact"]["reached"] is False


def test_a_registration_that_did_not_take_part_is_not_judged():
    assert ("registration", "times faster than SimpleITK's") not in targets(benchmark(simpleitk=None))


def test_the_table_has_a_line_for_each_part_with_its_multiple_of_the_resampling():
    text = preprocessing_text(benchmark())

    assert ["preprocessing", "9.00", "18", "80", "225", "9", "9"] in map(str.split, text.splitlines())
    assert "takes 25 times as long by SimpleITK" in text
    assert "our whole stage is 12.5 times faster than that alone" in text
    assert "The filter is 40 times faster than the exact one and takes 2 times as long as reading" in text
    assert "on frames 20, 40, 60, 79: as scanned 0.900; Robust Gauss-Newton" in text
    assert "Not measured: elastix. It is not installed; install it." in text
    assert text.rstrip().endswith(RESEARCH_USE)


@pytest.mark.parametrize(("load", "warned"), [(0.3, False), (3.0, True)])
def test_a_busy_machine_is_remarked_on(load, warned):
    assert ("was busy with other work" in preprocessing_text(benchmark(load=load))) is warned


def test_the_record_holds_every_time_and_how_it_was_made():
    record = json.loads(json.dumps(preprocessing_record(benchmark()), allow_nan=False))
    (registered,) = (each for each in record["timings"] if each["name"] == "register")

    assert (record["benchmark"], record["rounds"], record["shape"]) == ("preprocessing", 1, [80, 8, 512, 512])
    assert record["phantom"]["seed"] == 100
    assert record["compared_frames"] == [20, 40, 60, 79]
    assert record["target_error_mm"]["simpleitk"] == 0.125
    assert registered["seconds"] == [8.0]
    assert registered["first_call_s"] == 9.0
    assert registered["times_resampling"] == pytest.approx(4.0)
