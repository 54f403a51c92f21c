"""Weights and card of a core-volume model: what was saved comes back, and nothing else is accepted."""

import hashlib
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from CTPerfusionLib.errors import ArgumentError, ConfigurationError
from CTPerfusionLib.networks import (
    MAP_TARGETS,
    AcceptedSeries,
    InputSettings,
    ModelCard,
    available_models,
    build_network,
    load_model,
    save_model,
)
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeArchitecture,
    CoreVolumeCard,
    CoreVolumeInputSettings,
    EncoderWeights,
    Standardisation,
    WeightsOrigin,
    available_core_volume_models,
    build_core_volume_network,
    load_core_volume_model,
    save_core_volume_model,
)
from CTPerfusionLib.networks.core_volume.architecture import assemble_network

ARCHITECTURE = CoreVolumeArchitecture(pathways="local", dropout=0.25)
CARD = CoreVolumeCard(
    name="tiny-core",
    title="Trained for a test",
    architecture=ARCHITECTURE,
    input=CoreVolumeInputSettings(n_frames=6, size=16, field_of_view=190.0, window=(-5.0, 150.0)),
    standardisation=Standardisation(40.5, 31.25),
    threshold_ml=32.4,
    n_members=3,
    trained_on_phantoms=True,
    accepted=AcceptedSeries(kvp=(80.0, 80.0)),
    data={"patients": 3},
    schedule={"epochs": 2},
    metrics={"auc": 0.5},
    limits=("It was never trained.",),
    licence="Apache-2.0",
    software="1.0",
)


@pytest.fixture(scope="module")
def networks():
    torch.manual_seed(0)
    return [build_core_volume_network(ARCHITECTURE).eval() for _ in range(3)]


@pytest.fixture
def saved(tmp_path, networks):
    save_core_volume_model(tmp_path, networks, CARD)
    return tmp_path / "tiny-core.safetensors"


def change_card(path, **changes):
    card = path.with_suffix(".json")
    card.write_text(json.dumps({**json.loads(card.read_text()), **changes}))


def accept(path):
    """Let the card accept whatever weights lie beside it."""
    change_card(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_model_that_was_saved_comes_back_with_its_networks_and_its_card(saved, networks, suffix):
    model = load_core_volume_model(saved.with_suffix(suffix))

    assert model.card == replace(CARD, sha256=hashlib.sha256(saved.read_bytes()).hexdigest())
    assert len(model.networks) == 3
    stack = torch.randn(2, 2, 6, 16, 16)
    for loaded, original in zip(model.networks, networks, strict=True):
        assert not loaded.training
        with torch.inference_mode():
            torch.testing.assert_close(loaded(stack), original(stack))


def test_the_card_tells_the_number_of_networks_that_were_saved(tmp_path, networks):
    written = save_core_volume_model(tmp_path, networks[:2], CARD)

    assert written.n_members == 2
    assert len(load_core_volume_model(tmp_path / "tiny-core.json").networks) == 2


def test_a_frozen_encoder_is_written_once_and_shared(vgg19, tmp_path):
    architecture = CoreVolumeArchitecture(encoder="vgg19")
    torch.manual_seed(1)
    other = assemble_network(architecture, vgg19.encoder).eval()
    other.encoder_weights = vgg19.encoder_weights

    save_core_volume_model(tmp_path, [vgg19, other], replace(CARD, architecture=architecture))
    model = load_core_volume_model(tmp_path / "tiny-core.json")

    weights = load_file(tmp_path / "tiny-core.safetensors")
    assert sum(value.numel() for value in weights.values()) == 20_024_384 + 2 * 43_469
    assert model.networks[0].encoder is model.networks[1].encoder
    assert model.networks[1].has_frozen_encoder
    assert model.card.encoder_weights.is_random
    features = torch.rand(1, 2, 6, 512)
    torch.testing.assert_close(model.networks[1].head(features), other.head(features))


def test_different_frozen_encoders_are_not_saved_as_one(vgg19, tmp_path):
    state = vgg19.encoder.state_dict()
    other = assemble_network(CoreVolumeArchitecture(encoder="vgg19"))
    other.encoder.load_state_dict({**state, "features.0.bias": state["features.0.bias"] + 1.0})

    with pytest.raises(ArgumentError, match="different frozen encoders"):
        save_core_volume_model(
            tmp_path, [vgg19, other], replace(CARD, architecture=CoreVolumeArchitecture(encoder="vgg19"))
        )
    assert not list(tmp_path.iterdir())


def test_where_the_weights_of_the_encoder_came_from_is_kept(tmp_path):
    record = EncoderWeights(WeightsOrigin.FILE, "ab" * 32)
    torch.manual_seed(0)
    network = build_core_volume_network(ARCHITECTURE)
    network.encoder_weights = record

    save_core_volume_model(tmp_path, [network], CARD)

    model = load_core_volume_model(tmp_path / "tiny-core.json")
    assert (model.card.encoder_weights, model.networks[0].encoder_weights) == (record, record)


def test_a_model_of_no_network_is_not_saved(tmp_path):
    with pytest.raises(ArgumentError, match="networks are none"):
        save_core_volume_model(tmp_path, [], CARD)


def test_damaged_weights_are_noticed_by_their_hash(saved):
    content = bytearray(saved.read_bytes())
    content[-5] ^= 1
    saved.write_bytes(bytes(content))

    with pytest.raises(ConfigurationError, match="SHA-256 differs"):
        load_core_volume_model(saved)


def test_a_pickle_is_never_opened(saved, tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("opened").touch, ())

    saved.write_bytes(pickle.dumps(Trap()))
    accept(saved)

    with pytest.raises(ConfigurationError, match="no safetensors file"):
        load_core_volume_model(saved)
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n_members": 2}, "of more networks than their card says"),
        ({"n_members": 4}, "belong to another architecture"),
        ({"architecture": {**ARCHITECTURE.as_json(), "pathways": "both"}}, "belong to another architecture"),
        ({"architecture": {**ARCHITECTURE.as_json(), "encoder": "vgg19"}}, "belong to another architecture"),
        ({"architecture": {**ARCHITECTURE.as_json(), "encoder": "vgg16"}}, "no encoder 'vgg16'"),
        ({"architecture": {"layers": 3}}, "is not valid"),
        ({"format": 99}, "of format 99, and this version reads 1"),
        ({"surprise": 1}, "is not valid"),
        ({"input": {"window": 3}}, "is not valid"),
        ({"standardisation": {"mean": 0.0, "sd": 0.0}}, "is not valid"),
        ({"encoder_weights": {"origin": "heaven"}}, "is not valid"),
        ({"accepted": None}, "is not valid"),
        ({"threshold_ml": -1.0}, "threshold of a core-volume model cannot be -1.0 mL"),
        ({"threshold_ml": None}, "is not valid"),
        ({"n_members": 0}, "cannot consist of 0 networks"),
    ],
)
def test_a_card_that_is_not_that_of_the_weights_is_refused(saved, changes, words):
    change_card(saved, **changes)

    with pytest.raises(ConfigurationError, match=words):
        load_core_volume_model(saved)


def test_weights_that_lack_or_are_left_over_are_refused(saved):
    weights = load_file(saved)
    save_file({**weights, "member-7.last.bias": torch.zeros(1)}, saved)
    accept(saved)
    with pytest.raises(ConfigurationError, match="of more networks"):
        load_core_volume_model(saved)

    save_file({name: value for name, value in weights.items() if name != "member-1.last.bias"}, saved)
    accept(saved)
    with pytest.raises(ConfigurationError, match="another architecture"):
        load_core_volume_model(saved)


@pytest.mark.parametrize("name", ["../escape", "With Space", "", "UPPER"])
def test_a_model_cannot_have_a_name_that_is_no_file_name(name, networks, tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be called"):
        save_core_volume_model(tmp_path, networks, replace(CARD, name=name))
    assert not list(tmp_path.iterdir())


@pytest.fixture
def both_kinds(saved, monkeypatch):
    """A folder of the user's with a core-volume model, a model for maps and a broken card."""
    torch.manual_seed(0)
    settings = InputSettings(n_frames=12, interval=3.0)
    card = ModelCard("tiny-maps", "T", "unet-small", (MAP_TARGETS["CBV"],), settings)
    save_model(saved.parent, build_network("unet-small", settings, ["CBV"]), card)
    saved.with_name("broken.json").write_text("{")
    saved.with_name("broken.safetensors").write_bytes(b"")
    monkeypatch.setenv("CTPERFUSION_MODELS", str(saved.parent))


@pytest.mark.usefixtures("both_kinds")
def test_each_kind_of_model_lists_its_own():
    assert available_core_volume_models()["tiny-core"].threshold_ml == CARD.threshold_ml
    assert not {"tiny-maps", "broken"} & set(available_core_volume_models())
    assert available_models()["tiny-maps"].title == "T"
    assert not {"tiny-core", "broken"} & set(available_models())


@pytest.mark.usefixtures("both_kinds")
def test_a_model_is_found_by_name_among_its_kind(saved):
    assert load_core_volume_model("tiny-core").card.name == "tiny-core"
    with pytest.raises(
        ConfigurationError, match=r"no model called 'tiny-maps'; .*choose one of: .*tiny-core"
    ):
        load_core_volume_model("tiny-maps")
    with pytest.raises(ConfigurationError, match="no model called 'tiny-core'"):
        load_model("tiny-core")
    with pytest.raises(ConfigurationError, match=r"broken\.json is not JSON"):
        load_core_volume_model("broken")
    with pytest.raises(ConfigurationError, match="of a model for core-volume, and one for maps is needed"):
        load_model(saved)
    with pytest.raises(ConfigurationError, match="of a model for maps, and one for core-volume is needed"):
        load_core_volume_model(saved.with_name("tiny-maps.json"))


def test_standardisation_is_that_of_all_values():
    stacks = [np.random.default_rng(seed).normal(40.0, 30.0, (2, 3, 5 + seed)) for seed in range(3)]
    everything = np.concatenate([stack.ravel() for stack in stacks])

    found = Standardisation.of(stacks)

    assert (found.mean, found.sd) == pytest.approx((everything.mean(), everything.std()))
    assert Standardisation.of(torch.from_numpy(stack) for stack in stacks).sd == pytest.approx(found.sd)
