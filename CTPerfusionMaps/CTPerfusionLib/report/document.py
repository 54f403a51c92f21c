"""A report as words, tables and pictures, before it becomes a page of HTML, a PDF or pixels.

What is told, and how numbers are rounded, is decided once, here and in :mod:`.wording`; the forms only lay it
out.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..io.segmentation import SegmentKind
from ..series import Finding
from .pictures import Mosaic
from .tiles import Pixels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Card:
    """One of the main results, in large type.

    Attributes
    ----------
    kind : str
        The segment that it measures, ``core`` or ``penumbra``, whose colour it has; empty for none.
    title, number, unit : str
    notes : tuple of str
        Small lines below the number.
    """

    kind: str
    title: str
    number: str
    unit: str
    notes: tuple[str, ...]

    @property
    def is_number(self) -> bool:
        """Whether the result is a number and not a word."""
        return self.number[:1].isdigit()


@dataclass(frozen=True)
class Table:
    """Rows of text.

    Attributes
    ----------
    title : str
        What the rows are, for those who cannot see the table.
    header : tuple of str
        Titles of the columns; empty for a table without a header.
    rows : tuple of tuple of str
    numbers : tuple of int
        Columns that hold numbers.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Text:
    """A paragraph; a note stands in smaller type."""

    text: str
    is_note: bool = True


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Plot:
    """A line drawing.

    Attributes
    ----------
    name : str
        Unique in the document.
    description : str
        For those who cannot see it.
    figure : Figure
    """

    name: str
    description: str
    figure: "Figure"


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with what is to be said of it.

    Attributes
    ----------
    title : str
    caption : str
    pixels : ndarray of uint8, shape (H, W, 3)
    width : float
        Share of the column that it takes; pictures below 1 stand side by side.
    """

    title: str
    caption: str
    pixels: Pixels
    width: float = 1.0


Block = Table | Text | Items | Plot | Picture


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the details.

    Attributes
    ----------
    id : str
        Unique in the document.
    title : str
    blocks : tuple of Block
    is_wide : bool
        Whether it needs the width of the page.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    is_wide: bool = False


@dataclass(frozen=True, eq=False)
class ReportDocument:
    """A whole report.

    Attributes
    ----------
    notice : str
        What every page must say.
    scan, sentence : str
        The scan and the result, in one line each.
    cards : tuple of Card
    findings : tuple of Finding
        The most severe first.
    outlined : tuple of SegmentKind
        The segments whose outlines are drawn into the maps.
    mosaic : Mosaic
    sections : tuple of Section
    """

    notice: str
    scan: str
    sentence: str
    cards: tuple[Card, ...]
    findings: tuple[Finding, ...]
    outlined: tuple[SegmentKind, ...]
    mosaic: Mosaic
    sections: tuple[Section, ...]
