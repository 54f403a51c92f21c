"""``ctperfusion evaluate core-volume`` with real networks, from a training's folder to the page."""

import argparse
import csv
import json
import shutil

import numpy as np
import pytest

from CTPerfusionLib.cli.evaluate_core_volume import add_arguments
from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeArchitecture,
    CoreVolumeInputSettings,
    load_core_volume_model,
    member_answers,
)
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training.core_volume.datasets import CorePatient, cache_core_patients
from CTPerfusionLib.training.core_volume.settings import CoreVolumeTraining
from CTPerfusionLib.training.core_volume.study import train_core_volume
from CTPerfusionLib.training.datasets import DatasetError
from CTPerfusionLib.validation.core_volume_case import Cohort
from CTPerfusionLib.validation.core_volume_evaluation import evaluate_core_volume
from CTPerfusionLib.validation.core_volume_models import load_studies
from CTPerfusionLib.validation.core_volume_study import CoreVolumeData, evaluate_trainings

THRESHOLD = 40.0
SIZE, N_FRAMES = 16, 8


class WrittenCores:
    """Patients in memory: the left half of large cores does not enhance."""

    name, target_names, recipe = "written cores", ("core_ml",), {"kind": "written", "frame_interval": 3.0}
    settings = CoreVolumeInputSettings(n_frames=N_FRAMES, interval=3.0, size=SIZE)

    def __init__(self, first, last, *, volumes=(10.0, 70.0), skipped=None):
        self.patients = tuple(f"P{number}" for number in range(first, last + 1))
        self.skipped = skipped or {}
        self._volumes = volumes

    def fingerprint(self, patient):
        return patient

    def load(self, patient, *, on_progress=ignore_progress):
        on_progress(1.0)
        number = int(patient[1:])
        if number % 100 == 99:
            raise DatasetError(f"Patient {patient} cannot be used: The scan lasts 38 s", "leave it out")
        core_ml = None if number % 100 == 98 else self._volumes[number % 3 % 2] + number / 1000.0
        stack = np.random.default_rng(number).normal(40.0, 4.0, (2, N_FRAMES, SIZE, SIZE))
        side = slice(SIZE // 2 if core_ml is not None and core_ml >= THRESHOLD else 0, SIZE)
        stack[:, 3:6, :, side] += 30.0
        return CorePatient(patient, stack.astype(np.float32), core_ml, {"side": "left"})


def trained(folder, **parts):
    settings = CoreVolumeTraining(
        CoreVolumeArchitecture(**parts), threshold=THRESHOLD, epochs=1, patience=1, batch_size=6, device="cpu"
    )
    train_core_volume(WrittenCores(0, 11), folder, settings, folds=3)
    return folder


@pytest.fixture(scope="module")
def trainings(tmp_path_factory):
    """A network with both pathways, and one that gives volumes."""
    folder = tmp_path_factory.mktemp("trainings")
    return {name: trained(folder / name, output=name) for name in ("class", "volume")}


def evaluated(*folders, **sources):
    cohorts = {Cohort[name.upper()]: source for name, source in sources.items()}
    return evaluate_core_volume(load_studies(folders), cohorts, "cpu")


def command(*arguments):
    """Do what the command line does with these arguments."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args([*map(str, arguments), "--device", "cpu"])
    options.execute(options)


def test_folds_are_evaluated_as_the_training_recorded_them(trainings):
    evaluation = evaluated(trainings["class"])
    with (trainings["class"] / "predictions.csv").open() as file:
        recorded = list(csv.DictReader(file))

    assert [study.name for study in evaluation.studies] == ["full model"]
    assert [each.epochs for each in evaluation.studies[0].training] == [1, 1, 1]
    assert len(evaluation.cases) == len(recorded) == 2 * 12
    for case, row in zip(evaluation.cases, recorded, strict=True):
        assert (case.patient, str(case.cohort)) == (row["patient"], f"{row['part']} folds")
        assert case.values[int(row["fold"])] == pytest.approx(float(row["score"]), rel=1e-5)
        assert case.is_large == (row["large"] == "yes")


def test_new_patients_are_seen_by_every_network(trainings):
    source = WrittenCores(100, 105)
    evaluation = evaluated(trainings["class"], external=source)
    cases = [case for case in evaluation.cases if case.cohort is Cohort.EXTERNAL]
    stacks = np.stack([source.load(name).hounsfield for name in source.patients])
    model = load_core_volume_model(trainings["class"] / "model.safetensors")

    assert [case.patient for case in cases] == list(source.patients)
    assert [case.is_large for case in cases] == [case.core_ml >= THRESHOLD for case in cases]
    answers = np.array([[case.values[fold] for fold in (1, 2, 3)] for case in cases])
    np.testing.assert_allclose(answers, member_answers(model, stacks, "cpu").T, rtol=1e-5)
    assert evaluation.settings["external patients"] == (
        "written cores, 6 patients, frames taken to be 3 s apart"
    )


def test_patients_of_the_training_and_those_without_a_volume_are_left_out_by_name(trainings):
    source = WrittenCores(93, 112, skipped={"P500": "It has one slice"})
    source.patients = ("P3", *source.patients)
    evaluation = evaluated(trainings["class"], held_out=source)
    left_out = {each.patient: each.reason for each in evaluation.left_out}

    assert left_out == {
        "P500": "It has one slice",
        "P3": "A patient of this name was in the training of: full model",
        "P98": "The core volume is not known",
        "P99": "Patient P99 cannot be used: The scan lasts 38 s",
    }
    assert sum(case.cohort is Cohort.HELD_OUT for case in evaluation.cases) == 18


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (
            WrittenCores(0, 11),
            r"None of the held-out patients \(written cores\) can be evaluated, such as P0 \(A patient of",
        ),
        (
            WrittenCores(100, 103, volumes=(5.0, 6.0)),
            "All labels are equal: the cores of all held-out .* are below 40 mL",
        ),
        (
            WrittenCores(100, 103, volumes=(50.0, 60.0)),
            "All labels are equal: the cores of all held-out .* are at least 40",
        ),
    ],
)
def test_patients_who_say_nothing_about_the_networks_are_refused(trainings, source, sentence):
    with pytest.raises(DatasetError, match=sentence):
        evaluated(trainings["class"], held_out=source)


def test_volumes_of_large_cores_alone_can_be_evaluated(trainings):
    evaluation = evaluated(trainings["volume"], held_out=WrittenCores(100, 103, volumes=(50.0, 60.0)))

    assert [study.name for study in evaluation.studies] == ["volume, full model"]
    assert all(case.mean >= 0.0 for case in evaluation.cases)


def test_patients_prepared_for_another_network_are_refused(trainings):
    source = WrittenCores(100, 103)
    source.settings = CoreVolumeInputSettings(n_frames=N_FRAMES, interval=3.0, size=2 * SIZE)

    with pytest.raises(ConfigurationError, match="prepared for another input"):
        evaluated(trainings["class"], held_out=source)


def test_trainings_of_the_same_network_are_told_apart_by_their_folders(trainings, tmp_path):
    shutil.copytree(trainings["class"], tmp_path / "again")
    evaluation = evaluated(trainings["class"], tmp_path / "again")

    assert [study.name for study in evaluation.studies] == ["full model, class", "full model, again"]
    with pytest.raises(ConfigurationError, match="named twice"):
        load_studies([trainings["class"], trainings["class"]])


def test_a_folder_without_a_finished_training_is_refused(trainings, tmp_path):
    shutil.copytree(trainings["class"], tmp_path / "cut")
    record = tmp_path / "cut" / "fold-2" / "training.json"
    content = json.loads(record.read_text())
    del content["result"]
    record.write_text(json.dumps(content))

    with pytest.raises(ConfigurationError, match="lacks the result of fold 2"):
        load_studies([tmp_path / "cut"])
    with pytest.raises(ConfigurationError):
        load_studies([tmp_path])


def test_prepared_patients_are_kept_for_another_evaluation(trainings, tmp_path):
    cache_core_patients(WrittenCores(100, 105), tmp_path / "cache" / "data")
    data = CoreVolumeData(held_out=str(tmp_path / "cache" / "data"), cache=tmp_path / "kept")
    evaluation = evaluate_trainings([trainings["class"]], data, "cpu")

    assert sum(case.cohort is Cohort.HELD_OUT for case in evaluation.cases) == 6
    # What is prepared already is taken as it is.
    assert not (tmp_path / "kept").exists()


def test_the_command_writes_the_page_and_prints_the_tables(trainings, tmp_path, capsys):
    cache_core_patients(WrittenCores(100, 105), tmp_path / "patients")

    command(trainings["class"], "--external", tmp_path / "patients", "--output", tmp_path / "output")

    assert {path.name for path in (tmp_path / "output").iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures")
    }
    record = json.loads((tmp_path / "output" / "tables.json").read_text())
    assert "3 networks, encoder small, large from 40.0 mL on" in record["settings"]["full model"]
    assert "trained on written cores" in record["settings"]["full model"]
    printed = capsys.readouterr().out
    assert "## ROC-AUC (table 1 of the paper)" in printed
    assert "index.html" in printed


def test_a_command_that_fails_leaves_nothing(trainings, tmp_path):
    with pytest.raises(DatasetError, match="no data set no-such-folder"):
        command(trainings["class"], "--held-out", "no-such-folder", "--output", tmp_path / "output")

    assert not (tmp_path / "output").exists()
