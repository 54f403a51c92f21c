"""The report's page: complete, escaped, self-contained."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.lesion import load_protocol
from CTPerfusionLib.networks import MAP_METHODS
from CTPerfusionLib.report import ReportContent, render_report, result_rows, write_report
from CTPerfusionLib.report.wording import tmax_rows
from CTPerfusionLib.series import Finding, Severity, TmaxDefinition, quantities_of

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Collects elements and text, and checks that elements are closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "script":
            self.scripts.append(data)
        elif self._open and self._open[-1] != "style" and data.strip():
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@pytest.fixture(scope="module")
def html(a_study: ReportContent) -> str:
    return render_report(a_study)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


@pytest.fixture(scope="module")
def page_without_core(a_study_without_core: ReportContent) -> Page:
    return Page(render_report(a_study_without_core))


def test_nothing_is_loaded_from_elsewhere(html: str, page: Page) -> None:
    assert "://" not in html
    assert "@import" not in html
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        assert tag != "script" or "src" not in attributes
        assert not str(attributes.get("href", "#")).strip("#").startswith(("/", "."))
        assert str(attributes.get("src", "data:image/png;base64,")).startswith("data:image/png;base64,")
    assert all(reference.startswith("#") for reference in re.findall(r"url\(([^)]*)\)", html))


def test_identifiers_are_unique_and_references_resolve(html: str) -> None:
    identifiers = re.findall(r'\bid="([^"]+)"', html)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', html)) <= set(identifiers)


def test_the_same_study_gives_the_same_page(a_study: ReportContent, html: str) -> None:
    assert render_report(a_study) == html


def test_the_notice_stands_at_the_top_and_at_the_end(page: Page) -> None:
    assert page.texts[2] == RESEARCH_USE  # after the title of the window and the way past the first page
    assert page.texts[-1] == RESEARCH_USE


def test_the_first_numbers_are_core_penumbra_ratio_and_side(page: Page) -> None:
    beginning = " ".join(page.texts[: page.texts.index("Findings")])
    assert "Core 23.5 mL" in beginning
    assert "global reference, counted here local: 31.5 mL" in beginning
    assert "Penumbra 55.4 mL of 78.9 mL hypoperfusion Tmax (centre) > 6 s" in beginning
    assert "Mismatch ratio 3.4" in beginning
    assert "Side Left" in beginning


def test_the_local_core_leads_where_the_protocol_counts_it(a_study: ReportContent) -> None:
    beginning = Page(render_report(replace(a_study, counted_core="local"))).text
    assert "Core 31.5 mL rCBF < 30 % local reference, counted here global: 23.5 mL" in beginning


def test_thresholds_of_any_protocol_are_named_and_a_reference_only_where_flow_is_relative(
    a_study: ReportContent,
) -> None:
    by_volume = Page(render_report(replace(a_study, protocol=load_protocol("syngo-like")))).text
    by_delay = Page(render_report(replace(a_study, protocol=load_protocol("mistar-like")))).text

    assert "Core 23.5 mL CBV < 1.2 mL/100 g Penumbra 55.4 mL" in by_volume
    assert "of 78.9 mL hypoperfusion CBF < 27 mL/100 g/min" in by_volume
    assert "rCBF < 30 % within the hypoperfusion global reference, counted here" in by_delay
    assert "of 78.9 mL hypoperfusion Delay > 3 s" in by_delay


def test_every_number_of_the_summary_is_shown_rounded(a_study: ReportContent, page: Page) -> None:
    for row in result_rows(a_study.summary):
        assert f"{row.title} {row.text}" in page.text
    texts = {row.title: row.text for row in result_rows(a_study.summary)}
    assert texts["Tmax (centre) > 10 s"] == "10.0"
    assert texts["Relative CBF < 38 %"] == "0.0"
    assert texts["Tmax (centre) > 4 s"] == "142.2"
    assert texts["CBV index (relative CBV in the hypoperfusion / in normal tissue)"] == "0.87"


def test_without_a_core_the_ratio_says_why_it_is_missing(page_without_core: Page) -> None:
    assert "Mismatch ratio n/a (no core)" in page_without_core.text
    assert "None" not in page_without_core.text


def test_without_an_affected_side_the_page_says_that_nothing_is_restricted(page_without_core: Page) -> None:
    assert "Side No side no hemisphere stands out; nothing is restricted to a side" in page_without_core.text


def test_a_core_that_was_not_measured_is_not_zero(a_study: ReportContent) -> None:
    volumes = {**a_study.summary["volumes_ml"], "core_local": None}
    text = Page(render_report(replace(a_study, summary={**a_study.summary, "volumes_ml": volumes}))).text
    assert "counted here local: n/a" in text


def test_findings_are_escaped(a_study: ReportContent) -> None:
    attack = Finding("x", Severity.ERROR, "<script>alert(1)</script>", "<img src=x onerror=alert(2)>")
    scan = replace(a_study.scan, manufacturer="</script><script>alert(3)</script>", model="<b onclick=a()>")
    html = render_report(replace(a_study, findings=(attack,), parameters={"<b>key": "<i>value"}, scan=scan))
    page = Page(html)
    assert "<script>alert" not in html
    assert "<b" not in html.replace("<body", "").replace("<br", "").replace("<button", "")
    assert "<script>alert(1)</script> <img src=x onerror=alert(2)>" in page.text
    assert "</script><script>alert(3)</script> <b onclick=a()>" in page.text
    assert "<b>key <i>value" in page.text


def test_only_the_script_of_the_report_may_run(html: str, page: Page) -> None:
    policy = next(
        attributes["content"]
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    kinds = [attributes.get("type") for tag, attributes in page.elements if tag == "script"]
    assert kinds.count(None) == 1
    assert set(kinds) <= {None, "application/json", "text/plain"}
    script = html[html.rindex("<script>") + len("<script>") : html.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}';")


def test_the_most_severe_finding_comes_first(a_study: ReportContent, page: Page) -> None:
    text = page.text
    assert text.index(a_study.findings[1].message) < text.index(a_study.findings[0].message)
    for finding in a_study.findings:
        assert f"{finding.message} {finding.remedy}" in text


def test_each_shown_map_has_a_colour_bar_with_the_range_of_the_registry(page: Page) -> None:
    for name in ("CBF", "CBV", "MTT", "Tmax", "rCBF_global", "rCBF_local"):
        quantity = quantities_of(TmaxDefinition.CENTRE)[name]
        low, high = (f"{end:g}" for end in quantity.display_range)
        title = " ".join(filter(None, (quantity.short_title, quantity.unit, quantity.formula)))
        assert f"{title} {high} {low}" in page.text
        assert (
            "lineargradient",
            {"id": f"bar-{name}", "x1": "0", "y1": "1", "x2": "0", "y2": "0"},
        ) in page.elements


def test_criteria_are_told_as_met_not_met_or_not_assessed(page: Page) -> None:
    assert "DEFUSE 3 met" in page.text
    assert "EXTEND not met" in page.text
    assert "DAWN not assessed (age, NIHSS or hours not given)" in page.text
    assert "not a recommendation" in page.text


@pytest.fixture(scope="module")
def page_by_argmax(a_study: ReportContent) -> Page:
    summary = {**a_study.summary, "tmax_definition": "argmax"}
    return Page(render_report(replace(a_study, summary=summary, quality={})))


def test_the_row_of_tmax_says_which_of_its_definitions_it_shows(page: Page, page_by_argmax: Page) -> None:
    assert "Tmax (centre) s delay + MTT/2 12 0" in page.text
    assert "Tmax (peak) s peak of residue 12 0" in page_by_argmax.text


def test_every_threshold_of_tmax_names_the_definition(page: Page, page_by_argmax: Page) -> None:
    for shown, variant in ((page, "centre"), (page_by_argmax, "peak")):
        assert f"of 78.9 mL hypoperfusion Tmax ({variant}) > 6 s" in shown.text
        for seconds in (4, 6, 8, 10):
            assert f"Tmax ({variant}) > {seconds} s" in shown.text


def test_the_details_define_both_kinds_of_tmax_and_say_which_is_used(
    page: Page, page_by_argmax: Page
) -> None:
    for shown, used, other in (
        (page, "Tmax (centre)", "Tmax (peak)"),
        (page_by_argmax, "Tmax (peak)", "Tmax (centre)"),
    ):
        details = shown.text[shown.text.index("Definitions of Tmax") :]
        assert details.startswith(f"Definitions of Tmax {used}, in this report")
        assert f"{other}, in this report" not in details
        assert "arrival delay plus half the mean transit time" in details
        assert "deconvolved residue function reaches its maximum" in details


def test_the_details_say_that_one_threshold_means_different_tissue_and_where_to_find_the_other(
    page: Page,
) -> None:
    assert "A threshold such as 6 s does not select the same tissue by both definitions." in page.text
    assert "printed by ctperfusion calibrate" in page.text


def test_each_kinetic_method_stands_by_the_definition_that_it_gives() -> None:
    given = {row.title: row.methods.split(", ") for row in tmax_rows(TmaxDefinition.CENTRE)}
    assert sorted(name for names in given.values() for name in names) == sorted(MAP_METHODS)
    assert "nlr" in given["Tmax (centre)"]
    assert "bsvd" in given["Tmax (peak)"]


def test_the_place_of_artery_and_vein_is_shown_but_not_of_curves_without_voxels(page: Page) -> None:
    assert (
        "AIF 3 voxels, 2 of them on this slice; around column 40, row 44, slice 1 (counted from 0)"
        in page.text
    )
    assert "VOF 1 voxel; around column 48, row 86, slice 3 (counted from 0)" in page.text
    assert "tissue 1 voxel" not in page.text


def test_a_study_without_motion_correction_says_so(a_study: ReportContent) -> None:
    assert "Motion was not corrected" in Page(render_report(replace(a_study, motion=None))).text


def test_frames_that_were_left_out_are_named_with_their_reason(page: Page, a_study: ReportContent) -> None:
    assert "Frame 41 differs from the reference frame too much after correction." in page.text
    assert "agree within 0.2 mm" in page.text
    motion = a_study.motion
    assert motion is not None
    untouched = replace(a_study, motion=replace(motion, rejections=(), used=np.ones(89, dtype=bool)))
    assert "left out" not in Page(render_report(untouched)).text


def test_two_table_positions_are_told_apart(a_study: ReportContent) -> None:
    motion = a_study.motion
    assert motion is not None
    shuttle = replace(a_study, motion=replace(motion, motion=motion.motion.repeat(2, axis=0)))
    assert "dashed: the second table position" in Page(render_report(shuttle)).text


def test_scan_and_provenance_are_shown(page: Page) -> None:
    for text in ("89 frames every 0.5 s over 44 s", "8 slices, 40 mm", "80 kV", "method nlr",
                 "ctperfusion 0.1.0", "AcquisitionTime", "register 31.0"):  # fmt: skip
        assert text in page.text


def test_more_slices_than_fit_a_row_are_shown_on_a_sheet_of_all_slices(a_study: ReportContent) -> None:
    assert "All slices" not in render_report(a_study)
    tall = {
        "baseline": a_study.baseline.repeat(2, axis=0),
        "tissue": a_study.tissue.repeat(2, axis=0),
        "status": a_study.status.repeat(2, axis=0),
        "quality": {name: values.repeat(2, axis=0) for name, values in a_study.quality.items()},
        "maps": {name: values.repeat(2, axis=0) for name, values in a_study.maps.items()},
        "masks": {name: mask.repeat(2, axis=0) for name, mask in a_study.masks.items()},
    }
    assert "All slices" in render_report(replace(a_study, **tall))


def test_progress_runs_from_start_to_end_and_passes_a_cancellation_on(a_study: ReportContent) -> None:
    fractions: list[float] = []
    render_report(a_study, on_progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0

    def cancel(fraction: float) -> None:
        if fraction > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_report(a_study, on_progress=cancel)


def test_the_file_appears_whole_and_alone(a_study: ReportContent, html: str, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", a_study)
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
