"""Training from the command line: killed and resumed, on two processes, in folds, and wrong usage."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from safetensors.torch import load_file

from CTPerfusionLib.cli import interruptible
from CTPerfusionLib.cli.main import main
from CTPerfusionLib.networks import CONTEXT_BANDS, InputSettings, load_model
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training.datasets import PatientMaps, Split, cache_source, write_split

FRAMES = 12
"""Frames of the input; ``--frames 12`` takes every seventh of 89, 3.5 s apart."""


class RandomPatients:
    """Four small patients whose maps are some weighted sums of their frames."""

    name = "random patients"
    settings = InputSettings(n_frames=FRAMES, interval=3.5)
    target_names = ("CBV", "TTP")
    patients = ("P0", "P1", "P2", "P3")
    recipe = MappingProxyType({"kind": "random"})
    skipped = MappingProxyType({})

    def fingerprint(self, patient):
        return patient

    def load(self, patient, *, on_progress=ignore_progress):
        number = self.patients.index(patient)
        random = np.random.default_rng([3, number])
        frames = random.uniform(0.4, 0.6, (3, FRAMES, 48, 48)).astype(np.float32)
        brain = np.zeros((3, 48, 48), dtype=bool)
        brain[:, 8 - number : 40 + number, 6:42] = True
        weights = np.random.default_rng(4).normal(size=(2, FRAMES))
        maps = np.einsum("ct,ztyx->zcyx", weights, frames).astype(np.float32)
        on_progress(1.0)
        return PatientMaps(
            patient=patient,
            stack=(frames * 65535).astype(np.uint16),
            context=np.cumsum(random.random((len(CONTEXT_BANDS), FRAMES)), axis=1).astype(np.float32),
            targets=np.where(brain[:, None], np.abs(maps), np.nan).astype(np.float32),
            target_names=self.target_names,
            brain=brain,
            tissue=brain,
            ijk_to_ras=np.eye(4),
        )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Prepared patients and their division."""
    folder = tmp_path_factory.mktemp("data")
    cache_source(RandomPatients(), folder / "patients")
    write_split(folder / "split.json", Split(("P0", "P1"), ("P2",), ("P3",)))
    return folder


@pytest.fixture(scope="module")
def arguments(dataset):
    return [
        "train", "maps", dataset / "patients", "--frames", FRAMES, "--split", dataset / "split.json",
        "--target", "CBV", "TTP", "--device", "cpu", "--epochs", 3,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def uninterrupted(arguments, ctperfusion, tmp_path_factory) -> Path:
    """The folder of a training from its beginning to its end.

    In a process of its own: torch rounds otherwise once its number of threads has been set.
    """
    folder = tmp_path_factory.mktemp("training") / "out"
    result = ctperfusion(*arguments, "--output", folder)
    assert result.returncode == 0, result.stderr
    return folder


def killed_in_epoch(epoch, arguments) -> int:
    """Run ``ctperfusion``, kill it in the middle of an epoch, and return its exit code."""
    command = [sys.executable, "-m", "CTPerfusionLib.cli", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603
    for line in process.stderr:
        if f"epoch {epoch} of" in line:
            process.kill()
            break
    process.communicate(timeout=60)
    return process.returncode


def distance(one: Path, other: Path) -> float:
    """Return by how much the weights of two models differ, as a share of their size."""
    first, second = (load_file(folder / "model.safetensors") for folder in (one, other))
    pairs = [(first[name].double(), second[name].double()) for name in first]
    difference = sum(float((a - b).square().sum()) for a, b in pairs)
    return (difference / sum(float(a.square().sum()) for a, _ in pairs)) ** 0.5


def test_a_training_that_is_killed_ends_with_the_same_weights(
    arguments, uninterrupted, tmp_path, ctperfusion
):
    output = ["--output", tmp_path / "out"]

    assert killed_in_epoch(2, [*arguments, *output]) == -signal.SIGKILL
    assert not (tmp_path / "out" / "model.safetensors").exists()
    resumed = ctperfusion(*arguments, *output, "--resume")

    assert resumed.returncode == 0, resumed.stderr
    assert distance(tmp_path / "out", uninterrupted) == 0.0
    assert (tmp_path / "out" / "metrics.csv").read_text() == (uninterrupted / "metrics.csv").read_text()


def test_ctrl_c_ends_with_130_and_keeps_the_checkpoint(arguments, tmp_path, capsys, monkeypatch):
    # A busy machine may need longer for a step than a user is made to wait.
    monkeypatch.setattr(interruptible, "_GRACE", 60.0)
    checkpoint = tmp_path / "out" / "checkpoints" / "last.ckpt"

    def press_ctrl_c():
        while not checkpoint.exists():
            time.sleep(0.01)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=press_ctrl_c, daemon=True).start()
    status = main([*map(str, arguments[:-1]), "500", "--output", str(tmp_path / "out")])

    assert status == 130
    assert "Cancelled; go on with --resume." in capsys.readouterr().err
    assert checkpoint.exists()
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_two_processes_train_what_one_does(arguments, uninterrupted, tmp_path, ctperfusion):
    """Up to rounding, which Adam enlarges; batches and their normalisation are those of one process."""
    result = ctperfusion(*arguments, "--output", tmp_path / "out", "--devices", 2)

    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Model: ") == 1
    assert distance(tmp_path / "out", uninterrupted) < 1e-3


def test_the_end_says_where_the_model_is_and_what_it_reaches(arguments, tmp_path, capsys):
    options = ["--schedule", "plateau", "--patience", "5", "--output", str(tmp_path / "out")]
    status = main([*map(str, arguments[:-1]), "1", *options])

    assert status == 0
    settings = json.loads((tmp_path / "out" / "training.json").read_text())["settings"]
    assert settings["phases"][0]["schedule"] == "plateau"
    assert settings["early_stopping"]["patience"] == 5
    said = capsys.readouterr()
    assert str(tmp_path / "out" / "model.safetensors") in said.out
    assert "MSE on patients held out: CBV 0." in said.out
    assert "epoch 1 of 1" in said.err
    assert load_model(tmp_path / "out" / "model.safetensors").card.target_names == ("CBV", "TTP")


def test_folds_test_each_patient_once_beside_the_table_of_the_paper(arguments, tmp_path):
    place = arguments.index("--split")
    without_split = [*arguments[:place], *arguments[place + 2 : -1], 1]
    output = ["--output", tmp_path / "out", "--folds", 2, "--architecture", "unet-small"]

    assert main([*map(str, without_split), *map(str, output)]) == 0

    table = (tmp_path / "out" / "folds.md").read_text()
    assert [line.count("|") for line in table.splitlines() if line.startswith("| CBV")] == [7] * 3
    assert "0.017 on average" in table
    assert (tmp_path / "out" / "fold-2" / "model.json").exists()
    assert len((tmp_path / "out" / "folds.csv").read_text().splitlines()) == 7


def test_wrong_usage_exits_with_2_and_wrong_data_with_1(arguments, uninterrupted, tmp_path, capsys):
    for wrong in (["--epochs", "1", "1"], ["--patients", "3"], ["--preset", "best"]):
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), "--output", str(tmp_path / "out"), *wrong])
        assert ended.value.code == 2

    with pytest.raises(SystemExit) as ended:
        main(["train", "maps", "phantoms", "--interval", "1", "--output", str(tmp_path / "out")])
    assert ended.value.code == 2

    assert main([*map(str, arguments), "--output", str(tmp_path / "out"), "--stage", "raw"]) == 1
    assert "--stage is for UniToBrain" in capsys.readouterr().err
    assert main([*map(str, arguments), "--output", str(uninterrupted)]) == 1
    assert "holds a training" in capsys.readouterr().err
    assert main(["train", "maps", str(tmp_path / "none"), "--output", str(tmp_path / "out")]) == 1
    assert "There is no data set" in capsys.readouterr().err
