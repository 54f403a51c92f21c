from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ProcessingError
from CTPerfusionLib.preprocessing import enhancement, estimate_baseline, head_mask

TWO_POSITIONS = np.arange(20)[:, None] * 2.0 + np.array([0.0, 1.0, 1.0])


def baseline_of(series):
    return estimate_baseline(series, head_mask(series.voxels[0], series.ijk_to_ras))


def test_arrival_is_that_of_the_arteries(head):
    baseline = baseline_of(head.series)
    assert head.onset < baseline.arrival < head.onset + 1.5


def test_only_frames_before_contrast_are_averaged(head):
    baseline = baseline_of(head.series)
    times = head.series.times
    assert times[baseline.n_frames - 1] <= head.onset
    assert times[baseline.n_frames + 3] > head.onset
    assert not baseline.contrast_at_start
    np.testing.assert_allclose(
        baseline.image, head.series.voxels[: baseline.n_frames].mean(axis=0), rtol=1e-5, atol=1e-2
    )


def test_vessels_are_not_brighter_on_the_baseline_than_blood(head):
    baseline = baseline_of(head.series)
    assert baseline.image[head.artery].mean() == pytest.approx(42.0, abs=1.0)
    assert baseline.image[head.vein].mean() == pytest.approx(42.0, abs=1.0)


@pytest.mark.parametrize("noise", [2.0, 6.0, 12.0])
def test_noise_is_that_of_one_frame(draw, noise):
    baseline = baseline_of(draw(noise=noise, n_slices=2).series)
    assert baseline.noise == pytest.approx(noise, rel=0.05)


def test_each_slice_of_a_shuttle_scan_has_its_own_frames(draw):
    head = draw(times=TWO_POSITIONS, onset=8.3, noise=3.0)
    baseline = baseline_of(head.series)
    for index, count in enumerate(baseline.slice_frames):
        assert head.series.slice_times(index)[count - 1] <= head.onset
    assert baseline.n_frames == baseline.slice_frames.min() >= 3
    assert len(set(baseline.slice_frames)) == 2


def test_a_weak_bolus_is_found(draw):
    baseline = baseline_of(draw(contrast=0.2).series)
    assert baseline.arrival == pytest.approx(10.0, abs=1.0)


@pytest.mark.parametrize("interval", [0.75, 2.0])
def test_noise_is_no_bolus(draw, interval):
    head = draw(contrast=0.0, times=np.arange(30) * interval)
    with pytest.raises(ProcessingError, match=r"No contrast bolus was found: .* enhance by only \d+ HU"):
        baseline_of(head.series)


def test_a_constant_series_has_no_bolus(draw):
    head = draw(contrast=0.0, noise=0.0, times=np.arange(20) * 1.0)
    with pytest.raises(ProcessingError, match="enhance by only 0 HU"):
        baseline_of(head.series)


@pytest.mark.parametrize("onset", [-3.0, 0.3])
def test_contrast_from_the_start_is_reported_and_the_first_frame_used(draw, onset):
    baseline = baseline_of(draw(onset=onset).series)
    assert baseline.contrast_at_start
    assert baseline.n_frames == 1


def test_a_late_bolus_gives_a_long_baseline(draw):
    baseline = baseline_of(draw(onset=26.0).series)
    assert baseline.arrival == pytest.approx(26.9, abs=0.6)
    assert baseline.n_frames > 30


def test_enhancement_of_integers_leaves_them_alone(head):
    stored = np.round(head.series.voxels).astype(np.int16)
    before = stored.copy()
    baseline = baseline_of(head.series)
    result = enhancement(stored, baseline)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(stored, before)


def test_enhancement_of_floats_reuses_their_memory_and_is_zero_before_contrast(head):
    voxels = head.series.voxels.copy()
    baseline = baseline_of(head.series)
    result = enhancement(voxels, baseline)
    assert result is voxels
    np.testing.assert_allclose(result[: baseline.n_frames].mean(axis=0), 0.0, atol=1e-2)


def test_a_filtered_series_loses_its_own_baseline(head):
    baseline = baseline_of(head.series)
    result = enhancement(0.5 * head.series.voxels, baseline)
    np.testing.assert_allclose(result[: baseline.n_frames].mean(axis=0), 0.0, atol=1e-2)
    assert result[:, head.artery].mean(axis=1).max() == pytest.approx(150.0, rel=0.05)


def test_negative_enhancement_is_kept(head):
    result = enhancement(head.series.voxels.copy(), baseline_of(head.series))
    assert (result < 0).mean() > 0.2


def without_frames(series, dropped):
    kept = np.setdiff1d(np.arange(series.n_frames), dropped)
    return replace(series, voxels=series.voxels[kept], times=series.times[kept])


@pytest.mark.parametrize("dropped", [[3, 4, 5], [10, 11, 13, 14], list(range(1, 60, 3))])
def test_dropped_frames_move_the_arrival_by_less_than_a_frame(head, dropped):
    baseline = baseline_of(without_frames(head.series, dropped))
    assert baseline.arrival == pytest.approx(baseline_of(head.series).arrival, abs=0.75)
    assert baseline.noise == pytest.approx(6.0, rel=0.05)


def test_times_need_not_start_at_zero(head):
    shifted = replace(head.series, times=head.series.times + 250.0)
    first, second = baseline_of(head.series), baseline_of(shifted)
    assert second.arrival == pytest.approx(first.arrival + 250.0)
    np.testing.assert_array_equal(first.slice_frames, second.slice_frames)


def test_an_arrival_is_not_that_of_a_movement(head):
    """A jerk of 4 mm makes skull edges brighter, for longer than a window, than any vessel."""
    voxels = head.series.voxels.copy()
    for frames in (slice(3, 8), slice(30, 36)):
        voxels[frames] = np.roll(voxels[frames], 4, axis=3)
    baseline = baseline_of(head.series.with_voxels(voxels))
    assert baseline.arrival == pytest.approx(head.onset + 0.9, abs=0.6)


def test_a_weak_bolus_in_noise_is_found(draw):
    baseline = baseline_of(draw(contrast=0.25, noise=10.0, n_slices=4).series)
    assert baseline.arrival == pytest.approx(10.0, abs=1.0)


def test_a_voxel_without_numbers_before_contrast_has_its_mean_for_a_baseline(head):
    voxels = head.series.voxels.copy()
    voxels[:20, 0, 110, 110] = np.nan
    baseline = baseline_of(head.series.with_voxels(voxels))
    assert baseline.image[0, 110, 110] == pytest.approx(voxels[20:, 0, 110, 110].mean(), abs=0.01)
    assert np.isfinite(baseline.image).all()


def test_too_few_frames_are_refused(head):
    series = without_frames(head.series, np.arange(3, 60))
    with pytest.raises(ProcessingError, match=r"Only 3 frame\(s\) are left"):
        baseline_of(series)
