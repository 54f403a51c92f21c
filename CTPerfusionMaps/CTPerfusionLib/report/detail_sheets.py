"""The pages after the first: sections in two columns, wide ones across both."""

from collections.abc import Sequence

from ..series import Finding
from .document import Block, Items, Picture, Plot, ReportDocument, Section, Table, Text
from .first_sheet import first_sheet, severity_label
from .fonts import text_width, wrapped
from .plots import figure_pixels
from .sheets import A4, BLACK, LEADING, MARGIN, RULE, SOFT, Ink, Sheet, add_footers

_GAP = 18.0
_COLUMN = (A4[0] - 2 * MARGIN - _GAP) / 2
_BOTTOM = A4[1] - MARGIN - 8
_SIZE, _NOTE_SIZE, _TITLE_SIZE = 7.5, 6.8, 10.0
_PAD = 2.2  # above and below the text of a row
_PLOT_DOTS_PER_INCH = 220.0
_FIRST_COLUMN = 0.32  # of a table of words


def report_sheets(document: ReportDocument) -> list[Sheet]:
    """Return all pages of a report."""
    first, left_over = first_sheet(document)
    flow = _Flow()
    if left_over:
        flow.findings(left_over)
    for section in document.sections:
        flow.section(section)
    sheets = [first, *flow.sheets]
    add_footers(sheets, document.notice)
    return sheets


class _Flow:
    """Places blocks from top to bottom, column after column, sheet after sheet."""

    def __init__(self) -> None:
        self.sheets = [Sheet()]
        self._width = _COLUMN
        self._top = self._y = MARGIN
        self._column = 0
        self._deepest = MARGIN

    def findings(self, findings: Sequence[Finding]) -> None:
        """Write the findings for which the first page has no room."""
        self._across()
        self._title("Further findings")
        for finding in findings:
            label, ink = severity_label(finding)
            text = f"{finding.message} {finding.remedy}"
            lines = wrapped(text, self._width - 48, _SIZE)
            self._need(LEADING * _SIZE * len(lines))
            self._sheet.line(self._x, self._y, label, _SIZE, bold=True, ink=ink)
            self._y = self._sheet.paragraph(self._x + 48, self._y, text, self._width - 48, _SIZE)
        self._y += 10

    def section(self, section: Section) -> None:
        """Write a section with its title."""
        if section.is_wide:
            self._across()
        elif self._width > _COLUMN:
            self._into_columns()
        self._title(section.title, self._height(section.blocks[0]))
        blocks = list(section.blocks)
        while blocks:
            block = blocks.pop(0)
            beside = [block]
            while isinstance(block, Picture) and block.width < 1 and blocks and len(beside) < 1 / block.width:
                beside.append(blocks.pop(0))
            self._block(block, beside)
        self._y += 10

    @property
    def _sheet(self) -> Sheet:
        return self.sheets[-1]

    @property
    def _x(self) -> float:
        return MARGIN + self._column * (_COLUMN + _GAP)

    def _across(self) -> None:
        """Go on below both columns, over the whole width."""
        self._deepest = max(self._deepest, self._y)
        self._column, self._y, self._width = 0, self._deepest, 2 * _COLUMN + _GAP

    def _into_columns(self) -> None:
        self._width, self._top, self._deepest = _COLUMN, self._y, self._y

    def _need(self, height: float) -> bool:
        """Go to the next column or sheet if there is not so much room; say whether."""
        has_moved = False
        while self._y + height > _BOTTOM and self._y > MARGIN:
            has_moved = True
            self._deepest = max(self._deepest, self._y)
            if self._width > _COLUMN or self._column == 1:
                self.sheets.append(Sheet())
                self._column, self._top, self._deepest = 0, MARGIN, MARGIN
            else:
                self._column = 1
            self._y = self._top
        return has_moved

    def _title(self, text: str, height_below: float = 0.0) -> None:
        self._need(_TITLE_SIZE + 8 + min(height_below, 0.4 * A4[1]))
        self._sheet.line(self._x, self._y, text, _TITLE_SIZE, bold=True)
        self._y += 1.6 * _TITLE_SIZE

    def _height(self, block: Block) -> float:
        """Return about how much room a block needs to begin."""
        if isinstance(block, Picture):
            return self._picture_height(block)
        if isinstance(block, Plot):
            width, height = block.figure.get_size_inches()
            return float(self._width * height / width)
        return 8 * LEADING * _SIZE

    def _picture_height(self, picture: Picture) -> float:
        height, width, _ = picture.pixels.shape
        return float(picture.width * self._width * height / width + 30)

    def _block(self, block: Block, beside: list[Block]) -> None:
        if isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Text):
            size, ink = (_NOTE_SIZE, SOFT) if block.is_note else (_SIZE, BLACK)
            self._text(block.text, size, ink)
        elif isinstance(block, Items):
            for sentence in block.sentences:
                self._text(f"• {sentence}", _SIZE, BLACK)
        elif isinstance(block, Plot):
            self._need(self._height(block))
            pixels = figure_pixels(block.figure, _PLOT_DOTS_PER_INCH)
            self._y = self._sheet.photo(self._x, self._y, self._width, pixels) + 4
        else:
            self._pictures([each for each in beside if isinstance(each, Picture)])

    def _text(self, text: str, size: float, ink: Ink) -> None:
        self._need(LEADING * size * len(wrapped(text, self._width, size)))
        self._y = self._sheet.paragraph(self._x, self._y, text, self._width, size, ink=ink) + 3

    def _pictures(self, pictures: list[Picture]) -> None:
        """Place pictures side by side with their captions below."""
        self._need(max(self._picture_height(each) for each in pictures))
        left, lowest = self._x, self._y
        for each in pictures:
            width = each.width * self._width - (4 if len(pictures) > 1 else 0)
            below = self._sheet.photo(left, self._y, width, each.pixels) + 2
            caption = f"{each.title}: {each.caption}"
            lowest = max(lowest, self._sheet.paragraph(left, below, caption, width, _NOTE_SIZE, ink=SOFT))
            left += width + 8
        self._y = lowest + 4

    def _table(self, table: Table) -> None:
        widths = self._column_widths(table)
        if table.header:
            self._row(table.header, widths, table.numbers, bold=True)
        for row in table.rows:
            height = self._row_height(row, widths, bold=False)
            if self._need(height) and table.header:
                self._row(table.header, widths, table.numbers, bold=True)
            self._row(row, widths, table.numbers, bold=False)
        self._y += 4

    def _column_widths(self, table: Table) -> list[float]:
        rows = [table.header, *table.rows] if table.header else list(table.rows)
        count = len(rows[0])
        if not table.numbers:
            return [
                _FIRST_COLUMN * self._width,
                *[(1 - _FIRST_COLUMN) * self._width / (count - 1)] * (count - 1),
            ]
        others = [
            max(text_width(row[column], _SIZE, bold=True) for row in rows) + 10 for column in range(1, count)
        ]
        return [self._width - sum(others), *others]

    def _row_height(self, row: tuple[str, ...], widths: list[float], *, bold: bool) -> float:
        lines = max(
            len(wrapped(text, width - 6, _SIZE, bold=bold)) for text, width in zip(row, widths, strict=True)
        )
        return lines * LEADING * _SIZE + 2 * _PAD

    def _row(
        self, row: tuple[str, ...], widths: list[float], numbers: tuple[int, ...], *, bold: bool
    ) -> None:
        height, left = self._row_height(row, widths, bold=bold), self._x
        for column, (text, width) in enumerate(zip(row, widths, strict=True)):
            if column in numbers:
                self._sheet.line_to(left + width - 2, self._y + _PAD, text, _SIZE, bold=bold)
            else:
                self._sheet.paragraph(left, self._y + _PAD, text, width - 6, _SIZE, bold=bold)
            left += width
        self._y += height
        self._sheet.box(self._x, self._y - 0.4, self._width, 0.4, RULE)
