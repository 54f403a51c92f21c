"""Eight slices in one image: disks are those of Euclidean distance, and no slice touches another."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from CTPerfusionLib.lesion.bit_slices import Disk, pack, slice_blocks, unpack_into, window_of
from CTPerfusionLib.lesion.morphology import open_and_close

SPACINGS = st.sampled_from([(1.0, 1.0), (0.5, 0.8), (0.75, 0.4)])
RADII = st.sampled_from([0.0, 0.4, 0.5, 1.0, 1.5, 2.0, 2.3, 6.0])


def near(points: np.ndarray, radius: float, spacing: tuple[float, float]) -> np.ndarray:
    """Pixels within a distance of points, by the distance of each pixel to each point."""
    columns, rows = spacing
    places = np.stack(np.indices(points.shape), axis=-1) * np.array([rows, columns])
    result = np.zeros(points.shape, dtype=bool)
    for place in places[points]:
        result |= np.hypot(*np.moveaxis(places - place, -1, 0)) <= radius + 1e-9
    return result


@settings(max_examples=60, deadline=None)
@given(points=hnp.arrays(bool, (9, 11)), radius=RADII, spacing=SPACINGS)
def test_a_dilated_image_holds_all_pixels_within_the_radius(points, radius, spacing):
    dilated = Disk(radius, spacing).dilate(points.astype(np.uint8))

    np.testing.assert_array_equal(dilated == 1, near(points, radius, spacing))


def test_a_disk_wider_than_the_image_reaches_all_of_it():
    points = np.zeros((5, 7), dtype=np.uint8)
    points[4, 0] = 1

    assert Disk(50.0, (1.0, 1.0)).dilate(points).all()


@given(mask=hnp.arrays(bool, st.tuples(st.integers(1, 8), st.integers(1, 6), st.integers(1, 6))))
def test_slices_come_back_as_they_were(mask):
    unpacked = np.empty_like(mask)

    unpack_into(unpacked, pack(mask))

    np.testing.assert_array_equal(unpacked, mask)


@pytest.mark.parametrize("n_slices", [1, 7, 8, 9, 16, 21])
def test_blocks_hold_each_slice_once_and_eight_at_most(n_slices):
    blocks = [range(n_slices)[block] for block in slice_blocks(n_slices)]

    assert [index for block in blocks for index in block] == list(range(n_slices))
    assert max(map(len, blocks)) <= 8


def test_a_window_holds_all_that_is_not_zero_and_a_margin():
    image = np.zeros((20, 30), dtype=np.uint8)
    image[5:8, 28] = 3

    assert window_of(image, (2, 4)) == (slice(3, 10), slice(24, 33))
    assert window_of(np.zeros((4, 4), dtype=np.uint8)) is None


def opened_and_closed(raw, tissue, spacing, opening, closing):
    """One slice by the definition: erode, dilate, dilate, erode, with votes of tissue alone."""
    kept = tissue & ~near(tissue & ~raw, opening, spacing)
    opened = near(kept, opening, spacing) & tissue
    return ~near(~near(opened, closing, spacing), closing, spacing) & tissue


@settings(max_examples=25, deadline=None)
@given(
    raw=hnp.arrays(bool, (10, 12, 13)),
    tissue=hnp.arrays(bool, (10, 12, 13)),
    opening=st.sampled_from([0.0, 1.0, 1.5]),
    closing=st.sampled_from([0.0, 1.0, 3.0]),
    spacing=SPACINGS,
)
def test_each_slice_is_opened_and_closed_by_itself(raw, tissue, opening, closing, spacing):
    raw &= tissue

    cleaned = open_and_close(raw, tissue, (*spacing, 5.0), opening_radius=opening, closing_radius=closing)

    for index in range(len(raw)):
        expected = opened_and_closed(raw[index], tissue[index], spacing, opening, closing)
        np.testing.assert_array_equal(cleaned[index], expected)
