"""The page of a cohort says what its rows say; how it behaves in a browser is tested in Testing/browser."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cohort.distributions import bins, distributions
from CTPerfusionLib.cohort.finding_groups import finding_groups
from CTPerfusionLib.cohort.page import PAGE, render_page, write_page
from CTPerfusionLib.cohort.study_row import StudyRow, StudyStatus
from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.series import Finding, Severity

HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


class Tags(HTMLParser):
    """Collects what a browser would take for elements, and the text of the data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.data = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.tags and self.tags[-1] == ("script", {"type": "application/json", "id": "data"}):
            self.data += data


def rows_in(page: str) -> dict[str, dict]:
    """Return the rows that the page holds, by study."""
    return {row["study"]: row for row in json.loads(Tags(page).data)["rows"]}


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture(scope="module")
def rows(cohort_rows):
    return cohort_rows(60)


@pytest.fixture(scope="module")
def page(rows, tmp_path_factory):
    return render_page(rows, tmp_path_factory.mktemp("cohort"))


def test_the_heading_counts_what_became_of_the_studies(page):
    assert RESEARCH_USE in page
    assert "60 studies: 54 done , 4 failed , 2 duplicate" in text_of(page)


def test_every_study_is_there_with_the_numbers_of_its_row(page, rows):
    found = rows_in(page)
    assert len(found) == 60
    for row in rows:
        texts = [text for text, _ in found[row.study]["cells"]]
        if row.values:
            assert f"{row.values['core_ml']:.1f}" in texts
            assert found[row.study]["report"] == f"{row.study}/report.html"
        else:
            assert texts == []
            assert row.reason in found[row.study]["words"]


def test_a_study_without_core_has_no_ratio_and_is_sorted_as_unknown(page, rows):
    row = next(row for row in rows if row.values and row.values["mismatch_ratio"] is None)
    assert ["n/a (no core)", None] in rows_in(page)[row.study]["cells"]


def test_criteria_are_met_or_not_or_unknown(page, rows):
    row = next(row for row in rows if row.values and row.values["extend"])
    assert [text for text, _ in rows_in(page)[row.study]["cells"]][-4:-1] == ["n/a", "n/a", "met"]


def test_only_pictures_that_exist_are_shown_and_addresses_are_escaped(rows, tmp_path):
    odd = "a b/100% #1?"
    (tmp_path / "thumbnails" / "a b").mkdir(parents=True)
    (tmp_path / "thumbnails" / f"{odd}.png").write_bytes(b"")
    done = next(row for row in rows if row.values)
    row = replace(done, study=odd, values={**done.values, "report": "javascript:alert(1)/report.html"})
    found = rows_in(render_page([row, done], tmp_path))
    assert found[odd]["picture"] == "thumbnails/a%20b/100%25%20%231%3F.png"
    assert found[odd]["report"] == "javascript%3Aalert%281%29/report.html"
    assert found[done.study]["picture"] is None


def test_text_from_outside_stays_text(rows, tmp_path):
    finding = Finding("thin_slab", Severity.INFO, HOSTILE, HOSTILE)
    done = next(row for row in rows if row.values)
    hostile = [
        StudyRow(HOSTILE, StudyStatus.FAILED, HOSTILE, HOSTILE),
        replace(done, findings=(finding,), values={**done.values, "version": HOSTILE}),
    ]
    page = render_page(hostile, tmp_path)
    plain = render_page(
        [replace(done, findings=(replace(finding, message="Thin.", remedy="None."),))], tmp_path
    )
    assert [tag for tag, _ in Tags(page).tags if tag in ("script", "img")] == ["script", "script"]
    assert len(Tags(page).tags) == len(Tags(plain).tags)
    assert rows_in(page)[HOSTILE]["words"] == f"{HOSTILE}; {HOSTILE}."


def test_the_page_names_no_place_outside_it_but_reports_tables_and_pictures(page):
    for tag, attributes in Tags(page).tags:
        assert tag not in ("link", "iframe", "object")
        for name in ("src", "href"):
            address = attributes.get(name, "")
            assert address.startswith("#") or address in ("", "cohort.csv", "cohort.parquet"), (tag, address)
    policies = [attributes["content"] for _, attributes in Tags(page).tags if "http-equiv" in attributes]
    assert [policy.split(";")[0] for policy in policies] == ["default-src 'none'"]


def test_findings_are_counted_by_study_with_the_gravest_first(rows):
    groups = finding_groups(rows)
    assert [group.severity for group in groups] == sorted(
        (group.severity for group in groups), key=["error", "warning", "info"].index
    )
    for group in groups:
        having = [row for row in rows if group.code in {finding.code for finding in row.findings}]
        assert group.n_studies == len(having)


def test_a_finding_twice_in_one_study_counts_once_and_differing_sentences_are_an_example(rows):
    done = [row for row in rows if row.values][:2]
    sentences = ("It moved 4 mm.", "It moved 5 mm.", "It moved 5 mm.")
    first, second, third = (Finding("motion", Severity.INFO, sentence, "Look.") for sentence in sentences)
    (group,) = finding_groups(
        [replace(done[0], findings=(first, second)), replace(done[1], findings=(third,))]
    )
    assert (group.n_studies, group.message, group.n_messages) == (2, "It moved 5 mm.", 2)


def test_histograms_hold_every_study_that_has_the_number(rows):
    captions = {found.title: found.caption for found in distributions(rows)}
    done = [row for row in rows if row.values]
    core = np.array([row.values["core_ml"] for row in done])
    assert captions["Core"].startswith(f"Median {np.median(core):.1f} mL")
    assert f"{len(done)} studies" in captions["Core"]
    without = sum(row.values["mismatch_ratio"] is None for row in done)
    assert f"{without} studies without it" in captions["Ratio"]


def test_bins_count_all_values_and_a_long_tail_goes_into_the_last_one():
    values = np.array([*np.linspace(0.5, 10.0, 99), 400.0])
    found = bins(values)
    assert found.counts.sum() == 100
    assert found.edges[0] == 0.0
    assert found.edges[-1] < 20.0
    assert found.n_beyond == 1
    np.testing.assert_allclose(np.diff(found.edges), found.edges[1])


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0], [3.0], [1e-3, 2e-3]])
def test_bins_exist_for_any_values(values):
    found = bins(np.array(values))
    assert found.counts.sum() == len(values)
    assert (np.diff(found.edges) > 0).all()


@pytest.mark.parametrize("kind", ["none", "failed"])
def test_a_cohort_without_a_result_has_a_page(kind, tmp_path):
    rows = [StudyRow("ct-1", StudyStatus.FAILED, "It failed", "look")] if kind == "failed" else []
    write_page(rows, tmp_path)
    text = text_of((tmp_path / PAGE).read_text(encoding="utf-8"))
    assert "No study has a finding." in text
    assert "no study with a number" in text


def test_the_same_rows_give_the_same_page_in_any_order(rows, page, tmp_path):
    assert render_page(rows[::-1], tmp_path) == page


def test_a_folder_that_cannot_be_written_gives_one_error(rows, tmp_path):
    (tmp_path / PAGE).mkdir()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_page(rows, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [PAGE]
