import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.preprocessing.curves import voxel_curves, window_means
from CTPerfusionLib.preprocessing.morphology import closed, dilated, eroded, large_components
from CTPerfusionLib.series import PerfusionSeries, TimeSource


def series_of(voxels, times):
    return PerfusionSeries(voxels, times, np.eye(4), TimeSource.SIMULATED)


@settings(deadline=None)
@given(frames=st.integers(2, 40), interval=st.floats(0.3, 5.0), duration=st.floats(0.5, 6.0))
def test_windows_cover_every_frame_once(frames, interval, duration):
    voxels = np.arange(frames, dtype=np.float32).reshape(-1, 1, 1, 1)
    means = window_means(series_of(voxels, np.arange(frames) * interval), duration)[:, 0, 0, 0]
    # The number of frames that is nearest to the duration; where two are, either will do.
    lengths = {max(1, round(duration / interval + nudge)) for nudge in (-1e-6, 1e-6)}
    length = next(length for length in sorted(lengths) if len(means) == max(1, frames // length))
    rest = frames - length * (len(means) - 1)
    assert (means[:-1].sum() * length + means[-1] * rest) == pytest.approx(
        frames * (frames - 1) / 2, rel=1e-4
    )


def test_curves_of_slices_with_their_own_times_meet_on_one_axis():
    times = np.arange(25)[:, None] * 2.0 + np.array([0.0, 0.7, 1.4])
    voxels = (100.0 + 50.0 * np.sin(times / 6.0))[:, :, None, None]
    series = series_of(voxels, times)
    curves = voxel_curves(series, np.array([[0, 0, 0], [0, 0, 1], [0, 0, 2]]))
    expected = 100.0 + 50.0 * np.sin(series.frame_times / 6.0)
    np.testing.assert_allclose(curves[1:-1], expected[1:-1, None].repeat(3, axis=1), atol=0.3)


def disc(radius, spacing):
    rows, columns = np.mgrid[-40:41, -40:41]
    return (np.hypot(rows * spacing[1], columns * spacing[0]) <= radius)[None]


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 5.0), (0.5, 0.5, 5.0), (0.5, 0.8, 5.0)])
def test_radii_are_millimetres_in_the_plane(spacing):
    area = np.pi * spacing[0] ** -1 * spacing[1] ** -1
    start = disc(10.0, spacing)
    assert dilated(start, 4.0, spacing).sum() == pytest.approx(area * 14.0**2, rel=0.05)
    assert eroded(start, 4.0, spacing).sum() == pytest.approx(area * 6.0**2, rel=0.12)


def test_slices_do_not_grow_into_each_other():
    mask = np.zeros((3, 9, 9), dtype=bool)
    mask[1, 4, 4] = True
    assert not dilated(mask, 3.0, (1.0, 1.0, 0.5))[[0, 2]].any()


def test_the_border_of_the_image_does_not_erode():
    mask = np.ones((1, 20, 20), dtype=bool)
    mask[0, :, 10:] = False
    assert eroded(mask, 3.0, (1.0, 1.0, 5.0))[0, :, :7].all()


def test_closing_bridges_narrow_gaps_only():
    ring = disc(30.0, (1.0, 1.0, 5.0)) & ~disc(24.0, (1.0, 1.0, 5.0))
    narrow, wide = ring.copy(), ring.copy()
    narrow[:, :41, 38:43] = False
    wide[:, :41, 25:56] = False
    assert closed(narrow, 5.0, (1.0, 1.0, 5.0))[0, 13, 40]
    assert not closed(wide, 5.0, (1.0, 1.0, 5.0))[0, 13, 40]


def test_components_below_the_share_of_the_largest_are_dropped():
    mask = np.zeros((1, 30, 30), dtype=bool)
    mask[0, :10, :10], mask[0, 15:19, :5], mask[0, 25:27, :2] = True, True, True
    kept = large_components(mask, 0.1)
    assert kept.sum() == 120
    assert large_components(mask, 1.0).sum() == 100
    assert not large_components(np.zeros_like(mask), 0.5).any()
