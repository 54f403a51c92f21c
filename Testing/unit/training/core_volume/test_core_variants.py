"""What training leaves as it is: computed once, kept, and as good as computed each time."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from CTPerfusionLib.networks.core_volume import CoreVolumeArchitecture, load_core_volume_model, standardise
from CTPerfusionLib.networks.core_volume.modules.core_volume_network import CoreVolumeNetwork
from CTPerfusionLib.networks.core_volume.modules.frame_encoder import FrameEncoder
from CTPerfusionLib.networks.core_volume.modules.small_encoder import SmallEncoder
from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training.core_volume import (
    CoreVolumeTraining,
    StandardisedBy,
    train_core_volume,
)
from CTPerfusionLib.training.core_volume.cohort import read_cohort
from CTPerfusionLib.training.core_volume.loop.feeds import StackFeed, VariantFeed
from CTPerfusionLib.training.core_volume.loop.fold_run import FoldPlaces, FoldRun
from CTPerfusionLib.training.core_volume.loop.kept_variants import kept_variants

CPU = torch.device("cpu")
VGG19 = CoreVolumeArchitecture(encoder="vgg19")


@pytest.fixture(scope="module")
def cohort(core_source):
    return read_cohort(core_source, "median", ignore_progress)


@pytest.fixture(scope="module")
def with_variants(short_core_training):
    return replace(short_core_training, n_augmentations=3, epochs=2)


def network_on(encoder):
    torch.manual_seed(5)
    return CoreVolumeNetwork(encoder, (3,), gives_volume=False, dropout=0.3)


class PooledFrames(FrameEncoder):
    """An encoder with weights that can be frozen, as VGG19's, but quick."""

    n_features = 4

    def __init__(self):
        super().__init__()
        self.convolution = torch.nn.Conv2d(1, self.n_features, 3)

    def prepare(self, frames):
        found = torch.relu(self.convolution(frames.flatten(0, 1)[:, None]))
        return torch.unflatten(found.amax(dim=(2, 3)), 0, frames.shape[:2])

    def forward(self, prepared):
        return prepared


@pytest.fixture
def trained():
    return network_on(SmallEncoder())


@pytest.fixture
def frozen():
    network = network_on(PooledFrames())
    network.freeze_encoder()
    return network


def variants_of(cohort, settings, network, folder):
    return kept_variants(cohort, settings, network, folder, CPU, ignore_progress)


@pytest.mark.parametrize("kind", ["trained", "frozen"])
def test_the_first_is_the_patient_as_it_is(cohort, with_variants, kind, request, tmp_path):
    network = request.getfixturevalue(kind)

    variants = variants_of(cohort, with_variants, network, tmp_path)

    stack = torch.from_numpy(cohort.patients[2].hounsfield)[None]
    expected = network.prepare(standardise(stack, cohort.standardisation))[0]
    np.testing.assert_allclose(variants[2][0], expected.numpy(), rtol=1e-5, atol=1e-6)
    assert variants[2].shape == (4, *expected.shape)
    assert not np.allclose(variants[2][0], variants[2][1])


def test_variants_are_computed_once_and_a_damaged_file_again(cohort, with_variants, frozen, tmp_path):
    first = [each.copy() for each in variants_of(cohort, with_variants, frozen, tmp_path)]
    files = sorted(tmp_path.iterdir())
    dates = [path.stat().st_mtime_ns for path in files]
    whole = files[0].read_bytes()

    again = variants_of(cohort, with_variants, frozen, tmp_path)
    assert [path.stat().st_mtime_ns for path in sorted(tmp_path.iterdir())] == dates
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))

    files[0].write_bytes(whole[: len(whole) // 2])
    mended = variants_of(cohort, with_variants, frozen, tmp_path)
    assert files[0].read_bytes() == whole
    assert all(np.array_equal(one, other) for one, other in zip(first, mended, strict=True))


def test_other_frozen_weights_settings_or_images_have_variants_of_their_own(
    cohort, core_source, with_variants, frozen, tmp_path
):
    variants_of(cohort, with_variants, frozen, tmp_path)
    n_files = len(list(tmp_path.iterdir()))

    variants_of(cohort, replace(with_variants, seed=1), frozen, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2 * n_files
    with torch.no_grad():
        next(frozen.encoder.parameters()).add_(0.01)
    variants_of(cohort, with_variants, frozen, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3 * n_files
    stack = core_source.load("P000").stack + np.float32(1.0)
    other = replace(cohort, patients=(replace(cohort.patients[0], stack=stack), *cohort.patients[1:]))
    variants_of(other, with_variants, frozen, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3 * n_files + 1


def test_weights_that_are_trained_do_not_matter_for_what_is_kept(cohort, with_variants, trained, tmp_path):
    variants_of(cohort, with_variants, trained, tmp_path)
    n_files = len(list(tmp_path.iterdir()))

    with torch.no_grad():
        next(trained.encoder.parameters()).add_(0.01)
    variants_of(cohort, with_variants, trained, tmp_path)

    assert len(list(tmp_path.iterdir())) == n_files


def test_no_patient_is_named_by_a_file(cohort, with_variants, frozen, tmp_path):
    variants_of(cohort, with_variants, frozen, tmp_path)

    assert not any(name in path.name for name in cohort.names for path in tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["trained", "frozen"])
def test_learning_from_what_is_kept_is_learning_from_the_variants(
    cohort, with_variants, kind, request, tmp_path
):
    """Weights agree but for the rounding of what is done in other batches."""
    network = request.getfixturevalue(kind)
    start = {name: value.clone() for name, value in network.state_dict().items()}
    variants = variants_of(cohort, with_variants, network, tmp_path)
    feeds = (
        StackFeed(cohort, with_variants, CPU),
        VariantFeed(cohort, with_variants, variants, CPU),
    )
    courses, weights = [], []
    for number, feed in enumerate(feeds):
        network.load_state_dict(start)
        run = FoldRun(
            network, feed, cohort, FoldPlaces(1, (0, 1, 2, 3, 4), (5, 6), (7,)), with_variants,
            tmp_path / str(number), CPU, on_epoch=lambda _: None, on_progress=lambda *_: None,
        )  # fmt: skip
        courses.append(run.train(resume=False))
        weights.append(network.head_state()["dense.weight"].clone())

    assert torch.allclose(*weights, atol=1e-4)
    for one, other in zip(courses[0].epochs, courses[1].epochs, strict=True):
        assert one.train_loss == pytest.approx(other.train_loss, rel=1e-4)


def test_a_batch_can_be_standardised_by_itself(cohort, with_variants):
    settings = replace(with_variants, n_augmentations=None, standardised_by=StandardisedBy.BATCH)

    batch = StackFeed(cohort, settings, CPU).varied([0, 3, 5], epoch=1)

    assert float(batch.mean()) == pytest.approx(0.0, abs=1e-4)
    assert float(batch.std()) == pytest.approx(1.0, abs=1e-3)


def test_networks_on_vgg19_share_its_encoder_and_trainings_what_is_kept(make_core_source, tmp_path):
    """From patients to an ensemble, with the encoder of the paper on images of 32 x 32 pixels."""
    source = make_core_source(n_patients=6, n_frames=4)
    settings = CoreVolumeTraining(architecture=VGG19, n_augmentations=1, epochs=2, patience=2, device="cpu")

    study = train_core_volume(source, tmp_path / "out", settings, folds=6)

    model = load_core_volume_model(study.model)
    assert {id(network.encoder) for network in model.networks} == {id(model.networks[0].encoder)}
    assert model.card.encoder_weights.is_random
    assert any("never trained" in sentence for sentence in model.card.limits)
    variants = tmp_path / "out" / "variants"
    files = sorted(path.name for path in variants.iterdir())
    assert len(files) == 6
    other = replace(settings, architecture=replace(VGG19, pathways="local"), epochs=1)
    train_core_volume(source, tmp_path / "local", other, folds=6, variants=variants)
    assert sorted(path.name for path in variants.iterdir()) == files
