import numpy as np
import pytest

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.kinetics import as_sampling
from CTPerfusionLib.kinetics.curves import ArrayCurves, VolumeCurves, as_curves, pieces, require_finite_curves


@pytest.fixture
def volume():
    return np.random.default_rng(0).normal(size=(9, 2, 3, 4)).astype(np.float32)


def test_curves_of_a_volume_are_those_of_its_voxels(volume):
    voxels = np.array([0, 5, 7, 23])
    curves = VolumeCurves(volume, voxels)
    assert curves.shape == (4, 9)
    expected = volume.reshape(9, -1)[:, voxels].T
    np.testing.assert_array_equal(curves.rows(np.arange(4)), expected)
    np.testing.assert_array_equal(curves.rows(np.array([1, 3])), expected[[1, 3]])


def test_rows_side_by_side_are_not_copied():
    array = np.zeros((5, 8))
    assert np.shares_memory(ArrayCurves(array).rows(np.array([1, 2, 3])), array)
    assert not np.shares_memory(ArrayCurves(array).rows(np.array([1, 3])), array)
    assert ArrayCurves(array).rows(np.array([], dtype=np.intp)).shape == (0, 8)


def test_single_precision_stays_and_integers_become_double():
    assert as_curves(np.zeros((2, 8), dtype=np.float32)).rows(np.arange(2)).dtype == np.float32
    assert as_curves(np.zeros((2, 8), dtype=np.int16)).rows(np.arange(2)).dtype == np.float64


@pytest.mark.parametrize("curves", [np.zeros(8), np.zeros((2, 7)), np.zeros((1, 2, 8)), [["a"] * 8]])
def test_what_is_no_set_of_curves_is_named(curves):
    with pytest.raises(ArgumentError) as raised:
        as_curves(curves)
    assert raised.value.argument == "curves"


def test_a_sum_of_squares_that_is_not_finite_betrays_the_curve():
    require_finite_curves(np.ones(3))
    with pytest.raises(ArgumentError, match="1 of the 3 voxels"):
        require_finite_curves(np.array([1.0, np.nan, 2.0]))


def test_pieces_cover_all_members_once():
    members = np.arange(3, 20)
    runs = list(pieces(members, 5))
    assert [len(run) for run in runs] == [5, 5, 5, 2]
    np.testing.assert_array_equal(np.concatenate(runs), members)


def test_shared_times_make_one_group():
    sampling = as_sampling(np.arange(8.0), as_curves(np.zeros((3, 8))))
    assert len(sampling.groups) == 1
    np.testing.assert_array_equal(sampling.groups[0][1], [0, 1, 2])


def test_curves_are_grouped_by_their_times():
    own = np.array([np.arange(8.0), np.arange(8.0) + 0.5, np.arange(8.0)])
    groups = as_sampling(own, as_curves(np.zeros((3, 8)))).groups
    np.testing.assert_array_equal(groups[0][1], [0, 2])
    np.testing.assert_array_equal(groups[1][1], [1])
    np.testing.assert_array_equal(groups[1][0], own[1])


def test_the_input_needs_its_own_times_where_those_of_the_tissue_differ():
    curves = as_curves(np.zeros((2, 8)))
    sampling = as_sampling(np.arange(16.0).reshape(2, 8), curves)
    with pytest.raises(ArgumentError, match="aif_times are missing"):
        sampling.arterial_input(np.ones(8), None)
    assert sampling.arterial_input(np.ones(8), np.arange(8.0)).times[-1] == 7.0


@pytest.mark.parametrize("times", [np.arange(7.0), np.full(8, 1.0), np.array([*range(7), np.nan])])
def test_times_that_cannot_be_used_are_named(times):
    with pytest.raises(ArgumentError) as raised:
        as_sampling(times, as_curves(np.zeros((2, 8))))
    assert raised.value.argument == "times"
