"""Maps that no head gives: a finding or one typed error, never a warning of numpy or a wrong side."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError, ConfigurationError, CTPerfusionError, ProcessingError
from CTPerfusionLib.lesion import (
    CounterpartBlur,
    FlowReference,
    SymmetryPlane,
    analyse_lesion,
    load_protocol,
    normalise_global,
    prepare_lesion,
    segment,
)

PROTOCOL = load_protocol()
SHAPE = (3, 22, 22)
IJK_TO_RAS = np.array([[-6.0, 0, 0, 63.0], [0, -6.0, 0, 63.0], [0, 0, 5.0, 0], [0, 0, 0, 1.0]])
X = -6.0 * np.arange(22) + 63.0


def small_head():
    """A round head of 6 mm pixels: baseline, tissue, maps."""
    y, x = np.meshgrid(X, X, indexing="ij")
    radius = np.broadcast_to(np.hypot(x, y), SHAPE)
    tissue = radius < 48.0
    baseline = np.select([tissue, radius < 56.0], [33.0, 900.0], default=-1000.0)
    baseline[:, np.hypot(np.abs(x) - 9.0, y) < 8.0] = 8.0
    maps = {"CBF": np.full(SHAPE, 45.0), "CBV": np.full(SHAPE, 3.0), "Tmax": np.full(SHAPE, 3.0)}
    return baseline, tissue, {name: np.where(tissue, values, np.nan) for name, values in maps.items()}


def analyse(baseline, tissue, maps, **options):
    """Analyse with every warning as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return analyse_lesion(maps, tissue, baseline, IJK_TO_RAS, **{"protocol": PROTOCOL} | options)


RIGHT = np.broadcast_to(X > 0, SHAPE)


def assert_numbers(analysis):
    """Volumes are numbers, sets are contained in each other, and segments keep to their side."""
    volumes = analysis.volumes
    for each in (*volumes.volumes_ml.values(), *volumes.raw_ml.values()):
        assert each is None or (math.isfinite(each) and each >= 0.0)
    assert volumes.volumes_ml.keys() == volumes.raw_ml.keys()
    for ratio in (volumes.mismatch_ratio, volumes.hypoperfusion_intensity_ratio, volumes.cbv_index):
        assert ratio is None or math.isfinite(ratio)
    for segmentation in analysis.segmentations.values():
        assert not (segmentation.core & ~segmentation.hypoperfusion).any()
        np.testing.assert_array_equal(segmentation.penumbra, segmentation.hypoperfusion & ~segmentation.core)
        assert not (segmentation.core_raw & ~segmentation.hypoperfusion_raw).any()
        assert not (segmentation.hypoperfusion & ~analysis.maps.tissue).any()
        if analysis.affected.side != "none":
            wrong = analysis.hemispheres != (2 if analysis.affected.side == "right" else 1)
            assert not segmentation.hypoperfusion[wrong].any()


SPOILT = st.sampled_from([np.nan, 0.0, -5.0, 1e-30, 8.0, 1e30, np.inf, -np.inf])
REGION = st.sampled_from(["all", "left", "right", "front", "slice", "speckle"])


def region(name):
    masks = {
        "all": np.ones(SHAPE, dtype=bool),
        "left": ~RIGHT,
        "right": RIGHT,
        "front": np.broadcast_to((X > 10)[:, None], SHAPE),
        "slice": np.arange(3)[:, None, None] * np.ones(SHAPE) == 1,
        "speckle": np.random.default_rng(0).random(SHAPE) < 0.3,
    }
    return masks[name]


@settings(max_examples=20, deadline=None)
@given(
    spoilt=st.lists(
        st.tuples(st.sampled_from(["CBF", "CBV", "Tmax", "baseline"]), REGION, SPOILT), min_size=1, max_size=4
    ),
    kept=REGION,
    reference=st.sampled_from(FlowReference),
    blur=st.sampled_from(CounterpartBlur),
)
def test_any_map_gives_numbers_or_one_sentence(spoilt, kept, reference, blur):
    baseline, tissue, maps = small_head()
    for name, where, value in spoilt:
        (baseline if name == "baseline" else maps[name])[region(where)] = value

    try:
        analysis = analyse(baseline, tissue & region(kept), maps, reference=reference, blur=blur)
    except CTPerfusionError as error:
        sentence = str(error)
    else:
        assert_numbers(analysis)
        return
    assert sentence.endswith(".")


def test_maps_without_tmax_are_refused():
    baseline, tissue, maps = small_head()
    del maps["Tmax"]

    with pytest.raises(ConfigurationError, match="needs a map of Tmax"):
        analyse(baseline, tissue, maps)


def test_maps_on_another_grid_are_refused():
    baseline, tissue, maps = small_head()

    with pytest.raises(
        ArgumentError, match=r"Tmax has the shape \(2, 22, 22\), the tissue has \(3, 22, 22\)"
    ):
        analyse(baseline, tissue, maps | {"Tmax": maps["Tmax"][:2]})
    with pytest.raises(ArgumentError, match="baseline has the shape"):
        analyse(baseline[:, 1:], tissue, maps)


def test_a_geometry_that_is_none_is_refused():
    baseline, tissue, maps = small_head()

    with pytest.raises(ArgumentError, match="does not say where the voxels lie"):
        analyse_lesion(maps, tissue, baseline, np.diag([1.0, 1.0, 0.0, 1.0]), protocol=PROTOCOL)


def test_an_empty_mask_is_refused():
    baseline, tissue, maps = small_head()

    with pytest.raises(ProcessingError, match="No brain tissue was found"):
        analyse(baseline, np.zeros_like(tissue), maps)


@pytest.mark.parametrize("name", ["CBF", "Tmax"])
def test_maps_without_any_value_are_refused(name):
    baseline, tissue, maps = small_head()

    with pytest.raises(ProcessingError, match="too little for a reference"):
        analyse(baseline, tissue, maps | {name: np.full(SHAPE, np.nan)})


def test_a_baseline_without_any_value_is_refused():
    _, tissue, maps = small_head()

    with pytest.raises(ProcessingError, match="The baseline image is empty"):
        analyse(np.full(SHAPE, np.nan), tissue, maps)


def test_a_reference_of_zero_is_refused():
    baseline, tissue, maps = small_head()

    with pytest.raises(ProcessingError, match="shows no blood flow"):
        analyse(baseline, tissue, maps | {"CBF": np.where(tissue, 0.0, np.nan)})


@pytest.mark.parametrize("dead_side", ["left", "right"])
def test_a_dead_hemisphere_is_the_affected_one(dead_side):
    baseline, tissue, maps = small_head()
    baseline = np.where(baseline > 100.0, 60.0, baseline)  # no bone, beside which dead tissue is not trusted
    dead = tissue & (RIGHT if dead_side == "right" else ~RIGHT)
    maps = {
        "CBF": np.where(dead, 0.0, maps["CBF"]), "CBV": np.where(dead, 0.0, maps["CBV"]),
        "Tmax": np.where(dead, np.nan, maps["Tmax"]),
    }  # fmt: skip

    analysis = analyse(baseline, tissue, maps)

    assert analysis.affected.side == dead_side
    assert analysis.segmentation.core[dead].mean() > 0.95
    assert_numbers(analysis)


def test_a_reference_side_without_tissue_is_refused():
    flow, tmax = np.full((1, 4, 4), 50.0), np.full((1, 4, 4), 3.0)
    tissue, left = np.zeros((1, 4, 4), dtype=bool), np.zeros((1, 4, 4), dtype=bool)
    tissue[..., :2], left[..., 2:] = True, True

    with pytest.raises(ProcessingError, match="0% of the brain tissue lies in the unaffected hemisphere"):
        normalise_global(flow, tmax, tissue, reference=FlowReference.CONTRALATERAL_MEAN, unaffected=left)


def test_a_plane_beside_the_head_leaves_all_tissue_on_one_side():
    baseline, tissue, maps = small_head()
    plane = SymmetryPlane(np.array([1.0, 0.0, 0.0]), 500.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepared = prepare_lesion(maps, tissue, baseline, IJK_TO_RAS, reference_tmax_at_most=4.0, plane=plane)
        analysis = segment(prepared, PROTOCOL)

    assert analysis.affected.side == "none"
    assert "tissue_on_one_side" in [finding.code for finding in analysis.findings]
