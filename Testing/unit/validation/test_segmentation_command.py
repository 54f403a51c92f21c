"""``ctperfusion evaluate segmentation``, from its arguments to its files."""

import csv
import json
import signal
import subprocess
import sys

import pytest

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.phantom import head_phantom, write_phantom

SEGMENTATION = ("evaluate", "segmentation")
TINY = ("--first-seed", "301", "--size", "tiny")


@pytest.fixture(scope="module")
def one_head(tmp_path_factory):
    """The output folder of one simulated head, and its row."""
    folder = tmp_path_factory.mktemp("evaluate") / "output"
    assert main([*SEGMENTATION, "--phantoms", "1", *TINY, "--output", str(folder)]) == 0
    (row,) = csv.DictReader((folder / "cases.csv").open())
    return folder, row


def test_a_simulated_head_is_analysed_and_held_against_its_truth(one_head):
    _, row = one_head

    assert (row["seed"], row["scanner"], row["lesion"], row["grade"]) == ("301", "ge-cine", "m1", "0")
    assert row["failure"] == ""
    assert row["side"] == row["true_side"]
    for normalisation in ("global", "local"):
        found, true = float(row[f"core_{normalisation}"]), float(row["true_core"])
        false, missed = float(row[f"false_{normalisation}"]), float(row[f"missed_{normalisation}"])
        assert found - false == pytest.approx(true - missed, abs=1e-3)
        overlap = 2.0 * (found - false) / (found + true)
        assert float(row[f"dice_{normalisation}"]) == pytest.approx(overlap, abs=1e-3)
        assert overlap > 0.6
    assert float(row["plane_distance"]) < 2.0
    assert float(row["lesion_seconds"]) > 0.0


def test_its_files_appear_together_and_nothing_else(one_head):
    folder, _ = one_head

    assert {path.name for path in folder.iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures")
    }
    assert [path.name for path in folder.parent.iterdir()] == ["output"]
    assert json.loads((folder / "tables.json").read_text())["settings"]["cases"].startswith("1 head phantoms")


def test_real_studies_are_analysed_from_their_files(tmp_path, capsys):
    phantom = head_phantom(seed=302, size="tiny", scanner="ge-shuttle", microangiopathy=3, motion="none")
    write_phantom(phantom, tmp_path / "studies" / "a head", format="nifti")
    groups = tmp_path / "groups.csv"
    groups.write_text("study,microangiopathy,stroke\na head/study,MA,yes\nnone,0,no\n")
    options = [
        "--studies",
        str(tmp_path / "studies"),
        "--groups",
        str(groups),
        "--output",
        str(tmp_path / "o"),
    ]

    assert main([*SEGMENTATION, *options]) == 0

    analysed, failed = csv.DictReader((tmp_path / "o" / "cases.csv").open())
    assert float(analysed["core_global"]) > 5.0
    assert analysed["side"] == phantom.truth.side
    assert analysed["true_core"] == ""
    assert failed["failure"] == "There is no such study; check its path."
    assert "Cases that failed" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--output", "o", "--phantoms", "0"),
        ("--output", "o", "--studies", "somewhere"),
        ("--output", "o", "--groups", "groups.csv"),
        ("--output", "o", "--phantoms", "2", "--studies", "somewhere", "--groups", "groups.csv"),
        ("--output", "o", "--size", "huge"),
        ("--output", "o", "--protocol", "syngo-like"),
    ],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*SEGMENTATION, *arguments])

    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_an_output_that_is_a_file_is_refused_before_any_work(tmp_path, capsys):
    (tmp_path / "file").touch()

    assert main([*SEGMENTATION, "--output", str(tmp_path / "file")]) == 1
    assert "is a file; name a folder" in capsys.readouterr().err


def test_a_seed_that_there_is_not_is_one_sentence_and_no_table(tmp_path, capsys):
    options = ["--phantoms", "2", "--first-seed", "-5", "--output", str(tmp_path / "o")]

    assert main([*SEGMENTATION, *options]) == 1
    assert "The seed cannot be -5; give a whole number of 0 or more." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_it_with_130_and_leaves_nothing(tmp_path):
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "CTPerfusionLib.cli", *SEGMENTATION, *TINY, "--output", "o"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "Head 1 of 64" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert said.strip().endswith("Cancelled; nothing was written.")
    assert list(tmp_path.iterdir()) == []
