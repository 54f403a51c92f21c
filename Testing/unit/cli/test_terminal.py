"""Progress in a log: a line for each stage, and one a minute while a stage goes on."""

import pytest

from CTPerfusionLib.cli import terminal
from CTPerfusionLib.cli.terminal import TerminalProgress


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test sets."""
    seconds = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: seconds[0])
    return seconds


def test_a_log_has_a_line_for_each_stage_and_each_minute_of_a_long_one(clock, capsys):
    progress = TerminalProgress()
    for now, stage, fraction in (
        (0.0, "Loading", 0.0),
        (1.0, "Loading", 0.1),
        (2.0, "Computing", 0.2),
        (30.0, "Computing", 0.3),
        (63.0, "Computing", 0.4),
        (64.0, "Computing", 0.5),
    ):
        clock[0] = now
        progress(stage, fraction)
    progress.close()

    assert capsys.readouterr().err.splitlines() == [
        "[   0.0 s]   0% Loading",
        "[   2.0 s]  20% Computing",
        "[  63.0 s]  40% Computing",
    ]
