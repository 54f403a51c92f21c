"""The error of data that nothing can be trained on."""

from collections.abc import Iterator
from contextlib import contextmanager

from ...errors import ConfigurationError, CTPerfusionError


class DatasetError(CTPerfusionError):
    """A data set, a patient in it or its division cannot be used for training."""


@contextmanager
def naming(patient: str) -> Iterator[None]:
    """Turn an error about one patient's data into one that says which patient it is.

    What is wrong with the configuration would be wrong with every patient, and passes as it is.

    Raises
    ------
    DatasetError
    """
    try:
        yield
    except ConfigurationError:
        raise
    except CTPerfusionError as error:
        raise DatasetError(f"Patient {patient} cannot be used: {error.reason}", error.remedy) from error
