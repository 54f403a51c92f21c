"""Turns, shifts and mirroring of two slices: what is drawn, and what it does to images."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.training.core_volume.augmentation import CoreAugmentation, Flip, PlaneDraw, draw
from CTPerfusionLib.training.core_volume.loop.plane import change_planes

STILL = PlaneDraw(0.0, (0.0, 0.0), flip_rows=False, flip_columns=False)


def moved(stack, outside=0.0, **changes):
    """Return one stack (2, T, Y, X) changed by a draw of which all else is nothing."""
    drawn = PlaneDraw(**{**vars(STILL), **changes})
    return change_planes(torch.as_tensor(stack, dtype=torch.float32)[None], [drawn], outside)[0].numpy()


def random_stack(size=16, n_frames=3):
    return np.random.default_rng(3).uniform(0.0, 200.0, (2, n_frames, size, size)).astype(np.float32)


def blob(size, row, column, sd=2.0):
    rows, columns = np.mgrid[:size, :size]
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2.0 * sd**2))


@given(st.integers(0, 10**6), st.text(min_size=1, max_size=8), st.integers(0, 500))
def test_a_draw_follows_from_seed_patient_and_turn_and_stays_within_its_limits(seed, patient, turn):
    limits = CoreAugmentation(rotation=15.0, shift=10.0)

    drawn = draw(limits, seed, patient, turn)

    assert drawn == draw(limits, seed, patient, turn)
    assert abs(drawn.rotation) <= 15.0
    assert max(map(abs, drawn.shift)) <= 10.0
    assert not drawn.flip_rows


def test_seeds_patients_and_turns_give_other_draws():
    limits = CoreAugmentation()
    draws = [draw(limits, *key) for key in ((0, "a", 1), (1, "a", 1), (0, "b", 1), (0, "a", 2))]

    assert len({each.rotation for each in draws}) == 4


def test_draws_fill_their_range_and_half_of_them_are_mirrored():
    draws = [draw(CoreAugmentation(rotation=15.0, shift=10.0), 0, "a", turn) for turn in range(600)]

    rotations = np.array([each.rotation for each in draws])
    assert rotations.std() == pytest.approx(30.0 / np.sqrt(12.0), rel=0.1)
    assert abs(rotations.mean()) < 1.5
    assert 250 < Counter(each.flip_columns for each in draws)[True] < 350


@pytest.mark.parametrize(
    ("flip", "expected"),
    [(Flip.NONE, (False, False)), (Flip.LEFT_RIGHT, (False, True)), (Flip.VERTICAL, (True, False))],
)
def test_only_the_chosen_axis_is_mirrored(flip, expected):
    draws = [draw(CoreAugmentation(flip=flip), 0, "a", turn) for turn in range(30)]

    assert any(each.flip_rows for each in draws) is expected[0]
    assert any(each.flip_columns for each in draws) is expected[1]


def test_other_limits_keep_the_rest_of_a_draw():
    wide, none = (draw(each, 5, "a", 3) for each in (CoreAugmentation(), CoreAugmentation(rotation=0.0)))

    assert none.rotation == 0.0
    assert none.shift == wide.shift


def test_nothing_drawn_leaves_a_stack_as_it_is():
    stack = random_stack()

    np.testing.assert_allclose(moved(stack), stack, atol=1e-3)


def test_mirroring_exchanges_columns_or_rows():
    stack = random_stack()

    np.testing.assert_allclose(moved(stack, flip_columns=True), stack[..., ::-1], atol=1e-3)
    np.testing.assert_allclose(moved(stack, flip_rows=True), stack[..., ::-1, :], atol=1e-3)


def test_an_image_is_mirrored_before_it_is_turned():
    stack = random_stack()

    turned = moved(stack, rotation=90.0, flip_columns=True)

    np.testing.assert_allclose(turned, np.rot90(stack[..., ::-1], -1, axes=(-2, -1)), atol=1e-3)


def test_a_shift_by_whole_pixels_moves_values_and_fills_with_what_lies_outside():
    stack = random_stack()

    shifted = moved(stack, outside=-7.0, shift=(2.0, -3.0))

    np.testing.assert_allclose(shifted[..., 2:, :-3], stack[..., :-2, 3:], atol=1e-3)
    np.testing.assert_allclose(shifted[..., :2, :], -7.0, atol=1e-3)
    np.testing.assert_allclose(shifted[..., -3:], -7.0, atol=1e-3)


def test_a_quarter_turn_goes_from_columns_towards_rows():
    stack = random_stack()

    np.testing.assert_allclose(moved(stack, rotation=90.0), np.rot90(stack, -1, axes=(-2, -1)), atol=1e-3)


@pytest.mark.parametrize("angle", [-15.0, 7.0, 15.0])
def test_a_turn_moves_a_place_about_the_centre_and_then_shifts_it(angle):
    size, row, column, shift = 64, 20.0, 41.0, (3.5, -6.0)
    image = np.broadcast_to(blob(size, row, column), (2, 1, size, size))

    turned = moved(image.copy(), rotation=angle, shift=shift)[1, 0]

    centre, radians = (size - 1) / 2.0, np.deg2rad(angle)
    x, y = column - centre, row - centre
    expected_row = centre + np.sin(radians) * x + np.cos(radians) * y + shift[0]
    expected_column = centre + np.cos(radians) * x - np.sin(radians) * y + shift[1]
    rows, columns = np.mgrid[:size, :size]
    assert (turned * rows).sum() / turned.sum() == pytest.approx(expected_row, abs=0.02)
    assert (turned * columns).sum() / turned.sum() == pytest.approx(expected_column, abs=0.02)


def test_all_frames_and_both_slices_move_alike_and_each_patient_by_its_own_draw():
    image = np.broadcast_to(blob(32, 12.0, 20.0), (2, 2, 4, 32, 32)).astype(np.float32)
    drawn = [draw(CoreAugmentation(), 0, name, 1) for name in ("a", "b")]

    first, second = change_planes(torch.from_numpy(image.copy()), drawn, 0.0)

    assert torch.equal(first, first[:1, :1].expand_as(first))
    assert not torch.allclose(first, second, atol=0.1)


def test_a_constant_inside_the_border_stays_constant():
    stack = np.full((2, 2, 24, 24), 37.0, np.float32)

    np.testing.assert_allclose(moved(stack, outside=37.0, rotation=11.0, shift=(4.2, 0.3)), 37.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "value"), [("rotation", -1.0), ("rotation", np.nan), ("shift", np.inf), ("flip", "diagonal")]
)
def test_values_that_cannot_be_used_are_refused(name, value):
    with pytest.raises(ArgumentError, match=name):
        CoreAugmentation(**{name: value})
