"""The network: shapes and sizes of the paper, and which of its parts share weights."""

import logging

import pytest
import torch
from torch.nn.functional import conv2d, max_pool2d

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks.core_volume import (
    ENCODERS,
    PATHWAYS,
    CoreVolumeArchitecture,
    build_core_volume_network,
)
from CTPerfusionLib.networks.core_volume.architecture import assemble_network

CONFIGURATION_E = (
    *(64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M"),
    *(512, 512, 512, 512, "M", 512, 512, 512, 512, "M"),
)
"""Layers of VGG19 as Simonyan and Zisserman list them."""


@pytest.fixture
def small():
    torch.manual_seed(0)
    return build_core_volume_network(CoreVolumeArchitecture(encoder="small")).eval()


def n_parameters(network, is_trained):
    return sum(value.numel() for value in network.parameters() if value.requires_grad is is_trained)


def test_the_published_network_has_the_published_numbers_of_parameters(vgg19):
    assert n_parameters(vgg19, is_trained=True) == 43_469
    assert n_parameters(vgg19, is_trained=False) == 20_024_384


@pytest.mark.parametrize(
    ("pathways", "expected"),
    [
        ("local", 2 * (512 * 3 * 3 + 3) + 6 * 32 + 32 + 33),
        ("global", 2 * (512 * 3 * 11 + 3) + 6 * 32 + 32 + 33),
    ],
)
def test_an_ablation_has_one_pathway_and_half_the_answers(vgg19, pathways, expected):
    architecture = CoreVolumeArchitecture(encoder="vgg19", pathways=pathways)

    network = assemble_network(architecture, vgg19.encoder)

    assert n_parameters(network, is_trained=True) == expected
    assert network(torch.zeros(2, 2, 4, 32, 32)).shape == (2,)


def test_shapes_are_those_of_the_paper(vgg19):
    stack = torch.randn(3, 2, 5, 32, 32)

    features = vgg19.encode(vgg19.prepare(stack))

    assert features.shape == (3, 2, 5, 512)
    assert vgg19.head(features).shape == (3,)
    torch.testing.assert_close(vgg19(stack), vgg19.head(features))


def test_the_encoder_is_vgg19_with_the_names_of_torchvision(vgg19):
    weights = vgg19.encoder.state_dict()
    image = torch.randn(1, 1, 64, 64)

    expected, position = image.expand(-1, 3, -1, -1), 0
    for layer in CONFIGURATION_E:
        if layer == "M":
            expected, position = max_pool2d(expected, 2), position + 1
            continue
        weight, bias = weights[f"features.{position}.weight"], weights[f"features.{position}.bias"]
        assert weight.shape[0] == layer
        expected, position = torch.relu(conv2d(expected, weight, bias, padding=1)), position + 2

    assert len(weights) == 32
    found = vgg19.encode(vgg19.prepare(image[None].expand(1, 2, 1, 64, 64)))
    torch.testing.assert_close(found[0, 0, 0], expected.amax(dim=(2, 3))[0])


def test_vgg19_sees_each_frame_of_each_slice_alone(vgg19):
    stack = torch.randn(2, 2, 9, 32, 32)

    together = vgg19.encode(vgg19.prepare(stack))

    alone = vgg19.encode(vgg19.prepare(stack[1:, 1:, 6:7].expand(1, 2, 1, 32, 32)))
    torch.testing.assert_close(alone[0, 0, 0], together[1, 1, 6])


@pytest.mark.parametrize("encoder", tuple(ENCODERS))
def test_one_encoder_serves_both_slices(encoder, vgg19, small):
    network = {"vgg19": vgg19, "small": small}[encoder]
    stack = torch.randn(1, 2, 4, 32, 32)

    features = network.encode(network.prepare(stack))

    torch.testing.assert_close(network.encode(network.prepare(stack.flip(1))), features.flip(1))


@pytest.mark.parametrize("pathways", tuple(PATHWAYS))
def test_the_temporal_filters_of_the_slices_are_separate(pathways):
    torch.manual_seed(0)
    network = build_core_volume_network(CoreVolumeArchitecture(pathways=pathways)).eval()
    features = torch.randn(1, 2, 16, network.encoder.n_features)

    assert network.head(features) != network.head(features.flip(1))
    for first, second in zip(network.slices[0].filters, network.slices[1].filters, strict=True):
        assert not torch.equal(first.weight, second.weight)


def test_the_layers_after_the_encoder_begin_as_in_keras(small):
    """The published code leaves them at its default: uniform within sqrt(6 / (inputs + outputs)), no bias."""
    (local, wide), hidden = small.slices[0].filters, small.dense
    for layer, n_in_and_out in ((local, 3 * (44 + 3)), (wide, 11 * (44 + 3)), (hidden, 12 + 32)):
        limit = (6.0 / n_in_and_out) ** 0.5
        assert 0.9 * limit < layer.weight.abs().max() <= limit
        assert not layer.bias.any()


def test_when_something_happens_does_not_matter(small):
    """The answers are maxima over time, so a bolus that comes later gives the same."""
    passage = torch.zeros(1, 2, 48, small.encoder.n_features)
    passage[:, :, 14:22] = torch.randn(1, 2, 8, small.encoder.n_features)

    torch.testing.assert_close(small.head(passage), small.head(passage.roll(9, dims=2)))


def test_a_temporal_filter_sees_as_many_frames_as_its_kernel():
    for name, reach in (("local", 1), ("global", 5)):
        torch.manual_seed(1)
        (filters,) = build_core_volume_network(CoreVolumeArchitecture(pathways=name)).slices[0].filters
        silence = torch.zeros(1, filters.in_channels, 21)
        pulse = silence.clone()
        pulse[..., 10] = 1.0

        moved = (filters(pulse) - filters(silence)).abs().amax(dim=(0, 1)) > 0

        assert torch.flatten(moved.nonzero()).tolist() == list(range(10 - reach, 11 + reach))


def test_training_leaves_a_frozen_encoder_as_it_is(vgg19):
    vgg19.train()
    before = {name: value.clone() for name, value in vgg19.encoder.state_dict().items()}
    optimiser = torch.optim.RMSprop(vgg19.parameters(), lr=0.1)

    vgg19(torch.randn(2, 2, 4, 32, 32)).sum().backward()
    optimiser.step()

    assert not vgg19.encoder.training
    assert vgg19.slices.training
    assert all(torch.equal(value, before[name]) for name, value in vgg19.encoder.state_dict().items())
    assert not vgg19.encode(vgg19.prepare(torch.randn(1, 2, 4, 32, 32))).requires_grad
    vgg19.eval()


def test_the_small_encoder_is_trained(small):
    small.train()
    small(torch.randn(4, 2, 12, 32, 32)).sum().backward()

    assert all(value.grad is not None for value in small.parameters())
    assert any(value.grad.abs().sum() > 0 for value in small.encoder.parameters())


def tissue_with_blood(dose, n_dead=0):
    """Return standardised frames (1, 12, 64, 64) of tissue through which blood passes but for some rows."""
    frames = torch.full((1, 12, 64, 64), -0.05)
    frames[:, 4:, n_dead:] += dose * torch.tensor([0.5, 1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.2])[:, None, None]
    return frames


def features_of(network, frames):
    """Return features (N, T, F) of standardised frames (N, T, Y, X)."""
    return network.encoder(network.encoder.prepare(frames))


def test_the_small_encoder_does_not_depend_on_the_dose(small):
    weak, strong = (features_of(small, tissue_with_blood(dose)) for dose in (0.05, 0.2))

    torch.testing.assert_close(weak, strong, atol=1e-3, rtol=1e-3)


def test_the_small_encoder_begins_with_the_areas_of_tissue_with_little_blood(small):
    """Its six filters for them follow the sixteen of the frame; dead rows raise all of them."""
    areas = [features_of(small, tissue_with_blood(0.1, n_dead))[0, :, 16:22] for n_dead in (0, 16, 32)]

    assert (areas[1] > areas[0]).all()
    assert (areas[2] > areas[1]).all()


def test_without_a_bolus_the_small_encoder_still_gives_numbers(small):
    assert torch.isfinite(features_of(small, torch.zeros(1, 6, 32, 32))).all()
    assert torch.isfinite(features_of(small, torch.full((1, 6, 32, 32), -0.7))).all()


def test_dropout_acts_in_training_only(small):
    features = torch.rand(1, 2, 16, small.encoder.n_features)

    assert torch.equal(small.head(features), small.head(features))
    small.train()
    assert len({small.head(features).item() for _ in range(8)}) > 1


def test_a_volume_is_never_negative():
    torch.manual_seed(0)
    network = build_core_volume_network(CoreVolumeArchitecture(output="volume")).eval()
    with torch.no_grad():
        network.last.bias.fill_(-50.0)
        nothing = network(torch.randn(3, 2, 6, 32, 32))
        network.last.bias.fill_(2.0)
        network.last.weight.zero_()
        some = network(torch.randn(3, 2, 6, 32, 32))

    assert (nothing >= 0.0).all()
    assert (nothing < 1e-6).all()
    # 30 mL times log(1 + e^2).
    torch.testing.assert_close(some, torch.full((3,), 63.807841))


def test_a_random_frozen_encoder_is_told_loudly(caplog):
    with caplog.at_level(logging.WARNING):
        network = build_core_volume_network(CoreVolumeArchitecture(encoder="vgg19"))

    assert "random weights" in caplog.text
    assert network.encoder_weights.is_random
    assert not build_core_volume_network(CoreVolumeArchitecture(encoder="small")).encoder_weights.is_random


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("encoder", "vgg16", "no encoder 'vgg16'; choose one of: vgg19, small"),
        ("pathways", "none", "no pathways 'none'; choose one of: both, local, global"),
        ("output", "mrs", "no output 'mrs'; choose one of: class, volume"),
        ("dropout", 1.0, "dropout of a network cannot be 1.0"),
    ],
)
def test_parts_that_do_not_exist_are_refused(part, value, words):
    with pytest.raises(ConfigurationError, match=words):
        CoreVolumeArchitecture(**{part: value})
