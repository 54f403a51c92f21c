"""``ctperfusion evaluate maps``, from its arguments to its files."""

import csv
import json
from pathlib import Path

import pytest
import torch

from CTPerfusionLib.cli.main import main
from CTPerfusionLib.networks import MAP_TARGETS, InputSettings, ModelCard, build_network, save_model
from CTPerfusionLib.training.datasets import Split, cache_source, write_split

MAPS = ("evaluate", "maps")


def untrained(folder, settings=None):
    """Write a small network without training and return the path of its weights."""
    torch.manual_seed(1)
    settings = settings or InputSettings()
    targets = ("CBV", "CBF", "TTP")
    card = ModelCard("untrained", "", "unet-small", tuple(MAP_TARGETS[each] for each in targets), settings)
    save_model(folder, build_network("unet-small", settings, targets), card)
    return str(folder / "untrained.safetensors")


@pytest.fixture(scope="module")
def one_head(tmp_path_factory):
    """The output folder of one simulated head, held against its box-model fit."""
    folder = tmp_path_factory.mktemp("evaluate")
    model = untrained(folder / "model")
    options = (
        "--size",
        "tiny",
        "--no-frames",
        "--reference",
        "nlr",
        "--device",
        "cpu",
        "--output",
        str(folder / "output"),
    )
    assert main([*MAPS, "phantoms:302-302", "--model", model, *options]) == 0
    return folder / "output"


def test_a_network_is_held_against_a_kinetic_method_and_the_others_beside_it(one_head):
    rows = list(csv.DictReader((one_head / "cases.csv").open()))

    assert {(row["method"], row["map"]) for row in rows} == {
        (method, name) for method in ("network", "bayes") for name in ("CBV", "CBF", "TTP")
    }
    assert {row["patient"] for row in rows} == {"head-0302"}
    fitted = {row["map"]: float(row["brain_r"]) for row in rows if row["method"] == "bayes"}
    assert min(fitted.values()) > 0.7


def test_its_files_appear_together_and_nothing_else(one_head):
    assert {path.name for path in one_head.iterdir()} == {
        *("cases.csv", "tables.md", "tables.json", "index.html", "figures")
    }
    assert sorted(path.name for path in one_head.parent.iterdir()) == ["model", "output"]


def test_an_untrained_network_reaches_no_target_and_the_record_says_so(one_head):
    record = json.loads((one_head / "tables.json").read_text())

    assert "untrained (unet-small, SHA-256" in record["settings"]["network"]
    reached = {
        each["subject"]: each["reached"] for each in record["targets"] if "Pearson" in each["quantity"]
    }
    assert reached == {"CBV": False, "CBF": False, "TTP": False}


@pytest.mark.parametrize(
    ("source", "options", "sentence"),
    [
        ("phantoms:302-302", ("--model", "no-such-model"), "There is no model called 'no-such-model'"),
        ("phantoms:302-302", ("--output", "FILE"), "is a file"),
        ("no-such-folder", (), "There is no data set no-such-folder"),
    ],
)
def test_what_cannot_be_evaluated_is_one_sentence(tmp_path, capsys, source, options, sentence):
    (tmp_path / "FILE").write_text("")
    given = [str(tmp_path / "FILE") if each == "FILE" else each for each in options]
    model = () if "--model" in options else ("--model", untrained(tmp_path / "model"))

    assert main([*MAPS, source, *model, "--output", str(tmp_path / "output"), *given]) == 1
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "output").exists()


def test_patients_that_a_model_was_trained_with_are_refused(tmp_path, capsys):
    model = untrained(tmp_path / "model")
    write_split(tmp_path / "model" / "split.json", Split(("head-0302",), ("head-0303",), ("head-0304",)))

    code = main([*MAPS, "phantoms:302-303", "--model", model, "--output", str(tmp_path / "output")])

    assert code == 1
    assert "trained with all patients" in capsys.readouterr().err


def test_simulated_heads_that_a_shipped_model_names_on_its_card_are_refused(tmp_path, capsys):
    card = Path(untrained(tmp_path / "model")).with_suffix(".json")
    record = json.loads(card.read_text())
    record["data"] = {"heads": {"train": ["head-0302"], "validation": ["head-0303"], "test": ["head-0304"]}}
    card.write_text(json.dumps(record))

    code = main([*MAPS, "phantoms:302-303", "--model", str(card), "--output", str(tmp_path / "output")])

    assert code == 1
    assert "trained with all patients" in capsys.readouterr().err


@pytest.fixture(scope="module")
def cached(tmp_path_factory, written_source):
    """A cache of two patients, and a model for them."""
    folder, source = tmp_path_factory.mktemp("cached"), written_source(2)
    cache_source(source, folder / "cache")
    return str(folder / "cache"), untrained(folder / "model", settings=source.settings)


def test_a_prepared_data_set_is_evaluated_without_kinetic_methods(cached, tmp_path):
    data, model = cached
    assert main([*MAPS, data, "--model", model, "--no-frames", "--output", str(tmp_path / "output")]) == 0

    rows = list(csv.DictReader((tmp_path / "output" / "cases.csv").open()))
    assert {(row["patient"], row["method"]) for row in rows} == {("P0", "network"), ("P1", "network")}


def test_other_conditions_need_simulated_heads(cached, tmp_path, capsys):
    data, model = cached
    options = ("--conditions", "1", "--output", str(tmp_path / "output"))

    assert main([*MAPS, data, "--model", model, *options]) == 1
    assert "Only simulated heads can be scanned under other conditions" in capsys.readouterr().err
