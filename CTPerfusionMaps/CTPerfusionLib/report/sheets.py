"""Printed pages as lists of marks: laid out once, then drawn as PDF or as pixels.

Lengths are points (1/72 inch), counted from the upper left corner of the sheet.
"""

from dataclasses import dataclass, field

from .fonts import text_width, wrapped
from .tiles import Pixels

A4 = (595.28, 841.89)
"""Width and height of a sheet."""

MARGIN = 30.0

Ink = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

BLACK, SOFT, RULE, WHITE = (0, 0, 0), (80, 88, 96), (205, 210, 216), (255, 255, 255)

LEADING = 1.32
"""Distance of lines in units of the size of the type."""


@dataclass(frozen=True)
class Words:
    """A line of text; (x, y) is where its baseline begins."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    ink: Ink


@dataclass(frozen=True)
class Box:
    """A filled rectangle; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    ink: Ink


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture in a rectangle; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    pixels: Pixels


Mark = Words | Box | Photo


@dataclass(eq=False)
class Sheet:
    """One page.

    Attributes
    ----------
    marks : list of Mark
        In the order in which they are drawn.
    """

    marks: list[Mark] = field(default_factory=list)

    def line(
        self, x: float, y: float, text: str, size: float, *, bold: bool = False, ink: Ink = BLACK
    ) -> float:
        """Write a line whose upper edge is `y` and return where it ends on the right."""
        self.marks.append(Words(x, y + size, text, size, bold, ink))
        return x + text_width(text, size, bold=bold)

    def line_to(
        self, right: float, y: float, text: str, size: float, *, bold: bool = False, ink: Ink = BLACK
    ) -> None:
        """Write a line that ends at `right`."""
        self.line(right - text_width(text, size, bold=bold), y, text, size, bold=bold, ink=ink)

    def paragraph(
        self,
        x: float,
        y: float,
        text: str,
        width: float,
        size: float,
        *,
        bold: bool = False,
        ink: Ink = BLACK,
    ) -> float:
        """Write a paragraph from `y` on and return where it ends."""
        for text_line in wrapped(text, width, size, bold=bold):
            self.line(x, y, text_line, size, bold=bold, ink=ink)
            y += LEADING * size
        return y

    def box(self, x: float, y: float, width: float, height: float, ink: Ink) -> None:
        """Fill a rectangle."""
        self.marks.append(Box(x, y, width, height, ink))

    def photo(self, x: float, y: float, width: float, pixels: Pixels) -> float:
        """Place a picture as wide as `width` and return where it ends below."""
        height: float = width * pixels.shape[0] / pixels.shape[1]
        self.marks.append(Photo(x, y, width, height, pixels))
        return y + height

    def photo_in(self, x: float, y: float, width: float, height: float, pixels: Pixels) -> None:
        """Place a picture that fills a rectangle."""
        self.marks.append(Photo(x, y, width, height, pixels))


def add_footers(sheets: list[Sheet], notice: str) -> None:
    """Write the notice and the number of the page below each sheet."""
    width, height = A4
    for number, sheet in enumerate(sheets, start=1):
        sheet.line(MARGIN, height - MARGIN + 6, notice, 7, bold=True, ink=SOFT)
        sheet.line_to(width - MARGIN, height - MARGIN + 6, f"{number} / {len(sheets)}", 7, ink=SOFT)
