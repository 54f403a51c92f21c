"""The viewer of the report, used as a reader uses it."""

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from CTPerfusionLib.report.wording import ratio_text, volume_text


def slice_of(page) -> int:
    """Return the index of the slice that is shown."""
    page.settled()
    return int(page.element("slice").get_property("value"))


def test_the_viewer_answers_once_the_page_is_there(page):
    marks = page.run("return performance.getEntriesByName('viewer-ready').map((mark) => mark.startTime)")
    assert len(marks) == 1
    assert page.element("viewer").is_displayed()
    assert not page.element("no-viewer").is_displayed()


def test_the_viewer_opens_on_the_slice_with_most_of_the_core(page, report):
    areas = report.content.masks["core"].sum(axis=(1, 2))
    assert areas[slice_of(page)] == areas.max()
    assert page.text("slice-text") == f"{slice_of(page) + 1} of {len(areas)}"


def test_the_slider_shows_other_slices(page):
    before = page.pixels()
    page.slide("slice", 0)
    assert page.text("slice-text").startswith("1 of ")
    assert page.pixels() != before


def test_keys_walk_through_the_slices_and_stop_at_the_ends(page):
    for keys, expected in (
        ((Keys.HOME,), 0),
        ((Keys.HOME, Keys.ARROW_UP, Keys.ARROW_RIGHT), 2),
        ((Keys.HOME, Keys.ARROW_DOWN), 0),
        ((Keys.END,), 7),
        ((Keys.END, Keys.ARROW_DOWN, Keys.ARROW_LEFT), 5),
        ((Keys.END, Keys.ARROW_UP), 7),
    ):
        page.key(*keys)
        assert slice_of(page) == expected, keys


def test_the_wheel_turns_one_slice_upwards_or_downwards(page):
    page.key(Keys.HOME)
    stage = page.element("stage")
    page.run("arguments[0].scrollIntoView({block: 'center'})", stage)
    at = page.run("return window.scrollY")
    origin = ScrollOrigin.from_element(stage)
    ActionChains(page.driver).scroll_from_origin(origin, 0, -60).perform()
    assert slice_of(page) == 1
    ActionChains(page.driver).scroll_from_origin(origin, 0, 60).perform()
    assert slice_of(page) == 0
    assert page.run("return window.scrollY") == at


def test_buttons_and_number_keys_switch_the_map(page):
    buttons = page.element("map-choice").find_elements(By.TAG_NAME, "button")
    names = [button.get_dom_attribute("data-map") for button in buttons]
    assert names == ["baseline", "CBF", "CBV", "MTT", "Tmax", "rCBF_global", "rCBF_local"]
    by_button, by_key = [], []
    for button in buttons:
        button.click()
        assert button.get_dom_attribute("aria-pressed") == "true"
        by_button.append(page.pixels())
    for number in range(1, len(buttons) + 1):
        page.key(str(number))
        by_key.append(page.pixels())
    assert len(set(by_button)) == len(buttons)
    assert by_key == by_button


def test_the_label_of_the_picture_says_what_it_shows(page):
    page.key("5", Keys.HOME)
    page.settled()
    label = page.element("stage").get_dom_attribute("aria-label")
    assert label.startswith("Tmax, centre of impulse response (delay + MTT/2), slice 1 of 8")
    assert label.endswith("with the outlines of core and penumbra")


def test_outlines_come_and_go_with_the_button_and_the_key(page):
    with_outlines = page.pixels()
    page.key("o")
    without = page.pixels()
    assert without != with_outlines
    assert page.element("outlines").get_dom_attribute("aria-pressed") == "false"
    page.element("outlines").click()
    assert page.pixels() == with_outlines


def test_the_colour_scale_marks_the_threshold_on_the_map_that_it_cuts(page):
    page.key("5")
    page.settled()
    at_six = page.element("scale-mark").rect["y"]
    bar = page.element("scale-bar").rect
    assert at_six == pytest.approx(bar["y"] + bar["height"] * (1 - 6.0 / 12.0), abs=3)
    page.slide("hypoperfusion-threshold", 0)
    page.settled()
    assert page.element("scale-mark").rect["y"] == pytest.approx(bar["y"], abs=3)
    for key, is_cut in (("3", False), ("6", True), ("7", False)):  # CBV, rCBF global, rCBF local
        page.key(key)
        page.settled()
        assert page.element("scale-mark").is_displayed() is is_cut


def test_outlines_run_where_the_segments_end(page, report):
    """The border of the core is red where the mask of the library ends, and nowhere else."""
    page.key("1")
    page.settled()
    found = page.run(
        """const canvas = document.getElementById("stage");
        const {data, width, height} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const places = [];
        for (let place = 0; place < width * height; place += 1) {
          const [red, green, blue] = data.subarray(4 * place, 4 * place + 3);
          if (red > 210 && green < 60 && blue < 60) {
            places.push([(place % width) / width, place / width / height]);
          }
        }
        return places;"""
    )
    described = page.description
    core = report.content.masks["core"][slice_of(page)]
    rows, columns = np.nonzero(core)
    left, top = described["storage"]["left"], described["storage"]["top"]
    low = np.array([columns.min() - left, rows.min() - top]) / [described["columns"], described["rows"]]
    high = np.array([columns.max() + 1 - left, rows.max() + 1 - top]) / [
        described["columns"],
        described["rows"],
    ]
    assert described["storage"]["flipColumns"] is False
    np.testing.assert_allclose(np.min(found, axis=0), low, atol=0.01)
    np.testing.assert_allclose(np.max(found, axis=0), high, atol=0.01)


def shown(expected):
    """Return numbers of the library as the page writes them."""
    texts = {name: volume_text(value) for name, value in expected.items() if name != "ratio"}
    return {**texts, "ratio": ratio_text("mismatch_ratio", {"mismatch_ratio": expected["ratio"]})}


@pytest.mark.parametrize("reference", ["global", "local"])
def test_moved_thresholds_give_the_numbers_of_the_library(page, report, reference):
    what_if = report.content.what_if
    page.element("references").find_element(By.CSS_SELECTOR, f"[value={reference}]").click()
    for core, late in ((0.30, 6.0), (0.20, 6.0), (0.38, 4.5), (0.50, 9.0), (0.15, 12.0)):
        page.slide("core-threshold", what_if.cores[reference].values.index(core))
        page.slide("hypoperfusion-threshold", what_if.hypoperfusion.values.index(late))
        assert page.text("core-text") == f"rCBF < {100 * core:g} %"
        assert page.text("hypoperfusion-text") == f"Tmax (centre) > {late:g} s"
        assert page.numbers() == shown(report.at(core, late, reference))
    assert page.numbers("protocol") == shown(report.at(0.30, 6.0, "global"))


def test_at_the_protocols_thresholds_the_viewer_repeats_the_headline(page):
    cards = page.driver.find_elements(By.CSS_SELECTOR, ".card .number")
    core, penumbra, ratio = (card.text.split()[0] for card in cards[:3])
    numbers = page.numbers()
    assert (numbers["core"], numbers["penumbra"], numbers["ratio"]) == (core, penumbra, ratio)
    assert page.text("changed") == "As the protocol says"


def test_a_change_is_marked_and_can_be_taken_back(page):
    before, numbers = page.pixels(), page.numbers()
    for undo in (lambda: page.element("reset").click(), lambda: page.key("p")):
        page.slide("core-threshold", 30)
        page.slide("hypoperfusion-threshold", 2)
        assert page.text("changed") == "Changed from the protocol"
        assert page.element("reset").is_enabled()
        assert page.numbers() != numbers
        assert page.pixels() != before
        undo()
        assert page.text("changed") == "As the protocol says"
        assert not page.element("reset").is_enabled()
        assert page.numbers() == numbers
        assert page.pixels() == before


def test_a_slider_of_a_threshold_keeps_its_own_keys(page):
    slider, shown_slice = page.element("core-threshold"), slice_of(page)
    position = int(slider.get_property("value"))
    slider.send_keys(Keys.ARROW_RIGHT)
    assert int(slider.get_property("value")) == position + 1
    assert slice_of(page) == shown_slice
    slider.send_keys("o")
    assert page.element("outlines").get_dom_attribute("aria-pressed") == "false"


def test_keys_outside_the_viewer_belong_to_the_browser(page):
    shown_slice = slice_of(page)
    ActionChains(page.driver).move_by_offset(1, 1).perform()
    page.run("document.activeElement.blur(); window.scrollTo(0, 0)")
    page.driver.find_element(By.TAG_NAME, "body").send_keys("o", Keys.HOME)
    assert page.element("outlines").get_dom_attribute("aria-pressed") == "true"
    assert slice_of(page) == shown_slice


def test_the_voxel_under_the_pointer_is_read_out(page, report):
    page.key("2")
    stage, described = page.element("stage"), page.description
    page.run("arguments[0].scrollIntoView({block: 'center'})", stage)
    z = slice_of(page)
    rows, columns = np.nonzero(report.content.masks["core"][z])
    middle = np.argmin(np.hypot(rows - rows.mean(), columns - columns.mean()))
    row, column = int(rows[middle]), int(columns[middle])
    storage, box = described["storage"], stage.rect
    right = ((column - storage["left"] + 0.5) / described["columns"] - 0.5) * box["width"]
    down = ((row - storage["top"] + 0.5) / described["rows"] - 0.5) * box["height"]
    ActionChains(page.driver).move_to_element_with_offset(stage, round(right), round(down)).perform()
    page.settled()
    text = page.text("readout")
    assert f"column {column}, row {row}, slice {z} (counted from 0)" in text
    assert "· core ·" in text
    flow, hounsfield = (part.split()[1] for part in text.split(" · ")[:2])
    assert float(flow) == pytest.approx(report.content.maps["CBF"][z, row, column], abs=0.7)
    assert float(hounsfield) == pytest.approx(report.content.baseline[z, row, column], abs=1.1)


def test_a_click_on_a_tile_of_the_first_page_opens_it_in_the_viewer(page):
    image = page.driver.find_element(By.CSS_SELECTOR, "img[data-map=MTT]")
    tile = image.rect["width"] / 8
    ActionChains(page.driver).move_to_element_with_offset(image, round(-3.5 * tile), 0).click().perform()
    assert slice_of(page) == 0
    pressed = page.element("map-choice").find_element(By.CSS_SELECTOR, "[aria-pressed=true]")
    assert pressed.get_dom_attribute("data-map") == "MTT"


def test_numbers_are_rounded_as_python_rounds_them(page):
    rng = np.random.default_rng(0)
    ties = [0.125, 0.375, 2.5, 3.5, 9.945, 9.95, 9.949999, 9.9496, 10.5, 11.5, 0.05, 0.15, 0.25, 0.0]
    values = [
        *ties,
        *rng.uniform(0, 20, 400),
        *(rng.integers(0, 4000, 400) / 64.0),
        *rng.uniform(0, 400, 200),
    ]
    written = page.run("return arguments[0].map(volumeText)", [float(value) for value in values])
    assert written == [volume_text(round(float(value), 2)) for value in values]
    ratios = page.run("return arguments[0].map((value) => ratioText(value, ''))", list(map(float, values)))
    expected = [ratio_text("mismatch_ratio", {"mismatch_ratio": round(float(value), 3)}) for value in values]
    assert ratios == expected
