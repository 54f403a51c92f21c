"""Batches of an epoch follow from seed and epoch, and processes share them without overlap."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.training.batch_plan import BatchPlan, Share

shapes = st.lists(st.sampled_from([(32, 32), (16, 32)]), min_size=1, max_size=40)


def plan(shapes, batch_size=4, *, shuffled=True, seed=(0, 0), share=Share(), epoch=0):  # noqa: B008
    return BatchPlan(shapes, batch_size, shuffled=shuffled, seed=seed, share=share, epoch=epoch)


@given(shapes=shapes, batch_size=st.integers(1, 9), epoch=st.integers(0, 5))
def test_every_slice_is_seen_once_in_an_epoch_in_batches_of_one_shape(shapes, batch_size, epoch):
    own = plan(shapes, batch_size)

    batches = own.batches(epoch)

    assert sorted(place for batch in batches for place in batch) == list(range(len(shapes)))
    assert all(len({shapes[place] for place in batch}) == 1 for batch in batches)
    assert all(len(batch) <= batch_size for batch in batches)
    assert len(batches) == len(own)


@given(shapes=shapes, n_processes=st.integers(1, 4), epoch=st.integers(0, 3))
def test_processes_share_each_batch(shapes, n_processes, epoch):
    alone = list(plan(shapes, epoch=epoch))
    together = [
        list(plan(shapes, share=Share(rank, n_processes), epoch=epoch)) for rank in range(n_processes)
    ]

    assert {len(own) for own in together} == {len(alone)}
    for batch, *parts in zip(alone, *together, strict=True):
        counted = [key for part in parts for key in part if key.counts]
        assert sorted(counted) == sorted(batch)
        assert all(part for part in parts)


def test_epochs_and_seeds_have_orders_of_their_own():
    order = [(32, 32)] * 30

    assert plan(order).batches(0) == plan(order).batches(0)
    assert plan(order).batches(0) != plan(order).batches(1)
    assert plan(order).batches(0) != plan(order, seed=(1, 0)).batches(0)


def test_the_epoch_is_told_through_the_sampler():
    own = plan([(8, 8)] * 12)
    own.sampler.set_epoch(3)

    assert [[key.place for key in batch] for batch in own] == own.batches(3)


def test_what_is_measured_keeps_its_order():
    assert plan([(8, 8)] * 7, 3, shuffled=False).batches(5) == [[0, 1, 2], [3, 4], [5, 6]]


@settings(max_examples=5)
@given(epoch=st.integers(0, 9))
def test_a_small_rest_is_spread_over_the_batches(epoch):
    assert sorted(map(len, plan([(8, 8)] * 9, 8).batches(epoch))) == [4, 5]


def test_batches_smaller_than_the_number_of_processes_are_refused():
    with pytest.raises(ConfigurationError, match="2 slices cannot be shared by 3"):
        plan([(8, 8)] * 9, 2, share=Share(0, 3))
