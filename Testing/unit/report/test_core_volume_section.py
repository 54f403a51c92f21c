"""What a report says of a core-volume network: beside the measured core, or why it says nothing."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.report import render_report
from CTPerfusionLib.report.details import detail_sections
from CTPerfusionLib.report.document import Picture, Table, Text
from CTPerfusionLib.report.pictures import mosaic
from CTPerfusionLib.series import Finding, Severity

ANSWER = {
    "verdict": "large",
    "probability_large": 0.9312,
    "volume_ml": None,
    "threshold_ml": 32.4,
    "model": "phantom-core",
    "title": "Ten networks (trained on simulated heads only)",
    "slices": {"lower": 2, "upper": 6, "chosen": "automatic"},
}


def section_of(content):
    found = [each for each in detail_sections(content, mosaic(content)) if each.id == "classifier"]
    return found[0] if found else None


@pytest.fixture(scope="module")
def a_judged_study(a_study):
    images = np.full((2, 16, 16), 30.0, dtype=np.float32)
    images[1] = 50.0
    summary = {**a_study.summary, "core_volume_classifier": ANSWER}
    return replace(a_study, summary=summary, core_volume_images=images)


def test_the_verdict_stands_in_words_beside_the_measured_core(a_judged_study):
    table, picture, note = section_of(a_judged_study).blocks

    assert isinstance(table, Table)
    assert table.rows == (
        ("Verdict of the network", "large core"),
        ("Probability of a large core", "0.93"),
        ("A core is large from", "32.4 mL on"),
        ("Measured core (global reference)", "23.5 mL"),
        ("Slices", "3 and 7, found automatically"),
        ("Network", "phantom-core: Ten networks (trained on simulated heads only)"),
    )
    assert isinstance(picture, Picture)
    assert note.text.startswith("Research use only.")


def test_the_picture_shows_the_lower_and_the_upper_slice_side_by_side(a_judged_study):
    pixels = section_of(a_judged_study).blocks[1].pixels
    height, width, _ = pixels.shape
    row = pixels[height // 2, :, 0]

    assert width > 1.9 * height
    assert row[width // 4] < row[3 * width // 4]


def test_a_network_of_volumes_gives_its_volume(a_judged_study):
    answer = {**ANSWER, "probability_large": None, "volume_ml": 41.27}
    answer["slices"] = {"lower": 2, "upper": 6, "chosen": "user"}
    summary = {**a_judged_study.summary, "core_volume_classifier": answer}

    rows = section_of(replace(a_judged_study, summary=summary)).blocks[0].rows

    assert ("Volume by the network", "41.3 mL") in rows
    assert ("Slices", "3 and 7, chosen by the user") in rows


def test_the_page_has_the_section(a_judged_study):
    page = render_report(a_judged_study)

    assert "Core volume by a network" in page
    assert "Probability of a large core" in page


def test_where_the_network_says_nothing_the_reason_stands_in_its_place(a_study):
    reason = Finding("core_volume_not_judged", Severity.INFO, "It has one slice.", "Load more.")
    summary = {**a_study.summary, "core_volume_classifier": None}

    section = section_of(replace(a_study, summary=summary, findings=(*a_study.findings, reason)))

    (text,) = section.blocks
    assert isinstance(text, Text)
    assert text.text == "It has one slice. Load more."


def test_without_a_network_there_is_no_such_section(a_study):
    summary = {**a_study.summary, "core_volume_classifier": None}

    assert section_of(a_study) is None
    assert section_of(replace(a_study, summary=summary)) is None
