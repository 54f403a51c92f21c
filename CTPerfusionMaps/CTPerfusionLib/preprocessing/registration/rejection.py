"""Why a frame is not used."""

from dataclasses import dataclass
from enum import Enum


class RejectionReason(Enum):
    """The reasons: a code, and what it says about one frame and about several."""

    NOT_FINITE = ("not_finite", "holds values that are not finite numbers", "hold values that are not finite")
    NO_HEAD = (
        "no_head",
        "is blank or shows too little of the head",
        "are blank or show too little of the head",
    )
    BLANK_SLICE = ("blank_slice", "has a blank slice", "have a blank slice")
    NO_POSITION = (
        "no_position",
        "matches the reference frame at no position of the head",
        "match the reference frame at no position of the head",
    )
    RESIDUAL = (
        "residual",
        "differs from the reference frame too much after correction",
        "differ from the reference frame too much after correction",
    )

    def __init__(self, code: str, clause: str, plural: str) -> None:
        self.code = code
        self.clause = clause
        self.plural = plural


@dataclass(frozen=True)
class Rejection:
    """A frame that is left out.

    Attributes
    ----------
    frame : int
        From 0.
    reason : RejectionReason
    """

    frame: int
    reason: RejectionReason

    @property
    def sentence(self) -> str:
        """The reason for people, who count frames from 1."""
        return f"Frame {self.frame + 1} {self.reason.clause}."
