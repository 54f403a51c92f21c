"""The report on paper: as a PDF file, and as pixels for secondary capture."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, part_of, reported
from ..staging import staging_folder
from .compose import compose
from .content import ReportContent
from .detail_sheets import report_sheets
from .fonts import font_path, sized_font
from .sheets import A4, Box, Mark, Photo, Sheet, Words

if TYPE_CHECKING:
    from PIL.Image import Image
    from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

_FONTS = {False: "DejaVuSans", True: "DejaVuSans-Bold"}


def write_pdf(
    path: Path | str, content: ReportContent, *, on_progress: ProgressCallback = ignore_progress
) -> None:
    """Write a study's report as a PDF file, whole or not at all; the same words and numbers as in the page.

    Parameters
    ----------
    path : Path or str
        File to write, such as ``report.pdf``.
    content : ReportContent
    on_progress : callable, optional

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    path = Path(path)
    document = compose(content, on_progress=part_of(on_progress, 0.0, 0.5))
    sheets = report_sheets(document)
    with staging_folder(path) as folder, _streams_as_bytes():
        canvas = _canvas(folder / path.name, content.version, document.notice)
        for sheet in reported(sheets, part_of(on_progress, 0.5, 1.0)):
            for mark in sheet.marks:
                _draw_in_pdf(canvas, mark)
            canvas.showPage()
        canvas.save()
        (folder / path.name).replace(path)


def report_pages(
    content: ReportContent,
    *,
    dots_per_inch: float = 150.0,
    on_progress: ProgressCallback = ignore_progress,
) -> list[NDArray[np.uint8]]:
    """Return the pages of the PDF as pixels, RGB, each (H, W, 3): 1754 x 1240 at 150 dots per inch.

    Parameters
    ----------
    content : ReportContent
    dots_per_inch : float
    on_progress : callable, optional
    """
    sheets = report_sheets(compose(content, on_progress=part_of(on_progress, 0.0, 0.5)))
    return [
        _painted(sheet, dots_per_inch / 72.0) for sheet in reported(sheets, part_of(on_progress, 0.5, 1.0))
    ]


@contextmanager
def _streams_as_bytes() -> Iterator[None]:
    """Let reportlab write pictures as they are and not as text: half the time, four fifths of the size."""
    from reportlab import rl_config  # type: ignore[import-untyped]

    before = rl_config.useA85
    rl_config.useA85 = 0
    try:
        yield
    finally:
        rl_config.useA85 = before


def _canvas(path: Path, version: str, notice: str) -> "Canvas":
    from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
    from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
    from reportlab.pdfgen.canvas import Canvas

    for bold, name in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(font_path(bold))))
    canvas = Canvas(
        str(path), pagesize=A4, pageCompression=1, invariant=1, initialFontName=_FONTS[False], lang="en"
    )
    canvas.setTitle("CT perfusion report")
    canvas.setSubject(notice)
    canvas.setAuthor("")
    canvas.setCreator(f"ctperfusion {version}")
    return canvas


def _draw_in_pdf(canvas: "Canvas", mark: Mark) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]

    height = A4[1]
    if isinstance(mark, Photo):
        box = (mark.x, height - mark.y - mark.height, mark.width, mark.height)
        canvas.drawImage(ImageReader(Image.fromarray(mark.pixels)), *box)
        return
    canvas.setFillColorRGB(*(channel / 255 for channel in mark.ink))
    if isinstance(mark, Box):
        canvas.rect(mark.x, height - mark.y - mark.height, mark.width, mark.height, stroke=0, fill=1)
    else:
        canvas.setFont(_FONTS[mark.bold], mark.size)
        canvas.drawString(mark.x, height - mark.y, mark.text)


def _painted(sheet: Sheet, scale: float) -> NDArray[np.uint8]:
    from PIL import Image

    page = Image.new("RGB", (round(A4[0] * scale), round(A4[1] * scale)), "white")
    for mark in sheet.marks:
        _paint(page, mark, scale)
    return np.asarray(page).copy()


def _paint(page: "Image", mark: Mark, scale: float) -> None:
    from PIL import Image, ImageDraw

    if isinstance(mark, Words):
        font = sized_font(mark.bold, round(mark.size * scale))
        ImageDraw.Draw(page).text(
            (mark.x * scale, mark.y * scale), mark.text, fill=mark.ink, font=font, anchor="ls"
        )
        return
    left, top = round(mark.x * scale), round(mark.y * scale)
    size = (max(1, round(mark.width * scale)), max(1, round(mark.height * scale)))
    if isinstance(mark, Box):
        page.paste(mark.ink, (left, top, left + size[0], top + size[1]))
    else:
        page.paste(Image.fromarray(mark.pixels).resize(size, Image.Resampling.LANCZOS), (left, top))
