"""A training from patients to a model: what it writes, that it learns, repeats itself and refuses."""

import csv
import json
import logging
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from CTPerfusionLib.errors import Cancelled, ConfigurationError, CTPerfusionError, ProcessingError
from CTPerfusionLib.networks import MAP_TARGETS, load_model
from CTPerfusionLib.training import (
    Augmentation,
    Compute,
    Crop,
    EarlyStopping,
    Phase,
    Precision,
    Region,
    train_maps,
)
from CTPerfusionLib.training.datasets import MapSlices, PhantomSource, Split, read_split
from CTPerfusionLib.training.model_cards import described_model


def weights_of(folder):
    return load_file(folder / "model.safetensors")


def assert_same_weights(one, other):
    one, other = weights_of(one), weights_of(other)
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.fixture(scope="module")
def trained(source, split, short_training, tmp_path_factory):
    return train_maps(source, tmp_path_factory.mktemp("training") / "out", short_training, split=split)


def test_the_folder_holds_the_model_and_the_record_of_its_training(trained, split, short_training):
    names = {path.name for path in trained.folder.iterdir()}

    assert names == {
        "model.safetensors", "model.json", "split.json", "metrics.csv", "learning_curve.png",
        "training.json", "tensorboard", "checkpoints",
    }  # fmt: skip
    assert read_split(trained.folder / "split.json") == split
    record = json.loads((trained.folder / "training.json").read_text())
    assert record["settings"]["phases"][0]["size"] == short_training.phases[0].size
    assert list((trained.folder / "tensorboard" / "phase-2").glob("events.*"))


def test_the_table_has_a_row_for_each_epoch(trained):
    with (trained.folder / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))

    assert [(row["phase"], row["epoch"]) for row in rows] == [("1", "1"), ("1", "2"), ("2", "1")]
    for row in rows:
        maps = [float(row[f"validation_mse_{name}"]) for name in ("CBV", "TTP")]
        assert float(row["validation_mse"]) == pytest.approx(np.mean(maps), rel=1e-3)


def test_the_card_says_what_was_trained_and_how(trained, source):
    card = load_model(trained.model).card

    assert card.target_names == ("CBV", "TTP")
    assert card.input == source.settings
    assert not card.trained_on_phantoms
    assert not any("simulated" in sentence for sentence in card.limits)
    assert card.data["patients"] == {"train": 2, "validation": 1, "test": 1}
    assert card.schedule["epochs_done"] == [2, 1]
    assert card.metrics["test"]["mse"] == pytest.approx(trained.parts["test"].mse, rel=1e-3)


def test_the_card_of_a_model_that_saw_phantoms_says_so(source, split, short_training, trained):
    phantoms = source.replaced("P0")
    phantoms.recipe = PhantomSource((1,), source.settings, source.target_names).recipe

    card = described_model("model", phantoms, split, short_training, trained)

    assert card.trained_on_phantoms
    assert any("trained on simulated heads only" in sentence for sentence in card.limits)


def test_the_errors_are_those_of_the_model_on_its_own(trained, source, split):
    """Computed again here from the definition, pixel by pixel."""
    network = load_model(trained.model).network
    samples = MapSlices(source, split.test, ("CBV", "TTP"))
    squares = []
    with torch.inference_mode():
        for sample in (samples[index] for index in range(len(samples))):
            maps = network(sample.stack[None], sample.context[None])[0]
            squares.append((maps - sample.targets)[:, sample.weight & sample.targets[0].isfinite()] ** 2)

    errors = torch.cat(squares, dim=1).mean(dim=1)
    assert trained.parts["test"].maps["CBV"] == pytest.approx(float(errors[0]), rel=1e-4)
    assert trained.parts["test"].maps["TTP"] == pytest.approx(float(errors[1]), rel=1e-4)
    assert trained.parts["test"].mse == pytest.approx(float(errors.mean()), rel=1e-4)
    assert trained.parts["test"].psnr("CBV") == pytest.approx(-10.0 * np.log10(float(errors[0])), rel=1e-4)


def test_a_finished_training_is_not_repeated(trained, source, split, short_training):
    again = train_maps(source, trained.folder, short_training, split=split, resume=True)

    assert again.parts == trained.parts
    assert again.epochs == trained.epochs


def test_one_training_does_not_overwrite_another(trained, source, split, short_training):
    with pytest.raises(ConfigurationError, match="holds a training; resume it"):
        train_maps(source, trained.folder, short_training, split=split)
    with pytest.raises(ConfigurationError, match="has another seed"):
        train_maps(source, trained.folder, replace(short_training, seed=1), split=split, resume=True)
    other = Split(("P3", "P1"), ("P2",), ("P0",))
    with pytest.raises(ConfigurationError, match="divides the patients otherwise"):
        train_maps(source, trained.folder, short_training, split=other, resume=True)


def test_a_seed_gives_the_same_weights_and_another_one_others(
    trained, source, split, short_training, tmp_path
):
    again = train_maps(source, tmp_path / "again", short_training, split=split)
    other = train_maps(source, tmp_path / "other", replace(short_training, seed=1), split=split)

    assert_same_weights(again.folder, trained.folder)
    assert not torch.equal(*(weights_of(each.folder)["last.weight"] for each in (again, other)))


def test_computing_stages_twice_to_save_memory_gives_the_same_weights(
    trained, source, split, short_training, tmp_path
):
    sparing = replace(short_training, compute=Compute(device="cpu", checkpoint_gradients=True))

    result = train_maps(source, tmp_path / "out", sparing, split=split)

    assert_same_weights(result.folder, trained.folder)


def test_storing_channels_side_by_side_trains_the_same_but_for_rounding(
    trained, source, split, short_training, tmp_path
):
    """Adam enlarges rounding where gradients are small, so the errors are held together, not the weights."""
    otherwise = replace(short_training, compute=Compute(device="cpu", channels_last=True))

    result = train_maps(source, tmp_path / "out", otherwise, split=split)

    for one, other in zip(result.epochs, trained.epochs, strict=True):
        assert one.train == pytest.approx(other.train, rel=0.01)
        assert one.validation == pytest.approx(other.validation, rel=0.05)


def test_a_joint_network_learns_maps(source, split, short_training, tmp_path):
    """Better than the best constant, on a patient it has not seen, in a few seconds."""
    settings = replace(
        short_training,
        architecture="bolus-unet",
        targets=tuple(MAP_TARGETS),
        phases=(Phase(epochs=10, batch_size=2, learning_rate=5e-3, crop=Crop.BRAIN, patch=24),),
        augmentation=Augmentation(flips=True, shift=2, bolus_delay=(0.0, 2.0)),
        clip_norm=1.0,
    )

    result = train_maps(source, tmp_path / "out", settings, split=split)

    unseen = source.load("P3")
    constant = float(np.var(MAP_TARGETS["CBF"].scaled(unseen.target("CBF")[unseen.brain])))
    assert result.parts["test"].maps["CBF"] < 0.5 * constant
    assert result.epochs[-1].train < 0.3 * result.epochs[0].train


def test_a_map_that_hardly_weighs_is_hardly_learned(source, split, short_training, tmp_path):
    errors = {}
    for name in ("CBV", "TTP"):
        settings = replace(
            short_training,
            architecture="bolus-unet",
            phases=(Phase(epochs=30, batch_size=3, learning_rate=1e-3, crop=Crop.BRAIN, patch=24),),
            map_weights=((name, 1e-6),),
        )
        result = train_maps(source, tmp_path / name, settings, split=split)
        errors[name] = result.parts["train"].maps

    assert errors["CBV"]["CBV"] > 2.0 * errors["TTP"]["CBV"]
    assert errors["TTP"]["TTP"] > 2.0 * errors["CBV"]["TTP"]


def test_all_pixels_count_where_the_papers_count_them(source, split, short_training, tmp_path):
    settings = replace(short_training, region=Region.IMAGE, phases=(Phase(epochs=1),))

    result = train_maps(source, tmp_path / "out", settings, split=split)

    network = load_model(result.model).network
    samples = MapSlices(source, split.test, ("CBV", "TTP"))
    with torch.inference_mode():
        errors = [
            (network(each.stack[None], each.context[None])[0] - each.targets.nan_to_num(0.0)) ** 2
            for each in (samples[index] for index in range(len(samples)))
        ]
    assert result.parts["test"].mse == pytest.approx(float(torch.stack(errors).mean()), rel=1e-4)


def test_slices_of_different_sizes_are_trained_together(make_source, split, short_training, tmp_path):
    source = make_source(shapes=((32, 32), (24, 32)))
    settings = replace(short_training, phases=(Phase(epochs=1, batch_size=4),))

    result = train_maps(source, tmp_path / "out", settings, split=split)

    assert result.parts["train"].mse > 0.0


def test_early_stopping_ends_a_phase_and_the_best_epoch_is_kept(source, split, short_training, tmp_path):
    settings = replace(
        short_training,
        phases=(Phase(epochs=30, learning_rate=1e-9),),
        early_stopping=EarlyStopping(patience=2, smallest_gain=0.9),
    )

    result = train_maps(source, tmp_path / "out", settings, split=split)

    assert len(result.epochs) == 3
    validation = [epoch.validation for epoch in result.epochs]
    assert result.best_epoch == 1 + int(np.argmin(validation))
    assert result.parts["validation"].mse == pytest.approx(min(validation), rel=1e-4)


def test_progress_rises_from_nothing_to_all_and_names_what_is_done(
    source, split, short_training, tmp_path, progress, capfd, caplog
):
    with caplog.at_level(logging.INFO):
        train_maps(source, tmp_path / "out", short_training, split=split, on_progress=progress)

    fractions = [fraction for _, fraction in progress.reports]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    titles = [title for title, _ in progress.reports]
    assert "Phase 1, epoch 1 of 2" in titles
    assert any(title.startswith("Phase 2, epoch 1 of 1, MSE 0.") for title in titles)
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.name.startswith("lightning")] == []


def test_random_numbers_and_settings_of_torch_are_given_back(source, split, short_training, tmp_path):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)

    train_maps(source, tmp_path / "out", replace(short_training, phases=(Phase(epochs=1),)), split=split)

    assert torch.equal(torch.rand(3), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_cancelled_training_goes_on_to_the_same_weights(trained, source, split, short_training, tmp_path):
    cancel = threading.Event()

    def stop_in_phase_2(title, _fraction):
        if title.startswith("Phase 1, epoch 2"):
            cancel.set()

    with pytest.raises(Cancelled):
        train_maps(
            source, tmp_path / "out", short_training, split=split, on_progress=stop_in_phase_2, cancel=cancel
        )
    train_maps(source, tmp_path / "out", short_training, split=split, resume=True)

    assert_same_weights(tmp_path / "out", trained.folder)


def test_a_half_written_checkpoint_does_not_matter_and_a_damaged_one_is_named(
    trained, source, split, short_training, tmp_path
):
    def stop(title, _fraction):
        if title.startswith("Phase 1, epoch 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train_maps(source, tmp_path / "out", short_training, split=split, on_progress=stop)
    checkpoint = tmp_path / "out" / "checkpoints" / "last.ckpt"
    checkpoint.with_suffix(".partial").write_bytes(checkpoint.read_bytes()[:1000])
    whole = checkpoint.read_bytes()

    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigurationError, match=r"last\.ckpt cannot be read"):
        train_maps(source, tmp_path / "out", short_training, split=split, resume=True)
    checkpoint.write_bytes(whole)
    train_maps(source, tmp_path / "out", short_training, split=split, resume=True)

    assert_same_weights(tmp_path / "out", trained.folder)


def test_a_training_that_diverges_stops_and_says_so(source, split, short_training, tmp_path):
    settings = replace(short_training, phases=(Phase(epochs=3, learning_rate=1e30),))

    with pytest.raises(ProcessingError, match=r"diverged in epoch .*lower the learning rate"):
        train_maps(source, tmp_path / "out", settings, split=split)
    assert not (tmp_path / "out" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"targets": ("CBV", "CBF")}, "no map CBF"),
        ({"compute": Compute(device="cpu", precision=Precision.HALF)}, "needs an NVIDIA GPU"),
        ({"compute": Compute(device="cuda")}, "cuda"),
    ],
)
def test_what_does_not_suit_the_data_or_the_machine_is_refused(
    change, sentence, make_source, split, short_training, tmp_path
):
    source = make_source()
    source.target_names = ("CBV", "TTP", "MTT")

    with pytest.raises(ConfigurationError, match=sentence):
        train_maps(source, tmp_path / "out", replace(short_training, **change), split=split)
    assert not (tmp_path / "out").exists()


def test_bad_patients_are_named_and_nothing_is_written(source, split, short_training, tmp_path):
    stack = source.load("P1").stack.astype(np.float32) / 65535
    stack[2, 5, 16, 16] = np.nan
    with pytest.raises(CTPerfusionError, match="patient P1 have values in slice 3 that are no numbers"):
        train_maps(source.replaced("P1", stack=stack), tmp_path / "out", short_training, split=split)

    unknown = np.full_like(source.load("P2").targets, np.nan)
    with pytest.raises(CTPerfusionError, match="No slice has a pixel in the brain with a known target"):
        train_maps(source.replaced("P2", targets=unknown), tmp_path / "out", short_training, split=split)

    with pytest.raises(CTPerfusionError, match="patient P9"):
        train_maps(source, tmp_path / "out", short_training, split=replace(split, test=("P9",)))
    assert not (tmp_path / "out").exists()


def test_one_patient_is_too_few(make_source, short_training, tmp_path):
    with pytest.raises(CTPerfusionError, match="1 patient is too few"):
        train_maps(make_source(n_patients=1), tmp_path / "out", short_training)


def test_an_output_that_is_a_file_is_refused(source, split, short_training, tmp_path):
    (tmp_path / "out").write_text("")

    with pytest.raises(ConfigurationError, match="is a file"):
        train_maps(source, tmp_path / "out", short_training, split=split)


def test_a_missing_package_is_named_with_what_to_do(source, split, short_training, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning", None)

    with pytest.raises(ConfigurationError, match=r"needs lightning.*pip install 'ctperfusion\[training\]'"):
        train_maps(source, tmp_path / "out", short_training, split=split)
