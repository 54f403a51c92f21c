"""The page that is read in ten seconds: main results, findings, maps."""

import numpy as np

from ..io.segmentation import segment_kinds
from ..series import Finding, Quantity, Severity
from . import wording
from .document import Card, ReportDocument
from .fonts import text_width, wrapped
from .pictures import MosaicRow
from .sheets import A4, BLACK, LEADING, MARGIN, SOFT, WHITE, Ink, Sheet
from .tiles import BASELINE_WINDOW, Pixels

BANNER: Ink = (122, 82, 0)
CARD: Ink = (243, 245, 247)
SEVERITIES: dict[Severity, Ink] = {
    Severity.ERROR: (183, 28, 28),
    Severity.WARNING: (138, 80, 0),
    Severity.INFO: (35, 78, 124),
}

_WIDTH = A4[0] - 2 * MARGIN
_BOTTOM = A4[1] - MARGIN - 8
_LEAST_MOSAIC = 430.0  # points of height that findings leave to the maps
_NAME_WIDTH, _SCALE_WIDTH, _GAP = 66.0, 34.0, 3.0
_FINDING_SIZE = 7.5


def first_sheet(document: ReportDocument) -> tuple[Sheet, tuple[Finding, ...]]:
    """Return the first page, and the findings for which it has no room."""
    sheet = Sheet()
    y = _heading(sheet, document)
    y = _cards(sheet, document.cards, y)
    y, left_over = _findings(sheet, document.findings, y)
    y = _legend(sheet, document, y)
    _mosaic(sheet, document.mosaic.rows, y)
    return sheet, left_over


def severity_label(finding: Finding) -> tuple[str, Ink]:
    """Return the severity of a finding in words and its colour."""
    return finding.severity.value.capitalize(), SEVERITIES[finding.severity]


def _heading(sheet: Sheet, document: ReportDocument) -> float:
    sheet.box(MARGIN, MARGIN, _WIDTH, 15, BANNER)
    sheet.line(MARGIN + 5, MARGIN + 3, document.notice, 8, bold=True, ink=WHITE)
    sheet.line(MARGIN, MARGIN + 21, "CT perfusion", 14, bold=True)
    y = sheet.paragraph(MARGIN, MARGIN + 40, document.sentence, _WIDTH, 9, bold=True)
    return sheet.paragraph(MARGIN, y, document.scan, _WIDTH, 7.5, ink=SOFT) + 4


def _cards(sheet: Sheet, cards: tuple[Card, ...], y: float) -> float:
    gap, height = 7.0, 62.0
    width = (_WIDTH - gap * (len(cards) - 1)) / len(cards)
    for index, card in enumerate(cards):
        x = MARGIN + index * (width + gap)
        kind = segment_kinds().get(card.kind)
        red, green, blue = (round(255 * channel) for channel in kind.colour) if kind else SOFT
        sheet.box(x, y, width, height, CARD)
        sheet.box(x, y, width, 3, (red, green, blue))
        sheet.line(x + 6, y + 6, card.title, 8)
        size = 20.0 if card.is_number and len(card.number) < 8 else 13.0
        end = sheet.line(x + 6, y + 35 - size, card.number, size, bold=True)
        sheet.line(end + 4, y + 26, card.unit, 9)
        top = y + 39
        for note in card.notes:
            top = sheet.paragraph(x + 6, top, note, width - 10, 5.8, ink=SOFT) - 0.4
    return y + height + 7


def _findings(sheet: Sheet, findings: tuple[Finding, ...], y: float) -> tuple[float, tuple[Finding, ...]]:
    sheet.line(MARGIN, y, "Findings", 9, bold=True)
    y += 13
    if not findings:
        return sheet.paragraph(MARGIN, y, wording.NO_FINDINGS, _WIDTH, _FINDING_SIZE) + 3, ()
    for index, finding in enumerate(findings):
        text = f"{finding.message} {finding.remedy}"
        height = LEADING * _FINDING_SIZE * len(wrapped(text, _WIDTH - 48, _FINDING_SIZE))
        if y + height > _BOTTOM - _LEAST_MOSAIC:
            left_over = findings[index:]
            sheet.line(MARGIN, y, wording.more_findings(len(left_over)), _FINDING_SIZE, bold=True)
            return y + LEADING * _FINDING_SIZE + 3, left_over
        label, ink = severity_label(finding)
        sheet.line(MARGIN, y, label, _FINDING_SIZE, bold=True, ink=ink)
        y = sheet.paragraph(MARGIN + 48, y, text, _WIDTH - 48, _FINDING_SIZE)
    return y + 3, ()


def _legend(sheet: Sheet, document: ReportDocument, y: float) -> float:
    x = MARGIN
    for kind in document.outlined:
        red, green, blue = (round(255 * channel) for channel in kind.colour)
        sheet.box(x, y + 1, 7, 7, (red, green, blue))
        sheet.box(x + 1.5, y + 2.5, 4, 4, WHITE)
        x = sheet.line(x + 10, y, kind.name, 7) + 8
    for words in wording.MOSAIC_LEGEND:
        if x + text_width(f"· {words}", 7) > MARGIN + _WIDTH:
            x, y = MARGIN, y + LEADING * 7
        x = sheet.line(x, y, f"· {words} ", 7, ink=SOFT)
    return y + 12


def _mosaic(sheet: Sheet, rows: tuple[MosaicRow, ...], y: float) -> None:
    """Place the maps as large as width and height allow."""
    shape = rows[0].pixels.shape
    room = (_BOTTOM - y) / len(rows) - _GAP
    height = min(room, (_WIDTH - _NAME_WIDTH - _SCALE_WIDTH) * shape[0] / shape[1])
    width = height * shape[1] / shape[0]
    sheet.box(MARGIN, y, _WIDTH, len(rows) * (height + _GAP), BLACK)
    for row in rows:
        sheet.photo_in(MARGIN + _NAME_WIDTH, y + _GAP / 2, width, height, row.pixels)
        lines = [row.title, *filter(None, (row.unit, row.formula))]
        top = y + height / 2 - LEADING * 3.5 * len(lines)
        for index, text in enumerate(lines):
            top = sheet.paragraph(MARGIN + 4, top, text, _NAME_WIDTH - 6, 6.5, bold=index == 0, ink=WHITE)
        _scale(sheet, row.quantity, MARGIN + _NAME_WIDTH + width + 5, y + 6, height - 10)
        y += height + _GAP


def _scale(sheet: Sheet, quantity: Quantity | None, x: float, y: float, height: float) -> None:
    low, high = BASELINE_WINDOW if quantity is None else quantity.display_range
    sheet.photo_in(x, y, 6, height, _gradient(quantity))
    sheet.line(x + 8, y - 1, f"{high:g}", 6, ink=WHITE)
    sheet.line(x + 8, y + height - 6, f"{low:g}", 6, ink=WHITE)


def _gradient(quantity: Quantity | None) -> Pixels:
    """Return a colour bar, shape (H, 1, 3), the upper end of the range at the top."""
    low, high = BASELINE_WINDOW if quantity is None else quantity.display_range
    values = np.linspace(high, low, 128)[:, None]
    if quantity is not None:
        return quantity.colourise(values)
    grey = np.round(255 * (values - low) / (high - low)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)
