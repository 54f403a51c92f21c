"""Progress is reported as a fraction, and whatever the callback raises ends the work."""

import pytest

from CTPerfusionLib.errors import Cancelled
from CTPerfusionLib.progress import RemainingTime, ignore_progress, part_of, reported


def test_items_are_reported_before_each_and_after_the_last():
    fractions: list[float] = []

    assert list(reported("abcd", fractions.append)) == list("abcd")
    assert fractions == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_nothing_to_do_is_reported_as_done():
    fractions: list[float] = []

    assert list(reported([], fractions.append)) == []
    assert fractions == [1.0]


def test_a_part_fills_its_share_of_the_whole():
    fractions: list[float] = []
    second_half = part_of(fractions.append, 0.5, 1.0)

    for fraction in (0.0, 0.5, 1.0):
        second_half(fraction)

    assert fractions == [0.5, 0.75, 1.0]


def test_parts_of_parts_nest():
    fractions: list[float] = []

    part_of(part_of(fractions.append, 0.0, 0.5), 0.5, 1.0)(1.0)

    assert fractions == [0.5]


def test_cancelling_stops_before_the_next_item():
    def cancel(fraction: float) -> None:
        if fraction >= 0.5:
            raise Cancelled

    items = reported(range(4), cancel)

    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(Cancelled):
        next(items)


def test_progress_can_be_ignored():
    assert list(reported([1, 2], ignore_progress)) == [1, 2]


def simulated(speeds, step=0.1):
    """Return elapsed seconds, fractions and estimates of a run whose parts, of equal share, take so long."""
    ends = [sum(speeds[: part + 1]) for part in range(len(speeds))]
    remaining, rows = RemainingTime(), []
    for tick in range(1, round(ends[-1] / step) + 1):
        elapsed = tick * step
        part = next(part for part, end in enumerate(ends) if elapsed <= end + 1e-9)
        begun = ends[part] - speeds[part]
        fraction = (part + (elapsed - begun) / speeds[part]) / len(speeds)
        rows.append((elapsed, fraction, remaining.update(fraction, elapsed)))
    return rows


def test_a_run_of_even_speed_is_counted_down_exactly():
    for elapsed, _, left in simulated([30.0]):
        assert left is None if elapsed < 2.0 else left == pytest.approx(30.0 - elapsed, abs=1e-6)


@pytest.mark.parametrize(
    "seconds", [[5, 20, 3, 12, 4, 6], [12, 3, 6, 2, 15, 8], [20, 4, 4, 4, 20, 8]], ids=str
)
def test_the_estimate_of_an_uneven_run_is_steady_and_ends_at_the_truth(seconds):
    rows = [row for row in simulated([float(each) for each in seconds]) if row[2] is not None]
    shown = [left for _, _, left in rows]
    raw = [elapsed * (1 - fraction) / fraction for elapsed, fraction, _ in rows]

    def largest_jump(values):
        """Return by how much a second changes the estimate beyond the second that has passed."""
        return max(abs(after - before + 1.0) for before, after in zip(values, values[10:], strict=False))

    assert largest_jump(shown) < 0.7 * largest_jump(raw)
    last_fifth = [(left, sum(seconds) - elapsed) for elapsed, fraction, left in rows if fraction > 0.8]
    assert all(abs(left - truth) < 0.15 * sum(seconds) for left, truth in last_fifth)
    assert shown[-1] == 0.0
    assert min(shown) >= 0.0


def test_nothing_is_said_in_the_first_moments():
    remaining = RemainingTime()

    assert remaining.update(0.5, 1.0) is None
    assert remaining.update(0.01, 60.0) is None
    assert remaining.update(0.5, 60.0) == pytest.approx(60.0)


def test_a_run_that_stands_still_is_given_more_time():
    remaining = RemainingTime()
    first = remaining.update(0.5, 10.0)

    assert first is not None
    assert remaining.update(0.5, 40.0) > first
