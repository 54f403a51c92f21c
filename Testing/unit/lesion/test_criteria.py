"""The perfusion criteria of the trials as a truth table."""

import pytest

from CTPerfusionLib.lesion import TrialCriteria, assess_criteria


@pytest.mark.parametrize(
    ("core", "hypoperfusion", "hours", "expected"),
    [
        (20.0, 100.0, 10.0, True),
        (20.0, 100.0, 6.0, True),
        (20.0, 100.0, 16.0, True),
        (20.0, 100.0, 5.9, False),
        (20.0, 100.0, 16.1, False),
        (69.9, 200.0, 10.0, True),
        (70.0, 200.0, 10.0, False),
        (50.0, 90.0, 10.0, True),
        (50.0, 89.9, 10.0, False),
        (1.0, 16.0, 10.0, True),
        (1.0, 15.9, 10.0, False),
        (0.0, 15.0, 10.0, True),
        (0.0, 0.0, 10.0, False),
        (20.0, 100.0, None, None),
    ],
)
def test_defuse3(core, hypoperfusion, hours, expected):
    assert assess_criteria(core, hypoperfusion, hours=hours).defuse3 is expected


@pytest.mark.parametrize(
    ("core", "age", "nihss", "hours", "expected"),
    [
        (20.9, 80, 10, 8.0, True),
        (21.0, 80, 10, 8.0, False),
        (21.0, 80, 25, 8.0, False),
        (30.9, 79, 10, 8.0, True),
        (31.0, 79, 19, 8.0, False),
        (31.0, 79, 20, 8.0, True),
        (50.9, 79, 20, 8.0, True),
        (51.0, 79, 20, 8.0, False),
        (10.0, 60, 9, 8.0, False),
        (10.0, 60, 12, 24.0, True),
        (10.0, 60, 12, 24.1, False),
        (10.0, 60, 12, 5.9, False),
        (10.0, None, 12, 8.0, None),
        (10.0, 60, None, 8.0, None),
        (10.0, 60, 12, None, None),
    ],
)
def test_dawn(core, age, nihss, hours, expected):
    assert assess_criteria(core, 100.0, age=age, nihss=nihss, hours=hours).dawn is expected


@pytest.mark.parametrize(
    ("core", "hypoperfusion", "hours", "expected"),
    [
        (20.0, 100.0, None, True),
        (20.0, 100.0, 4.5, True),
        (20.0, 100.0, 9.0, True),
        (20.0, 100.0, 4.4, False),
        (20.0, 100.0, 9.1, False),
        (70.0, 100.0, None, False),
        (60.0, 72.0, None, False),
        (60.0, 72.1, None, True),
        (10.0, 20.0, None, False),
        (0.0, 10.1, None, True),
    ],
)
def test_extend(core, hypoperfusion, hours, expected):
    assert assess_criteria(core, hypoperfusion, hours=hours).extend is expected


def test_nothing_known_about_the_patient_leaves_what_needs_it_open():
    assert assess_criteria(20.0, 100.0) == TrialCriteria(defuse3=None, dawn=None, extend=True)
