"""``ctperfusion benchmark unet``: throughput of networks beside a matrix product, from arguments to JSON."""

import json

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cli.main import main
from CTPerfusionLib.devices import Device
from CTPerfusionLib.networks import ARCHITECTURES, InputSettings
from CTPerfusionLib.validation.side_by_side import Role
from CTPerfusionLib.validation.turns import Part, PartTiming
from CTPerfusionLib.validation.unet_benchmark import PREPARING, PRODUCT, UnetBenchmark, UnetCase, Work
from CTPerfusionLib.validation.unet_report import UNET_TARGETS, unet_record, unet_text
from CTPerfusionLib.validation.unet_tasks import operations

TIMED = ("bolus-unet", "unet-small")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small benchmark: what it wrote."""
    path = tmp_path_factory.mktemp("benchmark") / "b.json"
    options = (
        "--architecture",
        *TIMED,
        "--size",
        "32",
        "--rounds",
        "1",
        "--device",
        "cpu",
        "--json",
        str(path),
    )
    assert main(["benchmark", "unet", *options]) == 0
    return json.loads(path.read_text())


def test_every_network_is_timed_at_inference_and_training(small):
    timed = [(case["work"], case["architecture"]) for case in small["cases"]]

    assert sorted(timed) == sorted((work, name) for work in ("inference", "training") for name in TIMED)
    for case in small["cases"]:
        assert case["slices_per_s"] > 0
        assert 0 < case["share_of_peak"] < 1
        assert (case["study_s"] is None) is (case["work"] == "training")


def test_the_record_says_how_it_was_made(small):
    assert (small["benchmark"], small["rounds"], small["notice"]) == ("unet", 1, RESEARCH_USE)
    assert small["study"] == {"slices": 8, "size": 32, "frames": 89}
    assert small["matrix_product_flops_per_s"] > 1e9
    assert {"processor", "cores", "packages", "device"} <= small["machine"].keys()


def test_targets_hold_for_the_full_size_only(small):
    assert small["targets"] == []


def test_the_operations_of_the_papers_network_are_those_of_its_layers():
    """Two convolutions in each of nine stages, four enlargements and the last layer, at 512 x 512."""
    widths, pixels = (64, 128, 256, 512, 1024), [512.0**2 / 4**depth for depth in range(5)]
    inputs = (89, *widths[:-1])
    encoder = [9 * (n_in + n_out) * n_out for n_in, n_out in zip(inputs, widths, strict=True)]
    decoder = [9 * 3 * n_out * n_out + 2 * n_out * n_out for n_out in widths[:-1]]
    macs = sum(each * n for each, n in zip(encoder, pixels, strict=True))
    macs += sum(each * n for each, n in zip(decoder, pixels[:-1], strict=True)) + 64 * 4 * pixels[0]

    counted = operations("unet-code", InputSettings(), 512, training=False)

    assert counted == pytest.approx(2 * macs, rel=1e-6)
    assert counted == pytest.approx(2 * 205e9, rel=0.01)


@pytest.mark.parametrize("architecture", ["bolus-unet", "unet-small"])
def test_learning_takes_about_three_times_the_operations(architecture):
    settings = InputSettings()
    once = operations(architecture, settings, 128, training=False)

    assert 2.5 < operations(architecture, settings, 128, training=True) / once < 3.05


def a_benchmark(architecture, device, seconds):
    """Return a benchmark in which 4 slices took so many seconds, the product 0.5 s and preparing 1.5 s."""
    case = UnetCase(Work.INFERENCE, architecture, 512, 4, 2e9)
    timings = {
        name: PartTiming(Part(name, name, Role.OURS, 1), 9.0, (each, each))
        for name, each in ((PRODUCT, 0.5), (PREPARING, 1.5), (case.name, seconds))
    }
    where = Device(device, device, "cpu")
    facts = {"processor": "any", "cores": 2, "load_average": None, "packages": {}, "device": device}
    return UnetBenchmark(
        where, {**facts, "ctperfusion": "1", "python": "3"}, 2, 512, 89, (case,), 1e10, timings
    )


def test_shares_and_the_time_of_a_study_follow_from_the_times():
    benchmark = a_benchmark("bolus-unet", "cpu", 8.0)
    (case,) = unet_record(benchmark)["cases"]

    assert case["slices_per_s"] == pytest.approx(0.5)
    assert case["share_of_peak"] == pytest.approx((4 * 2e9 / 8.0) / (1e10 / 0.5))
    assert case["study_s"] == pytest.approx(1.5 + 8 / 0.5)
    assert "bolus-unet: " in unet_text(benchmark)


@pytest.mark.parametrize(
    ("architecture", "device", "seconds", "reached"),
    [
        ("bolus-unet", "cpu", 9.0, True),
        ("bolus-unet", "cpu", 9.5, False),
        ("unet-published", "cuda", 0.01, False),
        ("unet-published", "cpu", 9.0, None),
    ],
)
def test_the_targets_are_held_against_the_time_of_a_study(architecture, device, seconds, reached):
    benchmark = a_benchmark(architecture, device, seconds)
    outcomes = [target["reached"] for target in unet_record(benchmark)["targets"]]

    assert outcomes == ([] if reached is None else [reached])
    assert ("Target" in unet_text(benchmark)) is (reached is not None)


def test_targets_name_architectures_that_exist():
    assert {target.subject.split(",")[0] for target in UNET_TARGETS} <= set(ARCHITECTURES)
