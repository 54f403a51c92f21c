"""The errors that a user can cause, each one sentence with its reason and its remedy."""

from typing import Any


class CTPerfusionError(Exception):
    """A failure that the user can understand and mend.

    Parameters
    ----------
    reason : str
        What is wrong, as a clause that starts with a capital letter and has no final full stop.
    remedy : str
        What to do about it, as a clause in lower case without a final full stop.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{reason}; {remedy}.")

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error pass between processes, which would build it anew from its message alone."""
        return type(self), (self.reason, self.remedy)


class SeriesError(CTPerfusionError):
    """The input is not a CT-perfusion series that can be loaded safely."""


class MissingDecoderError(SeriesError):
    """The images are compressed in a way that no installed package decodes."""


class ProcessingError(CTPerfusionError):
    """The series was loaded, but no trustworthy result can be computed from it."""


class ConfigurationError(CTPerfusionError):
    """An option, protocol or resource that was asked for is not valid here."""


class ArgumentError(CTPerfusionError, ValueError):
    """An argument of a function of the library cannot be used.

    Parameters
    ----------
    argument : str
        Its name.
    reason : str
        What is wrong, as a clause that begins with the argument's name.
    remedy : str
        What to do about it, as a clause in lower case without a final full stop.
    """

    def __init__(self, argument: str, reason: str, remedy: str) -> None:
        self.argument = argument
        super().__init__(reason, remedy)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error pass between processes."""
        return type(self), (self.argument, self.reason, self.remedy)


class Cancelled(Exception):
    """The user asked to stop; raised from inside progress callbacks and passed through by everything."""
