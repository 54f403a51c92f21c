"""Stages report in order, notice cancellation at once and are timed."""

import threading

import pytest

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.pipeline import Stage, StageClock


def test_progress_runs_from_zero_to_one_through_all_stages():
    seen = []
    clock = StageClock(lambda title, fraction: seen.append((title, fraction)))

    for stage in Stage:
        with clock.stage(stage) as report:
            report(0.5)

    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert list(dict.fromkeys(title for title, _ in seen)) == [stage.title for stage in Stage]


def test_a_fraction_beyond_its_range_does_not_run_over_the_next_stage():
    seen = []
    clock = StageClock(lambda _, fraction: seen.append(fraction))

    with clock.stage(Stage.LOAD) as report:
        report(7.0)

    assert max(seen) == pytest.approx(Stage.LOAD.share / sum(stage.share for stage in Stage))


def test_a_cancel_signal_stops_the_stage_at_its_next_report():
    cancel = threading.Event()
    clock = StageClock(cancel=cancel)

    def load():
        with clock.stage(Stage.LOAD) as report:
            report(0.1)
            cancel.set()
            report(0.2)

    with pytest.raises(Cancelled):
        load()
    assert clock.seconds == {}


def test_finished_stages_are_timed():
    clock = StageClock()

    with clock.stage(Stage.MAPS):
        pass

    assert list(clock.seconds) == ["maps"]
    assert clock.seconds["maps"] >= 0.0


def test_the_fractions_are_of_the_stages_that_run():
    seen = []
    stages = (Stage.VESSELS, Stage.MAPS)
    clock = StageClock(lambda title, fraction: seen.append((title, fraction)), stages=stages)

    for stage in stages:
        with clock.stage(stage) as report:
            report(0.5)

    assert seen[0] == (Stage.VESSELS.title, 0.0)
    assert seen[-1] == (Stage.MAPS.title, 1.0)
    assert seen[3][1] == pytest.approx(Stage.VESSELS.share / (Stage.VESSELS.share + Stage.MAPS.share))


def test_a_stage_that_was_not_to_run_is_refused():
    clock = StageClock(stages=(Stage.MAPS,))

    with pytest.raises(ValueError, match="not in tuple"), clock.stage(Stage.LOAD):
        pass
