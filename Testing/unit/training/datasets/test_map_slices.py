"""Slices of patients as samples: scaled, averaged, and refused where they hold no numbers."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from CTPerfusionLib.errors import ArgumentError, ConfigurationError
from CTPerfusionLib.networks import MAP_TARGETS
from CTPerfusionLib.training.datasets import DatasetError, MapSlices, cache_source


@pytest.fixture
def cached(a_memory_source, tmp_path):
    return cache_source(a_memory_source, tmp_path / "cache")


def test_every_slice_of_every_patient_is_a_sample(a_memory_source):
    slices = MapSlices(a_memory_source, ["c", "a"], ["CBF"])

    assert len(slices) == 4
    assert slices.places == (("c", 0), ("c", 1), ("a", 0), ("a", 1))
    assert [(sample.patient, sample.slice) for sample in slices] == list(slices.places)


def test_a_sample_holds_shares_of_the_windows(a_memory_source):
    sample, maps = MapSlices(a_memory_source, ["a"], ["CBF", "CBV"])[1], a_memory_source.load("a")

    np.testing.assert_allclose(sample.stack.numpy(), maps.stack[1] / 65535, rtol=1e-6)
    assert sample.stack.dtype == sample.targets.dtype == sample.context.dtype == torch.float32
    np.testing.assert_array_equal(sample.context.numpy(), maps.context)
    for channel, name in enumerate(("CBF", "CBV")):
        window = MAP_TARGETS[name]
        expected = np.clip((maps.target(name)[1] - window.low) / (window.high - window.low), 0, 1)
        np.testing.assert_allclose(sample.targets[channel].numpy(), expected, rtol=1e-6)
    assert np.isnan(sample.targets.numpy()).any()
    np.testing.assert_array_equal(sample.weight.numpy(), maps.brain[1])


def test_samples_are_the_same_from_a_cache(a_memory_source, cached):
    for one, other in zip(
        MapSlices(a_memory_source, ["a", "b"], ["CBF"]), MapSlices(cached, ["a", "b"], ["CBF"]), strict=True
    ):
        for name in ("stack", "context", "targets", "weight"):
            torch.testing.assert_close(
                getattr(one, name), getattr(other, name), equal_nan=True, rtol=0, atol=0
            )


def test_a_coarser_matrix_holds_means_of_areas(a_memory_source):
    fine = MapSlices(a_memory_source, ["a"], ["CBF"])[0]
    coarse = MapSlices(a_memory_source, ["a"], ["CBF"], size=4)[0]

    blocks = fine.stack.numpy().reshape(6, 4, 2, 4, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(coarse.stack.numpy(), blocks, rtol=1e-5)
    assert coarse.targets.shape == (1, 4, 4)
    np.testing.assert_array_equal(coarse.weight.numpy(), fine.weight.numpy()[::2, ::2])
    inside = coarse.targets.numpy()[0, 1:3, 1:3]
    expected = fine.targets.numpy()[0, 2:6, 2:6].reshape(2, 2, 2, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(inside, expected, rtol=1e-5)
    assert np.isnan(coarse.targets.numpy()[0, 0]).all()


@pytest.mark.parametrize(("n_known", "is_known"), [(1, False), (2, True), (3, True)])
def test_a_coarse_target_needs_half_of_its_area_and_ignores_the_rest(make_memory_source, n_known, is_known):
    source = make_memory_source(("a",))
    maps = source.load("a")
    maps.targets[0, 1, 2:4, 2:4] = np.nan
    maps.targets[0, 1].reshape(-1)[[18, 19, 26][:n_known]] = 30.0
    source.load = lambda _patient: maps

    value = MapSlices(source, ["a"], ["CBF"], size=4)[0].targets[0, 1, 1]
    assert bool(torch.isfinite(value)) == is_known
    if is_known:
        assert float(value) == pytest.approx(0.5)


def test_the_longer_side_gets_the_size(make_memory_source):
    source = make_memory_source(("a",))
    maps = source.load("a")
    narrow = replace(
        maps, stack=maps.stack[..., :4], targets=maps.targets[..., :4], brain=maps.brain[..., :4],
        tissue=maps.tissue[..., :4],
    )  # fmt: skip
    source.load = lambda _patient: narrow

    sample = MapSlices(source, ["a"], ["CBF"], size=4)[0]
    assert sample.stack.shape == (6, 4, 2)


def test_a_loader_makes_batches_of_samples(cached):
    slices = MapSlices(cached, ["a", "b"], ["CBF"])

    first, second = DataLoader(slices, batch_size=2)

    assert first.stack.shape == (2, 6, 8, 8)
    assert list(second.patient) == ["b", "b"]
    assert second.slice.tolist() == [0, 1]
    torch.testing.assert_close(second.targets[1], slices[3].targets, equal_nan=True)


def test_a_copy_for_another_process_does_not_carry_the_images(cached):
    slices = MapSlices(cached, ["a", "b", "c", "d"], ["CBF"])
    assert len(slices[0].stack)

    copy = pickle.loads(pickle.dumps(slices))  # noqa: S301 - what torch sends to its workers
    assert len(pickle.dumps(slices)) < 4 * cached.load("a").stack.nbytes
    torch.testing.assert_close(copy[3].stack, slices[3].stack)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("stack", np.nan, "The images of patient a have values in slice 2 that are no numbers"),
        ("targets", np.inf, "The maps of patient a have values in slice 2 that are no numbers"),
        ("context", np.nan, "The context of patient a"),
    ],
)
def test_values_that_are_no_numbers_are_refused_with_patient_and_slice(
    make_memory_source, name, value, reason
):
    source = make_memory_source(("a",))
    maps = source.load("a")
    array = getattr(maps, name).astype(np.float32)
    array[-1, ..., -1] = value
    wrong = replace(maps, **{name: array})
    source.load = lambda _patient: wrong

    with pytest.raises(DatasetError, match=reason):
        MapSlices(source, ["a"], ["CBF"])[1]


def test_no_patient_an_unknown_one_and_a_missing_map_are_refused(a_memory_source):
    with pytest.raises(DatasetError, match="has no patient"):
        MapSlices(a_memory_source, [], ["CBF"])
    with pytest.raises(DatasetError, match="no patient x"):
        MapSlices(a_memory_source, ["x"], ["CBF"])
    with pytest.raises(DatasetError, match="Patient a has no target MTT"):
        MapSlices(a_memory_source, ["a"], ["MTT"])
    with pytest.raises(ConfigurationError, match="no target map 'Tmax'"):
        MapSlices(a_memory_source, ["a"], ["Tmax"])
    with pytest.raises(ArgumentError, match="size is 0"):
        MapSlices(a_memory_source, ["a"], ["CBF"], size=0)


def test_arrays_that_do_not_belong_together_are_refused(a_memory_source):
    maps = a_memory_source.load("a")
    for wrong in ({"brain": maps.brain[:1]}, {"context": maps.context[:, :3]}, {"stack": maps.stack[0]},
                  {"target_names": ("CBF",)}):  # fmt: skip
        with pytest.raises(ValueError, match="must"):
            replace(maps, **wrong)
