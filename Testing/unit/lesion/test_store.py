"""Results are kept for as long as they are asked for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from CTPerfusionLib.lesion.store import Store


def test_a_result_is_computed_once():
    store, computed = Store(2), []

    results = [store.get("a", lambda: computed.append("a") or 7) for _ in range(3)]

    assert results == [7, 7, 7]
    assert computed == ["a"]


def test_the_result_not_asked_for_the_longest_goes_first():
    store, computed = Store(2), []
    for key in "abacab":
        store.get(key, lambda key=key: computed.append(key))

    assert computed == ["a", "b", "c", "b"]


def test_an_error_leaves_nothing_behind():
    store = Store(2)

    with pytest.raises(ZeroDivisionError):
        store.get("a", lambda: 1 / 0)

    assert store.get("a", lambda: 1.0) == 1.0


def test_several_threads_get_their_own_results():
    store = Store(3)

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: store.get(n % 7, lambda: n % 7), range(2000)))

    assert found == [n % 7 for n in range(2000)]
