"""The evaluation of maps, from patients whose maps are known to tables and files."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError, ProcessingError
from CTPerfusionLib.networks import MAP_TARGETS
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training.datasets import Split
from CTPerfusionLib.validation.evaluation_files import report_text, write_report
from CTPerfusionLib.validation.maps_case import USUAL, LesionKind, Part
from CTPerfusionLib.validation.maps_evaluation import EvaluationChoices, evaluate_maps
from CTPerfusionLib.validation.maps_frames import frames_condition
from CTPerfusionLib.validation.maps_models import common_settings, model_sets, predict_patient
from CTPerfusionLib.validation.maps_output import map_report
from CTPerfusionLib.validation.maps_statistics import (
    held_out_once,
    lesion_counts,
    lesion_statistics,
    map_statistics,
    selected,
)
from CTPerfusionLib.validation.maps_studied import source_patients
from CTPerfusionLib.validation.maps_targets import map_target_outcomes

CPU = EvaluationChoices(device="cpu", frames=False)


def evaluated(source, models, choices=CPU, patients=None):
    names = source.patients if patients is None else patients
    return evaluate_maps(
        lambda report: source_patients(source, names, report), models, choices, {"patients": "written"}
    )


@pytest.fixture(scope="module")
def perfect(written_source, reading_set):
    return evaluated(written_source(4), (reading_set,), EvaluationChoices(device="cpu"))


@pytest.fixture(scope="module")
def wide(written_source, reading_set):
    """Lesions are seen a pixel wider than they are, every value a twentieth of its window too high."""
    return evaluated(written_source(5, wider=1.0, offset=0.05), (reading_set,))


def test_a_network_is_run_on_the_time_stack_and_its_maps_are_in_physical_units(written_source, reading_set):
    patient = written_source(2).load("P1")
    maps = predict_patient(reading_set, patient, "cpu")

    for name in MAP_TARGETS:
        reference = patient.target(name)
        assert np.isnan(maps[name][~patient.tissue]).all()
        step = (MAP_TARGETS[name].high - MAP_TARGETS[name].low) / 65535
        np.testing.assert_allclose(maps[name][patient.tissue], reference[patient.tissue], atol=step)


def test_a_network_that_gives_no_numbers_is_refused(written_source, reading_set):
    patient = written_source(1).load("P0")
    spoilt = replace(patient, context=np.full_like(patient.context, np.nan))

    with pytest.raises(ProcessingError, match="model reader gives values that are no numbers"):
        predict_patient(reading_set, spoilt, "cpu")


def test_maps_that_are_right_reach_all_targets(perfect):
    outcomes = map_target_outcomes(perfect)

    assert len(outcomes) == 12 + 8
    assert all(outcome.is_reached for outcome in outcomes)
    assert map_statistics(selected(perfect, "network"), "CBV").brain.correlation.mean == pytest.approx(1.0)


def test_a_known_error_is_measured_as_it_is(wide):
    normal = [case for case in selected(wide, "network") if case.patient == "P0"]
    found = map_statistics(normal, "TTP")

    assert found.brain.squared_error.mean == pytest.approx(0.05**2, rel=1e-3)
    assert found.brain.noise_ratio == pytest.approx(26.02, abs=0.01)
    assert found.bias.mean == pytest.approx(0.75, abs=1e-3)  # a twentieth of 15 s
    share = np.count_nonzero(brain_of_a_slice()) / brain_of_a_slice().size
    assert found.image.squared_error.mean == pytest.approx(0.05**2 * share, rel=1e-3)


def brain_of_a_slice():
    rows, columns = np.mgrid[:32, :32]
    return np.hypot(rows - 16, columns - 16) < 13.0


def test_a_normal_patient_is_left_out_of_the_lesions_and_counted(perfect):
    counts = lesion_counts(held_out_once(perfect))

    assert (counts.normal, counts.with_core, counts.without_core, counts.unreadable) == (1, 3, 0, 0)
    assert lesion_statistics(held_out_once(perfect), LesionKind.CORE).n_patients == 3


def test_both_readers_agree_on_maps_that_are_the_same(perfect):
    for kind in LesionKind:
        found = lesion_statistics(held_out_once(perfect), kind)
        for reader in ("R1", "R2"):
            pair = found.of_reader(reader)
            assert pair.dice.mean == pytest.approx(1.0)
            assert pair.volumes.r == pytest.approx(1.0)
            assert pair.agreement.repeatability == pytest.approx(0.0, abs=1e-6)
            assert found.by_reader[reader].icc == pytest.approx(1.0)


def test_lesions_that_are_drawn_wider_have_larger_volumes_and_a_lower_dice(written_source, reading_set):
    wider = evaluated(written_source(5, wider=1.0), (reading_set,))
    pair = lesion_statistics(held_out_once(wider), LesionKind.HYPOPERFUSION).of_reader("R1")

    assert 0.6 < pair.dice.mean < 0.95
    assert pair.agreement.bias > 5.0
    assert pair.difference.mean == pytest.approx(pair.agreement.bias)
    assert pair.volumes.r > 0.98


def test_fewer_frames_are_what_the_network_would_see_of_them(perfect):
    # The last four frames hold the maps; of 12 frames, 3 are kept: 0, 4 and 8, which is held to the end.
    three = selected(perfect, "network", condition=frames_condition(3))
    every = selected(perfect, "network", condition=frames_condition(10))

    assert {case.patient for case in three} == {"P0", "P1", "P2", "P3"}
    # Frame 8 is CBV and stays; all other maps become it.
    assert map_statistics(three, "CBV").brain.squared_error.mean == pytest.approx(0.0, abs=1e-8)
    cbv, cbf = 2.5 / 4.0, 40.0 / 60.0
    normal = [case for case in three if case.patient == "P0"]
    assert map_statistics(normal, "CBF").brain.squared_error.mean == pytest.approx((cbv - cbf) ** 2, rel=1e-3)
    assert map_statistics(every, "CBV").brain.squared_error.mean == pytest.approx(0.0, abs=1e-8)
    assert not selected(perfect, "network", condition=frames_condition(18))


def test_models_of_single_maps_count_as_one(written_source, reading_model):
    joint = model_sets([reading_model(("CBV", "CBF", "TTP"))])
    single = model_sets([reading_model((name,)) for name in ("CBV", "CBF", "TTP")])

    assert [each.target_names for each in single] == [("CBV", "CBF", "TTP")]
    both = [evaluated(written_source(2), models) for models in (joint, single)]
    assert both[0].cases == both[1].cases


def test_models_of_single_maps_and_several_folds_are_grouped_by_fold_in_any_order(reading_model):
    splits = [Split((f"P{fold}",), ("P3",), ("P4",)) for fold in range(3)]
    models = [reading_model((name,), split) for name in ("CBV", "CBF") for split in splits]

    for order in (models, models[::-1]):
        sets = model_sets(order)
        assert len(sets) == 3
        assert all(len({member.split for member in each.members}) == 1 for each in sets)
        assert {frozenset(each.target_names) for each in sets} == {frozenset(("CBV", "CBF"))}


def test_models_of_folds_are_evaluated_apart_each_on_patients_it_does_not_know(written_source, reading_model):
    splits = (Split(("P0",), ("P1",), ("P2",)), Split(("P2",), ("P1",), ("P0",)))
    folds = model_sets([reading_model(split=split) for split in splits])
    found = evaluated(written_source(4), folds)

    assert [each.name for each in folds] == ["network, fold 1", "network, fold 2"]
    parts = {(case.method, case.patient): case.part for case in found.cases}
    assert parts == {
        ("network, fold 1", "P2"): Part.TEST,
        ("network, fold 1", "P3"): Part.NEW,
        ("network, fold 2", "P0"): Part.TEST,
        ("network, fold 2", "P3"): Part.NEW,
    }
    # P3 is new to both and counts once.
    assert sorted(case.patient for case in held_out_once(found)) == ["P0", "P2", "P3"]


def test_folds_have_a_row_each_and_their_mean(written_source, reading_model):
    splits = (Split(("P0",), ("P1",), ("P2",)), Split(("P2",), ("P1",), ("P0",)))
    folds = model_sets([reading_model(split=split) for split in splits])
    text = report_text(map_report(evaluated(written_source(3, offset=0.05), folds)))
    rows = [line for line in text.splitlines() if line.startswith("| CBV | brain | ")]

    assert ["fold 1" in row for row in rows[-3:]] == [True, False, False]
    assert "| mean of the folds | - | - | 0.00250 ± 0.00000 |" in rows[-1]


def test_patients_of_training_stand_in_the_table_of_folds_only(written_source, reading_model):
    (models,) = model_sets([reading_model(split=Split(("P0",), ("P1",), ("P2",)))])
    found = evaluated(
        written_source(3), (models,), EvaluationChoices(device="cpu", frames=False, seen_too=True)
    )
    text = report_text(map_report(found))

    assert [case.patient for case in held_out_once(found)] == ["P2"]
    (row,) = [line for line in text.splitlines() if line.startswith("| TTP | brain | network |")]
    assert row.count("(n = 1)") == 3


def test_models_that_take_their_input_in_other_ways_are_not_evaluated_together(reading_model, written_source):
    settings = written_source(1).settings
    other = reading_model(input=type(settings)(n_frames=12, interval=1.0), name="other")

    with pytest.raises(ConfigurationError, match="different ways"):
        common_settings([reading_model(), other])


def test_other_conditions_stand_beside_the_usual_one_with_the_change_and_why_they_are_refused(perfect, wide):
    noisy = [replace(case, condition="noise x 2", refusal="too noisy") for case in selected(wide, "network")]
    both = replace(perfect, cases=(*selected(perfect, "network"), *noisy[:4]))
    lines = report_text(map_report(both)).splitlines()

    (usual,) = [line for line in lines if line.startswith("| usual | 4 of 4 |")]
    (row,) = [line for line in lines if line.startswith("| noise x 2 | 0 of 4 |")]
    assert usual.split(" | ")[4] == "0.00000"  # squared error of CBV
    assert row.split(" | ")[4].startswith("0.00")
    assert "(+0.0" in row.split(" | ")[4]
    assert "| noise x 2 | too noisy |" in lines


def test_a_patient_that_cannot_be_loaded_is_a_row_with_the_reason(written_source, reading_set):
    found = evaluated(written_source(2), (reading_set,), patients=("P0", "unknown"))

    assert "| unknown |  | There is no such patient; choose another. |" in report_text(map_report(found))
    assert len(selected(found, "network")) == 1


def test_progress_tells_each_patient_and_the_end(written_source, reading_set):
    source, reports = written_source(2), []
    evaluate_maps(
        lambda report: source_patients(source, source.patients, report),
        (reading_set,),
        CPU,
        {},
        reports.append,
    )

    assert reports == [0.0, 0.5, 1.0]
    assert ignore_progress(0.5) is None


@pytest.fixture(scope="module")
def files(tmp_path_factory, wide):
    folder = tmp_path_factory.mktemp("evaluation")
    write_report(folder, map_report(wide))
    return folder


def test_all_files_are_written_and_the_page_holds_every_figure(files):
    assert {path.name for path in files.iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures")
    }
    pictures = {path.stem for path in (files / "figures").glob("*.png")}
    assert pictures == {
        *("difference", "volumes", "bland_altman", "density", "worst"),
        *(f"example_{number}" for number in range(1, 5)),
    }
    assert (files / "index.html").read_text().count("<figure>") == len(pictures)


def test_cases_have_a_row_for_each_map_with_volumes_and_groups(files):
    rows = list(csv.DictReader((files / "cases.csv").open()))

    assert len(rows) == 5 * len(MAP_TARGETS)
    assert {row["condition"] for row in rows} == {USUAL}
    normal = [row for row in rows if row["patient"] == "P0"]
    assert {row["group_lesion"] for row in normal} == {"none"}
    assert {float(row["core_R1_reference_ml"]) for row in normal} == {0.0}
    assert {row["core_R1_dice"] for row in normal} == {""}


def test_numbers_are_json_without_what_json_lacks(files):
    record = json.loads((files / "tables.json").read_text())

    assert record["patients"]["normal"] == 1
    assert record["maps"]["network"]["TTP"]["n_patients"] == 5
    assert {each["titles"][0] for each in record["lesions"]["core"]["pairs"]} == {"R1", "GT1", "R2"}


def test_the_tables_hold_the_papers_numbers_beside_ours(files):
    text = (files / "tables.md").read_text()

    for published in ("| 0.73 |", "| 0.52 |", "| 0.87 |", "9.37 ± 4.84", "19.9, 17.7", ".98 (.95 to 1.00)"):
        assert published in text
    assert "missed" in text  # lesions of another size
