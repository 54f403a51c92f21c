"""The report on paper: as a PDF and as pixels."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.report import ReportContent, report_pages, result_rows, write_pdf
from CTPerfusionLib.report.compose import compose
from CTPerfusionLib.report.detail_sheets import report_sheets
from CTPerfusionLib.report.document import Picture, Section, Table
from CTPerfusionLib.report.fonts import text_width, wrapped
from CTPerfusionLib.report.sheets import A4, MARGIN, Box, Photo, Sheet, Words
from CTPerfusionLib.series import Finding, Severity


def program(name: str) -> str:
    """Return the path of a program of poppler."""
    path = shutil.which(name)
    assert path, f"{name} is missing; on Debian: apt-get install poppler-utils"
    return path


def output_of(name: str, *arguments: object) -> str:
    command = [program(name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603


@pytest.fixture(scope="module")
def pdf(a_movable_study: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    write_pdf(path, a_movable_study)
    return path


@pytest.fixture(scope="module")
def pages_of_text(pdf: Path) -> list[str]:
    return output_of("pdftotext", "-layout", pdf, "-").split("\f")[:-1]


@pytest.fixture(scope="module")
def words(pdf: Path) -> str:
    """The text of the PDF in the order of reading, with single spaces."""
    return " ".join(output_of("pdftotext", "-raw", pdf, "-").split())


def test_the_first_page_holds_the_main_results(
    pages_of_text: list[str], a_movable_study: ReportContent
) -> None:
    first = " ".join(pages_of_text[0].split())
    for card in compose(a_movable_study).cards:
        assert f"{card.number} {card.unit}".strip() in first
        for note in card.notes:
            assert note in first
    for finding in a_movable_study.findings:
        assert finding.message in first
    assert "Tmax (centre)" in first


def test_every_page_says_what_it_is_for_and_which_page_it_is(pages_of_text: list[str]) -> None:
    assert len(pages_of_text) > 1
    for number, text in enumerate(pages_of_text, start=1):
        assert RESEARCH_USE in text
        assert re.search(rf"\b{number} ?/ ?{len(pages_of_text)}\s*$", text)


def test_every_number_of_the_summary_is_on_paper(words: str, a_movable_study: ReportContent) -> None:
    flat = words.replace(" ", "")
    for row in result_rows(a_movable_study.summary):
        assert f"{row.title}{row.text}".replace(" ", "") in flat
    for value in a_movable_study.summary["volumes_raw_ml"].values():
        assert value is not None


def test_every_cell_of_the_document_is_on_paper(pdf: Path, a_movable_study: ReportContent) -> None:
    text = "".join(output_of("pdftotext", pdf, "-").split())
    for section in compose(a_movable_study).sections:
        assert "".join(section.title.split()) in text
        for table in (block for block in section.blocks if isinstance(block, Table)):
            for cell in (cell for row in (table.header, *table.rows) for cell in row):
                for word in cell.split():
                    assert word in text, (section.title, cell)


def test_the_typeface_is_inside(pdf: Path) -> None:
    rows = output_of("pdffonts", pdf).splitlines()[2:]
    assert rows
    for row in rows:
        assert "DejaVuSans" in row
        assert re.search(r"\byes yes\b", row)  # embedded, as a subset


def test_the_file_says_nothing_of_who_or_when(pdf: Path) -> None:
    information = output_of("pdfinfo", pdf)
    assert "CT perfusion report" in information
    assert re.search(r"Page size:\s+595\.\d+ x 841\.\d+ pts \(A4\)", information)
    assert re.search(r"Author:\s*(\n|$)", information) or "Author" not in information


def test_the_same_study_gives_the_same_file(
    pdf: Path, a_movable_study: ReportContent, tmp_path: Path
) -> None:
    write_pdf(tmp_path / "again.pdf", a_movable_study)
    assert (tmp_path / "again.pdf").read_bytes() == pdf.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.pdf"]


def mean_of_blocks(page: np.ndarray) -> np.ndarray:
    """Return the mean grey of squares of 12 pixels, whatever way the edges of type are drawn."""
    grey = page[: 12 * (page.shape[0] // 12), : 12 * (page.shape[1] // 12)].mean(axis=-1)
    return grey.reshape(grey.shape[0] // 12, 12, -1, 12).mean(axis=(1, 3))


def test_pages_as_pixels_are_those_of_the_pdf(
    pdf: Path, a_movable_study: ReportContent, tmp_path: Path
) -> None:
    from PIL import Image

    pages = report_pages(a_movable_study, dots_per_inch=72)
    output_of("pdftoppm", "-r", 72, "-png", pdf, tmp_path / "page")
    drawn = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(tmp_path.iterdir())]
    assert len(pages) == len(drawn)
    for ours, theirs in zip(pages, drawn, strict=True):
        assert ours.dtype == np.uint8
        difference = mean_of_blocks(ours) - mean_of_blocks(theirs)
        assert np.abs(difference).mean() < 3


def test_pages_are_as_large_as_a_reader_of_dicom_needs(a_movable_study: ReportContent) -> None:
    assert {page.shape for page in report_pages(a_movable_study)} == {(1754, 1240, 3)}


def hard_to_fit(study: ReportContent) -> ReportContent:
    """Return the study with many long findings and long words."""
    long = "The arterial input was truncated before its second pass ended. " * 4
    findings = tuple(Finding(f"f{n}", Severity.WARNING, f"{n}: {long}", "Scan longer.") for n in range(14))
    return replace(study, findings=findings, parameters={"key": "x" * 300, "other" * 30: long * 6})


@pytest.fixture(scope="module")
def crowded_sheets(a_movable_study: ReportContent) -> list[Sheet]:
    return report_sheets(compose(hard_to_fit(a_movable_study)))


def test_nothing_leaves_the_paper(crowded_sheets: list[Sheet]) -> None:
    for sheet in crowded_sheets:
        for mark in sheet.marks:
            if isinstance(mark, Words):
                right = mark.x + text_width(mark.text, mark.size, bold=mark.bold)
                top, bottom = mark.y - mark.size, mark.y
            else:
                right, top, bottom = mark.x + mark.width, mark.y, mark.y + mark.height
            assert mark.x >= MARGIN - 0.5, mark
            assert right <= A4[0] - MARGIN + 0.5, mark
            assert top >= MARGIN - 0.5, mark
            assert bottom <= A4[1] - MARGIN + 15, mark


def test_no_line_of_text_lies_on_another(crowded_sheets: list[Sheet]) -> None:
    for sheet in crowded_sheets:
        lines = [mark for mark in sheet.marks if isinstance(mark, Words) and mark.text.strip()]
        for index, one in enumerate(lines):
            for other in lines[index + 1 :]:
                apart = abs(one.y - other.y) >= 0.85 * min(one.size, other.size)
                right = min(
                    mark.x + text_width(mark.text, mark.size, bold=mark.bold) for mark in (one, other)
                )
                assert apart or max(one.x, other.x) >= right - 0.5, (one, other)


def test_the_maps_keep_their_room_however_many_findings_there_are(crowded_sheets: list[Sheet]) -> None:
    first = crowded_sheets[0]
    maps = [mark for mark in first.marks if isinstance(mark, Photo) and mark.width > 200]
    assert len(maps) == 7
    assert min(mark.height for mark in maps) > 45
    assert any(
        isinstance(mark, Words) and "more findings on the next page" in mark.text for mark in first.marks
    )
    later = " ".join(mark.text for mark in crowded_sheets[1].marks if isinstance(mark, Words))
    assert "Further findings" in later


def test_no_finding_is_lost_between_the_pages(crowded_sheets: list[Sheet]) -> None:
    text = " ".join(mark.text for sheet in crowded_sheets for mark in sheet.marks if isinstance(mark, Words))
    for number in range(14):
        assert f" {number}: The arterial input" in text


def test_cards_have_the_colour_of_their_segment(a_movable_study: ReportContent) -> None:
    boxes = [mark for mark in report_sheets(compose(a_movable_study))[0].marks if isinstance(mark, Box)]
    inks = {mark.ink for mark in boxes}
    assert {(230, 40, 40), (40, 200, 80)} <= inks


@pytest.mark.parametrize("text", ["", "one", "several words that need a second line", "y" * 200])
def test_lines_are_not_wider_than_asked_for_and_lose_nothing(text: str) -> None:
    lines = wrapped(text, 90.0, 8.0)
    assert all(text_width(line, 8.0) <= 90.0 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_study_without_core_and_motion_can_be_printed(
    a_study_without_core: ReportContent, tmp_path: Path
) -> None:
    write_pdf(tmp_path / "report.pdf", replace(a_study_without_core, motion=None))
    text = output_of("pdftotext", tmp_path / "report.pdf", "-")
    assert "no core and no hypoperfusion by these thresholds" in text
    assert "Motion was not corrected" in text
    assert "None" not in text


@pytest.mark.parametrize("height", [200, 500, 640, 660, 690, 700])
def test_a_title_stands_above_what_it_announces(a_movable_study: ReportContent, height: int) -> None:
    document = compose(a_movable_study)
    tall = Section("tall", "Tall", (Picture("Tall", "", np.zeros((height, 535, 3), np.uint8)),), is_wide=True)
    narrow = tuple(section for section in document.sections if not section.is_wide)
    for sheet in report_sheets(replace(document, sections=(tall, *narrow)))[1:]:
        words = [mark for mark in sheet.marks if isinstance(mark, Words)]
        titles = [mark for mark in words if mark.text in {section.title for section in narrow} and mark.bold]
        for title in titles:
            below = [mark for mark in sheet.marks if mark.x < title.x + 100 and mark.x > title.x - 1]
            below = [mark for mark in below if 0 < mark.y - title.y < 60 and mark is not title]
            assert below, title.text
