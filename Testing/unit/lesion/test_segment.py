"""The fast part: thresholds of any protocol on maps that are prepared once."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.errors import ArgumentError, ConfigurationError, ProcessingError
from CTPerfusionLib.lesion import (
    CoreNormalisation,
    Criterion,
    Hemisphere,
    Relation,
    Side,
    SymmetryPlane,
    load_protocol,
    measure_masks,
    prepare_lesion,
    protocol_names,
    segment,
    segment_lesion,
)

VOXEL_ML = 0.045


def plain(protocol):
    """A protocol without cleaning, so that segments are what the thresholds select."""
    return dataclasses.replace(protocol, opening_radius_mm=0.0, closing_radius_mm=0.0, minimum_cluster_ml=0.0)


class Stroke:
    """A head with a penumbra and a core in it on the left, by all maps; MTT is longer on the left."""

    def __init__(self, head) -> None:
        self.head = head
        self.penumbra, self.core = head.ball(-42, -10, 0, 26), head.ball(-42, -10, 0, 14)
        self.left = head.head_mm[0] < 0
        values = {
            "CBF": (50.0, 20.0, 5.0),
            "CBV": (4.0, 3.5, 0.8),
            "MTT": (np.where(self.left, 5.5, 5.0), 9.0, 12.0),
            "Tmax": (3.0, 8.0, 11.0),
            "TTP": (3.0, 8.0, 11.0),
            "Delay": (1.0, 4.0, 5.0),
        }
        self.maps = {
            name: np.where(
                head.tissue, np.where(self.core, inner, np.where(self.penumbra, middle, outer)), np.nan
            )
            for name, (outer, middle, inner) in values.items()
        }

    @property
    def plane(self) -> SymmetryPlane:
        return SymmetryPlane(self.head.normal, self.head.offset)

    def prepared(self, **options):
        given = {"maps": self.maps, "baseline": self.head.baseline, "plane": self.plane, "local": False}
        given |= options
        return prepare_lesion(
            given.pop("maps"), self.head.tissue, given.pop("baseline"), self.head.ijk_to_ras,
            reference_tmax_at_most=4.0, **given,
        )  # fmt: skip


@pytest.fixture(scope="module")
def stroke(make_head) -> Stroke:
    return Stroke(make_head(pixel=3.0, matrix=74))


@pytest.fixture(scope="module")
def prepared(stroke):
    return stroke.prepared()


@pytest.fixture(scope="module")
def prepared_both(stroke):
    """Maps by both normalisations, with low flow on both sides that only the local one forgives."""
    dark = stroke.head.ball(-25, 35, 0, 18) | stroke.head.ball(25, 35, 0, 18)
    return stroke.prepared(maps=stroke.maps | {"CBF": np.where(dark, 12.0, stroke.maps["CBF"])}, local=True)


@pytest.mark.parametrize("name", protocol_names())
def test_every_installed_protocol_finds_core_and_penumbra_where_they_are(stroke, prepared, name):
    analysis = segment(prepared, plain(load_protocol(name)))

    np.testing.assert_array_equal(analysis.segmentation.core, stroke.core)
    np.testing.assert_array_equal(analysis.segmentation.hypoperfusion, stroke.penumbra)
    np.testing.assert_array_equal(analysis.segmentation.penumbra, stroke.penumbra & ~stroke.core)
    assert analysis.volumes.core_ml == pytest.approx(stroke.core.sum() * VOXEL_ML)


@pytest.mark.parametrize("name", protocol_names())
def test_tissue_without_flow_and_times_is_beyond_every_threshold(stroke, name):
    dead = stroke.head.ball(-42, -10, 0, 8)
    maps = {
        map_name: np.where(dead, 0.0 if map_name in ("CBF", "CBV") else np.nan, values)
        for map_name, values in stroke.maps.items()
    }

    segmentation = segment(stroke.prepared(maps=maps), plain(load_protocol(name))).segmentation

    assert segmentation.core[dead].all()
    assert segmentation.hypoperfusion[dead].all()
    np.testing.assert_array_equal(segmentation.core, stroke.core)


def criteria_protocol(core, hypoperfusion, *, requires=False):
    return dataclasses.replace(
        plain(load_protocol()),
        core=core,
        hypoperfusion=hypoperfusion,
        core_requires_hypoperfusion=requires,
    )


@pytest.mark.parametrize(
    ("name", "relation", "value", "expected"),
    [
        ("CBF", "below", 20.5, "penumbra"),
        ("CBF", "below", 20.0, "core"),  # a value at the threshold is still normal
        ("rCBF", "below", 0.45, "penumbra"),
        ("rCBF", "below", 0.35, "core"),
        ("CBV", "below", 3.6, "penumbra"),
        ("rCBV", "below", 0.25, "core"),
        ("MTT", "above", 8.9, "penumbra"),
        ("MTT", "above", 9.0, "core"),
        ("rMTT_contralateral", "above", 1.75, "penumbra"),  # of the 5 s on the right, not the 5.5 s here
        ("rMTT_contralateral", "above", 1.85, "core"),
        ("Tmax", "above", 7.9, "penumbra"),
        ("TTP", "above", 8.1, "core"),
        ("Delay", "above", 3.9, "penumbra"),
    ],
)
def test_a_criterion_on_any_map_selects_what_lies_beyond_it(
    stroke, prepared, name, relation, value, expected
):
    protocol = criteria_protocol(
        (Criterion(name, Relation(relation), value),), (Criterion("Tmax", Relation.ABOVE, 6.0),)
    )

    np.testing.assert_array_equal(segment(prepared, protocol).segmentation.core, getattr(stroke, expected))


def test_all_criteria_of_a_segment_must_hold(stroke, prepared):
    low, late = Criterion("CBV", Relation.BELOW, 3.6), Criterion("Delay", Relation.ABOVE, 4.5)

    segmentation = segment(prepared, criteria_protocol((low, late), (low,))).segmentation

    np.testing.assert_array_equal(segmentation.core, stroke.core)
    np.testing.assert_array_equal(segmentation.hypoperfusion, stroke.penumbra)


def test_core_can_be_asked_to_lie_inside_the_hypoperfusion(stroke):
    low_without_delay = stroke.head.ball(-30, 45, 0, 10)
    prepared = stroke.prepared(
        maps=stroke.maps | {"CBF": np.where(low_without_delay, 5.0, stroke.maps["CBF"])}
    )
    low, late = (Criterion("rCBF", Relation.BELOW, 0.3),), (Criterion("Delay", Relation.ABOVE, 3.0),)

    free = segment(prepared, criteria_protocol(low, late)).segmentation
    inside = segment(prepared, criteria_protocol(low, late, requires=True)).segmentation

    assert free.core[low_without_delay].all()
    np.testing.assert_array_equal(inside.core, stroke.core)


def test_a_method_that_reads_more_flow_moves_the_threshold_of_relative_flow_alone(stroke, prepared):
    relative = (Criterion("rCBF", Relation.BELOW, 0.35),)
    absolute = (Criterion("CBF", Relation.BELOW, 17.5),)
    late = (Criterion("Tmax", Relation.ABOVE, 6.0),)

    by_relative = segment(prepared, criteria_protocol(relative, late).read_by(1.2))
    by_absolute = segment(prepared, criteria_protocol(absolute, late).read_by(1.2))

    np.testing.assert_array_equal(by_relative.segmentation.core, stroke.penumbra)
    np.testing.assert_array_equal(by_absolute.segmentation.core, stroke.core)


def test_a_chosen_side_takes_the_place_of_the_one_that_was_found(prepared):
    found, right, both = (
        segment(prepared, load_protocol(), side=side) for side in (None, Side.RIGHT, Side.NONE)
    )

    assert (found.affected.side, found.affected.chosen) == (Side.LEFT, False)
    assert (right.affected.side, right.affected.chosen) == (Side.RIGHT, True)
    assert right.volumes.hypoperfusion_ml == 0.0
    assert right.volumes.volumes_ml["tmax_6"] == 0.0
    assert both.volumes.volumes_ml == pytest.approx(found.volumes.volumes_ml)
    assert not both.findings


def test_mtt_is_compared_with_the_side_opposite_to_the_chosen_one(stroke, prepared):
    relative = (Criterion("rMTT_contralateral", Relation.ABOVE, 1.05),)
    protocol = criteria_protocol(relative, relative)

    by_right = segment(prepared, protocol, side=Side.LEFT).segmentation.core
    by_left = segment(prepared, protocol, side=Side.RIGHT).segmentation.core

    # 5.5 s on the left is more than 105 % of 5 s on the right, and not the other way round
    np.testing.assert_array_equal(by_right, stroke.head.tissue & (prepared.hemispheres == Hemisphere.LEFT))
    assert not by_left.any()


def test_mtt_cannot_be_compared_with_a_side_that_has_none(stroke):
    maps = stroke.maps | {"MTT": np.where(stroke.left, stroke.maps["MTT"], np.nan)}

    with pytest.raises(ProcessingError, match="no mean transit time to compare with"):
        segment(stroke.prepared(maps=maps), load_protocol("philips-like"))


def test_a_moved_plane_moves_the_border_of_the_segments(stroke):
    late = stroke.head.ball(0, -30, 0, 20)
    maps = stroke.maps | {"Tmax": np.where(late, 8.0, stroke.maps["Tmax"])}
    moved = SymmetryPlane(stroke.head.normal, stroke.head.offset + 9.0)

    before = segment(stroke.prepared(maps=maps), plain(load_protocol())).segmentation.hypoperfusion
    after = segment(
        stroke.prepared(maps=maps, plane=moved), plain(load_protocol())
    ).segmentation.hypoperfusion

    position = stroke.head.head_mm[0]
    np.testing.assert_array_equal(before[late], position[late] <= 0)
    np.testing.assert_array_equal(after[late], position[late] <= 9.0)


def test_without_a_baseline_the_plane_is_found_by_the_outline_of_the_brain(make_head):
    head = make_head(yaw=6.0, shift=(4.0, 0.0, 0.0), pixel=3.0, matrix=74)
    turned = Stroke(head)

    found = turned.prepared(baseline=None, plane=None)

    assert np.degrees(np.arccos(found.plane.normal @ head.normal)) < 2.0
    assert (found.hemispheres == turned.prepared().hemispheres)[head.tissue].mean() > 0.98


def test_the_local_normalisation_cannot_do_without_a_baseline(stroke):
    with pytest.raises(
        ConfigurationError, match="needs the baseline image; choose it, or normalise globally"
    ):
        stroke.prepared(baseline=None, local=True)


def test_without_a_map_of_blood_volume_only_its_numbers_are_missing(stroke, prepared):
    maps = {name: values for name, values in stroke.maps.items() if name != "CBV"}

    analysis = segment(stroke.prepared(maps=maps), load_protocol())
    complete = segment(prepared, load_protocol())

    assert analysis.rcbv_global is None
    assert analysis.volumes.cbv_index is None
    assert analysis.volumes.volumes_ml == complete.volumes.volumes_ml
    inside = np.where(stroke.core, 0.2, 0.875)[complete.segmentation.hypoperfusion]
    assert complete.volumes.cbv_index == pytest.approx(inside.mean(), rel=1e-5)


def test_a_protocol_that_needs_a_missing_map_is_refused(stroke):
    maps = {name: stroke.maps[name] for name in ("CBF", "CBV", "MTT", "Tmax")}

    with pytest.raises(ConfigurationError, match="mistar-like needs a map of Delay"):
        segment(stroke.prepared(maps=maps), load_protocol("mistar-like"))


def test_maps_prepared_for_another_reference_are_refused(prepared):
    protocol = dataclasses.replace(load_protocol(), reference_tmax_at_most=3.5)

    with pytest.raises(ConfigurationError, match=r"up to 3.5 s, these maps to 4 s; prepare the maps again"):
        segment(prepared, protocol)


def test_a_core_that_is_not_there_can_neither_be_wanted_nor_count(prepared):
    with pytest.raises(ConfigurationError, match="no local normalisation"):
        segment(prepared, load_protocol(), normalisation="local")
    with pytest.raises(
        ConfigurationError, match="no core by local normalisation that could count; count the"
    ):
        segment(prepared, load_protocol(), counted=CoreNormalisation.LOCAL)


def test_both_cores_stand_side_by_side_with_their_difference(stroke, prepared_both):
    analysis = segment(prepared_both, plain(load_protocol()))
    by_global, by_local = (analysis.segmentations[each].core for each in CoreNormalisation)

    volumes = analysis.volumes
    assert volumes.core_difference_ml == pytest.approx((by_global.sum() - by_local.sum()) * VOXEL_ML)
    assert volumes.core_difference_ml > 1.0
    assert by_local[stroke.core].mean() > 0.9


def test_the_border_of_a_local_core_is_that_of_the_global_one_and_nothing_farther_away(stroke):
    # the core gets a border of less low flow; there and elsewhere the other side has little flow as well
    head = stroke.head
    distance = np.hypot(head.head_mm[0] + 42.0, head.head_mm[1] + 10.0)
    core = head.tissue & (distance <= 14.0)
    graded = head.tissue & (distance > 14.0) & (distance <= 16.5)
    far = head.ball(-25, 45, 0, 10)
    both = head.ball(42, -10, 0, 30) | head.ball(25, 45, 0, 30)
    flow = np.where(core, 5.0, np.where(graded | far, 13.0, np.where(both, 20.0, stroke.maps["CBF"])))

    found = segment(stroke.prepared(maps=stroke.maps | {"CBF": flow}, local=True), plain(load_protocol()))

    by_global, by_local = (found.segmentations[each].core for each in CoreNormalisation)
    assert by_global[graded | far].all()
    assert by_local[graded].mean() > 0.9
    assert not by_local[far].any()
    assert (np.nan_to_num(found.rcbf_local[graded], nan=1.0) > 0.3).mean() > 0.5


def test_the_user_says_which_core_counts(prepared_both):
    by_global = segment(prepared_both, load_protocol(), counted=CoreNormalisation.GLOBAL)
    by_local = segment(prepared_both, load_protocol(), counted=CoreNormalisation.LOCAL)

    assert by_local.volumes.core_ml == by_local.volumes.volumes_ml["core_local"]
    assert by_global.volumes.core_ml == by_global.volumes.volumes_ml["core_global"]
    assert "other_core_counted" in [finding.code for finding in by_local.findings]
    assert "other_core_counted" not in [finding.code for finding in by_global.findings]


def test_the_protocol_says_which_core_counts_where_nobody_chose(stroke, prepared_both):
    by_local = dataclasses.replace(load_protocol(), mismatch_core=CoreNormalisation.LOCAL)

    analysis = segment(prepared_both, by_local)

    volumes = analysis.volumes.volumes_ml
    dark = ~stroke.penumbra & (np.nan_to_num(prepared_both.maps["CBF"]) == 12.0)
    assert volumes["core_global"] > volumes["core_local"] + 1.0
    assert analysis.volumes.mismatch_ratio == pytest.approx(volumes["hypoperfusion"] / volumes["core_local"])
    assert np.mean(analysis.segmentation.core[dark]) < 0.02
    assert [finding.code for finding in analysis.findings] == ["cores_far_apart"]


def test_a_healthy_head_has_no_affected_side_no_volumes_and_a_finding(stroke):
    healthy = {"CBF": 50.0, "CBV": 4.0, "Tmax": 3.0}
    maps = {name: np.where(stroke.head.tissue, value, np.nan) for name, value in healthy.items()}

    analysis = segment(stroke.prepared(maps=maps, local=True), load_protocol())

    assert analysis.affected.side == "none"
    assert [finding.code for finding in analysis.findings] == ["no_affected_hemisphere"]
    assert all(volume == 0.0 for volume in analysis.volumes.volumes_ml.values())
    assert analysis.volumes.mismatch_ratio is None
    assert not analysis.criteria.extend


def test_a_difference_needs_both_cores(prepared):
    assert segment(prepared, load_protocol()).volumes.core_difference_ml is None


@settings(max_examples=15, deadline=None)
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from([0.2, 0.3, 0.45]),
            st.sampled_from([5.0, 6.0, 9.0]),
            st.sampled_from([0.0, 1.0, 20.0]),
            st.sampled_from([1.5, 3.0]),
            st.sampled_from(Side),
        ),
        min_size=2,
        max_size=8,
    )
)
def test_results_do_not_depend_on_where_the_sliders_were_before(stroke, prepared, moves):
    def choose(maps, flow, tmax, least, opening, side):
        protocol = load_protocol().customised(
            core=(Criterion("rCBF", Relation.BELOW, flow),),
            hypoperfusion=(Criterion("Tmax", Relation.ABOVE, tmax),),
            minimum_cluster_ml=least,
            opening_radius_mm=opening,
        )
        return segment(maps, protocol, side=side)

    for move in moves:
        last = choose(prepared, *move)
    fresh = choose(stroke.prepared(), *moves[-1])

    assert last.volumes == fresh.volumes
    for name in ("core", "hypoperfusion", "penumbra", "core_raw", "hypoperfusion_raw"):
        np.testing.assert_array_equal(getattr(last.segmentation, name), getattr(fresh.segmentation, name))


def test_volumes_at_fixed_thresholds_stay_whatever_the_protocol(prepared):
    fixed = [
        {
            key: volume
            for key, volume in segment(prepared, load_protocol(name)).volumes.volumes_ml.items()
            if key.startswith(("tmax_", "rcbf_"))
        }
        for name in protocol_names()
    ]

    assert len(fixed[0]) == 8
    assert all(volumes == fixed[0] for volumes in fixed)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), border=st.integers(4, 36))
def test_restriction_to_a_side_changes_nothing_on_that_side(seed, border):
    random = np.random.default_rng(seed)
    flow = random.random((9, 20, 20)).repeat(2, axis=1).repeat(2, axis=2)
    tissue = random.random(flow.shape) > 0.1
    side = np.broadcast_to(np.arange(40) < border, flow.shape)
    protocol = dataclasses.replace(load_protocol(), minimum_cluster_ml=0.0, closing_radius_mm=3.0)
    given = (flow, 12.0 * flow, tissue, np.diag([1.0, 0.8, 5.0, 1.0]))

    on_the_side = segment_lesion(*given, protocol=protocol, side=side)
    everywhere = segment_lesion(*given, protocol=protocol)

    np.testing.assert_array_equal(on_the_side.core, everywhere.core & side)
    np.testing.assert_array_equal(on_the_side.hypoperfusion, everywhere.hypoperfusion & side)


def test_drawn_segments_are_measured_as_they_are(stroke, prepared_both):
    analysis = segment(prepared_both, load_protocol(), age=70, nihss=15, hours=8)
    core = stroke.head.ball(40, -10, 0, 12)  # on the other side
    hypoperfusion = stroke.head.ball(40, 5, 0, 20)

    drawn = measure_masks(analysis, core, hypoperfusion)

    core_ml, both_ml = core.sum() * VOXEL_ML, (core | hypoperfusion).sum() * VOXEL_ML
    volumes = drawn.volumes.volumes_ml
    assert volumes["core_global"] == drawn.volumes.core_ml == pytest.approx(core_ml)
    assert volumes["hypoperfusion"] == pytest.approx(both_ml)
    assert volumes["penumbra"] == pytest.approx(both_ml - core_ml)
    assert drawn.volumes.mismatch_ratio == pytest.approx(both_ml / core_ml)
    assert volumes["core_local"] == analysis.volumes.volumes_ml["core_local"]
    assert volumes["tmax_6"] == analysis.volumes.volumes_ml["tmax_6"]
    assert drawn.criteria.defuse3 is True
    np.testing.assert_array_equal(drawn.segmentation.penumbra, hypoperfusion & ~core)


def test_criteria_follow_what_is_drawn(stroke, prepared):
    analysis = segment(prepared, load_protocol(), hours=8)
    everything = stroke.head.tissue & stroke.left

    assert analysis.criteria.defuse3 is True
    assert measure_masks(analysis, everything, everything).criteria.defuse3 is False


def test_a_finding_says_once_that_segments_are_drawn(stroke, prepared):
    analysis = segment(prepared, load_protocol())

    drawn = measure_masks(measure_masks(analysis, stroke.core, stroke.core), stroke.core, stroke.penumbra)

    assert [finding.code for finding in drawn.findings] == ["drawn_by_hand"]
    assert not analysis.findings


def test_a_drawn_mask_on_another_grid_is_refused(prepared):
    analysis = segment(prepared, load_protocol())
    core = analysis.segmentation.core

    with pytest.raises(ArgumentError, match=r"hypoperfusion has the shape .*; use the grid of the maps"):
        measure_masks(analysis, core, core[:, 1:])
