"""A cross-validation that is killed outright, in a process of its own, and gone on with."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

import CTPerfusionLib
from CTPerfusionLib.training.core_volume import train_core_volume
from CTPerfusionLib.training.core_volume.datasets import cache_core_patients

LIBRARY = Path(CTPerfusionLib.__file__).resolve().parents[1]

KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import torch
from CTPerfusionLib.networks.core_volume import CoreVolumeArchitecture
from CTPerfusionLib.training.core_volume import CoreVolumeTraining, Optimiser, train_core_volume
from CTPerfusionLib.training.core_volume.datasets import CachedCoreSource

torch.set_num_threads(int(sys.argv[5]))

def kill(title, fraction):
    if title == sys.argv[4]:
        os.kill(os.getpid(), signal.SIGKILL)

settings = CoreVolumeTraining(
    CoreVolumeArchitecture("small"), batch_size=3, optimiser=Optimiser.ADAM, epochs=3, patience=3,
    device="cpu",
)
train_core_volume(
    CachedCoreSource(sys.argv[2]), sys.argv[3], settings, folds=4, resume=True, on_progress=kill
)
"""


@pytest.fixture(scope="module")
def cached(core_source, tmp_path_factory):
    return cache_core_patients(core_source, tmp_path_factory.mktemp("cached") / "data")


def killed(cached, output, title):
    """Train until `title` is reported; return how the process ended."""
    arguments = (LIBRARY, cached.folder, output, title, torch.get_num_threads())
    process = subprocess.run(  # noqa: S603
        [sys.executable, "-c", KILLED, *map(str, arguments)], capture_output=True, check=False
    )
    return process.returncode


def test_a_training_that_was_killed_ends_with_the_weights_of_one_that_was_not(
    cached, short_core_training, tmp_path
):
    whole = train_core_volume(cached, tmp_path / "whole", short_core_training, folds=4)

    assert killed(cached, tmp_path / "out", "Fold 2 of 4: epoch 3 of 3") == -signal.SIGKILL
    assert (tmp_path / "out" / "fold-2" / "checkpoints" / "last.ckpt").is_file()
    assert not (tmp_path / "out" / "model.safetensors").exists()
    resumed = train_core_volume(cached, tmp_path / "out", short_core_training, folds=4, resume=True)

    one, other = load_file(whole.model), load_file(resumed.model)
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []
    for first, second in zip(whole.folds, resumed.folds, strict=True):
        assert first.predictions == second.predictions
        assert (tmp_path / "out" / f"fold-{second.number}" / "metrics.csv").is_file()
