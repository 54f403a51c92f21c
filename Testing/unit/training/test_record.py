"""The course of a training: the best epoch, when it stops, how fast it learns."""

import math
from dataclasses import replace

import pytest

from CTPerfusionLib.errors import ArgumentError, ConfigurationError
from CTPerfusionLib.training import EarlyStopping, MapTraining, Phase, Plateau, Schedule
from CTPerfusionLib.training.phase_share import phase_shares
from CTPerfusionLib.training.record import Course, EpochErrors, learning_rate


def course_of(errors, phase, stopping=None):
    course = Course()
    for epoch, error in enumerate(errors, start=1):
        course = course.after(EpochErrors(1, epoch, 1e-3, error, error, {"CBF": error}), phase, stopping)
    return course


def test_the_best_epoch_is_that_of_the_lowest_validation_error():
    course = course_of([0.5, 0.2, 0.3], Phase(epochs=9))

    assert (course.best_epoch, course.best_error) == (2, 0.2)
    assert not course.phase_done


def test_a_phase_ends_with_its_last_epoch():
    assert course_of([0.5, 0.2], Phase(epochs=2)).phase_done


def test_early_stopping_waits_for_a_gain_that_counts():
    stopping = EarlyStopping(patience=2, smallest_gain=0.1)

    assert not course_of([1.0, 0.95, 0.85], Phase(epochs=9), stopping).phase_done
    stopped = course_of([1.0, 0.95, 0.93], Phase(epochs=9), stopping)
    assert stopped.phase_done
    assert stopped.best_epoch == 3


def test_a_plateau_lowers_the_rate_down_to_the_lowest():
    phase = Phase(epochs=99, learning_rate=1e-3, schedule=Schedule.PLATEAU, plateau=Plateau(2, 0.1, 5e-5))

    rates = [learning_rate(phase, course_of([1.0] * epochs, phase), 0, 1) for epochs in (1, 2, 3, 4, 5, 6, 7)]

    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 5e-5, 5e-5, 5e-5])


def test_a_constant_rate_does_not_mind_a_plateau():
    phase = Phase(epochs=99, learning_rate=1e-3)

    assert learning_rate(phase, course_of([1.0] * 20, phase), 7, 10) == 1e-3


def test_one_cycle_rises_and_falls():
    phase = Phase(epochs=1, learning_rate=1e-2, schedule=Schedule.ONE_CYCLE, warm_up=0.2)

    rates = [learning_rate(phase, Course(), step, 100) for step in range(101)]

    assert rates[0] == pytest.approx(1e-2 / 25.0)
    assert rates[20] == pytest.approx(1e-2)
    assert rates[100] == pytest.approx(1e-5)
    assert rates == sorted(rates[:21]) + sorted(rates[21:], reverse=True)
    assert rates[60] == pytest.approx((1e-2 + 1e-5) / 2.0)


def test_a_course_survives_its_checkpoint():
    course = course_of([0.5, 0.2, 0.3], Phase(epochs=9))

    assert Course.from_state(course.as_state()) == course


def test_the_next_phase_starts_with_a_clean_slate():
    course = course_of([0.5, 0.2], Phase(epochs=2)).next_phase()

    assert (course.phase, course.best_epoch, course.best_error, course.phase_done) == (1, 0, math.inf, False)
    assert len(course.epochs) == 2
    assert course.epochs_of_phase == 0


def test_progress_of_phases_goes_by_their_pixels():
    shares = phase_shares((Phase(epochs=4, size=128), Phase(epochs=1)), (512, 512), print)

    assert (shares[0].start, shares[-1].stop) == (0.0, 1.0)
    assert shares[1].stop - shares[1].start == pytest.approx(4.0 * (shares[0].stop - shares[0].start))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Phase(epochs=0), "epochs"),
        (lambda: Phase(epochs=1, batch_size=0), "batch_size"),
        (lambda: Phase(epochs=1, learning_rate=math.nan), "learning_rate"),
        (lambda: Phase(epochs=1, size=3), "size"),
        (lambda: Phase(epochs=1, warm_up=1.0), "warm_up"),
        (lambda: Plateau(factor=1.0), "plateau"),
        (lambda: EarlyStopping(0), "early_stopping"),
    ],
)
def test_values_that_cannot_be_used_are_refused(make, name):
    with pytest.raises(ArgumentError, match=name):
        make()


def test_settings_name_what_is_not_known(short_training):
    with pytest.raises(ConfigurationError, match="no architecture 'u-net'"):
        replace(short_training, architecture="u-net")
    with pytest.raises(ConfigurationError, match="no map 'ADC'"):
        replace(short_training, targets=("ADC",))
    with pytest.raises(ArgumentError, match="phases"):
        MapTraining("unet-small", ("CBF",), ())
    with pytest.raises(ArgumentError, match="targets"):
        replace(short_training, targets=("CBF", "CBF"))
