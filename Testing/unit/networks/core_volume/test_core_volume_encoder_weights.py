"""Weights of the encoder from a file: exactly those of VGG19, no code is run, and known by their hash."""

import hashlib
import pickle

import pytest
import torch
from safetensors.torch import save_file

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeArchitecture,
    WeightsOrigin,
    build_core_volume_network,
)
from CTPerfusionLib.networks.core_volume.encoder_weights import load_encoder_weights
from CTPerfusionLib.networks.core_volume.modules.small_encoder import SmallEncoder

VGG19 = CoreVolumeArchitecture(encoder="vgg19")


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return SmallEncoder()


@pytest.fixture
def state():
    """Weights of another encoder, with dense layers as torchvision's file has them."""
    torch.manual_seed(1)
    dense = {"classifier.0.weight": torch.rand(3, 2), "classifier.0.bias": torch.rand(3)}
    return {**SmallEncoder().state_dict(), **dense}


def written(state, path):
    """Write weights in the way that the file's suffix means."""
    if path.suffix == ".safetensors":
        save_file(state, path)
    else:
        torch.save(state, path)
    return path


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_the_weights_of_a_file_are_taken_without_dense_layers(encoder, state, tmp_path, suffix):
    path = written(state, tmp_path / f"weights{suffix}")

    record = load_encoder_weights(encoder, path)

    assert all(torch.equal(value, state[name]) for name, value in encoder.state_dict().items())
    assert record.origin is WeightsOrigin.FILE
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_network_with_vgg19_takes_a_file_of_torchvision(vgg19, tmp_path):
    state = vgg19.encoder.state_dict()
    path = written({**state, "classifier.6.bias": torch.zeros(1000)}, tmp_path / "vgg19.pth")
    torch.manual_seed(4)

    other = build_core_volume_network(VGG19, encoder_weights=path)

    assert all(torch.equal(value, state[name]) for name, value in other.encoder.state_dict().items())
    assert other.encoder_weights.origin is WeightsOrigin.FILE
    assert not other.encoder_weights.is_random


def test_an_encoder_that_is_trained_takes_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match="encoder small is trained with its network"):
        build_core_volume_network(CoreVolumeArchitecture(), encoder_weights=tmp_path / "vgg19.pth")


def test_a_weight_that_lacks_is_named(encoder, state, tmp_path):
    name = min(encoder.state_dict())
    del state[name]

    with pytest.raises(ConfigurationError, match=f"lacks {name}; give the state dict of torchvision's vgg19"):
        load_encoder_weights(encoder, written(state, tmp_path / "weights.pth"))


def test_a_surplus_weight_is_named(encoder, state, tmp_path):
    state["features.99.weight"] = torch.zeros(1)

    with pytest.raises(ConfigurationError, match=r"has a surplus features\.99\.weight"):
        load_encoder_weights(encoder, written(state, tmp_path / "weights.safetensors"))


def test_weights_of_other_shapes_are_refused(encoder, state, tmp_path):
    name = min(encoder.state_dict())
    state[name] = torch.zeros(7)

    with pytest.raises(ConfigurationError, match="have other shapes"):
        load_encoder_weights(encoder, written(state, tmp_path / "weights.pth"))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("content", [b"", b"no weights", b"\x00" * 64])
def test_damaged_files_are_refused(encoder, tmp_path, suffix, content):
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"damaged or hold more than weights"):
        load_encoder_weights(encoder, path)


class Trap:
    """Leaves a trace when a pickle is opened."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (self.path.touch, ())


@pytest.mark.parametrize("write", [torch.save, lambda trap, path: path.write_bytes(pickle.dumps(trap))])
def test_code_in_a_file_is_never_run(encoder, tmp_path, write):
    path = tmp_path / "weights.pth"
    write({"features.0.weight": Trap(tmp_path / "opened")}, path)

    with pytest.raises(ConfigurationError, match="damaged or hold more than weights"):
        load_encoder_weights(encoder, path)
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("content", [[torch.zeros(2)], {"epoch": 3}])
def test_a_file_with_something_else_is_refused(encoder, tmp_path, content):
    path = tmp_path / "weights.pth"
    torch.save(content, path)

    with pytest.raises(ConfigurationError, match="holds no state dict"):
        load_encoder_weights(encoder, path)


def test_a_missing_file_is_refused(encoder, tmp_path):
    with pytest.raises(ConfigurationError, match=r"weights none\.pth cannot be read \(No such file"):
        load_encoder_weights(encoder, tmp_path / "none.pth")
