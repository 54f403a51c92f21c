"""``ctperfusion run --method unet``: a study by a network, and what is refused before the work begins."""

import json

import nibabel
import numpy as np
import pytest

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.networks import load_model
from CTPerfusionLib.pipeline.outputs import RESULT_NAMES

NORMAL = {"CBV": 2.0, "CBF": 24.0, "TTP": 3.0, "MTT": 4.0}


@pytest.fixture(scope="module")
def model(save_constant_model, tmp_path_factory):
    return save_constant_model(tmp_path_factory.mktemp("models of a person"), **NORMAL)


@pytest.fixture(scope="module")
def result(tiny_folder, model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("network") / "out"
    options = ("--method", "unet", "--model", model, "--device", "cpu", "--normalisation", "global")
    assert main(["run", *map(str, (tiny_folder / "study", "--output", folder, *options))]) == 0
    return folder


def run(study, folder, *options):
    return main(["run", *map(str, (study, "--output", folder, "--method", "unet", *options))])


def test_the_maps_are_those_of_the_network(result):
    images = {name: nibabel.load(result / "maps" / f"{name}.nii.gz").get_fdata() for name in NORMAL}

    for name, value in NORMAL.items():
        values = images[name][images[name] > 0]  # not in the few voxels without enhancement
        assert len(values) > 10_000
        np.testing.assert_allclose(values, value, rtol=1e-4)
    assert not list((result / "maps").glob("quality_*"))


def test_the_manifest_names_the_model_by_its_hash_and_not_by_its_folder(result, model):
    text = (result / "run.json").read_text()
    manifest = json.loads(text)

    assert manifest["model"] == {
        "name": "constant", "title": "A constant", "sha256": load_model(model).card.sha256,
    }  # fmt: skip
    assert (manifest["method"]["name"], manifest["parameters"]["model"]) == ("unet", "constant")
    assert "models of a person" not in text


def test_summary_and_report_say_that_a_network_trained_on_phantoms_gave_the_maps(result):
    summary = json.loads((result / "summary.json").read_text())
    (finding,) = [each for each in summary["quality"] if each["code"] == "network_maps"]
    page = (result / "report.html").read_text()

    assert (summary["method"], summary["tmax_definition"]) == ("unet", "centre")
    assert "has never seen a patient" in finding["message"]
    assert finding["message"] in page
    assert "constant: A constant (SHA-256 " in page
    assert "Quality of the fits" not in page


def test_everything_else_of_a_run_is_there(result):
    optional = {"dicom", "registered", "scene.mrb"}

    assert {path.name for path in result.iterdir()} - optional == set(RESULT_NAMES) - optional


def test_a_model_that_is_not_there_is_one_sentence_before_the_work(tiny_folder, tmp_path, capsys):
    assert run(tiny_folder / "study", tmp_path / "out", "--model", "nowhere") == 1

    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("ctperfusion: There is no model called 'nowhere'; ")
    assert not any("Correcting motion" in line for line in said)
    assert not (tmp_path / "out").exists()


def test_a_model_for_a_method_that_uses_none_is_refused(tiny_folder, tmp_path, capsys):
    options = ("--output", tmp_path / "out", "--method", "nlr", "--model", "any")

    assert main(["run", *map(str, (tiny_folder / "study", *options))]) == 1
    assert "The method nlr uses no model; " in capsys.readouterr().err


def test_the_help_names_the_models_that_are_installed(model, monkeypatch, capsys):
    monkeypatch.setenv("CTPERFUSION_MODELS", str(model.parent))

    with pytest.raises(SystemExit):
        main(["run", "--help"])

    assert "constant: A constant" in " ".join(capsys.readouterr().out.split())
