"""Global and local normalisation of blood flow."""

import numpy as np
import pytest
from scipy import ndimage

from CTPerfusionLib.errors import Cancelled, ProcessingError
from CTPerfusionLib.lesion import (
    CounterpartBlur,
    FlowReference,
    SymmetryPlane,
    normalise_global,
    normalise_local,
    prepare_lesion,
)
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


def contralateral_case():
    """Flow on a row of ten voxels; the right half is unaffected, its last voxel late."""
    flow = np.array([[[5.0, 8.0, 10.0, 12.0, 90.0, 20.0, 30.0, 50.0, 60.0, 1.0]]])
    tmax = np.array([[[9.0, 8.0, 7.0, 3.0, 3.0, 3.0, 5.0, 6.0, 4.0, 6.1]]])
    return flow, tmax, np.ones(flow.shape, dtype=bool), np.arange(10) >= 5


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("normal-median", np.median([12.0, 90.0, 20.0, 60.0])),
        ("contralateral-mean", np.mean([20.0, 30.0, 50.0, 60.0])),
        ("contralateral-median", np.median([20.0, 30.0, 50.0, 60.0])),
    ],
)
def test_each_reference_is_what_its_name_says(reference, expected):
    flow, tmax, tissue, unaffected = contralateral_case()

    normalisation = normalise_global(flow, tmax, tissue, reference=reference, unaffected=unaffected)

    assert normalisation.reference == pytest.approx(expected)
    np.testing.assert_allclose(normalisation.map, flow / expected, rtol=1e-6)
    assert normalisation.reference_fraction == 0.4


def test_without_an_unaffected_side_a_contralateral_reference_takes_both():
    flow, tmax, tissue, _ = contralateral_case()

    normalisation = normalise_global(flow, tmax, tissue, reference=FlowReference.CONTRALATERAL_MEDIAN)

    assert normalisation.reference == np.median([12.0, 90.0, 20.0, 30.0, 50.0, 60.0])


def test_an_unknown_reference_is_refused():
    with pytest.raises(ValueError, match="is not a valid FlowReference"):
        normalise_global(*contralateral_case()[:3], reference="ipsilateral")


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


def test_in_a_single_slice_nothing_is_found_across_slices(make_head):
    head = make_head(n_slices=1, left_width=1.1)

    counterparts = register_to_mirror(head.baseline, head.tissue, head.ijk_to_ras, MID_PLANE, ignore_progress)

    np.testing.assert_array_equal(counterparts.place[0], 0.0)
    off_centre = head.tissue & (np.abs(head.head_mm[0]) > 40)
    x = counterparts.of(head.head_mm[0])
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


def test_the_end_of_a_tilted_slab_is_known_to_have_no_counterpart(make_head):
    head = make_head(roll=14.0, n_slices=3, pixel=3.0, matrix=74)
    flow = np.where(head.tissue, 0.5, np.nan)
    plane = SymmetryPlane(head.normal, head.offset)

    local = normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, plane=plane)

    near, far = np.abs(head.head_mm[0]) < 15, np.abs(head.head_mm[0]) > 58
    assert local.has_counterpart[head.tissue & near].all()
    assert not local.has_counterpart[head.tissue & far].any()
    assert not local.has_counterpart[~head.tissue].any()


def test_a_plain_blur_takes_for_zero_what_is_no_tissue(head):
    flow = np.where(head.tissue, 1.0, np.nan)

    by_tissue, plain = (
        normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, plane=MID_PLANE, blur=blur)
        for blur in CounterpartBlur
    )

    np.testing.assert_allclose(by_tissue.reference_map[head.tissue], 1.0, atol=1e-5)
    rim = head.tissue & ~head.ball(0, -5, 0, 52)
    # far from any border a plain blur over 12 mm sees tissue only; at a straight border it sees half of it
    assert plain.reference_map[head.ball(-35, -10, 0, 4)].min() > 0.9
    assert 0.4 < np.median(plain.reference_map[rim]) < 0.9
    assert np.nanmax(plain.reference_map) <= 1.0 + 1e-5


def test_blood_volume_is_normalised_locally_by_the_same_counterparts(turned_head):
    sides = np.where(turned_head.head_mm[0] < 0, 2.0, 4.0)
    maps = {
        name: np.where(turned_head.tissue, values, np.nan)
        for name, values in {
            "CBF": 25.0 * sides,
            "CBV": sides,
            "Tmax": np.full(turned_head.shape, 3.0),
        }.items()
    }

    prepared = prepare_lesion(
        maps, turned_head.tissue, turned_head.baseline, turned_head.ijk_to_ras, reference_tmax_at_most=4.0
    )

    np.testing.assert_allclose(prepared.rcbv_local, prepared.rcbf_local, rtol=1e-4)
    assert prepared.maps["rCBV_local"] is prepared.rcbv_local
    left = turned_head.ball(-40, 0, 0, 15)
    assert np.median(prepared.rcbv_local[left]) == pytest.approx(0.5, rel=0.05)


def test_without_local_normalisation_there_are_no_local_maps(head):
    maps = {
        "CBF": np.full(head.shape, 50.0),
        "CBV": np.full(head.shape, 3.0),
        "Tmax": np.full(head.shape, 3.0),
    }

    prepared = prepare_lesion(
        maps, head.tissue, head.baseline, head.ijk_to_ras,
        reference_tmax_at_most=4.0, local=False, plane=MID_PLANE,
    )  # fmt: skip

    assert prepared.rcbf_local is None
    assert prepared.rcbv_local is None
    assert prepared.has_counterpart is None
    assert {"rCBF_local", "rCBV_local"}.isdisjoint(prepared.maps)


@pytest.mark.parametrize("moment", [0.1, 0.3, 0.6, 0.9])
def test_local_normalisation_stops_at_any_moment_when_progress_is_cancelled(head, moment):
    def cancel(fraction: float) -> None:
        if fraction > moment:
            raise Cancelled

    flow = np.where(head.tissue, 1.0, np.nan)
    with pytest.raises(Cancelled):
        normalise_local(flow, head.baseline, head.tissue, head.ijk_to_ras, on_progress=cancel)
