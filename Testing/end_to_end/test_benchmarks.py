"""``ctperfusion benchmark preprocessing`` and ``pipeline`` from their arguments to their tables and JSON."""

import json

import pytest

from CTPerfusionLib import RESEARCH_USE
from CTPerfusionLib.cli.main import main
from CTPerfusionLib.networks.core_volume import available_core_volume_models
from CTPerfusionLib.pipeline import Stage
from CTPerfusionLib.preprocessing import DEFAULT_REGISTRATION_METHOD, REGISTRATION_METHODS

SHIPS_CORE_VOLUME = bool(available_core_volume_models())

RUN_STAGES = [
    stage
    for stage in Stage
    if stage not in (Stage.DICOM, Stage.REGISTERED) and (SHIPS_CORE_VOLUME or stage is not Stage.CORE_VOLUME)
]
"""Those of a run that writes nothing but the usual files."""

PREPARING = {"register", "masks", "vessels", "filter"}


@pytest.fixture(scope="module")
def pipeline(ctperfusion, thin_study, tmp_path_factory):
    """Whole runs of a tiny study: what was printed and what was written."""
    path = tmp_path_factory.mktemp("benchmark") / "b.json"
    finished = ctperfusion("benchmark", "pipeline", "--study", thin_study, "--rounds", 1, "--json", path)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout, json.loads(path.read_text())


@pytest.fixture(scope="module")
def preprocessing(tmp_path_factory):
    """A tiny head: what was written."""
    path = tmp_path_factory.mktemp("benchmark") / "b.json"
    options = ["--size", "tiny", "--rounds", "1", "--seed", "301", "--json", str(path)]
    assert main(["benchmark", "preprocessing", *options]) == 0
    return json.loads(path.read_text())


def test_every_stage_of_a_run_is_timed_and_they_add_up(pipeline):
    printed, record = pipeline
    timings = {each["name"]: each for each in record["timings"]}
    stages = [stage.name.lower() for stage in RUN_STAGES]

    assert set(timings) == {"resampling", *stages, "preprocessing", "stages", "whole"}
    assert sum(timings[name]["seconds"][0] for name in stages) == pytest.approx(
        timings["stages"]["seconds"][0]
    )
    assert sum(timings[name]["seconds"][0] for name in PREPARING) == pytest.approx(
        timings["preprocessing"]["seconds"][0]
    )
    assert timings["stages"]["seconds"][0] < timings["whole"]["seconds"][0]
    assert timings["whole"]["share"] == 1.0
    assert all(stage.title in printed for stage in RUN_STAGES)


def test_the_targets_of_a_run_are_judged_and_the_study_is_not_named(pipeline, thin_study):
    printed, record = pipeline

    assert {each["subject"] for each in record["targets"]} >= {"preprocessing", "whole command"}
    assert record["peak_memory_gb"] is None or 0.1 < record["peak_memory_gb"] < 6.0
    assert record["study"] == "given"
    assert str(thin_study.parent) not in printed + json.dumps(record)


def test_what_prepares_a_series_is_timed_beside_its_contestants(preprocessing):
    timings = {each["name"]: each for each in preprocessing["timings"]}
    others = {"resampling", "preprocessing", "filter-fast", "filter-exact", "masked-pass"}

    assert {*PREPARING, *others} <= timings.keys()
    assert sum(timings[name]["seconds"][0] for name in PREPARING) == pytest.approx(
        timings["preprocessing"]["seconds"][0]
    )
    assert all(each["first_call_s"] > 0 for each in timings.values())
    assert preprocessing["notice"] == RESEARCH_USE


def test_all_registrations_take_part_and_others_than_ours_get_a_few_frames(preprocessing):
    timings = {each["name"]: each for each in preprocessing["timings"]}
    n_frames, n_compared = preprocessing["shape"][0], len(preprocessing["compared_frames"])

    assert set(REGISTRATION_METHODS) <= {*timings, *preprocessing["missing"]}
    assert timings[DEFAULT_REGISTRATION_METHOD]["frames"] == n_frames - 1
    assert timings["simpleitk"]["frames"] == n_compared
    assert all("install" in sentence for sentence in preprocessing["missing"].values())


def test_accuracy_stands_beside_speed(preprocessing):
    errors = preprocessing["target_error_mm"]

    assert errors[DEFAULT_REGISTRATION_METHOD] < errors["none"]
    assert errors["simpleitk"] < errors["none"]
    assert preprocessing["filter_rms_hu"] < 0.3
    assert {each["subject"] for each in preprocessing["targets"]} == {
        "preprocessing",
        "registration",
        "filter",
    }
