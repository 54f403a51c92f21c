"""Thresholds, dead tissue, restriction to a side, and volumes of boxes."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.lesion import Side, SymmetryPlane, load_protocol, prepare_lesion, segment, segment_lesion

IJK_TO_RAS = np.diag([-0.5, -0.8, 5.0, 1.0])
VOXEL_ML = 0.5 * 0.8 * 5.0 / 1000.0
SHAPE = (4, 60, 80)
TISSUE = np.ones(SHAPE, dtype=bool)
PLAIN = dataclasses.replace(
    load_protocol(), opening_radius_mm=0.0, closing_radius_mm=0.0, minimum_cluster_ml=0.0
)
INNER = np.s_[1:3, 20:40, 20:50]
OUTER = np.s_[0:4, 10:50, 10:60]


def box_maps() -> tuple[np.ndarray, np.ndarray]:
    flow, tmax = np.ones(SHAPE), np.full(SHAPE, 3.0)
    flow[OUTER], tmax[OUTER] = 0.5, 9.0
    flow[INNER], tmax[INNER] = 0.1, 11.0
    return flow, tmax


MIDDLE = SymmetryPlane(np.array([1.0, 0.0, 0.0]), -0.5 * (SHAPE[2] - 1) / 2)


def volumes_of(flow, tmax, protocol=PLAIN, relative_volume=None, tissue=TISSUE):
    """Volumes of maps whose median over normal tissue is 1, without restriction to a side."""
    blood_volume = np.ones(flow.shape) if relative_volume is None else relative_volume
    maps = prepare_lesion(
        {"CBF": flow, "CBV": blood_volume, "Tmax": tmax}, tissue, None, IJK_TO_RAS,
        reference_tmax_at_most=protocol.reference_tmax_at_most, local=False, plane=MIDDLE,
    )  # fmt: skip
    return segment(maps, protocol, side=Side.NONE).volumes


def test_volumes_of_boxes_are_exact_on_anisotropic_voxels():
    volumes = volumes_of(*box_maps())

    inner, outer = 2 * 20 * 30 * VOXEL_ML, 4 * 40 * 50 * VOXEL_ML
    assert volumes.volumes_ml == pytest.approx(
        {
            "core_global": inner,
            "core_local": None,
            "hypoperfusion": outer,
            "penumbra": outer - inner,
            "tmax_4": outer,
            "tmax_6": outer,
            "tmax_8": outer,
            "tmax_10": inner,
            "rcbf_20": inner,
            "rcbf_30": inner,
            "rcbf_34": inner,
            "rcbf_38": inner,
        }
    )
    assert volumes.mismatch_ml == pytest.approx(outer - inner)
    assert volumes.mismatch_ratio == pytest.approx(outer / inner)
    assert volumes.hypoperfusion_intensity_ratio == pytest.approx(inner / outer)


def test_ratios_without_a_lesion_are_undefined():
    volumes = volumes_of(np.ones(SHAPE), np.full(SHAPE, 3.0))

    assert volumes.volumes_ml["core_global"] == 0.0
    assert volumes.mismatch_ratio is None
    assert volumes.hypoperfusion_intensity_ratio is None
    assert volumes.cbv_index is None


def test_cbv_index_compares_late_with_normal_tissue():
    flow, tmax = box_maps()
    relative_volume = np.full(SHAPE, 1.25)
    relative_volume[OUTER] = 0.5

    assert volumes_of(flow, tmax, relative_volume=relative_volume).cbv_index == pytest.approx(0.4)


def test_values_at_the_thresholds_are_still_normal():
    flow, tmax = np.full(SHAPE, 0.30, dtype=np.float32), np.full(SHAPE, 6.0)

    at_threshold = segment_lesion(flow, tmax, TISSUE, IJK_TO_RAS, protocol=PLAIN)
    beyond = segment_lesion(flow - 1e-3, tmax + 1e-3, TISSUE, IJK_TO_RAS, protocol=PLAIN)

    assert not at_threshold.core.any()
    assert not at_threshold.hypoperfusion.any()
    assert beyond.core.all()
    assert beyond.hypoperfusion.all()


def test_dead_tissue_is_core_and_hypoperfused():
    flow, tmax = np.ones(SHAPE), np.full(SHAPE, 3.0)
    flow[INNER], tmax[INNER] = 0.0, np.nan

    segmentation = segment_lesion(flow, tmax, TISSUE, IJK_TO_RAS)

    assert segmentation.core[INNER].mean() > 0.95
    assert segmentation.hypoperfusion[INNER].mean() > 0.95
    assert segmentation.core.sum() == segmentation.core[INNER].sum()


def test_tissue_with_flow_but_without_tmax_is_not_taken_for_hypoperfused():
    flow, tmax = np.ones(SHAPE), np.full(SHAPE, np.nan)

    assert not segment_lesion(flow, tmax, TISSUE, IJK_TO_RAS).hypoperfusion.any()


def test_hypoperfusion_contains_the_core_and_penumbra_is_the_rest():
    flow, tmax = box_maps()
    flow[0, :20, :30] = 0.1  # low flow without delay

    segmentation = segment_lesion(flow, tmax, TISSUE, IJK_TO_RAS, protocol=PLAIN)

    assert segmentation.core[0, :20, :30].all()
    assert not (segmentation.core & ~segmentation.hypoperfusion).any()
    np.testing.assert_array_equal(segmentation.penumbra, segmentation.hypoperfusion & ~segmentation.core)


def test_a_protocol_can_ask_for_delay_in_the_core():
    flow, tmax = box_maps()
    flow[0, :10, :8] = 0.1
    strict = dataclasses.replace(PLAIN, core_requires_hypoperfusion=True)

    assert not segment_lesion(flow, tmax, TISSUE, IJK_TO_RAS, protocol=strict).core[0, :10, :8].any()


def test_nothing_lies_off_the_given_side_or_outside_the_tissue():
    flow, tmax = box_maps()
    side = np.zeros(SHAPE, dtype=bool)
    side[:, :, :35] = True
    tissue = TISSUE.copy()
    tissue[:, 25:30] = False

    segmentation = segment_lesion(flow, tmax, tissue, IJK_TO_RAS, protocol=PLAIN, side=side)

    for name in ("core", "hypoperfusion", "penumbra", "core_raw", "hypoperfusion_raw"):
        found = getattr(segmentation, name)
        assert found.any()
        assert not (found & ~(side & tissue)).any()


def test_the_default_protocol_removes_speckle_and_fills_holes():
    random = np.random.default_rng(5)
    lesion_flow, lesion_tmax = box_maps()
    speckle = random.random(SHAPE) < 0.03
    healthy_flow, healthy_tmax = np.where(speckle, 0.05, 1.0), np.where(speckle, 12.0, 3.0)
    holed_flow, holed_tmax = np.where(speckle, 1.0, lesion_flow), np.where(speckle, 3.0, lesion_tmax)

    healthy = segment_lesion(healthy_flow, healthy_tmax, TISSUE, IJK_TO_RAS)
    lesion = segment_lesion(
        holed_flow, holed_tmax, TISSUE, IJK_TO_RAS, protocol=dataclasses.replace(PLAIN, closing_radius_mm=6.0)
    )

    assert not healthy.hypoperfusion.any()
    assert lesion.core[INNER].mean() > 0.99
    assert lesion.hypoperfusion[OUTER].mean() > 0.99


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.floats(0.1, 0.9))
def test_volumes_grow_with_a_laxer_threshold(seed, level):
    random = np.random.default_rng(seed)
    field = random.random((3, 8, 8)).repeat(6, axis=1).repeat(6, axis=2)
    protocol = dataclasses.replace(load_protocol(), minimum_cluster_ml=0.1)
    flow, tmax = field * level, field * 15.0
    flow[0], tmax[0] = 1.0, 0.0  # most of the reference, whose median stays 1

    volumes = volumes_of(flow, tmax, protocol, tissue=np.ones(field.shape, dtype=bool)).volumes_ml

    late = [volumes[f"tmax_{seconds}"] for seconds in (10, 8, 6, 4)]
    low = [volumes[f"rcbf_{percent}"] for percent in (20, 30, 34, 38)]
    assert late == sorted(late)
    assert low == sorted(low)


def test_segments_of_relative_flow_and_tmax_refuse_a_protocol_that_needs_other_maps():
    with pytest.raises(
        ConfigurationError, match=r"syngo-like needs CBV and CBF besides .*; use prepare_lesion"
    ):
        segment_lesion(*box_maps(), TISSUE, IJK_TO_RAS, protocol=load_protocol("syngo-like"))


def test_raw_volumes_are_those_before_opening_and_the_smallest_part():
    flow, tmax = box_maps()
    speckle = np.zeros(SHAPE, dtype=bool)
    speckle[0, 5, 65:75:3] = True
    flow[speckle], tmax[speckle] = 0.1, 11.0
    cleaned = dataclasses.replace(load_protocol(), closing_radius_mm=0.0)

    volumes = volumes_of(flow, tmax, cleaned)

    inner, outer, dots = 2 * 20 * 30 * VOXEL_ML, 4 * 40 * 50 * VOXEL_ML, speckle.sum() * VOXEL_ML
    assert volumes.raw_ml.keys() == volumes.volumes_ml.keys()
    assert volumes.raw_ml["core_global"] == pytest.approx(inner + dots)
    assert volumes.raw_ml["hypoperfusion"] == pytest.approx(outer + dots)
    assert volumes.raw_ml["penumbra"] == pytest.approx(outer - inner)
    assert volumes.raw_ml["tmax_10"] == pytest.approx(inner + dots)
    assert volumes.raw_ml["core_local"] is None
    assert volumes.volumes_ml["tmax_10"] < volumes.raw_ml["tmax_10"]


def test_raw_volumes_keep_to_the_side():
    flow, tmax = box_maps()
    maps = prepare_lesion(
        {"CBF": flow, "CBV": np.ones(SHAPE), "Tmax": tmax}, TISSUE, None, IJK_TO_RAS,
        reference_tmax_at_most=4.0, local=False, plane=MIDDLE,
    )  # fmt: skip

    both, right, left = (
        segment(maps, PLAIN, side=side).volumes.raw_ml for side in (Side.NONE, Side.RIGHT, Side.LEFT)
    )

    assert right["core_global"] == pytest.approx(2 * 20 * 20 * VOXEL_ML)
    for name, volume in both.items():
        if volume is not None:
            assert right[name] + left[name] == pytest.approx(volume)


def test_raw_hypoperfusion_contains_the_raw_core():
    flow, tmax = box_maps()
    tmax[INNER] = 3.0  # flow without delay

    segmentation = segment_lesion(flow, tmax, TISSUE, IJK_TO_RAS, protocol=PLAIN)

    assert segmentation.core_raw[INNER].all()
    assert segmentation.hypoperfusion_raw[INNER].all()
