"""Which examples property-based tests are given, and a network of which all answers are known."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The same ones each time, so that the suite says of a commit the same thing whenever it runs;
# `make validate` draws new ones.
# Time is shown by benchmarks: how long an example takes on a shared machine says nothing about the code.
settings.register_profile("repeatable", derandomize=True, database=None, deadline=None)
settings.register_profile("searching", deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def save_constant_model() -> Callable[..., Path]:
    """Give a function that saves a network which shows the same everywhere.

    ``save_constant_model(folder, CBF=25.0, TTP=3.0, name="constant", **card)`` returns the path of its
    weights; `card` replaces fields of its card.
    """
    import torch

    from CTPerfusionLib.networks import MAP_TARGETS, InputSettings, ModelCard, build_network, save_model

    def save(folder: Path, name: str = "constant", card: dict | None = None, **values: float) -> Path:
        settings = InputSettings()
        network = build_network("bolus-unet", settings, tuple(values))
        targets = tuple(MAP_TARGETS[each] for each in values)
        shares = [value / target.high for value, target in zip(values.values(), targets, strict=True)]
        with torch.no_grad():
            network.last.weight.zero_()
            network.last.bias.copy_(torch.logit(torch.tensor(shares)))
        fields = {"limits": ("It shows the same everywhere.",), "trained_on_phantoms": True, **(card or {})}
        save_model(folder, network, ModelCard(name, "A constant", "bolus-unet", targets, settings, **fields))
        return folder / f"{name}.safetensors"

    return save


@pytest.fixture(scope="session")
def save_core_volume_ensemble() -> Callable[..., Path]:
    """Give a function that saves two small networks which say whether the core is large.

    ``save_core_volume_ensemble(folder, name="tiny-core", probabilities=(0.9, 0.94), **card)`` returns the
    path of their weights; `card` replaces fields of their card. Without probabilities they say what their
    random weights say, the same each time.
    """
    import torch

    from CTPerfusionLib.networks import AcceptedSeries
    from CTPerfusionLib.networks.core_volume import (
        CoreVolumeArchitecture,
        CoreVolumeCard,
        CoreVolumeInputSettings,
        Standardisation,
        build_core_volume_network,
        save_core_volume_model,
    )

    def save(
        folder: Path, name: str = "tiny-core", probabilities: tuple[float, ...] | None = None, **card: object
    ) -> Path:
        torch.manual_seed(0)
        architecture = CoreVolumeArchitecture()
        networks = [build_core_volume_network(architecture) for _ in probabilities or range(2)]
        for network, probability in zip(networks, probabilities or (), strict=False):
            with torch.no_grad():
                network.last.weight.zero_()
                network.last.bias.copy_(torch.logit(torch.tensor([probability])))
        fields = {
            "input": CoreVolumeInputSettings(n_frames=8, interval=1.5, size=16),
            "standardisation": Standardisation(40.0, 30.0),
            "threshold_ml": 32.4,
            "accepted": AcceptedSeries(pixel_size=(0.3, 5.0)),
            "trained_on_phantoms": True,
            **card,
        }
        title = "Two networks (trained on simulated heads only)"
        written = CoreVolumeCard(name, title, architecture, n_members=len(networks), **fields)
        save_core_volume_model(folder, networks, written)
        return folder / f"{name}.safetensors"

    return save
