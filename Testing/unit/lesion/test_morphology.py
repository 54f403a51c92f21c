"""Opening, closing and smallest parts in mm and mL."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from CTPerfusionLib.lesion.morphology import Parts, grown, open_and_close


def disk(pixel: float, radius: float, extent: float = 60.0) -> np.ndarray:
    axis = (np.arange(round(extent / pixel)) + 0.5) * pixel - extent / 2
    return (np.hypot(axis, axis[:, None]) <= radius)[None]


def cleaned(segment: np.ndarray, pixel: float, opening: float, closing: float) -> np.ndarray:
    tissue = np.ones_like(segment)
    return open_and_close(
        segment, tissue, (pixel, pixel, 5.0), opening_radius=opening, closing_radius=closing
    )


@pytest.mark.parametrize("pixel", [0.25, 0.5, 1.0])
def test_opening_removes_what_is_narrower_than_its_disk_at_any_pixel_size(pixel):
    assert not cleaned(disk(pixel, 2.0), pixel, opening=3.0, closing=0.0).any()
    assert cleaned(disk(pixel, 6.0), pixel, opening=3.0, closing=0.0).sum() * pixel**2 == pytest.approx(
        np.pi * 36, rel=0.06
    )


@pytest.mark.parametrize("pixel", [0.25, 0.5, 1.0])
def test_closing_fills_what_is_narrower_than_its_disk_at_any_pixel_size(pixel):
    ring = disk(pixel, 12.0) & ~disk(pixel, 2.0)
    wide_ring = disk(pixel, 16.0) & ~disk(pixel, 6.0)

    assert cleaned(ring, pixel, opening=0.0, closing=3.0)[disk(pixel, 2.0)].all()
    assert not cleaned(wide_ring, pixel, opening=0.0, closing=3.0)[disk(pixel, 2.0)].any()


def test_radius_zero_changes_nothing():
    segment = np.random.default_rng(0).random((2, 20, 20)) > 0.5

    np.testing.assert_array_equal(cleaned(segment, 1.0, opening=0.0, closing=0.0), segment)


def test_opening_spares_a_ribbon_between_sulci_but_not_one_in_healthy_tissue():
    tissue = np.zeros((1, 40, 60), dtype=bool)
    tissue[:, :, 10:13] = True
    tissue[:, :, 30:50] = True
    segment = np.zeros_like(tissue)
    segment[:, 5:35, 10:13] = True
    segment[:, 5:35, 38:41] = True

    opened = open_and_close(segment, tissue, (1.0, 1.0, 5.0), opening_radius=3.0, closing_radius=0.0)

    assert opened[:, 10:30, 10:13].all()
    assert not opened[:, :, 38:41].any()


def test_nothing_outside_tissue_is_ever_part_of_a_segment():
    random = np.random.default_rng(3)
    tissue = random.random((3, 30, 30)) > 0.2
    segment = random.random((3, 30, 30)) > 0.4

    assert not (cleaned_on(segment, tissue) & ~tissue).any()


def cleaned_on(segment: np.ndarray, tissue: np.ndarray) -> np.ndarray:
    return open_and_close(segment, tissue, (1.0, 2.0, 5.0), opening_radius=2.0, closing_radius=2.0)


@settings(max_examples=40, deadline=None)
@given(
    smaller=hnp.arrays(bool, (2, 12, 14)),
    added=hnp.arrays(bool, (2, 12, 14)),
    tissue=hnp.arrays(bool, (2, 12, 14)),
)
def test_a_larger_segment_never_becomes_smaller_than_a_smaller_one(smaller, added, tissue):
    larger = smaller | added

    small = Parts.of(cleaned_on(smaller, tissue), (1.0, 2.0, 5.0)).from_ml(0.05)
    large = Parts.of(cleaned_on(larger, tissue), (1.0, 2.0, 5.0)).from_ml(0.05)

    assert not (small & ~large).any()


def test_parts_are_dropped_by_their_volume_in_space():
    segment = np.zeros((4, 20, 20), dtype=bool)
    segment[0:2, 0:5, 0:10] = True  # 100 voxels of 10 mm3
    segment[3, 10:19, 10:20] = True  # 90 voxels

    parts = Parts.of(segment, (1.0, 2.0, 5.0))
    kept = parts.from_ml(1.0)

    assert kept[0:2].sum() == 100
    assert not kept[3].any()
    assert [parts.volumes.total_ml(least) for least in (0.0, 0.9, 1.0, 1.1)] == pytest.approx(
        [1.9, 1.9, 1.0, 0.0]
    )


def test_a_segment_of_nothing_has_no_parts():
    parts = Parts.of(np.zeros((2, 3, 4), dtype=bool), (1.0, 1.0, 1.0))

    assert not parts.from_ml(1.0).any()
    assert parts.volumes.total_ml(0.0) == 0.0


def test_growing_takes_all_voxels_within_a_radius_in_each_slice():
    mask = np.zeros((10, 30, 30), dtype=bool)
    mask[4, 15, 12], mask[9, 0, 29] = True, True

    wide = grown(mask, (0.5, 0.8, 5.0), 3.0)

    row, column = np.indices((30, 30))
    for index, centre in ((4, (15, 12)), (9, (0, 29))):
        expected = np.hypot(0.8 * (row - centre[0]), 0.5 * (column - centre[1])) <= 3.0 * (1 + 1e-9)
        np.testing.assert_array_equal(wide[index], expected)
    assert not wide[[0, 1, 2, 3, 5, 6, 7, 8]].any()


def test_only_sure_voxels_decide_whether_a_part_is_large_enough():
    segment = np.zeros((1, 4, 20), dtype=bool)
    segment[0, 1:3, 0:6], segment[0, 1:3, 10:16] = True, True
    sure = np.arange(20) < 12

    parts = Parts.of(segment, (1.0, 1.0, 1.0), np.broadcast_to(sure, segment.shape))

    kept = parts.from_ml(0.006)
    np.testing.assert_array_equal(kept, segment & (np.arange(20) < 8))
    assert parts.volumes.total_ml(0.006) == pytest.approx(0.012)
    assert parts.volumes.total_ml(0.004) == pytest.approx(0.024)
