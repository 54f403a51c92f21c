"""Method presets: kept in files, found by name, and as good as a method of the software."""

import hashlib
import json

import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.kinetics import (
    METHODS,
    MethodPreset,
    available_methods,
    compute_maps,
    deconvolve,
    find_method,
    find_preset,
    save_preset,
)
from CTPerfusionLib.kinetics.preset_store import PRESETS_VARIABLE
from CTPerfusionLib.networks import available_map_methods, find_map_method
from CTPerfusionLib.pipeline import PipelineConfig
from CTPerfusionLib.vessels import VesselCurve

PRESET = MethodPreset(
    name="mine",
    title="Of mine",
    source="Fitted by hand",
    deconvolution="bsvd",
    options={"threshold": 0.08},
    filter="gaussian:4",
    flow_reading=1.1,
    tuned_with=("ab", "cd"),
)
VALID = PRESET.as_json()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(PRESETS_VARIABLE, str(tmp_path / "methods"))
    return tmp_path / "methods"


def write(folder, name, content):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))


def test_what_is_saved_is_found_again_by_its_name(folder):
    path = save_preset(PRESET)

    assert path == folder / "mine.json"
    assert [each.name for each in folder.iterdir()] == ["mine.json"]
    assert find_preset("mine") == PRESET
    method = find_method("mine")
    assert (method.name, method.title, method.filter) == ("mine", "Of mine", "gaussian:4")
    assert method.parameters["threshold"] == 0.08
    assert set(method.flow_readings.values()) == {1.1}
    assert method.preset_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert find_preset("bsvd") is None


def test_all_methods_are_those_of_the_software_and_the_presets_that_can_be_read(folder):
    assert dict(available_methods()) == dict(METHODS)
    save_preset(PRESET)
    write(folder, "broken", "{")

    assert list(available_methods()) == [*METHODS, "mine"]
    assert set(available_map_methods()) == {*METHODS, "mine", "unet"}


def test_its_maps_are_those_of_the_deconvolution_with_its_options():
    save_preset(PRESET)
    random = np.random.default_rng(5)
    times = np.arange(0.0, 50.0)
    aif = VesselCurve(times, 300 * np.exp(-(((times - 15) / 5) ** 2)), np.zeros((1, 3), int), "", {})
    curves = 10 * np.exp(-(((times - 19) / 7) ** 2)) + random.normal(0, 0.5, (6, 50))
    mask = np.ones((1, 2, 3), bool)

    found = compute_maps(curves.T.reshape(50, 1, 2, 3), times, mask, aif, method="mine")

    expected = deconvolve(curves, times, aif.enhancement, method="bsvd", threshold=0.08)
    assert found.method == "mine"
    np.testing.assert_allclose(found.maps["CBF"].ravel(), expected.cbf, rtol=1e-6)
    np.testing.assert_allclose(found.maps["Tmax"].ravel(), expected.tmax, rtol=1e-6)
    usual = deconvolve(curves, times, aif.enhancement, method="bsvd")
    assert not np.allclose(usual.cbf, expected.cbf, rtol=0.01)


def test_a_run_takes_the_filter_that_the_method_was_calibrated_with_unless_another_is_chosen():
    save_preset(PRESET)

    assert PipelineConfig(method="mine").applied_filter == "gaussian:4"
    assert PipelineConfig(method="mine", filter="none").applied_filter == "none"
    assert PipelineConfig().applied_filter == "joint-bilateral"


def test_a_name_stands_for_one_method_only(folder):
    save_preset(PRESET)

    with pytest.raises(ConfigurationError, match="a method called 'mine' already; choose another name"):
        save_preset(PRESET)
    write(folder, "bsvd", VALID | {"flow_reading": 2.0})
    assert find_map_method("bsvd") is METHODS["bsvd"]


@pytest.mark.parametrize("name", ["", "../mine", "a/b", "A", ".mine", "mine.", "x" * 65, "a b"])
def test_a_name_that_can_be_no_file_is_refused(name):
    with pytest.raises(ConfigurationError, match="cannot be the name of a method preset"):
        MethodPreset(**{**vars(PRESET), "name": name})


def test_an_unknown_method_is_refused_with_the_known_ones():
    save_preset(PRESET)

    with pytest.raises(ConfigurationError, match=r"no method called 'magic'; choose one of: .*, mine\."):
        PipelineConfig(method="magic")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not valid JSON"),
        ([], "is not one of this version"),
        (VALID | {"format": "another"}, "is not one of this version"),
        ({key: value for key, value in VALID.items() if key != "filter"}, "fields.*: filter"),
        (VALID | {"more": 1}, "fields.*: more"),
        (VALID | {"deconvolution": "magic"}, "has the deconvolution 'magic', none of bsvd"),
        (VALID | {"options": {"strength": 0.1}}, "strength is no option of bsvd"),
        (VALID | {"options": {"threshold": 1.5}}, "threshold is 1.5"),
        (VALID | {"options": {"threshold": "0.1"}}, "not all numbers"),
        (VALID | {"options": []}, "another kind"),
        (VALID | {"filter": "gaussian:99"}, "filter 'gaussian:99' has a width that it cannot have"),
        (VALID | {"filter": 3}, "no text"),
        (VALID | {"flow_reading": 0.0}, "not a number from 0.2 to 3"),
        (VALID | {"flow_reading": True}, "not a number"),
        (VALID | {"tuned_with": [1]}, "no texts"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_when_it_is_asked_for(folder, content, reason):
    write(folder, "wrong", content)

    with pytest.raises(ConfigurationError, match=f"The method preset wrong .*{reason}"):
        PipelineConfig(method="wrong")


def test_a_folder_that_cannot_be_written_is_one_sentence(folder):
    folder.write_text("a file")

    with pytest.raises(ConfigurationError, match="cannot be written"):
        save_preset(PRESET)


def test_what_changes_in_a_file_counts_in_the_next_process_only():
    path = save_preset(PRESET)
    first = find_method("mine")
    path.write_text(path.read_text().replace("0.08", "0.3"))

    assert find_method("mine") is first
