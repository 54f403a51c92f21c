"""``ctperfusion run`` with a core-volume network: its answer in summary and report, and what is refused."""

import json
from pathlib import Path

import pytest

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.io import load_series
from CTPerfusionLib.networks import predict_core_volume
from CTPerfusionLib.pipeline import PipelineConfig, StageClock, prepare_series

QUICK = ("--method", "ssvd", "--device", "cpu", "--normalisation", "global")


@pytest.fixture(scope="module")
def ensemble(save_core_volume_ensemble, tmp_path_factory):
    return save_core_volume_ensemble(tmp_path_factory.mktemp("models of a person"))


@pytest.fixture(scope="module")
def result(tiny_folder, ensemble, tmp_path_factory):
    folder = tmp_path_factory.mktemp("core") / "out"
    options = ("--output", folder, "--core-volume-model", ensemble, *QUICK)
    assert main(["run", *map(str, (tiny_folder / "study", *options))]) == 0
    return folder


def refused(study: Path, folder: Path, capsys, *options: object) -> str:
    """Run in vain and return the last line on stderr."""
    assert main(["run", *map(str, (study, "--output", folder, *QUICK, *options))]) == 1
    said = capsys.readouterr().err.splitlines()
    assert not any("Correcting motion" in line for line in said)
    assert not folder.exists()
    return said[-1]


def test_the_summary_has_the_answer_of_the_network_for_the_prepared_series(result, tiny_folder, ensemble):
    config = PipelineConfig(method="ssvd", device="cpu", core_volume_model="none")
    prepared = prepare_series(load_series(tiny_folder / "study"), config, StageClock(), keep_registered=True)
    expected = predict_core_volume(prepared.kept.frames, ensemble, "cpu", masks=prepared.masks)

    answer = json.loads((result / "summary.json").read_text())["core_volume_classifier"]

    assert answer == {
        "verdict": str(expected.verdict),
        "probability_large": round(expected.probability_large, 4),
        "volume_ml": None,
        "threshold_ml": 32.4,
        "model": "tiny-core",
        "title": "Two networks (trained on simulated heads only)",
        "slices": {"lower": expected.slices.lower, "upper": expected.slices.upper, "chosen": "automatic"},
    }


def test_the_report_shows_it_and_the_manifest_names_it_without_its_folder(result):
    page = (result / "report.html").read_text()
    manifest = (result / "run.json").read_text()

    assert "Core volume by a network" in page
    assert "What the network saw" in page
    assert json.loads(manifest)["core_volume_model"]["name"] == "tiny-core"
    assert "core_volume" in json.loads(manifest)["seconds"]
    assert "models of a person" not in manifest + page


def test_slices_can_be_named_and_the_end_of_the_run_tells_the_answer(tiny_folder, ensemble, tmp_path, capsys):
    options = ("--output", tmp_path / "out", "--core-volume-model", ensemble, *QUICK)
    slices = ("--core-volume-slices", 1, 4)
    assert main(["run", *map(str, (tiny_folder / "study", *options, *slices))]) == 0

    answer = json.loads((tmp_path / "out" / "summary.json").read_text())["core_volume_classifier"]

    assert answer["slices"] == {"lower": 1, "upper": 4, "chosen": "user"}
    assert "Core by the network tiny-core: " in capsys.readouterr().out


def test_slices_and_networks_that_are_none_are_one_sentence_before_the_work(
    tiny_folder, ensemble, tmp_path, capsys
):
    study, folder = tiny_folder / "study", tmp_path / "out"
    named = ("--core-volume-model", ensemble)

    assert "slice 99; name a slice from 0 to 7." in refused(
        study, folder, capsys, *named, "--core-volume-slices", 2, 99
    )
    assert "There is no model called 'nowhere'; " in refused(
        study, folder, capsys, "--core-volume-model", "nowhere"
    )


def test_the_help_names_the_networks_that_are_installed(ensemble, monkeypatch, capsys):
    monkeypatch.setenv("CTPERFUSION_MODELS", str(ensemble.parent))

    with pytest.raises(SystemExit):
        main(["run", "--help"])

    assert "tiny-core: Two networks" in " ".join(capsys.readouterr().out.split())
