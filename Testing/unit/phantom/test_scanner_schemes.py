from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom


def test_schemes_are_those_of_the_contract() -> None:
    sampling = {
        name: (scheme.n_frames, scheme.interval, scheme.n_slices, scheme.slice_thickness)
        for name, scheme in SCANNER_SCHEMES.items()
    }
    assert sampling["ge-cine"] == (89, 0.5, 8, 5.0)
    assert sampling["siemens-shuttle"] == (32, 1.5, 20, 5.0)
    assert sampling["ge-shuttle"][1:] == (2.81, 16, 5.0)
    assert sampling["toshiba"] == (30, 2.0, 32, 5.0)


def test_shuttle_sweeps_are_regular_in_the_middle_and_alternate_at_the_ends() -> None:
    times = SCANNER_SCHEMES["siemens-shuttle"].times()
    assert times.shape == (32, 20)
    intervals = np.diff(times, axis=0)
    np.testing.assert_allclose(intervals[:, [9, 10]], 1.5, atol=0.06)
    np.testing.assert_allclose(sorted({*np.round(intervals[:, 0], 3)}), [0.4, 2.6])


def test_each_slice_shows_the_contrast_of_its_own_time(the_healthy_head_without_noise: Phantom) -> None:
    phantom = the_healthy_head_without_noise
    series, truth = phantom.series, phantom.truth
    assert series.times.shape == (series.n_frames, series.n_slices)
    tissue = (truth.maps["TTP"] < 3.5) & (truth.labels == 4)
    centres = []
    for index in range(series.n_slices):
        curve = series.voxels[:, index, tissue[index]].mean(axis=1)
        enhanced = np.clip(curve - curve[:3].mean(), 0, None) ** 2
        times = series.slice_times(index)
        centres.append((enhanced * times * np.gradient(times)).sum() / (enhanced * np.gradient(times)).sum())
    usable = tissue.sum(axis=(1, 2)) > 100
    assert np.ptp(np.array(centres)[usable]) < 1.0


def test_a_scheme_of_ones_own_is_scanned_as_it_says(the_healthy_head_with_a_late_bolus: Phantom) -> None:
    phantom = the_healthy_head_with_a_late_bolus
    scheme = replace(SCANNER_SCHEMES["ge-shuttle"], n_frames=12)
    assert phantom.scanner == "ge-shuttle"
    assert phantom.series.n_frames == 12
    np.testing.assert_array_equal(phantom.series.times, scheme.times())


def test_a_bolus_of_ones_own_arrives_and_peaks_when_it_says(
    the_healthy_head_with_a_late_bolus: Phantom, the_healthy_head_without_noise: Phantom
) -> None:
    phantom = the_healthy_head_with_a_late_bolus
    voxels, truth = phantom.series.voxels.astype(np.float32), phantom.truth
    before = truth.times < 18.0
    assert before.sum() >= 5
    assert np.abs(voxels[before] - voxels[0]).max() <= 1.0
    assert np.abs(voxels[-1] - voxels[0]).max() > 50.0
    assert truth.times[truth.aif.argmax()] == pytest.approx(20.0 + 3.0 * 1.5, abs=1.5)
    assert truth.parameters["arterial_input"]["peak"] == 200.0
    np.testing.assert_array_equal(truth.labels, the_healthy_head_without_noise.truth.labels)
