"""A cross-validation from patients to an ensemble: that it writes, learns, repeats itself and refuses."""

import csv
import json
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from CTPerfusionLib.errors import Cancelled, ConfigurationError, CTPerfusionError, ProcessingError
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeArchitecture,
    CoreVolumeInputSettings,
    build_core_volume_network,
    load_core_volume_model,
    member_answers,
)
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.statistics.roc import roc_auc
from CTPerfusionLib.training import Schedule
from CTPerfusionLib.training.core_volume import (
    CoreAugmentation,
    Optimiser,
    StandardisedBy,
    read_core_volume_study,
    train_core_volume,
)
from CTPerfusionLib.training.core_volume.cohort import read_cohort
from CTPerfusionLib.training.core_volume.datasets import PhantomCoreSource
from CTPerfusionLib.training.core_volume.loop.feeds import StackFeed
from CTPerfusionLib.training.core_volume.loop.fold_run import FoldPlaces, FoldRun
from CTPerfusionLib.training.datasets import read_split


def weights_of(folder):
    return load_file(folder / "model.safetensors")


def assert_same_weights(one, other):
    one, other = weights_of(one), weights_of(other)
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


def table(path):
    with path.open() as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def trained(core_source, short_core_training, tmp_path_factory):
    return train_core_volume(
        core_source, tmp_path_factory.mktemp("core") / "out", short_core_training, folds=4
    )


def test_the_folder_holds_the_ensemble_the_tables_and_a_folder_for_each_fold(trained):
    names = {path.name for path in trained.folder.iterdir()}
    fold = {path.name for path in (trained.folder / "fold-2").iterdir()}

    assert names == {
        "model.safetensors", "model.json", "folds.csv", "folds.md", "predictions.csv", "learning_curve.png",
        "fold-1", "fold-2", "fold-3", "fold-4",
    }  # fmt: skip
    assert fold == {"split.json", "metrics.csv", "training.json", "checkpoints"}


def test_each_patient_is_tested_once_by_a_network_that_did_not_learn_it(trained, core_source):
    tested = [each.patient for fold in trained.folds for each in fold.of_part("test")]

    assert sorted(tested) == sorted(core_source.patients)
    for fold in trained.folds:
        split = read_split(trained.folder / f"fold-{fold.number}" / "split.json")
        assert {each.patient for each in fold.of_part("test")} == set(split.test)
        assert {each.patient for each in fold.of_part("validation")} == set(split.validation)
        assert not set(split.train) & {*split.validation, *split.test}


def test_the_threshold_is_the_median_and_a_core_of_exactly_that_is_large(
    make_core_source, short_core_training, tmp_path
):
    source = make_core_source(n_patients=9)
    volumes = sorted(source.load(name).core_ml for name in source.patients)

    study = train_core_volume(source, tmp_path / "out", replace(short_core_training, epochs=1), folds=5)

    assert study.threshold_ml == volumes[4]
    test = [each for fold in study.folds for each in fold.of_part("test")]
    assert sum(each.is_large for each in test) == 5


def test_the_ensemble_gives_what_each_fold_is_recorded_to_say(trained, core_source):
    """By the model's file alone, standardised as its card says."""
    model = load_core_volume_model(trained.model)

    for fold in trained.folds:
        stacks = np.stack([core_source.load(each.patient).hounsfield for each in fold.predictions])
        answers = member_answers(model, stacks, "cpu")[fold.number - 1]
        np.testing.assert_allclose(answers, [each.score for each in fold.predictions], atol=1e-5)


def test_the_best_epoch_is_that_of_the_lowest_validation_loss(trained):
    for fold in trained.folds:
        losses = [epoch.validation_loss for epoch in fold.epochs]
        truth = np.array([each.is_large for each in fold.of_part("validation")], float)
        said = np.array([each.score for each in fold.of_part("validation")])
        entropy = -np.mean(truth * np.log(said) + (1.0 - truth) * np.log(1.0 - said))

        assert fold.best_epoch == 1 + int(np.argmin(losses))
        assert min(losses) == pytest.approx(entropy, rel=1e-4)


def test_the_tables_have_a_row_for_each_epoch_fold_and_prediction(trained):
    epochs = table(trained.folder / "fold-1" / "metrics.csv")
    folds = table(trained.folder / "folds.csv")
    predictions = table(trained.folder / "predictions.csv")

    assert [row["epoch"] for row in epochs] == ["1", "2", "3"]
    assert [row["fold"] for row in folds] == ["1", "2", "3", "4", "mean (SD)"]
    assert len(predictions) == 16
    text = (trained.folder / "folds.md").read_text()
    assert "0.72 (0.10)" in text
    assert f"{trained.threshold_ml:.1f} mL" in text


def test_the_card_says_what_was_trained_and_how(trained, core_source, short_core_training):
    card = load_core_volume_model(trained.model).card

    assert card.architecture == short_core_training.architecture
    assert card.input == core_source.settings
    assert (card.n_members, card.threshold_ml) == (4, trained.threshold_ml)
    assert card.data["patients"] == {"all": 8, "large": 4, "small": 4}
    assert card.schedule["epochs_done"] == [3, 3, 3, 3]
    assert card.metrics["auc_test_folds"]["n"] == sum(fold.auc("test") is not None for fold in trained.folds)
    stacks = np.stack([core_source.load(name).hounsfield for name in core_source.patients])
    assert card.standardisation.mean == pytest.approx(stacks.mean(), rel=1e-4)
    assert card.standardisation.sd == pytest.approx(stacks.std(), rel=1e-4)
    assert not card.trained_on_phantoms
    assert "heads" not in card.data


def test_the_card_of_an_ensemble_that_saw_phantoms_says_so(make_core_source, short_core_training, tmp_path):
    heads = PhantomCoreSource((1,), CoreVolumeInputSettings())
    source = make_core_source(n_patients=9, recipe=heads.recipe["kind"])

    study = train_core_volume(source, tmp_path / "out", replace(short_core_training, epochs=1), folds=5)

    card = load_core_volume_model(study.model).card
    assert card.trained_on_phantoms
    assert any("simulated heads only" in sentence for sentence in card.limits)
    assert card.data["heads"] == list(source.patients)


def test_a_finished_cross_validation_can_be_read_again(trained):
    again = read_core_volume_study(trained.folder)

    assert again == trained
    assert again.folds[0].predictions[0].groups["side"] in ("left", "right")


def test_a_finished_cross_validation_is_not_repeated(trained, core_source, short_core_training):
    before = weights_of(trained.folder)
    checkpoint = trained.folder / "fold-1" / "checkpoints" / "last.ckpt"
    written = checkpoint.stat().st_mtime_ns

    again = train_core_volume(core_source, trained.folder, short_core_training, folds=4, resume=True)

    assert again == trained
    assert checkpoint.stat().st_mtime_ns == written
    assert all(torch.equal(value, before[name]) for name, value in weights_of(trained.folder).items())


def test_a_seed_gives_the_same_weights_and_another_one_others(
    trained, core_source, short_core_training, tmp_path
):
    again = train_core_volume(core_source, tmp_path / "again", short_core_training, folds=4)
    other = train_core_volume(
        core_source, tmp_path / "other", replace(short_core_training, seed=1, epochs=1), folds=4
    )

    assert_same_weights(again.folder, trained.folder)
    names = [name for name in weights_of(other.folder) if name.endswith("dense.weight")]
    assert not any(
        torch.equal(weights_of(other.folder)[name], weights_of(trained.folder)[name]) for name in names
    )


def test_folds_start_from_weights_of_their_own(trained):
    weights = weights_of(trained.folder)
    first, second = (
        next(value for name, value in weights.items() if name.startswith(start) and "dense.weight" in name)
        for start in ("member-0.", "member-1.")
    )

    assert not torch.allclose(first, second, atol=0.05)


def test_a_cancelled_training_goes_on_to_the_same_weights(
    trained, core_source, short_core_training, tmp_path
):
    cancel = threading.Event()

    def stop(title, _fraction):
        if title.startswith("Fold 2 of 4: epoch 3"):
            cancel.set()

    with pytest.raises(Cancelled):
        train_core_volume(
            core_source, tmp_path / "out", short_core_training, folds=4, on_progress=stop, cancel=cancel
        )
    assert not (tmp_path / "out" / "model.safetensors").exists()
    train_core_volume(core_source, tmp_path / "out", short_core_training, folds=4, resume=True)

    assert_same_weights(tmp_path / "out", trained.folder)


def test_a_half_written_checkpoint_does_not_matter_and_a_damaged_one_is_named(
    trained, core_source, short_core_training, tmp_path
):
    def stop(title, _fraction):
        if title.startswith("Fold 1 of 4: epoch 3"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train_core_volume(core_source, tmp_path / "out", short_core_training, folds=4, on_progress=stop)
    checkpoint = tmp_path / "out" / "fold-1" / "checkpoints" / "last.ckpt"
    whole = checkpoint.read_bytes()
    checkpoint.with_suffix(".partial").write_bytes(whole[:1000])

    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigurationError, match=r"last\.ckpt cannot be read"):
        train_core_volume(core_source, tmp_path / "out", short_core_training, folds=4, resume=True)
    checkpoint.write_bytes(whole)
    train_core_volume(core_source, tmp_path / "out", short_core_training, folds=4, resume=True)

    assert_same_weights(tmp_path / "out", trained.folder)


def test_one_training_does_not_overwrite_or_continue_another(trained, core_source, short_core_training):
    def again(source=core_source, folds=4, resume=True, **changes):
        train_core_volume(
            source, trained.folder, replace(short_core_training, **changes), folds=folds, resume=resume
        )

    with pytest.raises(ConfigurationError, match="holds a training; resume it"):
        again(resume=False)
    with pytest.raises(ConfigurationError, match="has another learning rate"):
        again(learning_rate=0.1)
    with pytest.raises(ConfigurationError, match="has another folds"):
        again(folds=8)
    other = core_source.replaced("P000", core_ml=80.0)
    with pytest.raises(ConfigurationError, match="has another cohort"):
        again(source=other)


@pytest.fixture
def learn(make_core_source, short_core_training, tmp_path):
    """Trains one fold on 44 of 60 patients with an output; returns its course, test patients and answers."""

    def run(output):
        settings = replace(
            short_core_training,
            threshold=20.0,
            batch_size=6,
            learning_rate=2e-3,
            schedule=Schedule.ONE_CYCLE,
            epochs=30,
            patience=30,
            architecture=CoreVolumeArchitecture(encoder="small", output=output, dropout=0.1),
            augmentation=CoreAugmentation(rotation=10.0, shift=1.0),
        )
        cohort = read_cohort(make_core_source(n_patients=60), settings.threshold, ignore_progress)
        fold = FoldPlaces(1, tuple(range(44)), tuple(range(44, 50)), tuple(range(50, 60)))
        torch.manual_seed(0)
        network = build_core_volume_network(settings.architecture)
        cpu = torch.device("cpu")
        training = FoldRun(
            network, StackFeed(cohort, settings, cpu), cohort, fold, settings, tmp_path, cpu,
            on_epoch=lambda _: None, on_progress=lambda *_: None,
        )  # fmt: skip
        course = training.train(resume=False)
        labels = [(cohort.labels.volumes_ml[place], cohort.labels.large[place]) for place in fold.test]
        return course, labels, training.scores(fold.test)

    return run


def test_a_network_learns_to_tell_large_from_small_cores_it_has_not_seen(learn):
    course, labels, scores = learn("class")

    assert roc_auc([large for _, large in labels], scores) > 0.85
    assert course.epochs[-1].train_loss < 0.8 * course.epochs[0].train_loss


def test_a_network_learns_to_estimate_volumes_it_has_not_seen(learn):
    _, labels, volumes = learn("volume")

    truth = np.array([volume for volume, _ in labels])
    assert np.abs(volumes - truth).mean() < 0.6 * np.abs(truth - np.median(truth)).mean()


def test_a_cross_validation_can_learn_volumes_instead(core_source, short_core_training, tmp_path):
    settings = replace(short_core_training, architecture=CoreVolumeArchitecture(output="volume"), epochs=1)

    study = train_core_volume(core_source, tmp_path / "out", settings, folds=4)

    assert study.gives_volume
    assert load_core_volume_model(study.model).networks[0].gives_volume
    assert float(table(tmp_path / "out" / "folds.csv")[0]["mean absolute error, test (mL)"]) >= 0.0


def test_patience_ends_a_fold_and_the_best_epoch_is_kept(core_source, short_core_training, tmp_path):
    settings = replace(short_core_training, epochs=30, patience=2, learning_rate=0.05)

    study = train_core_volume(core_source, tmp_path / "out", settings, folds=4)

    assert any(len(fold.epochs) < 30 for fold in study.folds)
    for fold in study.folds:
        assert len(fold.epochs) in (fold.best_epoch + 2, 30)


def test_a_fixed_threshold_and_statistics_of_the_batch_are_possible(
    core_source, short_core_training, tmp_path
):
    settings = replace(
        short_core_training,
        threshold=20.0,
        standardised_by=StandardisedBy.BATCH,
        optimiser=Optimiser.RMSPROP,
        epochs=1,
    )

    study = train_core_volume(core_source, tmp_path / "out", settings, folds=4)

    assert study.threshold_ml == 20.0
    for fold in study.folds:
        assert all(each.is_large == (each.core_ml >= 20.0) for each in fold.predictions)


def test_progress_rises_from_nothing_to_all_and_names_what_is_done(
    core_source, short_core_training, tmp_path, core_progress, capfd
):
    settings = replace(short_core_training, epochs=2)

    train_core_volume(core_source, tmp_path / "out", settings, folds=4, on_progress=core_progress)

    fractions = [fraction for _, fraction in core_progress.reports]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    titles = [title for title, _ in core_progress.reports]
    assert titles[0] == "Reading patients"
    assert "Fold 4 of 4: epoch 2 of 2" in titles
    assert capfd.readouterr() == ("", "")


def test_random_numbers_and_settings_of_torch_are_given_back(core_source, short_core_training, tmp_path):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)

    train_core_volume(core_source, tmp_path / "out", replace(short_core_training, epochs=1), folds=4)

    assert torch.equal(torch.rand(3), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_unlabelled_patients_are_named_and_nothing_is_written(core_source, short_core_training, tmp_path):
    source = core_source.replaced("P003", core_ml=None)

    with pytest.raises(CTPerfusionError, match="1 of 8 patients have no core volume: P003"):
        train_core_volume(source, tmp_path / "out", short_core_training, folds=4)
    assert not (tmp_path / "out").exists()


def test_equal_labels_are_refused(core_source, short_core_training, tmp_path):
    with pytest.raises(CTPerfusionError, match=r"All labels are equal.*below 70 mL"):
        train_core_volume(
            core_source, tmp_path / "out", replace(short_core_training, threshold=70.0), folds=4
        )
    assert not (tmp_path / "out").exists()


def test_a_fold_that_learns_from_one_side_only_is_refused(core_source, short_core_training, tmp_path):
    by_volume = sorted(core_source.patients, key=lambda name: core_source.load(name).core_ml)
    largest = core_source.load(by_volume[-1]).core_ml

    with pytest.raises(CTPerfusionError, match=r"All patients that fold \d learns from are on one side"):
        train_core_volume(
            core_source, tmp_path / "out", replace(short_core_training, threshold=largest), folds=4
        )


def test_too_few_patients_and_slices_of_another_shape_are_refused(core_source, short_core_training, tmp_path):
    with pytest.raises(CTPerfusionError, match="too few"):
        train_core_volume(core_source.of(["P000"]), tmp_path / "out", short_core_training, folds=4)
    stack = core_source.load("P001").stack[..., :-1]
    with pytest.raises(CTPerfusionError, match=r"patient P001 have the shape \(2, 12, 32, 31\)"):
        train_core_volume(
            core_source.replaced("P001", stack=stack), tmp_path / "out", short_core_training, folds=4
        )
    stack = np.where(np.arange(32) == 3, np.nan, core_source.load("P001").stack).astype(np.float32)
    with pytest.raises(CTPerfusionError, match="patient P001 have values that are no numbers"):
        train_core_volume(
            core_source.replaced("P001", stack=stack), tmp_path / "out", short_core_training, folds=4
        )
    assert not (tmp_path / "out").exists()


def test_a_training_that_diverges_stops_and_says_so(core_source, short_core_training, tmp_path):
    with pytest.raises(ProcessingError, match=r"fold 1 diverged in epoch .*lower the learning rate"):
        train_core_volume(
            core_source, tmp_path / "out", replace(short_core_training, learning_rate=1e30), folds=4
        )
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_an_output_that_is_a_file_and_a_missing_device_are_refused(
    core_source, short_core_training, tmp_path
):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="is a file"):
        train_core_volume(core_source, tmp_path / "file", short_core_training, folds=4)
    with pytest.raises(ConfigurationError, match="no device 'abacus'"):
        train_core_volume(
            core_source, tmp_path / "out", replace(short_core_training, device="abacus"), folds=4
        )
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_finished_training_cannot_be_read(trained, tmp_path):
    with pytest.raises(ConfigurationError, match=r"no model model\.safetensors"):
        read_core_volume_study(tmp_path)
    for name in ("model.json", "model.safetensors"):
        (tmp_path / name).write_bytes((trained.folder / name).read_bytes())
    with pytest.raises(ConfigurationError, match="lacks the result of fold 1"):
        read_core_volume_study(tmp_path)


def test_a_missing_package_is_named_with_what_to_do(core_source, short_core_training, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning", None)

    with pytest.raises(ConfigurationError, match=r"needs lightning.*pip install 'ctperfusion\[training\]'"):
        train_core_volume(core_source, tmp_path / "out", short_core_training, folds=4)


def test_the_record_of_a_fold_can_be_read_by_anyone(trained):
    record = json.loads((trained.folder / "fold-3" / "training.json").read_text())

    assert record["settings"]["threshold_ml"] == trained.threshold_ml
    assert record["result"]["auc"]["test"] == trained.folds[2].auc("test")
