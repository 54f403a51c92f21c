"""Draws depend on their generator alone, and images, curves and maps are varied together."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.networks import InputSettings
from CTPerfusionLib.training import Augmentation
from CTPerfusionLib.training.augmentation import AugmentationDraw, draw, frames_before_bolus
from CTPerfusionLib.training.loop.augment import change_plane, change_time, drawn_noise

SETTINGS = InputSettings(n_frames=20, interval=2.0)
CONTEXT = np.tile(np.where(SETTINGS.times < 15.0, 0.0, 20.0), (6, 1)).astype(np.float32)
EVERYTHING = Augmentation(
    flips=True, quarter_turns=True, shift=3, bolus_delay=(-2.0, 4.0), bolus_spread=(0.5, 3.0),
    bolus_scale=(0.7, 1.4), intervals=(4.0, 6.0), noise=2.0, chance=1.0,
)  # fmt: skip


def plain(**changes):
    same = np.eye(20, dtype=np.float32)
    parts = {
        "flip_rows": False, "flip_columns": False, "quarter_turns": 0, "shift": (0, 0), "bolus": same,
        "sampling": same, "noise": 0.0, "noise_grain": 0.0, "noise_seed": 1,
    }  # fmt: skip
    return AugmentationDraw(**{**parts, **changes})


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_the_same_generator_draws_the_same(seed):
    one, other = (draw(EVERYTHING, SETTINGS, CONTEXT, np.random.default_rng(seed)) for _ in range(2))

    for name, value in vars(one).items():
        assert np.array_equal(value, getattr(other, name)), name


def test_by_default_nothing_is_varied():
    drawn = draw(Augmentation(), SETTINGS, CONTEXT, np.random.default_rng(0))
    image = torch.arange(12.0).reshape(3, 4)

    assert np.array_equal(drawn.bolus, np.eye(20))
    assert np.array_equal(drawn.sampling, np.eye(20))
    assert drawn.noise == 0.0
    assert torch.equal(change_plane(image, drawn, 0.0), image)


def test_all_that_may_be_varied_is_varied_at_times():
    drawn = [draw(EVERYTHING, SETTINGS, CONTEXT, np.random.default_rng(seed)) for seed in range(40)]

    assert {each.quarter_turns for each in drawn} == {0, 1, 2, 3}
    assert {each.flip_rows for each in drawn} == {each.flip_columns for each in drawn} == {True, False}
    assert {each.shift[0] for each in drawn} == set(range(-3, 4))
    assert all(0.0 < each.noise < 2.0 / 400.0 for each in drawn)
    assert not any(np.array_equal(each.bolus, np.eye(20)) for each in drawn)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30)
def test_images_and_maps_stay_on_top_of_each_other(seed):
    random = np.random.default_rng(seed)
    image = torch.from_numpy(random.normal(size=(8, 8)))
    drawn = draw(EVERYTHING, SETTINGS, CONTEXT, random)

    stack = change_plane(torch.stack([image, 2.0 * image]), drawn, 0.0)
    target = change_plane(3.0 * image, drawn, float("nan"))

    known = target.isfinite()
    assert torch.equal(3.0 * stack[0][known], target[known])
    assert torch.equal(stack[1], 2.0 * stack[0])
    assert (stack[:, ~known] == 0.0).all()
    assert int(known.sum()) == (8 - abs(drawn.shift[0])) * (8 - abs(drawn.shift[1]))


def test_a_shift_beyond_the_image_leaves_nothing():
    assert change_plane(torch.ones(4, 4), plain(shift=(9, 0)), 0.0).sum() == 0.0


def test_images_that_are_not_square_are_not_turned():
    image = torch.arange(12.0).reshape(3, 4)

    assert torch.equal(change_plane(image, plain(quarter_turns=1), 0.0), image)


def test_images_and_context_go_through_the_same_operators_in_their_order():
    random = np.random.default_rng(2)
    bolus, sampling = (torch.from_numpy(random.random((1, 20, 20)) / 20.0) for _ in range(2))
    stack, context = (
        torch.from_numpy(random.random((1, 20, 2, 2))),
        torch.from_numpy(random.random((1, 3, 20))),
    )

    changed, changed_context = change_time(stack, context, bolus, sampling, None)

    expected = np.einsum("ij,jk,kyx->iyx", sampling[0], bolus[0], stack[0])
    np.testing.assert_allclose(changed[0], expected, rtol=1e-6)
    np.testing.assert_allclose(changed_context[0], context[0] @ bolus[0].mT @ sampling[0].mT, rtol=1e-6)


@pytest.mark.parametrize("grain", [0.0, 1.5])
def test_noise_has_the_drawn_sd_and_its_own_seed(grain):
    drawn = [plain(noise=0.01, noise_grain=grain, noise_seed=seed) for seed in (1, 2, 1)] + [plain()]

    noise = drawn_noise((6, 48, 48), drawn, torch.device("cpu"))

    inner = noise[..., 8:-8, 8:-8]
    assert inner[0].std() == pytest.approx(0.01, rel=0.1)
    assert torch.equal(noise[0], noise[2])
    assert not torch.equal(noise[0], noise[1])
    assert (noise[3] == 0.0).all()
    neighbours = np.corrcoef(inner[0, :, :, 1:].flatten(), inner[0, :, :, :-1].flatten())[0, 1]
    assert neighbours > 0.7 if grain else abs(neighbours) < 0.05


def test_no_noise_takes_no_memory():
    assert drawn_noise((2, 4, 4), [plain()], torch.device("cpu")) is None


def test_frames_before_the_bolus_end_before_arteries_enhance():
    assert SETTINGS.times[frames_before_bolus(CONTEXT, SETTINGS.times) - 1] <= 15.0 - 3.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bolus_delay", (3.0, 1.0)),
        ("bolus_spread", (0.0, 1.0)),
        ("bolus_scale", (-1.0, 1.0)),
        ("intervals", (0.0,)),
        ("noise", -1.0),
        ("chance", 1.5),
        ("shift", -1),
    ],
)
def test_what_cannot_be_drawn_is_refused(name, value):
    with pytest.raises(ArgumentError, match=name):
        Augmentation(**{name: value})
