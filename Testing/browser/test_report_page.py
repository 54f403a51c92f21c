"""The report as a page: nothing from elsewhere, right numbers, light and dark, wide and narrow, on paper."""

import io
import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.lesion import load_protocol
from CTPerfusionLib.report import result_rows, write_report
from CTPerfusionLib.report.wording import threshold_rows, volume_text


def output_of(name, *arguments):
    """Return what a program of poppler writes."""
    path = shutil.which(name)
    assert path, f"{name} is missing; on Debian: apt-get install poppler-utils"
    return subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, check=True).stdout  # noqa: S603


def screenshot(page):
    """Return the window as pixels (H, W, 3)."""
    image = Image.open(io.BytesIO(page.driver.get_screenshot_as_png()))
    return np.asarray(image.convert("RGB")).astype(int)


def test_the_page_asks_nothing_of_a_network_and_has_nothing_to_complain_about(chromium, opened):
    for log in ("performance", "browser"):
        chromium.get_log(log)
    page = opened()
    page.key("3", Keys.END, "o")
    page.slide("core-threshold", 3)
    page.settled()
    messages = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert asked
    assert all(url.startswith(("file://", "data:")) for url in asked)
    assert chromium.get_log("browser") == []


def test_the_policy_of_the_page_forbids_what_is_not_in_it(page):
    blocked = page.driver.execute_async_script(
        """const done = arguments[0];
        document.addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        const image = document.createElement("img");
        image.src = "https://example.org/picture.png";
        document.body.append(image);
        setTimeout(() => done("nothing"), 3000);"""
    )
    assert blocked == "img-src"


def test_hostile_text_of_the_scan_stays_text(page):
    assert page.run("return window.hacked === undefined")
    scan = page.driver.find_element(By.CSS_SELECTOR, ".scan").text
    assert "</script><script>window.hacked = 1</script> <img src=x onerror='window.hacked = 2'>" in scan


def test_the_file_is_small_enough_to_send(report):
    assert report.html.stat().st_size < 6e6
    assert report.pdf.stat().st_size < 6e6


def test_every_number_of_the_summary_is_in_the_page_on_paper_and_in_the_pdf(page, printed, report):
    texts = {
        "page": page.driver.find_element(By.TAG_NAME, "main").get_property("textContent"),
        "printed page": output_of("pdftotext", "-raw", printed, "-"),
        "pdf": output_of("pdftotext", "-raw", report.pdf, "-"),
    }
    summary = report.summary
    counted = volume_text(summary["volumes_ml"][f"core_{summary['mismatch_core']}"])
    expected = [f"Core {counted} mL", *(finding["message"] for finding in summary["quality"])]
    expected += [f"{title} {cleaned} {before}" for title, cleaned, before in threshold_rows(summary)]
    expected += [f"{row.title} {row.text}" for row in result_rows(summary)]
    for form, text in texts.items():
        flat = "".join(text.split())
        missing = [words for words in expected if "".join(words.split()) not in flat]
        assert missing == [], form


def test_the_first_printed_page_has_the_maps_and_no_page_has_the_viewer(printed):
    pages = output_of("pdftotext", "-layout", printed, "-").split("\f")[:-1]
    assert len(pages) >= 2
    images = output_of("pdfimages", "-list", "-f", 1, "-l", 1, printed).splitlines()[2:]
    assert len([line for line in images if line.split()[2] == "image"]) == 7
    assert "Mismatch ratio" in pages[0]
    assert "Volumes and ratios" not in pages[0]
    assert "What if" not in " ".join(pages)
    for number, text in enumerate(pages, start=1):
        assert RESEARCH_USE in text
        assert re.search(rf"\b{number} ?/ ?{len(pages)}\s*$", text)
    assert "A4" in output_of("pdfinfo", printed)


def test_a_moved_threshold_is_not_printed(page, printed, tmp_path):
    page.slide("core-threshold", 1)
    again = page.printed(tmp_path / "again.pdf")
    assert output_of("pdftotext", again, "-") == output_of("pdftotext", printed, "-")


def test_many_findings_leave_the_first_printed_page_its_maps(opened, report, tmp_path):
    finding = report.content.findings[0]
    write_report(tmp_path / "many.html", replace(report.content, findings=(finding,) * 6))
    path = opened(tmp_path / "many.html").printed(tmp_path / "many.pdf")
    images = output_of("pdfimages", "-list", "-f", 1, "-l", 1, path).splitlines()[2:]
    assert len([line for line in images if line.split()[2] == "image"]) == 7


def test_the_page_is_light_or_dark_as_the_reader_likes_it(opened):
    light = screenshot(opened(scheme="light"))
    dark = screenshot(opened(scheme="dark"))
    corner = (slice(200, 900), slice(2, 12))
    assert light[corner].mean() > 230
    assert dark[corner].mean() < 45
    maps = (slice(400, 600), slice(700, 1000))
    np.testing.assert_array_equal(light[maps], dark[maps])


def test_numbers_and_all_maps_are_seen_without_scrolling(opened):
    page = opened(width=1400, height=1000)
    bottoms = [
        image.rect["y"] + image.rect["height"]
        for image in page.driver.find_elements(By.CSS_SELECTOR, ".mosaic img, .card")
    ]
    assert max(bottoms) <= 1000


@pytest.mark.parametrize(("width", "height"), [(1400, 1000), (1180, 820), (820, 1180), (414, 896)])
def test_nothing_is_wider_than_the_window(opened, width, height):
    page = opened(width=width, height=height)
    assert page.run("return document.documentElement.scrollWidth") <= width
    stage = page.element("stage").rect
    assert stage["width"] > 0.5 * min(width, 600)
    assert stage["height"] < height


def test_every_control_has_a_name_and_can_be_reached(page):
    controls = page.element("viewer").find_elements(By.CSS_SELECTOR, "button, input, canvas")
    assert len(controls) > 12
    assert all(control.accessible_name for control in controls)
    page.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    reached = set()
    for _ in range(24):
        page.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.add(page.run("return document.activeElement.id || document.activeElement.className"))
    assert {"skip", "stage", "slice", "outlines", "core-threshold", "hypoperfusion-threshold"} <= reached


def test_pictures_have_words_and_tables_have_headers(page):
    for image in page.driver.find_elements(By.TAG_NAME, "img"):
        assert image.get_dom_attribute("alt")
    assert page.run(
        "return [...document.querySelectorAll('table')].every((table) => table.querySelector('th'))"
    )
    assert page.run("return document.documentElement.lang") == "en"


def test_without_scripts_the_numbers_and_the_maps_are_there(chromium, report):
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.get(report.html.as_uri())
        maps = chromium.find_elements(By.CSS_SELECTOR, ".mosaic img")
        assert len(maps) == 7
        assert all(image.is_displayed() for image in maps)
        assert not chromium.find_element(By.ID, "viewer").is_displayed()
        assert "needs scripts" in chromium.find_element(By.ID, "no-viewer").text
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_study_whose_thresholds_cannot_be_moved_can_be_looked_at(opened, report, tmp_path):
    write_report(tmp_path / "fixed.html", replace(report.content, what_if=None))
    page = opened(tmp_path / "fixed.html")
    assert not page.element("what-if").is_displayed()
    before = page.pixels()
    page.key("o")
    assert page.pixels() != before


def test_a_core_within_the_hypoperfusion_moves_alone(opened, report, tmp_path):
    from CTPerfusionLib.lesion import segment
    from CTPerfusionLib.report import explore_thresholds

    protocol = load_protocol("mistar-like").read_by(report.lesion.protocol.flow_reading)
    lesion = segment(report.lesion.maps, protocol)
    content = replace(report.content, protocol=protocol, what_if=explore_thresholds(lesion))
    write_report(tmp_path / "within.html", content)
    page = opened(tmp_path / "within.html")
    assert not page.element("hypoperfusion-threshold").is_enabled()
    assert "depends on both thresholds" in page.text("what-if")
    assert page.text("core-text") == "rCBF < 30 % and Delay > 3 s"
    page.slide("core-threshold", 0)
    assert page.text("changed") == "Changed from the protocol"
