"""The page of a cohort in a real Chromium: sorted, filtered, escaped, and quick with 3,000 studies."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from CTPerfusionLib.cohort.page import PAGE, write_page
from CTPerfusionLib.cohort.study_row import StudyRow, StudyStatus

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
MANY = 3000


class CohortPage:
    """The page in the browser, and what a reader does with it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def run(self, script: str, *arguments):
        return self.driver.execute_script(script, *arguments)

    def column(self, number: int) -> list[str]:
        """Return the texts of a column of all studies that have a result, as far as they are drawn."""
        return self.run(
            "return [...document.querySelectorAll('#rows tr:not(.without)')]"
            ".map((row) => row.children[arguments[0]].textContent)",
            number,
        )

    def studies(self) -> list[str]:
        return self.run("return [...document.querySelectorAll('#rows th')].map((cell) => cell.textContent)")

    def heading(self, name: str):
        return self.driver.find_element(By.CSS_SELECTOR, f".studies button[data-column='{name}']")

    def order(self, name: str) -> str:
        return self.heading(name).find_element(By.XPATH, "..").get_dom_attribute("aria-sort")

    def element(self, identifier: str):
        return self.driver.find_element(By.ID, identifier)

    def to_the_end(self) -> None:
        """Scroll down until all rows are drawn."""
        last = -1
        while len(self.studies()) != last:
            last = len(self.studies())
            self.driver.execute_async_script(
                "window.scrollTo(0, document.body.scrollHeight); setTimeout(arguments[0], 60)"
            )


def core_of(texts: list[str]) -> list[float]:
    return [float(text) for text in texts]


@pytest.fixture(scope="module")
def opened(chromium: webdriver.Chrome, tmp_path_factory) -> Callable[[list[StudyRow]], CohortPage]:
    """Write the page of some rows, with a picture of each, and open it."""

    def open_page(rows: list[StudyRow]) -> CohortPage:
        folder = tmp_path_factory.mktemp("cohort")
        (folder / "thumbnails").mkdir()
        for row in rows:
            if row.values and "/" not in row.study:
                Image.new("RGB", (160, 160), (40, 90, 160)).save(folder / "thumbnails" / f"{row.study}.png")
        write_page(rows, folder)
        chromium.get((folder / PAGE).as_uri())
        assert chromium.execute_script("return document.documentElement.dataset.cohort") == "ready"
        return CohortPage(chromium)

    return open_page


@pytest.fixture
def page(opened, cohort_rows) -> CohortPage:
    return opened(cohort_rows(60))


CORE, SIDE = "1", "0"
CORE_CELL = 3


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it_round(page):
    page.heading(CORE).click()
    ascending = core_of(page.column(CORE_CELL))
    assert ascending == sorted(ascending)
    assert page.order(CORE) == "ascending"
    assert page.order("study") == "none"
    page.heading(CORE).click()
    assert core_of(page.column(CORE_CELL)) == sorted(ascending, reverse=True)
    assert page.order(CORE) == "descending"


def test_the_keyboard_sorts_too(page):
    page.heading(CORE).send_keys(Keys.ENTER)
    page.heading(CORE).send_keys(Keys.SPACE)
    assert page.order(CORE) == "descending"


@pytest.mark.parametrize("clicks", [1, 2])
def test_studies_without_the_number_come_last_in_both_directions(clicks, page):
    ratio = page.driver.find_element(By.XPATH, "//button[starts-with(., 'Ratio')]")
    for _ in range(clicks):
        ratio.click()
    page.to_the_end()
    texts = page.column(CORE_CELL + 3)
    without = [place for place, text in enumerate(texts) if text == "n/a (no core)"]
    assert without == list(range(len(texts) - len(without), len(texts)))
    assert page.run("return document.querySelector('#rows').lastChild.className").startswith("without")


def test_words_filter_studies_and_reasons(page):
    page.element("search").send_keys("CT-0013")
    assert page.studies() == ["ct-0013"]
    page.element("search").clear()
    page.element("search").send_keys("failed frames")
    assert page.element("shown").text == "4 of 60 studies"
    page.element("search").send_keys(" nothing of the kind")
    assert page.element("none").is_displayed()


def test_a_click_shows_all_studies_of_a_patient(opened, cohort_rows):
    rows = cohort_rows(8)
    page = opened(
        [replace(row, patient=rows[2].study if number in (2, 5) else None) for number, row in enumerate(rows)]
    )
    buttons = page.driver.find_elements(By.CSS_SELECTOR, "button.patient")
    assert [button.text for button in buttons] == ["2 studies of this patient"] * 2
    assert "2 results of 1 patient" in page.driver.find_element(By.CSS_SELECTOR, "header").text
    buttons[1].click()
    assert page.element("shown").text == "2 of 8 studies"
    assert page.element("search").get_property("value") == rows[2].study


def test_the_status_filters(page):
    page.element("status").find_element(By.CSS_SELECTOR, "[value=duplicate]").click()
    assert page.studies() == ["ct-0029", "ct-0058"]
    assert "ct-0001" in page.element("rows").text


def test_a_click_on_a_finding_shows_its_studies_and_another_one_all_again(page, cohort_rows):
    button = page.driver.find_element(By.XPATH, "//button[.='slow sampling']")
    button.click()
    page.to_the_end()
    codes = {row.study: {finding.code for finding in row.findings} for row in cohort_rows(60)}
    assert page.studies() == [study for study, found in codes.items() if "slow_sampling" in found]
    assert button.get_dom_attribute("aria-pressed") == "true"
    page.element("chosen-finding").click()
    assert page.element("shown").text == "60 of 60 studies"
    assert button.get_dom_attribute("aria-pressed") == "false"


def test_reports_and_pictures_are_those_of_the_study(page):
    link = page.driver.find_element(By.LINK_TEXT, "ct-0001")
    assert link.get_property("href").endswith("/ct-0001/report.html")
    picture = page.driver.find_element(By.CSS_SELECTOR, "#rows img")
    page.driver.execute_async_script(
        "const [image, done] = arguments;"
        "image.complete ? done() : image.addEventListener('load', () => done());",
        picture,
    )
    assert picture.get_property("naturalWidth") == 160
    assert picture.get_property("loading") == "lazy"


def test_text_from_outside_stays_text(opened, cohort_rows):
    done = cohort_rows(1)[0]
    rows = [
        StudyRow(HOSTILE, StudyStatus.FAILED, HOSTILE, HOSTILE),
        replace(done, study=f"a/{HOSTILE}", values={**done.values, "version": HOSTILE}),
    ]
    page = opened(rows)
    assert page.run("return window.hacked === undefined")
    assert set(page.studies()) == {row.study for row in rows}
    assert HOSTILE in page.element("rows").text


def test_the_page_asks_nothing_of_a_network_and_has_nothing_to_complain_about(chromium, opened, cohort_rows):
    chromium.get_log("browser")
    page = opened(cohort_rows(60))
    page.heading(CORE).click()
    page.to_the_end()
    assert chromium.get_log("browser") == []
    asked = page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert all(address.startswith("file://") for address in asked)


def test_without_scripts_counts_histograms_and_findings_are_there(chromium, opened, cohort_rows):
    page = opened(cohort_rows(60))
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.refresh()
        assert "54 done" in chromium.find_element(By.CSS_SELECTOR, ".sentence").text
        assert len(chromium.find_elements(By.CSS_SELECTOR, "figure svg")) == 5
        assert "cohort.csv" in chromium.find_element(By.TAG_NAME, "noscript").text
        assert not page.element("table").is_displayed()
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("width", [1400, 1180, 820, 414])
def test_nothing_is_wider_than_the_window(width, chromium, page):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        assert page.run("return document.documentElement.scrollWidth") <= width
    finally:
        chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_three_thousand_studies_open_and_sort(opened, cohort_rows, capsys):
    rows = cohort_rows(MANY)
    page = opened(rows)
    loaded = page.run(
        "const [entry] = performance.getEntriesByType('navigation'); return entry.loadEventEnd / 1000"
    )
    started = time.perf_counter()
    page.heading(CORE).click()
    clicked = time.perf_counter() - started
    first = core_of(page.column(CORE_CELL))
    sorting = page.run(
        "const started = performance.now();"
        "document.querySelector(\".studies button[data-column='1']\").click();"
        "document.body.getBoundingClientRect();"
        "return (performance.now() - started) / 1000;"
    )
    cores = sorted(row.values["core_ml"] for row in rows if row.values)
    assert first == [float(f"{core:.1f}") for core in cores[: len(first)]]
    assert core_of(page.column(CORE_CELL))[0] == float(f"{cores[-1]:.1f}")
    assert page.element("shown").text == f"{MANY} of {MANY} studies"
    with capsys.disabled():
        print(f"\n{MANY} studies: load {loaded:.2f} s, first click {clicked:.2f} s, sorting {sorting:.3f} s")  # noqa: T201
