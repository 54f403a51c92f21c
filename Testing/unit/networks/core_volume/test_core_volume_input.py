"""What the network is given: the right times, the right pixels, and a reason where that is not possible."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError, ProcessingError
from CTPerfusionLib.networks.core_volume import (
    CoreVolumeInputSettings,
    choose_slices,
    prepare_core_volume_input,
)
from CTPerfusionLib.networks.core_volume.plane_resampling import area_weights, on_square

SETTINGS = CoreVolumeInputSettings(n_frames=11, interval=1.5, size=32, field_of_view=128.0)
SLICES = 10


@pytest.fixture
def study(a_head):
    """Give a head whose HU are a function of time and place: ``study(times, hu=f(t, behind, left))``."""

    def build(times, hu=lambda t, _behind, _left: 40.0 + t, grid=None):
        per_slice = times if times.ndim == 2 else np.repeat(times[:, None], SLICES, axis=1)
        behind, left = grid if grid is not None else (np.zeros((50, 46)), np.zeros((50, 46)))
        values = hu(per_slice[:, :, None, None], behind, left)
        return a_head(
            SLICES, ventricles=(0, 6), times=times, hu=np.broadcast_to(values, (*per_slice.shape, 50, 46))
        )

    return build


def middle(stack):
    """Return the curves of the middle of both slices, (2, T)."""
    return stack[:, :, 16, 16]


def test_settings_are_those_of_the_paper():
    settings = CoreVolumeInputSettings()

    assert (settings.n_frames, settings.interval, settings.sampling.span) == (32, 1.5, 46.5)
    assert (settings.size, settings.field_of_view, settings.pixel_size) == (128, 200.0, 1.5625)


def test_settings_come_back_from_json():
    settings = replace(SETTINGS, window=(-10.0, 150.0), longest_hold=1.0)

    assert CoreVolumeInputSettings.from_json(json.loads(json.dumps(settings.as_json()))) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_frames", 1), ("interval", 0.0), ("size", 0), ("field_of_view", 0.0), ("window", (5.0, 5.0))],
)
def test_settings_that_cannot_be_used_are_refused(name, value):
    with pytest.raises(ArgumentError, match=name):
        replace(SETTINGS, **{name: value})


def test_the_input_has_two_slices_at_the_times_and_pixels_of_the_settings(study):
    given_input = prepare_core_volume_input(*study(np.arange(20) * 1.0), SETTINGS)

    assert given_input.stack.shape == (2, 11, 32, 32)
    assert given_input.stack.dtype == np.float32


@pytest.mark.parametrize("interval", [0.5, 1.0, 1.3, 2.0, 3.0])
def test_curves_are_interpolated_from_the_first_frame_on(study, interval):
    times = np.arange(0.0, 30.0, interval)

    stack = prepare_core_volume_input(*study(times), SETTINGS).stack

    np.testing.assert_allclose(middle(stack), 40.0 + np.tile(SETTINGS.sampling.times, (2, 1)), atol=1e-4)


def test_a_late_bolus_stays_late(study):
    times = np.arange(60) * 1.0
    series, masks = study(times, hu=lambda t, _b, _l: 40.0 + 50.0 * (t >= 12.0))

    stack = prepare_core_volume_input(series, masks, SETTINGS).stack

    assert (middle(stack)[:, :8] == 40.0).all()
    assert (middle(stack)[:, 8:] == 90.0).all()


def test_every_slice_keeps_its_own_times(study):
    """In a table that moves, the same moment is another frame in each slice."""
    times = np.arange(20)[:, None] * 1.5 + np.linspace(0.0, 1.1, SLICES)[None]

    given_input = prepare_core_volume_input(*study(times), SETTINGS)

    for curve, index in zip(
        middle(given_input.stack), (given_input.slices.lower, given_input.slices.upper), strict=True
    ):
        wanted = np.maximum(SETTINGS.sampling.times, times[0, index])
        np.testing.assert_allclose(curve, 40.0 + wanted, atol=1e-4)


def test_the_end_of_a_record_that_is_three_seconds_short_is_held(study):
    times = np.arange(0.0, 12.01, 1.0)

    stack = prepare_core_volume_input(*study(times), SETTINGS).stack

    np.testing.assert_allclose(middle(stack)[0], 40.0 + np.minimum(SETTINGS.sampling.times, 12.0), atol=1e-4)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (np.arange(0.0, 11.5, 0.5), r"lasts 11.0 s, and the network needs at least 12.0 s"),
        (np.arange(4) * 1.5, r"lasts 4.5 s"),
        (np.arange(20) * 4.0, r"are 4.00 s apart, and the network takes at most 3 s"),
        (np.r_[0.0:6.0:1.0, 12.0:24.0:1.0], r"7.0 s are missing"),
    ],
)
def test_a_scan_that_does_not_fit_is_refused_with_the_reason(study, times, words):
    with pytest.raises(ProcessingError, match=words):
        prepare_core_volume_input(*study(times), SETTINGS)


def test_a_scan_of_twenty_seconds_is_refused_with_the_settings_of_the_paper(study):
    with pytest.raises(ProcessingError, match=r"lasts 20.0 s, and the network needs at least 43.5 s"):
        prepare_core_volume_input(*study(np.arange(0.0, 20.1, 1.0)), CoreVolumeInputSettings())


def test_a_gap_after_the_time_that_is_looked_at_does_not_matter(study):
    times = np.r_[0.0:20.0:1.0, 40.0]

    assert prepare_core_volume_input(*study(times), SETTINGS).stack.shape == (2, 11, 32, 32)


def test_a_study_of_one_slice_is_refused(a_head):
    with pytest.raises(ProcessingError, match="single slice"):
        prepare_core_volume_input(*a_head(1), SETTINGS)


@pytest.mark.parametrize("size", [16, 32, 77])
def test_a_ramp_in_the_plane_stays_the_same_ramp_on_finer_and_coarser_pixels(study, grid_mm, size):
    settings = replace(SETTINGS, size=size)
    series, masks = study(
        np.arange(20) * 1.0, hu=lambda _t, behind, left: 100.0 + 0.4 * behind - 0.7 * left, grid=grid_mm
    )

    stack = prepare_core_volume_input(series, masks, settings).stack

    places = (np.arange(size) - (size - 1) / 2.0) * settings.pixel_size
    wanted = 100.0 + 0.4 * places[:, None] - 0.7 * places[None]
    np.testing.assert_allclose(stack[0, 0], wanted, atol=1e-3)
    np.testing.assert_allclose(stack[1, 10], wanted, atol=1e-3)


@given(
    step=st.floats(0.3, 4.0), pixel=st.floats(0.5, 8.0), middle=st.floats(8.0, 12.0), size=st.integers(1, 40)
)
def test_weights_are_means_inside_the_image_and_nothing_is_weighed_twice(step, pixel, middle, size):
    weights = area_weights(400, step, middle + 190.0, size, pixel)
    narrow = area_weights(21, step, middle, 4000, pixel)

    half = size * pixel / step / 2.0
    if half < 180.0:
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-4)
    assert weights.min() > -1e-5
    # Over a square that holds the whole image, each sample counts by the area that it stands for.
    np.testing.assert_allclose(narrow.sum(axis=0) * pixel, step, rtol=1e-2)


def test_noise_falls_as_pixels_are_averaged():
    noise = np.random.default_rng(0).normal(0.0, 6.0, (4, 256, 256)).astype(np.float32)

    coarse = on_square(noise, (0.5, 0.5), (127.5, 127.5), 32, 2.0, 0.0)

    # Along each axis the samples weigh 1/8, 7/8, 1, 1, 7/8 and 1/8, divided by 4.
    assert coarse[:, 8:24, 8:24].std() == pytest.approx(6.0 * 3.5625 / 16.0, rel=0.05)


def test_beyond_the_image_there_is_air(study):
    settings = replace(SETTINGS, field_of_view=400.0, window=(5.0, 200.0))

    stack = prepare_core_volume_input(*study(np.arange(20) * 1.0), settings).stack

    assert (stack[:, :, :6] == 5.0).all()
    assert (stack[:, :, :, :6] == 5.0).all()
    assert (stack[:, :, 16, 16] > 39.0).all()


def test_values_stay_inside_the_window(study, grid_mm):
    series, masks = study(np.arange(20) * 1.0, hu=lambda _t, behind, _l: 20.0 * behind, grid=grid_mm)

    stack = prepare_core_volume_input(series, masks, SETTINGS).stack

    assert (stack.min(), stack.max()) == (0.0, 200.0)


def test_the_square_lies_around_the_brain_of_each_slice(study, grid_mm):
    series, masks = study(
        np.arange(20) * 1.0,
        hu=lambda t, behind, left: 100.0 + 0.4 * behind - 0.7 * left + 0.1 * t,
        grid=grid_mm,
    )
    first = prepare_core_volume_input(series, masks, SETTINGS)
    upper = first.slices.upper
    moved = series.voxels.copy()
    moved[:, upper] = np.roll(moved[:, upper], (3, -2), axis=(1, 2))
    masks.brain[upper] = np.roll(masks.brain[upper], (3, -2), axis=(0, 1))

    second = prepare_core_volume_input(series.with_voxels(moved), masks, SETTINGS, slices=first.slices)

    np.testing.assert_allclose(second.stack[0], first.stack[0])
    np.testing.assert_allclose(second.stack[1, :, 6:26, 6:26], first.stack[1, :, 6:26, 6:26], atol=1e-3)


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_the_way_a_scan_is_stored_changes_nothing(study, grid_mm, axis):
    series, masks = study(
        np.arange(20) * 1.0, hu=lambda t, behind, left: 100.0 + 0.4 * behind - 0.7 * left + t, grid=grid_mm
    )
    sign = np.ones(4)
    sign[3 - axis] = -1.0
    flipped = replace(
        series, voxels=np.flip(series.voxels, axis), ijk_to_ras=series.ijk_to_ras @ np.diag(sign)
    )
    turned = type(masks)(*(np.flip(mask, axis - 1) for mask in vars(masks).values()))

    first = prepare_core_volume_input(series, masks, SETTINGS).stack
    second = prepare_core_volume_input(flipped, turned, SETTINGS).stack

    np.testing.assert_allclose(second, first, atol=1e-3)


def test_slices_that_were_named_are_used(study):
    series, masks = study(np.arange(20) * 1.0)
    voxels = series.voxels + 5.0 * np.arange(SLICES)[None, :, None, None]
    named = choose_slices(series, masks, lower=1, upper=9)

    given_input = prepare_core_volume_input(series.with_voxels(voxels), masks, SETTINGS, slices=named)

    assert given_input.slices == named
    np.testing.assert_allclose(middle(given_input.stack)[:, 0], [45.0, 85.0])


def test_slices_of_another_series_are_refused(study, a_head):
    named = choose_slices(*a_head(14, ventricles=(0, 8)), lower=1, upper=12)

    with pytest.raises(ArgumentError, match="upper is slice 12; name a slice from 0 to 9"):
        prepare_core_volume_input(*study(np.arange(20) * 1.0), SETTINGS, slices=named)


def test_a_slice_without_brain_is_refused(study):
    series, masks = study(np.arange(20) * 1.0)
    named = choose_slices(series, masks, lower=1, upper=9)
    masks.brain[9] = False

    with pytest.raises(ProcessingError, match="Slice 9 of this series shows no brain"):
        prepare_core_volume_input(series, masks, SETTINGS, slices=named)


def test_values_that_are_no_numbers_are_refused_in_the_brain_and_air_elsewhere(study):
    series, masks = study(np.arange(20) * 1.0)
    chosen = choose_slices(series, masks)
    voxels = series.voxels.copy()
    voxels[:, :, 0, 0] = np.nan
    outside = prepare_core_volume_input(series.with_voxels(voxels), masks, SETTINGS)
    voxels[3, chosen.upper, 25, 23] = np.nan

    assert np.isfinite(outside.stack).all()
    with pytest.raises(ProcessingError, match=f"slice {chosen.upper} are not numbers"):
        prepare_core_volume_input(series.with_voxels(voxels), masks, SETTINGS)
    masks.invalid[chosen.upper, 25, 23] = True
    assert np.isfinite(prepare_core_volume_input(series.with_voxels(voxels), masks, SETTINGS).stack).all()
