"""A public cohort as a whole: which cases have rows, in which half, and what the tables say."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError, SeriesError
from CTPerfusionLib.io import write_nifti
from CTPerfusionLib.io.layouts import LAYOUTS
from CTPerfusionLib.pipeline import NO_CORE_VOLUME_MODEL, PipelineConfig
from CTPerfusionLib.validation.evaluation_files import report_text, write_report
from CTPerfusionLib.validation.patient_halves import Half, halve_patients
from CTPerfusionLib.validation.reference_case import (
    LesionAgreement,
    MapAgreement,
    ReferenceAgreement,
    ReferenceCase,
    ReferenceCohort,
)
from CTPerfusionLib.validation.reference_evaluation import ReferenceChoices, evaluate_reference
from CTPerfusionLib.validation.reference_output import (
    reference_record,
    reference_report,
)
from CTPerfusionLib.validation.reference_tables import agreement_rows

CONFIG = PipelineConfig(core_volume_model=NO_CORE_VOLUME_MODEL)
MAPS = ("CT_CBF", "CT_CBV", "CT_MTT", "CT_Tmax")


def write_case(root, number, kinds=("CT_4DPWI", *MAPS), flow=None):
    """Write a case whose scan is no scan."""
    for offset, kind in enumerate(kinds):
        name = f"SMIR.Brain.XX.O.{kind}.{10 * number + offset}"
        place = root / f"case_{number}" / name
        place.mkdir(parents=True)
        values = np.full((2, 4, 4), number if flow is None else flow, np.float32)
        write_nifti(place / f"{name}.nii", values, np.eye(4))


@pytest.fixture
def broken(tmp_path):
    """Six cases of which none can be compared: scans of one volume, missing files, and a copy of case 2."""
    root = tmp_path / "isles" / "TRAINING"
    write_case(root, 1)
    write_case(root, 2)
    write_case(root, 3, kinds=("CT_4DPWI", "CT_CBF"))
    write_case(root, 4, kinds=MAPS)
    write_case(root, 5, flow=2)
    write_case(root, 6)
    next((root / "case_6").glob("*4DPWI*/*.nii")).write_bytes(b"no image")
    return tmp_path / "isles"


def evaluate(root, **choices):
    return evaluate_reference(root, ReferenceChoices("isles2018", **choices), CONFIG, lambda *_: None)


def test_every_case_has_a_row_with_the_reason_why_it_cannot_be_compared(broken):
    cohort = evaluate(broken)

    assert [case.number for case in cohort.cases] == [1, 2, 3, 4, 5, 6]
    reasons = [case.failure for case in cohort.cases]
    assert "single volume" in reasons[0]
    assert "single volume" in reasons[1]
    assert reasons[2] == "There is no CT_Tmax."
    assert reasons[3] == "There is no CT_4DPWI."
    assert reasons[4] == "It has the same reference maps as case_2; leave one of the two out of the cohort."
    assert "cannot be read" in reasons[5]


def test_cases_side_by_side_have_the_same_rows(broken):
    assert evaluate(broken, workers=2) == evaluate(broken)


def test_rows_of_one_half_are_those_of_its_patients_and_both_halves_are_everybody(broken):
    parts = {half: evaluate(broken, half=half, seed=3).cases for half in Half}

    halves = halve_patients([f"case_{number}" for number in range(1, 7)], 3)
    for half, cases in parts.items():
        assert tuple(case.name for case in cases) == getattr(halves, half)
        assert {case.half for case in cases} == {half}
    together = sorted(case.number for cases in parts.values() for case in cases)
    assert together == [1, 2, 3, 4, 5, 6]


def test_two_slabs_of_one_patient_are_in_one_half_whatever_the_seed(broken):
    (broken / "TRAINING" / "patients.csv").write_text("case,patient\ncase_3,P\ncase_4,P\n")

    for seed in range(8):
        cohort = evaluate(broken, seed=seed)
        assert cohort.cases[2].half is cohort.cases[3].half
        assert len(cohort.halves.patients) == 5


def test_an_empty_half_is_refused(tmp_path):
    write_case(tmp_path, 1)
    (half,) = {evaluate(tmp_path).cases[0].half}
    other = Half.TUNING if half is Half.REPORTING else Half.REPORTING

    with pytest.raises(ConfigurationError, match=f"falls into the {other} half"):
        evaluate(tmp_path, half=other)


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(SeriesError, match="does not hold cases of ISLES 2018"):
        evaluate(tmp_path)


def test_stopping_is_passed_through_and_no_failure_of_a_case(broken):
    def stop(_title, _fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluate_reference(broken, ReferenceChoices("isles2018"), CONFIG, stop)


def an_agreement(late, core, late_reference, core_reference, *, dice=0.8, r=0.9):
    defuse3 = [
        core_ml < 70 and late_ml >= 1.8 * core_ml and late_ml - core_ml >= 15
        for late_ml, core_ml in ((late, core), (late_reference, core_reference))
    ]
    return ReferenceAgreement(
        maps={name: MapAgreement(1000, r, 1.1) for name in ("CBF", "CBV", "Tmax")},
        late=LesionAgreement(late, late_reference, dice),
        core=LesionAgreement(core, core_reference, None if core == core_reference == 0 else dice),
        defuse3=defuse3[0],
        reference_defuse3=defuse3[1],
        shared=0.97,
        seconds=4.0,
        reference_frame=0,
    )


@pytest.fixture
def cohort():
    """Four cases whose late volume is found 4 mL too large, one decided differently, and a failure."""
    agreements = [
        an_agreement(104.0, 10.0, 100.0, 10.0, r=0.92),
        an_agreement(64.0, 30.0, 60.0, 30.0, dice=0.6, r=0.96),
        an_agreement(16.0, 0.0, 12.0, 0.0, r=0.94),
        an_agreement(204.0, 90.0, 200.0, 90.0, r=0.98),
    ]
    halves = halve_patients([f"case_{number}" for number in range(1, 6)], 0)
    cases = [
        ReferenceCase(number, f"case_{number}", f"case_{number}", halves.of(f"case_{number}"), agreement)
        for number, agreement in enumerate((*agreements, None), start=1)
    ]
    cases[-1] = replace(cases[-1], failure="There is no CT_Tmax.")
    return ReferenceCohort(LAYOUTS["isles2018"], tuple(cases), halves, None, {"method": "bayes"})


def test_the_rows_are_what_others_publish_of_these_volumes(cohort):
    rows = {cells[0]: cells[1:] for _, cells in agreement_rows(cohort)}

    n, bias, interval = rows["Tmax > 6 s, bias, mL"]
    assert (n, bias, interval) == ("4", "+4.0", "4.0 to 4.0")
    assert rows["Tmax > 6 s, limits of agreement, mL"][1] == "4.0 to 4.0"
    assert rows["core (rCBF < 30 %), ICC(2,1)"][1] == "1.000"
    # Of the three cases that have a core.
    assert rows["core (rCBF < 30 %), Dice, mean"][:2] == ("3", "0.733")
    # The third alone is decided differently: 16 mL are a mismatch of 15, and 12 mL are none.
    assert rows["DEFUSE 3, share of cases decided alike"][:2] == ("4", "0.75")
    # Yes and yes 2, yes and no 1, no and no 1: chance is 1/2, kappa (3/4 - 1/2) / (1 - 1/2).
    assert rows["DEFUSE 3, Cohen's kappa"][1] == "0.50"
    assert rows["r of the voxels, CBF, mean"][1] == "0.950"
    assert rows["r of the voxels, CBF, median"][1] == "0.950"


def test_published_values_of_the_cohort_stand_beside_ours_and_rows_name_their_cases(cohort):
    text = report_text(reference_report(cohort))
    lines = [line.split(" | ") for line in text.splitlines()]

    (bias,) = (line for line in lines if len(line) > 5 and line[1] == "Tmax > 6 s, bias, mL")
    assert bias[-1] == "-0.6 |"
    assert bias[0] == "| all"
    assert "94 scans" in text
    only = replace(cohort, half=Half.REPORTING)
    assert "| reporting half | Tmax > 6 s, bias, mL |" in report_text(reference_report(only))
    elsewhere = replace(cohort, layout=LAYOUTS["isles2024"])
    assert "Published" not in report_text(reference_report(elsewhere))


def test_a_cohort_of_failures_has_a_table_of_reasons_and_no_numbers(broken):
    text = report_text(reference_report(evaluate(broken)))

    assert "Cases that could not be compared" in text
    assert "Agreement with" not in text


def test_the_files_hold_every_case_with_its_half_and_numbers_that_json_can_hold(cohort, tmp_path):
    write_report(tmp_path, reference_report(cohort))

    rows = list(csv.DictReader((tmp_path / "cases.csv").open()))
    assert [row["half"] for row in rows] == [str(case.half) for case in cohort.cases]
    assert rows[0]["tmax_6_ml"] == "104.0"
    assert rows[4]["failure"] == "There is no CT_Tmax."
    assert json.loads((tmp_path / "tables.json").read_text()) == json.loads(
        json.dumps(reference_record(cohort))
    )
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        *("late.png", "late.svg", "core.png", "core.svg")
    }
    halves = json.loads((tmp_path / "halves.json").read_text())
    assert sorted(halves["tuning"] + halves["reporting"]) == [f"case_{number}" for number in range(1, 6)]
    assert "Research" in (tmp_path / "index.html").read_text(encoding="utf-8")
