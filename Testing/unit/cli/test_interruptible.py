"""Work that is interrupted: results and errors pass through, a signal cancels."""

import os
import signal
import threading

import pytest

from CTPerfusionLib.cli.interruptible import run_interruptibly, stage_reporter
from CTPerfusionLib.errors import Cancelled, ProcessingError


def test_the_result_of_the_work_is_returned():
    assert run_interruptibly(lambda _: 42) == 42


def test_an_error_of_the_work_is_raised():
    def fail(_):
        raise ProcessingError("It failed", "try again")

    with pytest.raises(ProcessingError, match=r"It failed; try again\."):
        run_interruptibly(fail)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_work_that_listens(number):
    def wait_for_cancel(cancel):
        os.kill(os.getpid(), number)
        assert cancel.wait(10.0)
        raise Cancelled

    with pytest.raises(Cancelled):
        run_interruptibly(wait_for_cancel)


def test_the_handlers_of_before_are_back_afterwards():
    before = signal.getsignal(signal.SIGINT)

    run_interruptibly(lambda _: None)

    assert signal.getsignal(signal.SIGINT) is before


def test_a_stage_reports_its_share_of_the_whole_and_stops_when_cancelled():
    seen = []
    cancel = threading.Event()
    report = stage_reporter(lambda *shown: seen.append(shown), cancel, "Writing", 0.7, 0.9)

    report(0.5)
    cancel.set()

    assert seen == [("Writing", pytest.approx(0.8))]
    with pytest.raises(Cancelled):
        report(0.6)
