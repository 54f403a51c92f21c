"""Segments at moved thresholds: the same as the library's, nested, and only where thresholds cut them."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from CTPerfusionLib.lesion import (
    Criterion,
    LesionAnalysis,
    Relation,
    Side,
    SymmetryPlane,
    ThresholdProtocol,
    load_protocol,
    measure_masks,
    prepare_lesion,
    protocol_names,
    segment,
)
from CTPerfusionLib.report import WhatIf, explore_thresholds

SHAPE = (3, 36, 36)
IJK_TO_RAS = np.array([[-4.0, 0, 0, 72.0], [0, -4.0, 0, 72.0], [0, 0, 5.0, 0], [0, 0, 0, 1]])
MIDLINE = SymmetryPlane(np.array([1.0, 0.0, 0.0]), 1.0)


def patchy(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Return a map whose values lie evenly from `low` to `high`, in patches of a centimetre or two."""
    rough = ndimage.gaussian_filter(rng.standard_normal(SHAPE), (0.5, 2.0, 2.0))
    share = rough.ravel().argsort().argsort().reshape(SHAPE) / (rough.size - 1)
    return (low + (high - low) * share).astype(np.float32)


def analysis_of(seed: int, protocol: ThresholdProtocol) -> LesionAnalysis:
    """Return the analysis of a head with patchy maps, some dead tissue and a later left side."""
    rng = np.random.default_rng(seed)
    tissue = ndimage.gaussian_filter(rng.standard_normal(SHAPE), (0, 2, 2)) > -0.12
    on_the_left = np.broadcast_to(np.arange(SHAPE[2]) > SHAPE[2] // 2, SHAPE)
    maps = {
        "CBF": patchy(rng, 2.0, 60.0),
        "CBV": patchy(rng, 0.3, 4.0),
        "MTT": patchy(rng, 3.0, 16.0),
        "Delay": patchy(rng, 0.0, 8.0) + 1.0 * on_the_left,
        "Tmax": patchy(rng, 0.5, 12.0) + 2.0 * on_the_left,
    }
    dead = patchy(rng, 0.0, 1.0) < 0.04
    for name, values in maps.items():
        maps[name] = np.where(dead, 0.0 if name in ("CBF", "CBV") else np.nan, values).astype(np.float32)
    prepared = prepare_lesion(
        maps, tissue, None, IJK_TO_RAS,
        reference_tmax_at_most=protocol.reference_tmax_at_most, local=False, plane=MIDLINE,
    )  # fmt: skip
    local = (prepared.rcbf_global.map * patchy(rng, 0.7, 1.4)).astype(np.float32)
    both = replace(prepared, rcbf_local=local, maps=MappingProxyType({**prepared.maps, "rCBF_local": local}))
    return segment(both, protocol)


def found_in(analysis: LesionAnalysis) -> WhatIf:
    """Return the segments of an analysis at all thresholds."""
    found = explore_thresholds(analysis)
    assert found is not None
    return found


def moved(analysis: LesionAnalysis, **values: float) -> LesionAnalysis:
    """Segment again with other thresholds of the first criterion of core or hypoperfusion."""
    protocol = analysis.protocol
    changes = {
        field: (getattr(protocol, field)[0].at(value), *getattr(protocol, field)[1:])
        for field, value in values.items()
    }
    return segment(analysis.maps, protocol.customised(**changes), side=analysis.affected.side)


@pytest.mark.parametrize("name", protocol_names())
def test_core_at_each_threshold_is_the_core_of_the_library(name: str) -> None:
    analysis = analysis_of(1, load_protocol(name).read_by(1.08))
    found = found_in(analysis)
    volumes = set()
    for position, value in enumerate(found.cores["local"].values):
        again = moved(analysis, core=value)
        for normalisation, segmentation in again.segmentations.items():
            core = found.cores[str(normalisation)].mask(position)
            np.testing.assert_array_equal(core, segmentation.core)
            np.testing.assert_array_equal(core | found.hypoperfusion.mask(), segmentation.hypoperfusion)
            volumes.add(int(core.sum()))
    assert len(volumes) > 5  # thresholds make a difference in this study


@pytest.mark.parametrize("name", protocol_names())
def test_hypoperfusion_at_each_threshold_is_that_of_the_library(name: str) -> None:
    analysis = analysis_of(2, load_protocol(name))
    found = found_in(analysis)
    for position, value in enumerate(found.hypoperfusion.values):
        again = moved(analysis, hypoperfusion=value)
        for normalisation, segmentation in again.segmentations.items():
            core = found.cores[str(normalisation)].mask()
            np.testing.assert_array_equal(
                core | found.hypoperfusion.mask(position), segmentation.hypoperfusion
            )


@given(seed=st.integers(0, 10_000), name=st.sampled_from(protocol_names()), share=st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None)
def test_a_threshold_that_lets_more_tissue_in_never_takes_tissue_out(
    seed: int, name: str, share: float
) -> None:
    analysis = analysis_of(seed, load_protocol(name))
    values = found_in(analysis).cores["global"].values
    position = round(share * (len(values) - 2))
    narrow, wide = (moved(analysis, core=values[place]) for place in (position, position + 1))
    for normalisation, segmentation in narrow.segmentations.items():
        assert not (segmentation.core & ~wide.segmentations[normalisation].core).any()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_levels_hold_for_any_study(seed: int) -> None:
    analysis = analysis_of(seed, load_protocol())
    found = found_in(analysis)
    rng = np.random.default_rng(seed)
    core, hypoperfusion = (
        int(rng.integers(len(levels.values))) for levels in (found.cores["global"], found.hypoperfusion)
    )
    again = moved(
        analysis,
        core=found.cores["global"].values[core],
        hypoperfusion=found.hypoperfusion.values[hypoperfusion],
    )
    for name in ("global", "local"):
        counted = found.cores[name].mask(core)
        whole = counted | found.hypoperfusion.mask(hypoperfusion)
        voxel_ml = 4.0 * 4.0 * 5.0 / 1000.0
        assert counted.sum() * voxel_ml == pytest.approx(again.volumes.volumes_ml[f"core_{name}"], abs=1e-9)
        if name == found.counted:
            assert whole.sum() * voxel_ml == pytest.approx(again.volumes.hypoperfusion_ml, abs=1e-9)


@pytest.mark.parametrize("name", protocol_names())
def test_thresholds_go_from_least_to_most_tissue_and_hold_the_protocols_own(name: str) -> None:
    found = found_in(analysis_of(3, load_protocol(name)))
    for levels in (*found.cores.values(), found.hypoperfusion):
        rising = sorted(levels.values)
        expected = rising if levels.criterion.relation is Relation.BELOW else rising[::-1]
        assert list(levels.values) == expected
        assert levels.values[levels.position] == levels.criterion.value
        assert len(set(levels.values)) == len(levels.values) < 256


def test_an_odd_threshold_of_the_protocol_has_a_place_of_its_own() -> None:
    protocol = load_protocol()
    odd = protocol.customised(core=(protocol.core[0].at(0.317),))
    core = found_in(analysis_of(4, odd)).cores["global"]
    assert core.values[core.position] == 0.317
    assert core.values[core.position - 1 : core.position + 2] == (0.31, 0.317, 0.32)


def test_no_threshold_of_tmax_calls_the_tissue_of_the_reference_abnormal() -> None:
    protocol = load_protocol()
    late = protocol.customised(reference_tmax_at_most=5.0)
    assert min(found_in(analysis_of(5, late)).hypoperfusion.values) > 5.0


def test_hypoperfusion_stays_where_the_core_depends_on_it() -> None:
    protocol = load_protocol("mistar-like")
    assert protocol.core_requires_hypoperfusion
    found = found_in(analysis_of(6, protocol))
    assert found.hypoperfusion.values == (protocol.hypoperfusion[0].value,)
    assert len(found.cores["global"].values) > 10
    assert found.cores["global"].others == protocol.hypoperfusion


def test_hypoperfusion_by_relative_flow_goes_with_one_reference() -> None:
    protocol = load_protocol()
    by_flow = protocol.customised(hypoperfusion=(Criterion("rCBF", Relation.BELOW, 0.45),))
    found = found_in(analysis_of(10, by_flow))
    assert list(found.cores) == [found.counted] == ["global"]
    assert len(found.hypoperfusion.values) > 10


def test_segments_that_a_person_drew_have_no_thresholds() -> None:
    analysis = analysis_of(7, load_protocol())
    drawn = np.zeros(SHAPE, dtype=bool)
    drawn[1, 5:9, 20:25] = True
    assert explore_thresholds(measure_masks(analysis, drawn, drawn)) is None


def test_the_affected_side_is_the_one_that_was_found() -> None:
    analysis = analysis_of(8, load_protocol())
    assert analysis.affected.side is Side.LEFT
    levels = found_in(analysis).hypoperfusion.levels
    assert levels[..., : SHAPE[2] // 2 - 1].max() == 0
    assert levels.max() > 0


def test_progress_runs_to_the_end() -> None:
    fractions: list[float] = []
    explore_thresholds(analysis_of(9, load_protocol()), on_progress=fractions.append)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
