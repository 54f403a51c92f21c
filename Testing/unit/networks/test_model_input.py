"""The one way from a series to a network's input, held against curves that are known at any time."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ArgumentError, ProcessingError
from CTPerfusionLib.networks import InputSettings, interpolation_matrix, prepare_input

CINE = np.arange(89) * 0.5


def test_a_series_at_the_networks_own_times_is_only_scaled_to_the_window(study, brain, settings):
    series = study(CINE)

    stack = prepare_input(series, brain, settings).stack

    assert stack.shape == (2, 89, 24, 24)
    expected = np.clip((series.voxels.transpose(1, 0, 2, 3) + 160.0) / 400.0, 0.0, 1.0)
    np.testing.assert_allclose(stack, expected, atol=1e-6)


def test_air_is_zero_and_what_is_brighter_than_the_window_is_one(study, brain, settings):
    stack = prepare_input(study(CINE), brain, settings).stack

    assert stack[:, :, 0, 0].max() == 0.0
    assert prepare_input(study(CINE, dose=2.0), brain, settings).stack[0, :, 12, 5].max() == 1.0


@pytest.mark.parametrize(("interval", "largest_error"), [(1.0, 0.06), (2.0, 0.25)])
def test_coarser_frames_are_interpolated_linearly_to_the_networks_times(
    study, brain, settings, interval, largest_error
):
    coarse = prepare_input(study(np.arange(0.0, 46.0, interval)), brain, settings).stack
    fine = prepare_input(study(CINE), brain, settings).stack

    tissue = (slice(None), slice(None), slice(15, 18), slice(10, 14))
    assert np.abs(coarse[tissue] - fine[tissue]).max() * 400.0 < largest_error * 6.0


def test_slices_with_their_own_times_meet_on_the_common_axis(study, brain, settings):
    own = CINE[:, None] + np.array([0.0, 0.25])

    shifted = prepare_input(study(own), brain, settings).stack
    together = prepare_input(study(CINE), brain, settings).stack

    tissue = (slice(None), slice(2, 87), slice(15, 18), slice(10, 14))
    assert np.abs(shifted[tissue] - together[tissue]).max() * 400.0 < 0.1


def test_of_a_long_record_the_part_with_the_bolus_is_used(study, brain, settings):
    late = study(np.arange(0.0, 80.0, 0.5), arrival=40.0)

    stack = prepare_input(late, brain, settings).stack

    peak = stack[0, :, 15, 12].argmax() * settings.interval
    assert 12.0 < peak < 20.0


def test_the_end_of_a_short_record_is_held_as_far_as_the_settings_allow(study, brain, settings):
    short = study(np.arange(0.0, 42.01, 0.5))

    stack = prepare_input(short, brain, settings).stack

    np.testing.assert_array_equal(stack[:, -5:], np.repeat(stack[:, -5:-4], 5, axis=1))
    with pytest.raises(ProcessingError, match=r"lasts 42.0 s, and the network needs at least 43.0 s"):
        prepare_input(short, brain, replace(settings, longest_hold=1.0))


def test_frames_too_far_apart_are_refused(study, brain, settings):
    with pytest.raises(ProcessingError, match=r"4.00 s apart, and the network takes at most 3 s"):
        prepare_input(study(np.arange(0.0, 60.0, 4.0)), brain, settings)


def test_a_voxel_of_the_brain_that_is_no_number_is_refused_and_one_outside_is_not(study, brain, settings):
    series = study(CINE)
    outside = series.voxels.copy()
    outside[:, 0, 0, 0] = np.nan
    inside = series.voxels.copy()
    inside[3, 1, 12, 12] = np.nan

    assert np.isfinite(prepare_input(series.with_voxels(outside), brain, settings).stack).all()
    with pytest.raises(ProcessingError, match=r"slice 1 are not numbers"):
        prepare_input(series.with_voxels(inside), brain, settings)


def test_a_series_without_brain_and_a_mask_of_another_series_are_refused(study, brain, settings):
    with pytest.raises(ProcessingError, match="No brain"):
        prepare_input(study(CINE), np.zeros_like(brain), settings)
    with pytest.raises(ArgumentError, match="does not match"):
        prepare_input(study(CINE), brain[:1], settings)


def test_a_baseline_that_was_taken_off_is_put_back(study, brain, settings):
    series = study(np.arange(50) * 0.9)
    baseline = series.voxels[0].copy()
    enhancement = series.with_voxels(series.voxels - baseline)

    whole = prepare_input(series, brain, settings)
    restored = prepare_input(enhancement, brain, settings, baseline=baseline)

    np.testing.assert_allclose(restored.stack, whole.stack, atol=1e-6)
    np.testing.assert_allclose(restored.context, whole.context, atol=2e-4)
    with pytest.raises(ArgumentError, match="baseline of shape"):
        prepare_input(enhancement, brain, settings, baseline=baseline[:1])


def test_the_context_goes_from_vessels_to_tissue(study, brain, settings):
    context = prepare_input(study(CINE), brain, settings).context

    assert context.shape == (6, 89)
    peaks = context.max(axis=1)
    assert np.all(np.diff(peaks) <= 1e-3)
    assert peaks[0] == pytest.approx(180.0, rel=0.01)
    assert peaks[-1] == pytest.approx(5.35, rel=0.03)
    assert np.abs(context[:, :10]).max() < 0.05


def test_the_context_is_linear_in_the_dose_and_follows_the_bolus_in_time(study, brain, settings):
    one = prepare_input(study(CINE), brain, settings).context
    twice = prepare_input(study(CINE, dose=2.0), brain, settings).context
    later = prepare_input(study(CINE, arrival=14.0), brain, settings).context

    np.testing.assert_allclose(twice, 2.0 * one, atol=0.05)
    np.testing.assert_allclose(later[:, 8:], one[:, :-8], atol=0.1)


def test_interpolation_weights_sum_to_one_and_meet_the_samples():
    own = np.array([0.0, 1.0, 2.5, 4.0])

    matrix = interpolation_matrix(own, np.array([-1.0, 0.0, 1.75, 4.0, 9.0]))

    np.testing.assert_allclose(matrix.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(matrix @ own, [0.0, 0.0, 1.75, 4.0, 4.0], atol=1e-6)


@pytest.mark.parametrize(
    ("field", "value"),
    [("n_frames", 1), ("interval", 0.0), ("window", (10.0, 10.0)), ("sd", 0.0), ("longest_hold", -1.0)],
)
def test_settings_that_make_no_sense_are_refused(field, value):
    with pytest.raises(ArgumentError, match=field):
        replace(InputSettings(), **{field: value})


def test_settings_survive_json():
    changed = replace(InputSettings(), n_frames=44, interval=1.0, window=(0.0, 200.0))

    assert InputSettings.from_json(changed.as_json()) == changed
