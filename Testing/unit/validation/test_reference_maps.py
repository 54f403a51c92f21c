"""Reference maps: where they lie on the scan, what is background, what is refused."""

import nibabel
import numpy as np
import pytest

from CTPerfusionLib.errors import SeriesError
from CTPerfusionLib.io import write_nifti
from CTPerfusionLib.series import PerfusionSeries, TimeSource
from CTPerfusionLib.validation.reference_maps import read_drawn_lesion, read_reference_maps

GRID = np.array([[-2.0, 0, 0, 30], [0, -2.0, 0, 40], [0, 0, 5.0, -10], [0, 0, 0, 1]])
SHAPE = (4, 24, 20)


@pytest.fixture
def series():
    voxels = np.zeros((8, *SHAPE), np.int16)
    voxels[:, 1] = 30
    return PerfusionSeries(voxels, np.arange(8.0), GRID, TimeSource.USER_INTERVAL)


def positions(ijk_to_ras, shape):
    """Return RAS coordinates of all voxels, shape (3, Z, Y, X)."""
    k, j, i = np.indices(shape)
    return np.einsum("ab,bzyx->azyx", ijk_to_ras, np.stack([i, j, k, np.ones(shape)]))[:3]


def plane_wave(place):
    """Return values that are linear in the place, so that linear interpolation is exact."""
    x, y, z = place
    return (50.0 + 0.4 * x - 0.2 * y + 0.3 * z).astype(np.float32)


def test_maps_on_the_grid_of_the_scan_stay_as_they_are(tmp_path, series):
    random = np.random.default_rng(0)
    values = random.uniform(1.0, 60.0, SHAPE).astype(np.float32)
    values[:, :5] = 0.0
    write_nifti(tmp_path / "cbf.nii", values, GRID)

    found = read_reference_maps({"CBF": tmp_path / "cbf.nii"}, series)

    np.testing.assert_array_equal(found.shown, values > 0)
    np.testing.assert_allclose(found.maps["CBF"][found.shown], values[values > 0], rtol=1e-5)
    assert np.isnan(found.maps["CBF"][~found.shown]).all()


def test_maps_of_another_grid_are_brought_to_their_place_in_the_patient(tmp_path, series):
    angle = np.deg2rad(7.0)
    turned = np.eye(4)
    turned[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    grid = turned @ np.array([[-0.9, 0, 0, 60], [0, 0.9, 0, -60], [0, 0, 2.0, -20], [0, 0, 0, 1]])
    shape = (20, 130, 130)
    write_nifti(tmp_path / "tmax.nii.gz", plane_wave(positions(grid, shape)), grid)

    found = read_reference_maps({"Tmax": tmp_path / "tmax.nii.gz"}, series)

    expected = plane_wave(positions(GRID, SHAPE))
    assert found.shown.mean() > 0.9
    np.testing.assert_allclose(found.maps["Tmax"][found.shown], expected[found.shown], atol=1e-3)


def test_zeros_of_the_background_do_not_enter_the_rim(tmp_path, series):
    shifted = GRID.copy()
    shifted[0, 3] += 0.8
    values = np.zeros(SHAPE, np.float32)
    values[:, 6:18, 5:15] = 40.0
    write_nifti(tmp_path / "cbf.nii", values, shifted)

    found = read_reference_maps({"CBF": tmp_path / "cbf.nii"}, series)

    np.testing.assert_allclose(found.maps["CBF"][found.shown], 40.0, rtol=1e-5)
    assert found.shown.sum() == (values > 0).sum()


def test_a_zero_is_a_value_where_another_map_is_not_zero(tmp_path, series):
    flow, late = np.full(SHAPE, 30.0, np.float32), np.full(SHAPE, 2.0, np.float32)
    flow[1, :4], late[1, :4], late[1, 8:12] = 0.0, 0.0, 0.0
    write_nifti(tmp_path / "cbf.nii", flow, GRID)
    write_nifti(tmp_path / "tmax.nii", late, GRID)

    found = read_reference_maps({"CBF": tmp_path / "cbf.nii", "Tmax": tmp_path / "tmax.nii"}, series)

    assert not found.shown[1, :4].any()
    np.testing.assert_allclose(found.maps["Tmax"][1, 8:12], 0.0, atol=1e-6)


def test_maps_elsewhere_in_space_are_refused(tmp_path, series):
    far = GRID.copy()
    far[0, 3] += 500.0
    write_nifti(tmp_path / "cbf.nii", np.ones(SHAPE, np.float32), far)

    with pytest.raises(SeriesError, match="show nothing of the scan"):
        read_reference_maps({"CBF": tmp_path / "cbf.nii"}, series)


def test_a_volume_with_a_fourth_dimension_of_one_is_a_volume(tmp_path, series):
    values = np.full((1, *SHAPE), 30.0, np.float32)
    nibabel.save(nibabel.Nifti1Image(values.T, GRID), tmp_path / "cbf.nii")

    assert read_reference_maps({"CBF": tmp_path / "cbf.nii"}, series).shown.all()


def test_maps_that_cannot_be_used_are_refused_with_the_reason(tmp_path, series):
    write_nifti(tmp_path / "cbf.nii", np.ones(SHAPE, np.float32), GRID)
    write_nifti(tmp_path / "other.nii", np.ones((4, 24, 21), np.float32), GRID)
    write_nifti(tmp_path / "frames.nii", np.ones((3, *SHAPE), np.float32), GRID)
    (tmp_path / "broken.nii").write_bytes((tmp_path / "cbf.nii").read_bytes()[:900])

    for name, reason in (
        ("other.nii", "Tmax does not lie on the grid"),
        ("frames.nii", "not a single volume"),
        ("broken.nii", "cannot be read"),
    ):
        with pytest.raises(SeriesError, match=reason):
            read_reference_maps({"CBF": tmp_path / "cbf.nii", "Tmax": tmp_path / name}, series)


def test_a_drawn_lesion_has_the_voxels_of_the_scan_that_it_fills_by_half(tmp_path, series):
    fine = GRID @ np.diag([0.5, 0.5, 1.0, 1.0])
    fine[:3, 3] = GRID[:3, 3] - 0.25 * (GRID[:3, 0] + GRID[:3, 1])
    drawn = np.zeros((SHAPE[0], 2 * SHAPE[1], 2 * SHAPE[2]), np.uint8)
    drawn[1, 10:20, 8:16] = 255
    write_nifti(tmp_path / "lesion.nii.gz", drawn, fine)

    found = read_drawn_lesion(tmp_path / "lesion.nii.gz", series)

    expected = np.zeros(SHAPE, bool)
    expected[1, 5:10, 4:8] = True
    np.testing.assert_array_equal(found, expected)


def test_a_drawn_lesion_that_is_no_volume_is_refused(tmp_path, series):
    write_nifti(tmp_path / "lesion.nii", np.zeros((2, *SHAPE), np.float32), GRID)

    with pytest.raises(SeriesError, match=r"lesion\.nii is not a single volume"):
        read_drawn_lesion(tmp_path / "lesion.nii", series)
