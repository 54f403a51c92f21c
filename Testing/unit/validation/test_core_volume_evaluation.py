"""The evaluation of core-volume networks, from answers that are known to tables, figures and files."""

import csv
import json

import numpy as np
import pytest

from CTPerfusionLib.validation.core_volume_case import (
    Cohort,
    CoreStudy,
    CoreVolumeCase,
    CoreVolumeEvaluation,
    FoldTraining,
    LeftOutPatient,
)
from CTPerfusionLib.validation.core_volume_figures import CAPTIONS, core_volume_figures
from CTPerfusionLib.validation.core_volume_output import (
    core_volume_record,
    core_volume_report,
)
from CTPerfusionLib.validation.core_volume_statistics import (
    compare_studies,
    ensemble_result,
    fold_curves,
    study_cases,
    volume_agreement,
)
from CTPerfusionLib.validation.core_volume_tables import core_volume_tables
from CTPerfusionLib.validation.core_volume_targets import core_volume_outcomes
from CTPerfusionLib.validation.evaluation_files import report_text, write_report

THRESHOLD = 30.0
FULL = CoreStudy(
    "full model",
    "both",
    "class",
    THRESHOLD,
    (1, 2),
    (FoldTraining(40, 30, 90.0), FoldTraining(60, 35, 210.0)),
)
LOCAL = CoreStudy("local feature extractor alone", "local", "class", THRESHOLD, (1, 2))
VOLUME = CoreStudy("volume, full model", "both", "volume", THRESHOLD, (1, 2))


def case(study, cohort, number, core_ml, values, **groups):
    name = f"{cohort.name.lower()}-{number}"
    is_large = bool(core_ml >= THRESHOLD)
    return CoreVolumeCase(study.name, cohort, name, float(core_ml), is_large, values, groups)


def folds_of(study, first, second, cohort=Cohort.TEST):
    """Two folds, each given as probabilities of small and of large cores."""
    cases = []
    for fold, (small, large) in enumerate((first, second), start=1):
        cores = [(10.0, value) for value in small] + [(60.0, value) for value in large]
        cases += [
            case(study, cohort, f"{fold}-{number}", core_ml, {fold: value})
            for number, (core_ml, value) in enumerate(cores)
        ]
    return cases


def of_all(*cases, studies=(FULL,), **rest):
    return CoreVolumeEvaluation(studies, tuple(each for group in cases for each in group), {}, **rest)


def rows_of(evaluation, title):
    table = next(each for each in core_volume_tables(evaluation) if each.title.startswith(title))
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


PERFECT, USELESS = ((0.1, 0.2), (0.8, 0.9)), ((0.5, 0.5), (0.5, 0.5))


@pytest.fixture(scope="module")
def everything():
    """Full, local and volume networks with folds, held-out and external patients."""
    random = np.random.default_rng(3)
    cases = []
    for cohort, cores in (
        (Cohort.HELD_OUT, np.linspace(0.0, 120.0, 24)),
        (Cohort.EXTERNAL, np.linspace(5.0, 80.0, 12)),
    ):
        for number, core_ml in enumerate(cores):
            chance = 1.0 / (1.0 + np.exp(-(core_ml - THRESHOLD) / 12.0))
            for study, noise in ((FULL, 0.05), (LOCAL, 0.5)):
                values = np.clip(chance + random.normal(0.0, noise, 2), 0.0, 1.0)
                lesion = "none" if core_ml < 5.0 else "m1"
                given = dict(zip(study.folds, values, strict=True))
                known = {"lesion": lesion, "grade": float(number % 2), "noise": number % 3 + 0.5}
                cases.append(case(study, cohort, number, core_ml, given, **known))
            volumes = {1: core_ml + 4.0, 2: core_ml + 6.0}
            cases.append(case(VOLUME, cohort, number, core_ml, volumes))
    for study in (FULL, LOCAL):
        cases += folds_of(study, PERFECT, USELESS)
        cases += folds_of(study, PERFECT, PERFECT, Cohort.VALIDATION)
    cases += folds_of(VOLUME, ((12.0, 14.0), (58.0, 66.0)), ((2.0, 10.0), (60.0, 20.0)))
    left_out = (LeftOutPatient(Cohort.EXTERNAL, "case_7", "The scan lasts 38 s"),)
    return of_all(cases, studies=(FULL, LOCAL, VOLUME), left_out=left_out)


@pytest.fixture(scope="module")
def figures(everything):
    return core_volume_figures(everything)


@pytest.fixture(scope="module")
def fold_figures():
    """Of a perfect and a useless fold, and nothing else."""
    return core_volume_figures(of_all(folds_of(FULL, PERFECT, USELESS)))


def test_each_fold_has_the_curve_of_its_own_patients():
    found = fold_curves(of_all(folds_of(FULL, PERFECT, USELESS)), FULL, Cohort.TEST)

    assert [curve.area for curve in found.curves.values()] == [1.0, 0.5]
    assert found.areas.mean == 0.75
    assert found.areas.sd == pytest.approx(np.sqrt(0.125))
    assert found.mean.area == pytest.approx(0.75)


def test_areas_stand_beside_the_papers():
    rows = rows_of(of_all(folds_of(FULL, PERFECT, USELESS)), "ROC-AUC (table 1")
    paper, ours = rows

    assert paper["network"] == "Mittermeier et al. 2022"
    assert [paper[f"{part} folds, mean (SD)"] for part in ("validation", "test")] == [
        "0.75 (0.11)",
        "0.72 (0.10)",
    ]
    assert paper["external patients, ensemble (95 % interval)"] == "0.61"
    assert ours["network"] == "full model"
    assert ours["test folds, mean (SD)"] == "0.75 (0.35)"
    assert ours["external patients, ensemble (95 % interval)"] == "-"


def test_a_fold_of_small_cores_only_has_no_area_and_is_counted():
    cases = folds_of(FULL, PERFECT, ((0.3, 0.6), ()))
    found = fold_curves(of_all(cases), FULL, Cohort.TEST)

    assert (found.curves[2], found.undefined, found.areas.n) == (None, 1, 1)
    assert rows_of(of_all(cases), "ROC-AUC (table 1")[1]["test folds, mean (SD)"] == "1.00, 1 without"


def test_the_ensemble_is_the_mean_of_the_networks_and_half_counts_as_large():
    # Each network is wrong about one of the large cores; their mean about none.
    values = [(70.0, {1: 0.9, 2: 0.4}), (40.0, {1: 0.1, 2: 0.9}), (10.0, {1: 0.3, 2: 0.4})]
    cases = [case(FULL, Cohort.HELD_OUT, number, *each) for number, each in enumerate(values)]
    found = ensemble_result(cases, FULL)

    assert cases[1].mean == 0.5
    assert found.area.auc == 1.0
    assert (found.sensitivity.count, found.sensitivity.n) == (2, 2)
    assert (found.specificity.count, found.specificity.n) == (1, 1)


def test_a_core_of_the_threshold_is_large_for_networks_that_give_volumes():
    cases = [case(VOLUME, Cohort.HELD_OUT, number, core_ml, {1: core_ml}) for number, core_ml in
             enumerate((THRESHOLD, THRESHOLD - 0.1))]  # fmt: skip
    found = ensemble_result(cases, VOLUME)

    assert (found.sensitivity.share, found.specificity.share) == (1.0, 1.0)


def test_the_ablation_has_the_papers_row_and_the_pathways_in_its_order(everything):
    paper, test, *_ = rows_of(everything, "Ablation")

    assert list(paper.values()) == ["Mittermeier et al. 2022", "0.72 (0.10)", "0.63 (0.14)", "0.65 (0.13)"]
    assert list(test.values()) == ["test folds, mean (SD)", "0.75 (0.35)", "-", "0.75 (0.35)"]


def test_ensembles_are_compared_on_the_same_patients(everything):
    full, local = (study_cases(everything, study, Cohort.HELD_OUT) for study in (FULL, LOCAL))
    fewer = of_all(full, local[::2], studies=(FULL, LOCAL))
    found = compare_studies(fewer, FULL, LOCAL, Cohort.HELD_OUT)

    assert found.n_positive + found.n_negative == 12
    assert found.first == ensemble_result(full[::2], FULL).area.auc
    assert found.second == ensemble_result(local[::2], LOCAL).area.auc
    assert compare_studies(fewer, FULL, LOCAL, Cohort.EXTERNAL) is None


def test_ensembles_that_mean_other_cores_by_large_are_not_compared(everything):
    other = CoreStudy("local", "local", "class", THRESHOLD + 40.0, (1, 2))

    assert compare_studies(everything, FULL, other, Cohort.HELD_OUT) is None


def test_volumes_that_are_5_ml_too_large(everything):
    found = volume_agreement(study_cases(everything, VOLUME, Cohort.HELD_OUT))
    row = next(each for each in rows_of(everything, "Estimated core") if each["patients"].startswith("held"))

    assert found.absolute_error.mean == pytest.approx(5.0)
    assert found.agreement.bias == pytest.approx(5.0)
    assert found.agreement.sd == pytest.approx(0.0, abs=1e-9)
    assert row["MAE"] == "5.0 ± 0.0"
    assert row["MAE of the networks, mean (SD)"] == "5.0 (1.4)"
    # 24 volumes evenly from 0 to 120 mL: mean distance from the median 30 x 24 / 23.
    assert row["MAE without images"] == "31.3"


def test_groups_of_patients_are_counted_apart_and_measurements_are_no_groups(everything):
    rows = [each for each in rows_of(everything, "By group") if each["patients"] == "held-out patients"]

    assert {(each["property"], each["value"]) for each in rows} == {
        *(("lesion", "m1"), ("lesion", "none"), ("grade", "0"), ("grade", "1"))
    }
    none = next(each for each in rows if each["value"] == "none")
    assert (none["n"], none["large cores"], none["AUC"]) == ("1", "0", "-")


def test_targets_hold_for_held_out_patients_and_the_record_says_which_are_missed(everything):
    outcomes = {
        (each.target.subject, each.target.quantity): each for each in core_volume_outcomes(everything)
    }
    volume = outcomes["volume, full model", "mean absolute error on held-out patients, ensemble, mL"]

    assert len(outcomes) == 5
    assert (volume.value, volume.is_reached) == (pytest.approx(5.0), True)
    worse = of_all(folds_of(FULL, USELESS, USELESS, Cohort.HELD_OUT))
    first = core_volume_outcomes(worse)[0]
    assert (first.value, first.is_reached) == (0.5, False)
    assert core_volume_record(worse)["targets"][0]["reached"] is False


def test_folds_alone_reach_no_target_and_need_no_other_patients(fold_figures):
    assert core_volume_outcomes(of_all(folds_of(FULL, PERFECT, USELESS))) == []
    assert set(fold_figures) == {"roc_test_folds", "areas", "probability"}


def test_every_figure_has_its_words_and_none_is_drawn_without_data(everything, figures):
    assert list(figures) == list(CAPTIONS)
    only_volume = of_all(study_cases(everything, VOLUME, Cohort.HELD_OUT), studies=(VOLUME,))
    assert set(core_volume_figures(only_volume)) == {"volume"}


def test_the_figure_of_the_folds_draws_each_fold_their_mean_and_the_band_of_one_sd(fold_figures):
    (axes,) = fold_figures["roc_test_folds"].axes
    lines = {line.get_label(): line for line in axes.lines}

    assert "Mean, AUC 0.75 ± 0.35" in lines
    assert lines["Mean, AUC 0.75 ± 0.35"].get_ydata().tolist() == [0.0, 0.5, 0.75, 0.75, 1.0, 1.0]
    assert lines["Chance"].get_xydata().tolist() == [[0.0, 0.0], [1.0, 1.0]]
    # Chance, mean, two folds.
    assert len(axes.lines) == 4
    (band,) = axes.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (0.0, 1.0)


def test_the_bland_altman_panel_draws_bias_and_limits(figures):
    # Panels: test folds, held-out, external; estimated against true on the left.
    levels = [line.get_ydata()[0] for line in figures["volume"].axes[3].lines]

    assert levels[:3] == pytest.approx([5.0, 5.0, 5.0])


def test_all_files_are_written_and_the_page_stands_alone(everything, tmp_path):
    volumes = of_all(study_cases(everything, VOLUME, Cohort.HELD_OUT), studies=(VOLUME,))
    write_report(tmp_path, core_volume_report(volumes))

    assert {path.name for path in tmp_path.iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures")
    }
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Research use only" in page
    assert "src='data:image/svg+xml;base64," in page
    assert "src='http" not in page
    assert "href" not in page
    with (tmp_path / "cases.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(volumes.cases)
    assert (rows[0]["fold_1"], rows[0]["fold_2"], rows[0]["ensemble"]) == ("4.0", "6.0", "5.0")


def test_the_record_has_all_numbers_and_nothing_that_json_lacks(everything):
    record = json.loads(json.dumps(core_volume_record(everything), allow_nan=False))
    full = next(each for each in record["studies"] if each["name"] == FULL.name)

    assert full["cohorts"]["test folds"]["folds"] == {"1": 1.0, "2": 0.5}
    assert full["cohorts"]["held-out patients"]["ensemble"]["area"]["n_positive"] == 18
    volume = next(each for each in record["studies"] if each["name"] == VOLUME.name)
    assert volume["cohorts"]["external patients"]["volume"]["agreement"]["bias"] == pytest.approx(5.0)


def test_the_time_of_the_training_stands_beside_the_papers(everything):
    paper, ours = rows_of(everything, "Training")

    assert paper["minutes"] == "about 1440"
    assert list(ours.values()) == ["full model", "2", "50", "30 to 35", "32", "5.0"]


def test_patients_left_out_are_named_with_the_reason(everything):
    text = report_text(core_volume_report(everything))

    assert "| external patients | case_7 | The scan lasts 38 s |" in text
    assert "| Mittermeier et al. 2022, independent test cohort (ISLES 2018) | 23 | 32.4 | 12 | 11 |" in text
