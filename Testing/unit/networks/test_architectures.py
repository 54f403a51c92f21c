"""The networks: sizes as published, any image size, and the invariances that physics asks for."""

import numpy as np
import pytest
import torch

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.networks import ARCHITECTURES, InputSettings, build_network, prepare_input

SMALL = ("unet-small", "bolus-unet")
CINE = np.arange(89) * 0.5


def inputs(study, brain, settings, **bolus):
    given = prepare_input(study(CINE, **bolus), brain, settings)
    return torch.from_numpy(given.stack), torch.from_numpy(given.context).expand(2, -1, -1)


def seeded(name, settings, targets=("CBV", "CBF")):
    torch.manual_seed(1)
    return build_network(name, settings, targets).eval()


def test_the_network_of_the_papers_code_has_the_published_number_of_parameters(settings):
    """31,087,169 of the public code of 2022, counted with 89 frames and one map."""
    with torch.device("meta"):
        network = build_network("unet-code", settings, ["CBV"])

    assert sum(weights.numel() for weights in network.parameters()) == 31_087_169


def test_the_published_network_differs_from_its_code_in_its_kernels_only(settings):
    with torch.device("meta"):
        published = build_network("unet-published", settings, ["CBV"])
        code = build_network("unet-code", settings, ["CBV"])

    shapes = {name: tuple(value.shape) for name, value in published.state_dict().items()}
    assert shapes == {
        name: (*value.shape[:2], 2, 2) if tuple(value.shape[2:]) == (3, 3) else tuple(value.shape)
        for name, value in code.state_dict().items()
    }


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_gives_its_maps_in_the_unit_interval(name):
    settings = InputSettings(n_frames=9, interval=5.0)
    torch.manual_seed(0)
    network = build_network(name, settings, ["CBV", "CBF", "TTP"]).eval()
    stack = torch.rand(2, 9, 16, 16)

    with torch.inference_mode():
        maps = network(stack, 10.0 * torch.rand(2, 6, 9))

    assert maps.shape == (2, 3, 16, 16)
    assert 0.0 <= float(maps.min()) <= float(maps.max()) <= 1.0


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("shape", [(24, 24), (23, 17), (9, 31)])
def test_images_of_any_size_come_back_at_their_size(name, shape, settings):
    network = seeded(name, settings)

    with torch.inference_mode():
        maps = network(torch.rand(1, 89, *shape), 10.0 * torch.rand(1, 6, 89))

    assert maps.shape == (1, 2, *shape)


@pytest.mark.parametrize("name", SMALL)
def test_a_slice_gives_the_same_maps_alone_and_in_a_batch(name, study, brain, settings):
    network = seeded(name, settings)
    stack, context = inputs(study, brain, settings)

    with torch.inference_mode():
        torch.testing.assert_close(
            network(stack, context)[1:], network(stack[1:], context[1:]), atol=1e-5, rtol=1e-4
        )


@pytest.mark.parametrize("change", [{"dose": 0.6}, {"arrival": 12.0}], ids=["dose", "injection time"])
def test_maps_of_the_joint_network_depend_neither_on_dose_nor_on_the_time_of_injection(
    change, study, brain, settings
):
    network = seeded("bolus-unet", settings)

    with torch.inference_mode():
        maps = network(*inputs(study, brain, settings))
        changed = network(*inputs(study, brain, settings, **change))

    inside = torch.from_numpy(brain)[:, None].expand_as(maps)
    assert float((maps - changed).abs()[inside].max()) < 0.01 * float(maps[inside].std())


def test_maps_of_the_joint_network_do_not_see_the_baseline_image(study, brain, settings):
    """In a phantom the density of grey and white matter would give their flow away."""
    network = seeded("bolus-unet", settings)
    stack, context = inputs(study, brain, settings)
    anatomy = torch.rand(2, 1, 24, 24, generator=torch.Generator().manual_seed(3)) * 0.05

    with torch.inference_mode():
        torch.testing.assert_close(
            network(stack + anatomy, context), network(stack, context), atol=2e-4, rtol=0.0
        )


@pytest.mark.parametrize("name", SMALL)
def test_checkpointed_gradients_are_those_of_plain_training(name, study, brain, settings):
    stack, context = inputs(study, brain, settings)
    gradients, statistics = [], []
    for checkpointed in (False, True):
        network = seeded(name, settings).train()
        network.checkpoint_gradients = checkpointed
        network(stack, context).square().mean().backward()
        gradients.append([weights.grad for weights in network.parameters()])
        statistics.append(list(network.buffers()))

    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(again, plain, atol=1e-6, rtol=1e-4)
    for plain, again in zip(*statistics, strict=True):
        torch.testing.assert_close(again, plain, atol=0.0, rtol=0.0)


@pytest.mark.parametrize(
    ("architecture", "targets", "sentence"),
    [
        ("resnet", ["CBV"], "There is no architecture 'resnet'"),
        ("unet-small", ["Tmax"], "cannot give the map 'Tmax'"),
        ("unet-small", [], "at least one map"),
        ("unet-small", ["CBV", "CBV"], "each once"),
    ],
)
def test_what_cannot_be_built_is_refused(architecture, targets, sentence, settings):
    with pytest.raises(ConfigurationError, match=sentence):
        build_network(architecture, settings, targets)
