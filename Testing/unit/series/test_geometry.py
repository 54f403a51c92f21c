"""Voxel geometry survives the way to ITK and back, and measures in mm and mL."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.series import (
    RAS_TO_LPS,
    from_itk,
    largest_shift,
    motion_matrix,
    to_itk,
    voxel_spacing,
    voxel_volume_ml,
)

lengths = st.floats(0.2, 10.0)
positions = st.floats(-200.0, 200.0)
angles = st.floats(-60.0, 60.0)
sizes = st.integers(1, 6)


@st.composite
def placements(draw) -> np.ndarray:
    """Any rigid placement of a grid, slices ascending along the row x column normal in LPS."""
    spacing = [draw(lengths) for _ in range(3)]
    pose = np.array([draw(positions) for _ in range(3)] + [draw(angles) for _ in range(3)])
    return motion_matrix(pose, np.zeros(3)) @ np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])


@settings(deadline=None)
@given(placement=placements(), shape=st.tuples(sizes, sizes, sizes), seed=st.integers(0, 1000))
def test_an_image_comes_back_from_itk_with_its_voxels_and_place(placement, shape, seed):
    array = np.random.default_rng(seed).integers(-1024, 3000, shape).astype(np.int16)

    returned, returned_placement = from_itk(to_itk(array, placement))

    np.testing.assert_array_equal(returned, array)
    np.testing.assert_allclose(returned_placement, placement, atol=1e-6)


@settings(deadline=None)
@given(placement=placements(), index=st.tuples(*[st.integers(0, 5)] * 3))
def test_itk_places_a_voxel_where_the_matrix_says_in_lps(placement, index):
    image = to_itk(np.zeros((6, 6, 6), dtype=np.float32), placement)

    ras = placement @ np.array([*index, 1.0])

    np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), (RAS_TO_LPS @ ras)[:3], atol=1e-6)


@given(placement=placements())
def test_voxel_volume_is_the_product_of_the_spacing(placement):
    assert voxel_volume_ml(placement) == pytest.approx(np.prod(voxel_spacing(placement)) / 1000.0)


def test_spacing_is_ordered_column_row_slice():
    assert voxel_spacing(np.diag([-0.5, -0.7, 5.0, 1.0])) == pytest.approx((0.5, 0.7, 5.0))


def test_ras_and_lps_are_each_other_s_inverse():
    np.testing.assert_array_equal(RAS_TO_LPS @ RAS_TO_LPS, np.eye(4))


def test_only_three_dimensional_arrays_become_itk_images():
    with pytest.raises(ValueError, match="got 2 dimensions"):
        to_itk(np.zeros((3, 3)), np.eye(4))


def test_two_grids_are_as_far_apart_as_their_farthest_corner():
    one = np.diag([2.0, 2.0, 5.0, 1.0])
    moved = one.copy()
    moved[:3, 3] = [3.0, 0.0, 4.0]
    wider = np.diag([2.1, 2.0, 5.0, 1.0])

    assert largest_shift(one, one, (3, 4, 11)) == 0.0
    assert largest_shift(one, moved, (3, 4, 11)) == pytest.approx(5.0)
    # The last of eleven columns lies ten steps of 0.1 mm off.
    assert largest_shift(one, wider, (3, 4, 11)) == pytest.approx(1.0)
