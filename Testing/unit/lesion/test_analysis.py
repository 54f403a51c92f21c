"""The whole chapter in one call."""

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError, ProcessingError
from CTPerfusionLib.lesion import CoreNormalisation, analyse_lesion, load_protocol, segment

PROTOCOL = load_protocol()


def stroke_maps(head, x=-42.0):
    """Normal flow with a penumbra of 26 mm and a core of 14 mm around a point at `x`."""
    penumbra, core = head.ball(x, -10, 0, 26), head.ball(x, -10, 0, 14)
    flow = np.where(head.white_matter, 25.0, 53.0)
    flow[penumbra] = 18.0
    flow[core] = 4.0
    tmax = np.full(head.shape, 3.0)
    tmax[penumbra] = 8.0
    tmax[core] = 11.0
    maps = {"CBF": flow, "CBV": np.where(core, 0.6, 3.0), "Tmax": tmax}
    return {name: np.where(head.tissue, values, np.nan) for name, values in maps.items()}, core, penumbra


def analyse(head, maps, **options):
    return analyse_lesion(
        maps, head.tissue, head.baseline, head.ijk_to_ras, **{"protocol": PROTOCOL} | options
    )


@pytest.fixture(scope="module")
def turned_head(make_head):
    return make_head(yaw=-8.0, roll=4.0, shift=(3.0, 0.0, 0.0), pixel=3.0, matrix=74)


@pytest.fixture(scope="module")
def left_stroke(turned_head):
    """A stroke on the left: its analysis, core, penumbra, and the progress that was reported."""
    maps, core, penumbra = stroke_maps(turned_head)
    fractions: list[float] = []
    analysis = analyse(turned_head, maps, age=70, nihss=15, hours=8, on_progress=fractions.append)
    return analysis, core, penumbra, fractions


def assert_found(analysis, core, penumbra, side):
    voxel_ml = 0.045
    assert analysis.affected.side == side
    volumes = analysis.volumes.volumes_ml
    assert volumes["core_global"] == pytest.approx(core.sum() * voxel_ml, rel=0.05)
    assert volumes["core_local"] == pytest.approx(core.sum() * voxel_ml, rel=0.1)
    assert volumes["hypoperfusion"] == pytest.approx(penumbra.sum() * voxel_ml, rel=0.03)
    assert analysis.volumes.mismatch_ratio == pytest.approx(penumbra.sum() / core.sum(), rel=0.08)
    assert analysis.criteria.defuse3 is True
    assert analysis.criteria.dawn is True
    assert not analysis.findings


def test_a_stroke_on_the_left_is_found_with_its_volumes(left_stroke):
    assert_found(*left_stroke[:3], "left")


def test_a_stroke_on_the_right_is_found_with_its_volumes(turned_head):
    maps, core, penumbra = stroke_maps(turned_head, 42.0)

    assert_found(analyse(turned_head, maps, age=70, nihss=15, hours=8), core, penumbra, "right")


def test_volumes_hold_every_key_of_the_summary(left_stroke):
    assert list(segment(left_stroke[0].maps, PROTOCOL, normalisation="global").volumes.volumes_ml) == [
        "core_global", "core_local", "hypoperfusion", "penumbra", "tmax_4", "tmax_6", "tmax_8", "tmax_10",
        "rcbf_20", "rcbf_30", "rcbf_34", "rcbf_38",
    ]  # fmt: skip


def test_without_local_normalisation_its_core_is_unknown(turned_head):
    maps, *_ = stroke_maps(turned_head)

    analysis = analyse(turned_head, maps, normalisation="global")

    assert analysis.rcbf_local is None
    assert analysis.volumes.volumes_ml["core_local"] is None
    assert analysis.counted is CoreNormalisation.GLOBAL


def test_with_local_normalisation_alone_its_core_counts_and_a_finding_says_so(left_stroke):
    analysis = segment(left_stroke[0].maps, PROTOCOL, normalisation="local")

    assert analysis.volumes.volumes_ml["core_global"] is None
    assert analysis.counted is CoreNormalisation.LOCAL
    assert [finding.code for finding in analysis.findings] == ["other_core_counted"]


def test_maps_that_are_late_everywhere_are_refused(turned_head):
    maps, *_ = stroke_maps(turned_head)
    maps["Tmax"] = maps["Tmax"] + 6.0

    with pytest.raises(ProcessingError, match="too little for a reference of normal blood flow"):
        analyse(turned_head, maps)


def test_progress_never_runs_backwards_and_ends_at_one(left_stroke):
    fractions = left_stroke[3]

    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len(fractions) > 100


@pytest.mark.parametrize("moment", [0.1, 0.5, 0.9])
def test_analysis_stops_at_any_moment_when_progress_is_cancelled(turned_head, moment):
    maps, *_ = stroke_maps(turned_head)

    def cancel(fraction: float) -> None:
        if fraction > moment:
            raise Cancelled

    with pytest.raises(Cancelled):
        analyse(turned_head, maps, on_progress=cancel)


def test_an_unknown_normalisation_is_a_wrong_call(turned_head):
    maps, *_ = stroke_maps(turned_head)

    with pytest.raises(ValueError, match="everywhere"):
        analyse(turned_head, maps, normalisation="everywhere")


def test_maps_that_lack_one_of_the_protocol_are_refused_before_anything_is_computed(turned_head):
    maps, *_ = stroke_maps(turned_head)

    with pytest.raises(ConfigurationError, match="philips-like needs a map of MTT"):
        analyse(turned_head, maps, protocol=load_protocol("philips-like"), on_progress=_never)


def _never(fraction: float) -> None:
    raise AssertionError(fraction)
