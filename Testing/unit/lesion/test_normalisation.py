"""Global and local normalisation of blood flow."""

import numpy as np
import pytest
from scipy import ndimage

from CTPerfusionLib.errors import Cancelled, ProcessingError
from CTPerfusionLib.lesion import SymmetryPlane, normalise_global, normalise_local
from CTPerfusionLib.lesion.mirror_registration import register_to_mirror
from CTPerfusionLib.progress import ignore_progress


def test_global_reference_is_the_median_of_tissue_up_to_four_seconds():
    flow = np.array([[[20.0, 30.0, 60.0, 90.0, np.nan]]])
    tmax = np.array([[[2.0, 4.0, 4.0, 4.1, 2.0]]])
    tissue = np.array([[[True, True, True, True, False]]])

    normalisation = normalise_global(flow, tmax, tissue)

    assert normalisation.reference == 30.0
    np.testing.assert_allclose(normalisation.map[0, 0], [2 / 3, 1.0, 2.0, 3.0, np.nan], rtol=1e-6)
    assert normalisation.reference_fraction == 0.75


def test_dead_tissue_is_part_of_the_map_and_not_of_the_reference():
    flow = np.array([[[0.0, 30.0, 40.0]]])
    tmax = np.array([[[np.nan, 3.0, 3.0]]])

    normalisation = normalise_global(flow, tmax, np.ones((1, 1, 3), dtype=bool))

    assert normalisation.reference == 35.0
    assert normalisation.map[0, 0, 0] == 0.0


def test_too_little_normal_tissue_is_refused_in_a_sentence():
    flow, tmax = np.full((1, 10, 10), 30.0), np.full((1, 10, 10), 7.0)
    tmax[0, 0, :4] = 3.0

    with pytest.raises(ProcessingError, match=r"Only 4% of the brain tissue .* check the arterial input"):
        normalise_global(flow, tmax, np.ones(flow.shape, dtype=bool))


def test_tissue_without_flow_is_refused_in_a_sentence():
    zeros = np.zeros((1, 4, 4))

    with pytest.raises(ProcessingError, match="shows no blood flow"):
        normalise_global(zeros, zeros, np.ones(zeros.shape, dtype=bool))


MID_PLANE = SymmetryPlane(np.array([1.0, 0.0, 0.0]), 0.0)


@pytest.fixture(scope="module")
def head(make_head):
    return make_head(pixel=3.0, matrix=74)


@pytest.fixture(scope="module")
def turned_head(make_head):
    return make_head(yaw=10.0, roll=3.0, shift=(5.0, 2.0, 0.0), pixel=3.0, matrix=74)


def test_uniform_flow_is_one_everywhere_after_local_normalisation(turned_head):
    flow = np.where(turned_head.tissue, 1.0, np.nan)

    local = normalise_local(flow, turned_head.baseline, turned_head.tissue, turned_head.ijk_to_ras)

    np.testing.assert_allclose(local.map[turned_head.tissue], 1.0, atol=1e-5)
    assert np.all(np.isnan(local.map[~turned_head.tissue]))


def test_symmetric_dark_white_matter_drops_out_and_a_one_sided_lesion_stays(turned_head):
    flow = np.where(turned_head.tissue, 1.0, np.nan)
    dark = turned_head.ball(-30, 5, 0, 22) | turned_head.ball(30, 5, 0, 22)
    lesion = turned_head.ball(45, -45, 0, 14)
    flow[dark] = 0.25
    flow[lesion] = 0.25

    local = normalise_local(flow, turned_head.baseline, turned_head.tissue, turned_head.ijk_to_ras)

    assert np.mean(flow[dark] < 0.3) == 1.0
    assert np.mean(local.map[dark] < 0.3) < 0.02
    assert np.mean(local.map[lesion] < 0.3) > 0.98


def test_counterparts_are_found_in_a_head_whose_halves_differ_in_width(make_head):
    head = make_head(left_width=1.1)

    grid, counterpart = register_to_mirror(
        head.baseline, head.tissue, head.ijk_to_ras, MID_PLANE, ignore_progress
    )

    assert grid.shape == head.shape
    off_centre = head.tissue & (np.abs(head.head_mm[0]) > 40)
    x = ndimage.map_coordinates(head.head_mm[0], counterpart, order=1, mode="nearest")
    unregistered = np.abs(head.head_mm[0][:, :, ::-1] + head.head_mm[0])
    assert np.median(unregistered[off_centre]) > 4.0
    assert np.median(np.abs(x + head.head_mm[0])[off_centre]) < 1.5


def test_bright_vessels_in_the_counterpart_do_not_feign_a_deficit(head):
    flow = np.where(head.tissue, 1.0, np.nan)
    flow[head.ball(-35, 10, 0, 12)] = 20.0

    local = normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, plane=MID_PLANE)

    assert np.nanmin(local.map) >= 1.0 / 1.5 - 1e-4


def test_division_by_a_flowless_counterpart_is_limited_to_tenfold(head):
    flow = np.where(head.tissue, np.where(head.head_mm[0] < 0, 0.0, 1.0), np.nan)

    local = normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, plane=MID_PLANE)

    assert np.nanmax(local.map) <= 10.0 + 1e-5


def test_tissue_without_a_value_counts_nowhere(head):
    flow = np.where(head.tissue, 1.0, np.nan)
    hole = head.ball(-35, 10, 0, 12)
    flow[hole] = np.nan

    local = normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, plane=MID_PLANE)

    assert np.all(np.isnan(local.map[hole]))
    np.testing.assert_allclose(local.map[head.tissue & ~hole], 1.0, atol=1e-5)


def test_end_slices_of_a_tilted_head_fall_back_to_the_global_reference(make_head):
    head = make_head(roll=14.0, n_slices=3, pixel=3.0, matrix=74)
    flow = np.where(head.tissue, 0.5, np.nan)
    plane = SymmetryPlane(head.normal, head.offset)

    local = normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, plane=plane)

    near, far = np.abs(head.head_mm[0]) < 15, np.abs(head.head_mm[0]) > 58
    np.testing.assert_allclose(local.map[head.tissue & near], 1.0, atol=1e-5)
    np.testing.assert_allclose(local.map[head.tissue & far], 0.5, atol=1e-5)


@pytest.mark.parametrize("moment", [0.1, 0.3, 0.6, 0.9])
def test_local_normalisation_stops_at_any_moment_when_progress_is_cancelled(head, moment):
    def cancel(fraction: float) -> None:
        if fraction > moment:
            raise Cancelled

    flow = np.where(head.tissue, 1.0, np.nan)
    with pytest.raises(Cancelled):
        normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, on_progress=cancel)
