"""Statistics, targets, tables, figures and files of the study, on cohorts whose numbers are known by hand."""

import csv
import io
import json
import re

import numpy as np
import pytest
from scipy import stats

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.validation.evaluation_files import report_text, write_report
from CTPerfusionLib.validation.segmentation_case import (
    AgainstTruth,
    CaseLabels,
    Measured,
    SegmentationCase,
    SegmentationCohort,
    group_of,
)
from CTPerfusionLib.validation.segmentation_output import (
    evaluation_record,
    segmentation_report,
)
from CTPerfusionLib.validation.segmentation_statistics import (
    Group,
    Subset,
    group_test,
    observations,
    volume_statistics,
)
from CTPerfusionLib.validation.segmentation_table import Table, html_table, markdown_lines
from CTPerfusionLib.validation.segmentation_tables import study_tables
from CTPerfusionLib.validation.segmentation_targets import target_outcomes
from CTPerfusionLib.validation.segmentation_truth_statistics import (
    false_core,
    known_observations,
    reliability,
    true_core,
    whole_cohort,
)

NAME = "DOE^JANE"


def a_case(number, grade, true_core, by_global, by_local, *, side="left", angle=0.4, failure=""):
    """Return a head whose false and missed core follow from cores that contain each other."""
    stroke = true_core > 0.0
    labels = CaseLabels(number, NAME, group_of(grade), grade, stroke, 300 + number, "ge-cine", "m1")
    if failure:
        return SegmentationCase(labels, failure=failure)

    def overlap(found):
        return 2.0 * min(found, true_core) / (found + true_core) if found + true_core else None

    measured = Measured(
        core_global=by_global,
        core_local=by_local,
        core_global_raw=by_global + 1.0,
        core_local_raw=None,
        hypoperfusion=3.0 * true_core,
        penumbra=3.0 * true_core - by_global,
        tmax_6=3.0 * true_core + 2.0,
        side=side if stroke else "none",
        counted="global",
        lesion_seconds=4.0,
        cut_milliseconds=20.0,
    )
    truth = AgainstTruth(
        true_core=true_core,
        true_hypoperfusion=3.0 * true_core,
        true_side="left" if stroke else "none",
        dice_global=overlap(by_global),
        dice_local=overlap(by_local),
        dice_hypoperfusion=1.0 if stroke else None,
        false_global=max(by_global - true_core, 0.0),
        false_local=max(by_local - true_core, 0.0),
        missed_global=max(true_core - by_global, 0.0),
        missed_local=max(true_core - by_local, 0.0),
        plane_angle=angle,
        plane_distance=0.3,
        mirror_angle=2.0 * angle,
        mirror_distance=0.5,
    )
    return SegmentationCase(labels, measured, truth)


@pytest.fixture(scope="module")
def cohort():
    """Four heads of each group, half of them with a stroke, and one that failed."""
    cases = (
        a_case(1, 0, 20.0, 22.0, 20.0),
        a_case(2, 1, 40.0, 42.0, 40.0),
        a_case(3, 0, 0.0, 0.0, 0.0),
        a_case(4, 1, 0.0, 0.0, 0.0),
        a_case(5, 2, 20.0, 30.0, 20.0),
        a_case(6, 3, 50.0, 70.0, 48.0, side="right", angle=2.0),
        a_case(7, 2, 0.0, 8.0, 0.0),
        a_case(8, 3, 0.0, 12.0, 2.0),
        a_case(9, 3, 0.0, 0.0, 0.0, failure=f"The study /data/{NAME} cannot be loaded; check it."),
    )
    return SegmentationCohort(cases, simulated=True, settings={"cases": "nine heads"}, size="clinical")


@pytest.fixture(scope="module")
def real(cohort):
    """The same as real cases: no truth, no grades."""
    cases = tuple(
        SegmentationCase(
            CaseLabels(each.labels.number, NAME, each.labels.group, None, each.labels.stroke),
            each.measured,
            failure=each.failure,
        )
        for each in cohort.cases
    )
    return SegmentationCohort(cases, simulated=False, settings={"cases": "9 studies"})


@pytest.fixture(scope="module")
def written(cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    write_report(folder, segmentation_report(cohort))
    return folder


def test_the_numbers_of_the_paper_follow_from_both_volumes(cohort):
    found = volume_statistics(observations(cohort, group=Group.MICROANGIOPATHY))

    assert found.by_global.mean == pytest.approx((30 + 70 + 8 + 12) / 4)
    assert found.by_local.mean == pytest.approx((20 + 48 + 0 + 2) / 4)
    assert found.change.bias == pytest.approx(-(10 + 22 + 8 + 10) / 4)
    assert found.change.sd == pytest.approx(np.std([10, 22, 8, 10], ddof=1))
    line = stats.linregress([30, 70, 8, 12], [20, 48, 0, 2])
    assert (found.line.slope, found.line.intercept) == pytest.approx((line.slope, line.intercept))
    assert found.line_through_origin.slope == pytest.approx(
        (30 * 20 + 70 * 48 + 12 * 2) / (30**2 + 70**2 + 8**2 + 12**2)
    )


def test_groups_are_compared_by_their_reductions(cohort):
    expected = stats.ttest_ind([10, 22, 8, 10], [2, 2, 0, 0], equal_var=False)
    test = group_test(cohort, Subset.ALL)

    assert test.difference == pytest.approx(12.5 - 1.0)
    assert test.t_p_value == pytest.approx(expected.pvalue)
    assert (test.n_first, test.n_second) == (4, 4)


def test_subsets_count_those_with_and_without_a_stroke_and_none_that_failed(cohort):
    numbers = {subset: [each.labels.number for each in observations(cohort, subset)] for subset in Subset}

    assert numbers == {
        Subset.ALL: [1, 2, 3, 4, 5, 6, 7, 8],
        Subset.STROKE: [1, 2, 5, 6],
        Subset.NO_STROKE: [3, 4, 7, 8],
    }


def test_the_share_that_local_removes_is_of_the_volume_of_all_heads(cohort):
    found = false_core(known_observations(cohort, Subset.NO_STROKE, (2, 3)))

    assert found.removed == pytest.approx(1.0 - 2.0 / 20.0)
    assert (found.heads_global, found.heads_local) == (2, 1)


def test_without_false_core_there_is_no_share_to_remove(cohort):
    assert false_core(known_observations(cohort, Subset.NO_STROKE, (0, 1))).removed is None


def test_true_core_counts_heads_that_have_one(cohort):
    found = true_core(known_observations(cohort, grades=(2, 3)))

    assert found.dice_global.n == 2
    assert found.dice_global.mean == pytest.approx((2 * 20 / 50 + 2 * 50 / 120) / 2)
    assert found.bias_local.bias == pytest.approx(-1.0)
    assert found.missed_local.mean == pytest.approx(1.0)


def test_agreement_with_truth_holds_all_heads_and_dice_those_with_a_lesion(cohort):
    found = whole_cohort(known_observations(cohort))

    assert found.core_local.n == 8
    assert found.core_local.ccc > found.core_global.ccc
    assert found.core_counted == found.core_global
    assert found.dice_hypoperfusion.n == 4
    assert found.tmax_6_bias.bias == pytest.approx(2.0)


def test_wrong_sides_and_normal_heads_with_a_core_are_counted(cohort):
    found = reliability(cohort)

    assert (found.side_right.count, found.side_right.n) == (3, 4)
    assert (found.no_side.count, found.no_side.n) == (4, 4)
    assert (found.no_core_global.count, found.no_core_global.n) == (1, 1)
    assert found.no_core_local.share == 1.0
    assert found.plane_angle.largest == 2.0
    assert found.mirror_angle.largest == 4.0


def test_targets_say_what_is_reached_and_what_is_not(cohort):
    reached = {outcome.target.quantity: outcome.is_reached for outcome in target_outcomes(cohort)}

    assert reached["share of false core that local removes"]
    assert reached["bias of core volume, local, mL"]
    assert reached["slope of NoMA less that of MA"]
    assert not reached["share with the right side"]
    assert not reached["largest angle of mid-sagittal plane, degrees"]
    assert reached["median s of normalisation and segmentation"]


def test_times_are_no_target_with_images_smaller_than_clinical_ones(cohort):
    tiny = SegmentationCohort(cohort.cases, simulated=True, settings={}, size="tiny")

    quantities = {outcome.target.quantity for outcome in target_outcomes(tiny)}

    assert "median s of normalisation and segmentation" not in quantities
    assert "mean core Dice, local" in quantities


def test_real_cases_have_the_tables_of_the_paper_and_no_target(real):
    titles = [table.title for table in study_tables(real)]

    assert titles == [
        "Core volume by normalisation",
        "Local on global core volume",
        "Reduction of core volume, MA against NoMA",
        "Cases that failed",
    ]
    assert target_outcomes(real) == []
    assert "targets" not in evaluation_record(real)


def test_every_table_has_as_many_cells_in_a_row_as_in_its_header(cohort):
    for table in study_tables(cohort):
        assert {len(row) for row in table.rows} == {len(table.header)}, table.title


def test_heads_to_look_at_are_those_in_which_something_went_wrong(cohort):
    (table,) = (each for each in study_tables(cohort) if each.title == "Heads to look at")

    assert [row[0] for row in table.rows] == ["5", "6", "7", "8"]
    assert "right (left)" in table.rows[1]


def test_a_cohort_without_any_result_still_has_its_files(tmp_path):
    case = a_case(1, 0, 20.0, 0.0, 0.0, failure="It cannot be loaded; check it.")
    cohort = SegmentationCohort((case,), simulated=True, settings={}, size="tiny")

    write_report(tmp_path, segmentation_report(cohort))

    assert "Cases that failed" in (tmp_path / "tables.md").read_text()
    assert json.loads((tmp_path / "tables.json").read_text())["failed"] == 1
    assert list((tmp_path / "figures").iterdir()) == []


def test_text_of_tables_is_escaped():
    table = Table("a < b", "note", ("x",), (("<script>|",),))

    assert "<script>" not in html_table(table)
    assert markdown_lines(table)[-1] == "| <script>\\| |"


def test_cases_csv_has_a_row_for_each_case_and_the_reason_of_a_failure(written):
    rows = list(csv.DictReader(io.StringIO((written / "cases.csv").read_text())))

    assert [row["number"] for row in rows] == [str(number) for number in range(1, 10)]
    assert (rows[6]["core_global"], rows[6]["false_local"], rows[6]["group"]) == ("8.0", "0.0", "MA")
    assert rows[2]["dice_global"] == ""
    assert rows[8]["core_global"] == ""
    assert rows[8]["failure"].endswith("cannot be loaded; check it.")


def test_tables_json_has_the_statistics_with_none_for_what_cannot_be_said(written):
    record = json.loads((written / "tables.json").read_text())

    assert record["notice"] == RESEARCH_USE
    assert (record["cases"], record["failed"]) == (9, 1)
    groups = {(each["cases"], each["group"]): each for each in record["core_volume"]}
    assert groups["all", "MA"]["change"]["bias"] == pytest.approx(-12.5)
    assert groups["no stroke", "NoMA"]["line"]["slope"] is None
    assert {each["reached"] for each in record["targets"]} == {True, False}


@pytest.mark.parametrize("name", ["correlation", "bland_altman", "reduction", "false_core", "truth"])
def test_every_figure_is_there_as_png_and_svg(written, name):
    assert (written / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (written / "figures" / f"{name}.svg").read_text()


def test_the_page_holds_figures_and_tables_in_one_file_without_links_and_names(written):
    page = (written / "index.html").read_text()

    assert page.count("data:image/svg+xml;base64,") == 5
    assert RESEARCH_USE in page
    assert not re.search(r"""(src|href)=["'](?!data:)""", page)
    for text in (page, (written / "tables.md").read_text(), (written / "tables.json").read_text()):
        assert NAME not in text


def test_page_and_markdown_have_the_same_tables(written, cohort):
    page, text = (written / "index.html").read_text(), report_text(segmentation_report(cohort))

    for table in study_tables(cohort):
        assert f"## {table.title}" in text
        assert table.title in page
        assert all(cell.replace("<", "&lt;").replace(">", "&gt;") in page for cell in table.rows[0])
