"""The table that says how sure the maps are, on a study whose numbers are known."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.kinetics import FitStatus
from CTPerfusionLib.report import ReportContent, render_report
from CTPerfusionLib.report.fit_table import STATUS_TITLES, FitRow, fit_note, fit_rows


@pytest.fixture(scope="module")
def rows(a_study: ReportContent) -> dict[str, FitRow]:
    return {row.title: row for row in fit_rows(a_study)}


def percent(part: np.ndarray, region: np.ndarray) -> str:
    return f"{100 * np.count_nonzero(part & region) / np.count_nonzero(region):.1f} %"


def test_every_fate_of_a_voxel_inside_the_tissue_has_a_row() -> None:
    assert set(STATUS_TITLES) == set(FitStatus) - {FitStatus.OUTSIDE}


@pytest.mark.parametrize("status", STATUS_TITLES)
def test_the_share_of_each_fate_is_told_for_tissue_and_hypoperfusion(
    a_study: ReportContent, rows: dict[str, FitRow], status: FitStatus
) -> None:
    row, here = rows[STATUS_TITLES[status]], a_study.status == status
    assert row.tissue == percent(here, a_study.tissue)
    assert row.hypoperfusion == percent(here, a_study.masks["hypoperfusion"])


def test_the_study_has_fates_to_tell_apart(rows: dict[str, FitRow]) -> None:
    assert rows["Fitted without remark"].tissue not in ("0.0 %", "100.0 %")
    assert rows["No measurable enhancement: CBF = CBV = 0, no timing"].hypoperfusion != "0.0 %"


def test_uncertainty_is_a_share_of_flow_and_transit_time_but_seconds_of_tmax(rows: dict[str, FitRow]) -> None:
    assert (rows["Uncertainty of CBF"].tissue, rows["Uncertainty of CBF"].hypoperfusion) == (
        "5.0 %",
        "20.0 %",
    )
    assert rows["Uncertainty of MTT"].tissue == "7.0 %"
    assert rows["Uncertainty of Tmax (centre)"].tissue == "0.12 s"
    assert rows["Uncertainty of Tmax (centre)"].hypoperfusion == "0.36 s"
    assert (rows["R² of the fit"].tissue, rows["R² of the fit"].hypoperfusion) == ("0.98", "0.91")


def test_ttp_is_not_called_tmax_where_tmax_is_the_maximum(a_study: ReportContent) -> None:
    by_argmax = replace(a_study, summary={**a_study.summary, "tmax_definition": "argmax"})
    titles = [row.title for row in fit_rows(by_argmax)]
    assert "Uncertainty of TTP" in titles
    assert not any("Tmax" in title for title in titles)


def test_tissue_without_flow_does_not_count_in_the_relative_uncertainty(a_study: ReportContent) -> None:
    dead = a_study.maps["CBF"] == 0
    assert dead.any()
    wild = np.where(dead, 1e6, a_study.quality["standard_error_CBF"])
    study = replace(a_study, quality={**a_study.quality, "standard_error_CBF": wild})
    assert fit_rows(study) == fit_rows(a_study)


def test_without_hypoperfusion_nothing_is_divided_by_zero(a_study_without_core: ReportContent) -> None:
    for row in fit_rows(a_study_without_core):
        assert row.hypoperfusion in ("–", "0")
        assert row.tissue != "–"


def test_a_method_without_standard_errors_says_so(a_study: ReportContent) -> None:
    plain = replace(a_study, quality={"r_squared": a_study.quality["r_squared"]})
    assert not [row for row in fit_rows(plain) if row.title.startswith("Uncertainty")]
    assert "does not tell how uncertain its values are" in fit_note(plain)
    assert "does not tell" not in fit_note(a_study)


def test_the_table_stands_in_the_report(a_study: ReportContent) -> None:
    page = render_report(a_study)
    assert "<h2>Quality of the fits</h2>" in page
    for row in fit_rows(a_study):
        assert row.title.replace("'", "&#39;") in page
    assert fit_note(a_study).replace("'", "&#39;") in page
