"""Where and when the images of a scan were taken, from their headers: slices, frames and times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .arrangement import Arrangement, arrange
from .records import ImageRecord
from .slice_stack import SliceStack, build_stack
from .user_times import UserTimes


@dataclass(frozen=True, eq=False)
class DicomLayout:
    """The images of a scan in their slices and frames.

    Attributes
    ----------
    stack : SliceStack
    images : tuple of ImageRecord
        Those that show a slice of the stack.
    arranged : Arrangement
        Indices into `images`.
    """

    stack: SliceStack
    images: tuple[ImageRecord, ...]
    arranged: Arrangement


def lay_out(chosen: Sequence[ImageRecord], given: UserTimes | None) -> DicomLayout:
    """Arrange the images of one scan.

    Parameters
    ----------
    chosen : sequence of ImageRecord
        Without copies of the same image.
    given : UserTimes or None
        Times that take precedence over those of the headers.

    Raises
    ------
    SeriesError
        If they form no regular stack, or there are no usable times.
    """
    stack = build_stack(chosen)
    inside = np.flatnonzero(stack.slice_of >= 0)
    images = tuple(chosen[int(index)] for index in inside)
    return DicomLayout(stack, images, arrange(images, stack.slice_of[inside], given))
