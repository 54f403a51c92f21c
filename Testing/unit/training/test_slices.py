"""Slices as they are held, cut and put together for a batch."""

import numpy as np
import pytest
import torch

from CTPerfusionLib.progress import ignore_progress
from CTPerfusionLib.training import Augmentation, Phase, Region
from CTPerfusionLib.training.batch_plan import SliceKey
from CTPerfusionLib.training.datasets import MapSlices
from CTPerfusionLib.training.loop.batch import EpochSlices, collated
from CTPerfusionLib.training.loop.errors import masked_errors
from CTPerfusionLib.training.loop.map_data import patch_views
from CTPerfusionLib.training.loop.slice_bank import SliceBank, decoded
from CTPerfusionLib.training.loop.window import brain_windows

TARGETS = ("CBV", "TTP")
PLENTY = 10**9


@pytest.fixture
def samples(source):
    return MapSlices(source, ("P0", "P1"), TARGETS)


def bank_of(samples, windows=None, memory=PLENTY, region=Region.BRAIN):
    return SliceBank(samples, windows, region, memory, ignore_progress)


def test_held_slices_are_those_of_the_patients(samples):
    bank = bank_of(samples)

    assert len(bank) == len(samples) == 6
    for held, sample in zip((bank[place] for place in range(6)), samples, strict=False):
        assert (decoded(held.stack) - sample.stack).abs().max() < 1e-6
        assert torch.equal(held.targets.nan_to_num(-1.0), sample.targets.nan_to_num(-1.0))
        assert torch.equal(held.brain, sample.weight)


def test_slices_without_memory_are_read_again_and_are_the_same(samples):
    whole, none = bank_of(samples), bank_of(samples, memory=0)

    assert whole.is_held
    assert not none.is_held
    assert none.n_bytes == 0
    assert all(torch.equal(whole[place].stack, none[place].stack) for place in range(len(whole)))


def test_parts_of_slices_are_the_same_from_memory_and_from_the_source(source):
    windows = brain_windows(source, source.patients, None, ignore_progress)
    samples = MapSlices(source, ("P0", "P1"), TARGETS)
    held, read = bank_of(samples, windows), bank_of(samples, windows, memory=0)

    for place in range(len(held)):
        assert torch.equal(held.brain(place), read.brain(place))
        for own, other in zip(
            held.part(place, slice(3, 11), slice(2, 9)),
            read.part(place, slice(3, 11), slice(2, 9)),
            strict=True,
        ):
            assert own.shape[-2:] == (8, 7) or own is held[place].context
            assert torch.equal(own.nan_to_num(-1.0), other.nan_to_num(-1.0))


def test_parts_of_averaged_slices_are_cut_from_them(make_source):
    source = make_source(n_patients=1, shapes=((64, 128),))
    samples = MapSlices(source, source.patients, TARGETS, size=64)

    part = samples.part(1, slice(4, 12), slice(20, 30))

    assert torch.equal(part.stack, samples[1].stack[:, 4:12, 20:30])
    assert torch.equal(part.weight, samples[1].weight[4:12, 20:30])


def test_windows_hold_every_brain_in_one_size(source):
    windows = brain_windows(source, source.patients, None, ignore_progress)

    assert len({window[2:] for window in windows.values()}) == 1
    for patient, window in windows.items():
        assert window.rows % 16 == window.columns % 16 == 0
        brain = torch.from_numpy(source.load(patient).brain)
        assert window.cut(brain).sum() == brain.sum()


def test_windows_follow_the_size_to_which_slices_are_averaged(make_source):
    source = make_source(n_patients=1, shapes=((64, 128),))
    (window,) = brain_windows(source, source.patients, 64, ignore_progress).values()

    samples = MapSlices(source, source.patients, TARGETS, size=64)
    brain = samples[0].weight

    assert brain.shape == (32, 64)
    assert window.columns < 64
    assert window.cut(brain).sum() == brain.sum()


def test_slices_without_a_known_pixel_are_left_out_where_only_those_count(source):
    targets = source.load("P0").targets.copy()
    targets[1] = np.nan
    samples = MapSlices(source.replaced("P0", targets=targets), ("P0",), TARGETS)

    assert len(bank_of(samples)) == 2
    assert len(bank_of(samples, region=Region.IMAGE)) == 3


def test_a_patch_lies_in_the_slice_and_has_the_brain_in_it(samples, source):
    slices = EpochSlices(bank_of(samples), range(6), Augmentation(), source.settings, (0, 0), patch=16)
    whole = decoded(bank_of(samples)[0].stack)

    for epoch in range(10):
        varied = slices[SliceKey(0, epoch, True)]
        patch = decoded(varied.held.stack)
        assert patch.shape[1:] == (16, 16)
        assert varied.held.brain.any()
        assert (whole.unfold(1, 16, 1).unfold(2, 16, 1)[0] == patch[0]).all(-1).all(-1).sum() == 1


def test_a_slice_of_an_epoch_does_not_depend_on_what_was_asked_for_before(samples, source):
    varied = Augmentation(flips=True, shift=4, noise=3.0, bolus_delay=(0.0, 8.0), chance=1.0)
    slices = EpochSlices(bank_of(samples), range(6), varied, source.settings, (0, 0), patch=16)

    first = collated([slices[SliceKey(place, 2, True)] for place in (1, 2)]).inputs()
    other = collated([slices[SliceKey(place, 2, True)] for place in (4, 2)]).inputs()
    later = collated([slices[SliceKey(place, 3, True)] for place in (4, 2)]).inputs()

    assert torch.equal(first[0][1], other[0][1])
    assert torch.equal(first[1][1], other[1][1])
    assert not torch.equal(first[0][1], later[0][1])


def test_a_slice_gives_as_many_patches_as_its_brain_fills(samples):
    bank = bank_of(samples)
    bank.brain_pixels = [10, 64, 120, 255, 640, 6400]

    views = patch_views(bank, Phase(epochs=1, patch=8, most_patches=6))

    assert [views.count(place) for place in range(6)] == [1, 1, 2, 4, 6, 6]
    assert patch_views(bank, Phase(epochs=1, patch=8)) == patch_views(bank, Phase(epochs=1)) == [*range(6)]


def test_patches_of_one_slice_differ(samples, source):
    slices = EpochSlices(bank_of(samples), [3, 3, 3], Augmentation(), source.settings, (0, 0), patch=8)

    first, second, third = (slices[SliceKey(place, 0, True)].held.stack for place in range(3))

    assert len(slices) == 3
    assert not torch.equal(first, second)
    assert not torch.equal(second, third)


def test_errors_are_taken_where_pixels_count():
    maps = torch.full((2, 1, 2, 2), 0.5)
    targets = torch.tensor([[0.1, float("nan")], [0.9, 0.5]]).expand(2, 1, 2, 2)
    brain = torch.tensor([[True, True], [False, True]]).expand(2, 2, 2)
    counts = torch.tensor([True, False])

    errors, inside = masked_errors(maps, targets, brain, counts, Region.BRAIN)
    torch.testing.assert_close(errors[0, 0], torch.tensor([[0.16, 0.0], [0.0, 0.0]]))
    assert inside[0, 0].tolist() == [[True, False], [False, True]]
    assert not inside[1].any()
    assert errors[1].sum() == 0.0

    errors, inside = masked_errors(maps, targets, brain, counts, Region.IMAGE)
    torch.testing.assert_close(errors[0, 0], torch.tensor([[0.16, 0.25], [0.16, 0.0]]))
    assert inside[0].all()
    assert not inside[1].any()
