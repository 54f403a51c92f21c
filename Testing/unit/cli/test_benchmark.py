"""``ctperfusion benchmark``: usage of all parts; kinetics from its arguments to its table and its JSON."""

import argparse
import json

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cli.benchmark import curve_set
from CTPerfusionLib.cli.main import main
from CTPerfusionLib.kinetics import METHODS
from CTPerfusionLib.validation import CurveSet
from CTPerfusionLib.validation.peers import PEERS

ABSENT_PEERS = {peer.distribution: peer.install for peer in PEERS if not peer.is_installed}


@pytest.fixture(scope="module")
def small(ctperfusion, tmp_path_factory):
    """A small benchmark: what it printed and what it wrote."""
    path = tmp_path_factory.mktemp("benchmark") / "b.json"
    options = ("--size", "60x20", "50x30", "--rounds", 2, "--device", "cpu", "--json", path)
    finished = ctperfusion("benchmark", "kinetics", *options)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout, json.loads(path.read_text())


def test_every_method_is_timed_and_compared_with_every_set_of_curves(small):
    _, record = small

    assert [(each["voxels"], each["frames"]) for each in record["sets"]] == [(60, 20), (50, 30)]
    for each in record["sets"]:
        timings = {timing["name"]: timing for timing in each["timings"]}
        assert {*METHODS, "matrix-2t", "matrix-16", "nelder-mead"} <= timings.keys()
        for name in METHODS:
            assert timings[name]["times_matrix_product"] > 0
            assert timings[name]["times_floor"] > 0
            assert timings[name]["faster_than_nelder_mead"] > 0
            assert timings[name]["voxels"] == each["voxels"]
            assert len(timings[name]["seconds"]) == 2
            assert timings[name]["device_kernels_s"] is None


def test_first_calls_are_reported_once(small):
    _, record = small
    first, later = (
        {each["name"]: each["first_call_s"] for each in part["timings"]} for part in record["sets"]
    )

    assert all(first[name] > 0 for name in METHODS)
    assert set(later.values()) == {None}


def test_the_matrix_product_is_its_own_measure(small):
    _, record = small
    (product,) = (each for each in record["sets"][0]["timings"] if each["name"] == "matrix-2t")

    assert product["times_matrix_product"] == 1.0


def test_targets_stand_beside_what_was_measured(small):
    printed, record = small
    targets = {(each["method"], each["quantity"]): each for each in record["sets"][0]["targets"]}

    nlr = targets["nlr", "times matrix product"]
    assert (nlr["limit"], nlr["bound"]) == (4.0, "at most")
    assert nlr["reached"] is (nlr["value"] <= 4.0)
    assert targets["nlr", "times faster than Nelder-Mead"]["bound"] == "at least"
    assert "reached" in printed


def test_the_record_says_how_it_was_made(small):
    printed, record = small

    assert record["benchmark"] == "kinetics"
    assert record["rounds"] == 2
    assert record["notice"] == RESEARCH_USE
    assert {"processor", "cores", "blas", "packages", "device"} <= record["machine"].keys()
    assert record["machine"]["processor"] in printed


def test_a_peer_that_is_not_installed_is_named_with_the_command_for_pip(small):
    printed, record = small

    assert record["not_installed"] == ABSENT_PEERS
    assert all(command in printed for command in ABSENT_PEERS.values())


def test_the_table_has_a_line_for_each_method(small):
    printed, _ = small

    assert all(f"\n{name}: " in printed for name in METHODS)
    assert RESEARCH_USE in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("benchmark",),
        ("benchmark", "coffee"),
        ("benchmark", "kinetics", "--rounds", "0"),
        ("benchmark", "kinetics", "--size", "60"),
        ("benchmark", "kinetics", "--size", "60x3"),
        ("benchmark", "kinetics", "--device", "abacus"),
        ("benchmark", "preprocessing", "--size", "huge"),
        ("benchmark", "preprocessing", "--rounds", "-1"),
        ("benchmark", "preprocessing", "--seed", "x"),
        ("benchmark", "pipeline", "--size", "512"),
        ("benchmark", "unet", "--size", "31"),
        ("benchmark", "unet", "--architecture", "abacus"),
        ("benchmark", "unet", "--rounds", "0"),
        ("benchmark", "pipeline", "--rounds", "0"),
        ("benchmark", "pipeline", "--study", "somewhere", "--size", "tiny"),
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["kinetics", "preprocessing", "pipeline"])
def test_ctrl_c_ends_it_with_130_and_leaves_no_file(part, interrupted, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    code, said = interrupted("benchmark", part, "--json", "b.json", folder=tmp_path)

    assert code == 130
    assert said.strip().endswith("Cancelled; nothing was written.")
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", ["kinetics", "preprocessing", "pipeline"])
def test_a_folder_is_no_json_file(part, tmp_path, capsys):
    assert main(["benchmark", part, "--json", str(tmp_path)]) == 1
    assert "is a folder; name a file." in capsys.readouterr().err


def test_a_study_that_is_not_there_is_one_sentence_and_exit_code_1(tmp_path, capsys):
    assert main(["benchmark", "pipeline", "--study", str(tmp_path / "nowhere")]) == 1

    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("ctperfusion: ")
    assert "no such study" in said


def test_a_size_is_read_as_voxels_and_frames():
    assert curve_set("69864x60") == CurveSet(69864, 60)


@pytest.mark.parametrize("text", ["", "60", "x60", "60x", "axb", "0x60", "60x7", "1.5x60"])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(argparse.ArgumentTypeError, match="such as 69864x60"):
        curve_set(text)
