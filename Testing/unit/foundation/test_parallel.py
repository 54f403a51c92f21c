import threading

import numba
import numpy as np
import pytest
from threadpoolctl import threadpool_info

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.parallel import for_each_chunk, number_of_threads, single_threaded_products
from CTPerfusionLib.progress import ignore_progress


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("n_threads", [1, numba.config.NUMBA_NUM_THREADS])
def test_every_chunk_is_done_once_whatever_the_number_of_threads(n_threads):
    before = numba.get_num_threads()
    numba.set_num_threads(n_threads)
    counts = np.zeros(50, dtype=int)
    try:
        assert number_of_threads() == n_threads
        for_each_chunk(lambda chunk: np.add.at(counts, chunk, 1), range(50), ignore_progress)
    finally:
        numba.set_num_threads(before)
    assert (counts == 1).all()


def test_progress_rises_to_one_in_the_thread_that_asked():
    reports = []
    for_each_chunk(abs, range(8), lambda fraction: reports.append((fraction, threading.get_ident())))
    assert [fraction for fraction, _ in reports] == pytest.approx(np.arange(1, 9) / 8)
    assert {thread for _, thread in reports} == {threading.get_ident()}


def test_no_chunks_are_no_work():
    begun = []
    for_each_chunk(begun.append, [], ignore_progress)
    assert begun == []


def test_cancelling_stops_before_the_rest():
    begun = []

    def cancel(fraction):
        raise Cancelled(fraction)

    def slow(chunk):
        begun.append(chunk)
        threading.Event().wait(0.002)

    with pytest.raises(Cancelled):
        for_each_chunk(slow, range(1000), cancel)
    assert len(begun) < 100


def test_failure_of_a_chunk_reaches_the_caller():
    def fail_at_seven(chunk):
        if chunk == 7:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        for_each_chunk(fail_at_seven, range(20), ignore_progress)


def test_products_are_single_threaded_inside_and_as_before_afterwards():
    before = blas_threads()
    with single_threaded_products():
        with single_threaded_products():
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
