"""Weights and cards: what was saved comes back, and nothing else is accepted."""

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks import (
    MAP_TARGETS,
    AcceptedSeries,
    InputSettings,
    ModelCard,
    available_models,
    build_network,
    find_model,
    load_model,
    save_model,
)

SETTINGS = InputSettings(n_frames=12, interval=3.0)
CARD = ModelCard(
    name="tiny",
    title="Trained for a test",
    architecture="unet-small",
    targets=(MAP_TARGETS["CBV"], MAP_TARGETS["TTP"]),
    input=SETTINGS,
    accepted=AcceptedSeries(kvp=(80.0, 80.0)),
    trained_on_phantoms=True,
    data={"patients": 3},
    limits=("It was never trained.",),
    licence="Apache-2.0",
)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return build_network("unet-small", SETTINGS, CARD.target_names).eval()


@pytest.fixture
def saved(tmp_path, network):
    save_model(tmp_path, network, CARD)
    return tmp_path / "tiny.safetensors"


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_model_that_was_saved_comes_back_with_its_weights_and_its_card(saved, network, suffix):
    model = load_model(saved.with_suffix(suffix))

    assert not model.network.training
    assert model.card == replace(CARD, sha256=model.card.sha256)
    stack, context = torch.rand(1, 12, 16, 16), torch.rand(1, 6, 12)
    with torch.inference_mode():
        torch.testing.assert_close(model.network(stack, context), network(stack, context))


def test_saving_again_replaces_the_model_and_leaves_nothing_else(saved, network):
    save_model(saved.parent, network, replace(CARD, title="Saved again"))

    assert load_model(saved).card.title == "Saved again"
    assert sorted(path.name for path in saved.parent.iterdir()) == ["tiny.json", "tiny.safetensors"]


def test_damaged_weights_are_noticed_by_their_hash(saved):
    content = bytearray(saved.read_bytes())
    content[-5] ^= 1
    saved.write_bytes(bytes(content))

    with pytest.raises(ConfigurationError, match="SHA-256 differs"):
        load_model(saved)


def accept(path):
    """Let the card accept whatever weights lie beside it."""
    import hashlib

    card = path.with_suffix(".json")
    record = json.loads(card.read_text())
    card.write_text(json.dumps({**record, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}))


def test_a_pickle_is_never_opened(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("opened").touch, ())

    saved.write_bytes(pickle.dumps(Trap()))
    accept(saved)

    with pytest.raises(ConfigurationError, match="no safetensors file"):
        load_model(saved)
    assert not (tmp_path / "opened").exists()


@given(content=st.binary(max_size=64))
def test_no_content_of_a_weights_file_does_more_than_be_refused(content, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    torch.manual_seed(0)
    save_model(
        folder, build_network("bolus-unet", SETTINGS, ["CBV"]), replace(CARD, architecture="bolus-unet")
    )
    path = folder / "tiny.safetensors"
    path.write_bytes(content)
    accept(path)

    with pytest.raises(ConfigurationError):
        load_model(path)


def test_weights_of_another_architecture_are_refused(saved):
    card = saved.with_suffix(".json")
    card.write_text(json.dumps({**json.loads(card.read_text()), "architecture": "bolus-unet"}))

    with pytest.raises(ConfigurationError, match="belong to another architecture"):
        load_model(saved)


def test_weights_for_another_number_of_frames_are_refused(saved):
    card = saved.with_suffix(".json")
    record = json.loads(card.read_text())
    record["input"]["n_frames"] = 13
    card.write_text(json.dumps(record))

    with pytest.raises(ConfigurationError, match="belong to another architecture"):
        load_model(saved)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": 99}, "of format 99, and this version reads 1"),
        ({"surprise": 1}, "is not valid"),
        ({"targets": [{"name": "CBV"}]}, "is not valid"),
        ({"input": {"window": 3}}, "is not valid"),
        ({"accepted": None}, "is not valid"),
    ],
)
def test_a_card_that_is_none_is_refused(saved, change, sentence):
    card = saved.with_suffix(".json")
    card.write_text(json.dumps({**json.loads(card.read_text()), **change}))

    with pytest.raises(ConfigurationError, match=sentence):
        load_model(saved)


@pytest.mark.parametrize("content", ["", "[1, 2]", "{", "\x00"])
def test_a_card_that_is_no_json_is_refused(saved, content):
    saved.with_suffix(".json").write_text(content)

    with pytest.raises(ConfigurationError, match=r"tiny\.json is not"):
        load_model(saved)


def test_weights_without_card_and_a_card_without_weights_are_refused(saved):
    lone = saved.with_name("other.safetensors")
    lone.write_bytes(saved.read_bytes())
    with pytest.raises(ConfigurationError, match="with its card"):
        load_model(lone)

    saved.unlink()
    with pytest.raises(ConfigurationError, match=r"weights tiny\.safetensors cannot be read"):
        load_model(saved.with_suffix(".json"))


@pytest.mark.parametrize("name", ["../escape", "With Space", "", "UPPER", "a" * 65])
def test_a_model_cannot_have_a_name_that_is_no_file_name(name, network, tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be called"):
        save_model(tmp_path, network, replace(CARD, name=name))
    assert not list(tmp_path.iterdir())


def test_models_in_the_users_folder_are_found_by_name(saved, monkeypatch):
    monkeypatch.setenv("CTPERFUSION_MODELS", str(saved.parent))
    saved.with_name("broken.json").write_text("{}")
    saved.with_name("broken.safetensors").write_bytes(b"")

    assert available_models()["tiny"].title == CARD.title
    assert "broken" not in available_models()
    assert find_model("tiny") == saved.with_suffix(".json")
    with pytest.raises(ConfigurationError, match=r"no model called 'none-such'.*tiny"):
        load_model("none-such")


def test_the_hash_in_the_card_is_that_of_the_file(saved):
    import hashlib

    assert load_model(saved).card.sha256 == hashlib.sha256(saved.read_bytes()).hexdigest()
    assert np.all([len(load_model(saved).card.sha256) == 64])
