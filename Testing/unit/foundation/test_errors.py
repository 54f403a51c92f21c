"""Every error that a user can cause is one sentence with reason and remedy."""

import pickle

import pytest

from CTPerfusionLib.errors import (
    ArgumentError,
    Cancelled,
    ConfigurationError,
    CTPerfusionError,
    ProcessingError,
    SeriesError,
)


@pytest.mark.parametrize("kind", [SeriesError, ProcessingError, ConfigurationError])
def test_errors_read_as_one_sentence_and_are_caught_as_one_family(kind):
    with pytest.raises(CTPerfusionError) as caught:
        raise kind("The folder is empty", "choose the folder of the study")

    assert str(caught.value) == "The folder is empty; choose the folder of the study."
    assert (caught.value.reason, caught.value.remedy) == (
        "The folder is empty", "choose the folder of the study"
    )  # fmt: skip


@pytest.mark.parametrize(
    "error", [SeriesError("It is empty", "fill it"), ArgumentError("n", "n is 0", "give more")]
)
def test_errors_pass_from_one_process_to_another(error):
    again = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error)


def test_cancelling_is_not_an_error_of_the_study():
    assert not issubclass(Cancelled, CTPerfusionError)
