"""``ctperfusion calibrate`` from its arguments to its tables and its JSON."""

import json

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cli.main import main
from CTPerfusionLib.kinetics import METHODS


def test_it_prints_the_tables_and_writes_all_numbers(ctperfusion, tmp_path):
    path = tmp_path / "c.json"

    finished = ctperfusion("calibrate", "--interval", 3, "--noise", 1, "--device", "cpu", "--json", path)

    assert finished.returncode == 0, finished.stderr
    assert RESEARCH_USE in finished.stdout
    assert all(f"\n{name} " in finished.stdout for name in METHODS)
    record = json.loads(path.read_text())
    assert (record["noise_hu"], record["seed"], record["limit_s"]) == (1.0, 900, 6.0)
    assert {each["method"] for each in record["readings"]} == set(METHODS)
    assert {each["interval"] for each in record["correspondences"]} == {3.0, None}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "arguments", [("--interval", "0"), ("--noise", "-1"), ("--device", "abacus"), ("--interval",)]
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["calibrate", *arguments])

    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_ctrl_c_ends_it_with_130_and_leaves_no_file(interrupted, tmp_path):
    code, said = interrupted("calibrate", "--device", "cpu", "--json", "c.json", folder=tmp_path)

    assert code == 130
    assert said.strip().endswith("Cancelled; nothing was written.")
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
