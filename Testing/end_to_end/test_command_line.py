"""The command line as a user meets it: help, exit codes, sentences, Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
import time

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cli.main import build_parser, main
from CTPerfusionLib.phantom import SCANNER_SCHEMES

QUICK = ("--method", "ssvd", "--normalisation", "global", "--core-volume-model", "none")
"""For tests that say nothing about maps and lesion."""


@pytest.fixture(scope="module")
def head_from(tmp_path_factory):
    """Give a function that returns the folder of a tiny head from a scanner, written once by the command."""
    written = {}

    def folder_of(scanner):
        if scanner not in written:
            folder = tmp_path_factory.mktemp("heads") / scanner
            options = ("--size", "tiny", "--scanner", scanner)
            assert main(["phantom", "head", str(folder), *options]) == 0
            written[scanner] = folder
        return written[scanner]

    return folder_of


def _parsers(parser):
    if hasattr(parser, "complete"):
        parser.complete()
    yield parser
    for action in parser._actions:
        if hasattr(action, "choices") and isinstance(action.choices, dict):
            for child in action.choices.values():
                if hasattr(child, "format_help"):
                    yield from _parsers(child)


@pytest.mark.parametrize("parser", list(_parsers(build_parser())), ids=lambda parser: parser.prog)
def test_every_command_explains_itself_and_says_research_use_only(parser):
    text = " ".join(parser.format_help().split())

    assert RESEARCH_USE in text
    for action in parser._actions:
        assert action.help or action.choices, f"{parser.prog} {action.option_strings} has no help"


def test_wrong_usage_exits_with_2(ctperfusion):
    assert ctperfusion("run").returncode == 2
    assert ctperfusion("run", "x", "--output", "y", "--method", "magic").returncode == 2
    assert ctperfusion("run", "x", "--output", "y", "--aif", "1,2").returncode == 2
    assert ctperfusion("phantom", "head", "x", "--noise", "-1").returncode == 2


def test_phantom_info_and_run_work_together(ctperfusion, head_from, tmp_path):
    study = head_from("ge-cine") / "study"

    info = ctperfusion("info", study)
    assert info.returncode == 0
    assert re.search(r"Frames\s+89", info.stdout)
    assert "GE MEDICAL SYSTEMS" in info.stdout

    run = ctperfusion("run", study, "--output", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    assert "Penumbra" in run.stdout
    assert "report.html" in run.stdout
    assert RESEARCH_USE in run.stdout
    assert "Computing maps" in run.stderr


@pytest.mark.parametrize("scanner", SCANNER_SCHEMES)
def test_every_scanner_scheme_is_loaded_with_its_times(scanner, head_from, capsys):
    study = head_from(scanner) / "study"
    capsys.readouterr()

    assert main(["info", str(study)]) == 0

    shown, scheme = capsys.readouterr().out, SCANNER_SCHEMES[scanner]
    assert re.search(rf"Frames\s+{scheme.n_frames}\b", shown)
    assert re.search(rf"Slices\s+{scheme.n_slices} ", shown)


def test_a_nifti_study_runs_with_its_times_file(tmp_path):
    options = ("--size", "tiny", "--scanner", "toshiba", "--format", "nifti", "--lesion", "m2")
    assert main(["phantom", "head", str(tmp_path / "p"), *options]) == 0

    assert main(["run", str(tmp_path / "p" / "study"), "--output", str(tmp_path / "out"), *QUICK]) == 0

    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    truth = json.loads((tmp_path / "p" / "truth" / "truth.json").read_text())
    assert summary["affected_hemisphere"] == truth["side"]


def test_a_failed_run_leaves_no_stale_result(ctperfusion, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "summary.json").write_text("{}")

    run = ctperfusion("run", tmp_path / "empty", "--output", tmp_path / "out")

    assert run.returncode == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_an_output_that_is_a_file_is_refused_in_one_sentence(ctperfusion, head_from, tmp_path):
    (tmp_path / "out").write_text("a file")

    run = ctperfusion("run", head_from("ge-cine") / "study", "--output", tmp_path / "out")

    assert run.returncode == 1
    assert "is a file; name a folder" in run.stderr
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.parametrize("stage", ["Correcting motion", "Filtering noise", "Writing maps"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_at_once_and_leaves_nothing(stage, number, head_from, tmp_path):
    arguments = ["run", head_from("ge-cine") / "study", "--output", tmp_path / "out", *QUICK]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, arguments)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if stage in line:
            break

    process.send_signal(number)
    sent = time.monotonic()
    _, rest = process.communicate(timeout=60)

    assert process.returncode == 130
    # One second is promised; the rest is for a busy machine that compiles at the same time.
    assert time.monotonic() - sent < 15.0
    assert rest.strip().endswith("Cancelled; nothing was written.")
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []
