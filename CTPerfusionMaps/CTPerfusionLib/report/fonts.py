"""The typeface of printed pages, and how text is broken into lines with it."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_MEASURED_AT = 100  # pixels, large enough that widths are those of any size


@cache
def font_path(bold: bool) -> Path:
    """Return DejaVu Sans, which comes with matplotlib and has all signs that reports use."""
    import matplotlib as mpl

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name


@cache
def sized_font(bold: bool, pixels: int) -> "FreeTypeFont":
    """Return the typeface for drawing into pixels."""
    from PIL import ImageFont

    return ImageFont.truetype(font_path(bold), pixels, layout_engine=ImageFont.Layout.BASIC)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text, in the unit of `size`."""
    return sized_font(bold, _MEASURED_AT).getlength(text) * size / _MEASURED_AT


def wrapped(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Return `text` as lines that are not wider than `width`, in the unit of `size`; at least one."""
    lines = [""]
    for word in _pieces(text, width, size, bold):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if not lines[-1] or text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """Yield the words of a text, those that are too long for a line in pieces."""
    for word in text.split():
        piece = ""
        for character in word:
            if piece and text_width(piece + character, size, bold=bold) > width:
                yield piece
                piece = ""
            piece += character
        yield piece
