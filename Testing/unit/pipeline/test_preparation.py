"""A study is prepared once; other vessels and the maps then need no second preparation."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ArgumentError, Cancelled, ConfigurationError
from CTPerfusionLib.pipeline import (
    PREPARATION_STAGES,
    Stage,
    StageClock,
    analyse_prepared,
    compute_study_maps,
    head_motion,
    prepare_series,
    study_curves,
    with_vessels,
)


@pytest.fixture(scope="module")
def chosen_voxels(a_prepared_head, a_config):
    """A configuration that names one arterial and two venous voxels."""
    vessels = a_prepared_head.vessels
    artery, veins = (curve.voxels.tolist() for curve in (vessels.measured_aif, vessels.vof))
    return replace(a_config, aif=(tuple(artery[-1]),), vof=(tuple(veins[0]), tuple(veins[1])))


def assert_same_curve(one, other):
    np.testing.assert_array_equal(one.times, other.times)
    np.testing.assert_array_equal(one.enhancement, other.enhancement)
    np.testing.assert_array_equal(one.voxels, other.voxels)
    assert one.reason == other.reason
    np.testing.assert_equal(dict(one.quality), dict(other.quality))


def test_other_vessels_give_what_preparing_with_them_gives(a_head, a_prepared_head, a_config, chosen_voxels):
    moved = with_vessels(a_prepared_head, chosen_voxels, StageClock())
    from_the_start = prepare_series(a_head.series, chosen_voxels, StageClock())

    for name in ("measured_aif", "aif", "vof"):
        assert_same_curve(getattr(moved.vessels, name), getattr(from_the_start.vessels, name))
    assert moved.vessels.scale == from_the_start.vessels.scale
    np.testing.assert_array_equal(moved.enhancement.voxels, from_the_start.enhancement.voxels)
    maps, expected = (
        compute_study_maps(each, chosen_voxels, StageClock()).maps.maps for each in (moved, from_the_start)
    )
    for name, image in expected.items():
        np.testing.assert_array_equal(maps[name], image)
    back = with_vessels(moved, a_config, StageClock())
    assert_same_curve(back.vessels.aif, a_prepared_head.vessels.aif)
    assert_same_curve(back.vessels.vof, a_prepared_head.vessels.vof)


def test_the_registered_frames_are_kept_unfiltered_on_demand_only(a_head, a_prepared_head, a_config):
    registered, enhancement = a_prepared_head.kept.frames.voxels, a_prepared_head.enhancement.voxels
    assert not np.shares_memory(registered, enhancement)
    still = int(np.flatnonzero(a_prepared_head.registration.used)[a_prepared_head.registration.reference])
    np.testing.assert_array_equal(registered[still], a_head.series.voxels[still])
    without = prepare_series(a_head.series, a_config, StageClock())
    assert without.unfiltered is None
    assert np.shares_memory(without.registration.series.voxels, without.enhancement.voxels)
    with pytest.raises(ArgumentError, match="prepare with keep_registered=True"):
        with_vessels(without, a_config, StageClock())


def test_frames_that_were_not_registered_are_left_as_they_are(a_head, a_config):
    before = a_head.series.voxels.copy()
    config = replace(a_config, registration="none")
    prepared = prepare_series(a_head.series, config, StageClock(), keep_registered=True)
    assert prepared.kept.frames is a_head.series
    np.testing.assert_array_equal(a_head.series.voxels, before)


def test_a_voxel_outside_the_images_is_refused(a_prepared_head, a_config):
    config = replace(a_config, aif=((500, 0, 0),))
    with pytest.raises(ConfigurationError, match="outside the images"):
        with_vessels(a_prepared_head, config, StageClock())


def test_each_part_runs_its_own_stages(a_prepared_head, a_preparation_clock, a_config):
    assert list(a_preparation_clock.seconds) == [stage.name.lower() for stage in PREPARATION_STAGES]
    clock = StageClock(stages=[Stage.VESSELS, Stage.MAPS])
    study = compute_study_maps(with_vessels(a_prepared_head, a_config, clock), a_config, clock)
    assert list(clock.seconds) == ["vessels", "maps"]
    assert study.prepared.vessels.aif.reason == a_prepared_head.vessels.aif.reason


def test_maps_and_lesion_make_up_the_analysis(a_prepared_head, a_config):
    study = compute_study_maps(a_prepared_head, a_config, StageClock())
    analysis = analyse_prepared(a_prepared_head, a_config, StageClock())

    for name, image in study.maps.maps.items():
        np.testing.assert_array_equal(analysis.maps.maps[name], image)
    assert analysis.findings == study.findings + analysis.lesion.findings
    assert analysis.residue == study.residue
    assert analysis.lesion.protocol.flow_reading == study.flow_reading


def test_curves_and_motion_are_there_to_be_shown(a_head, a_prepared_head, a_config):
    study = compute_study_maps(a_prepared_head, a_config, StageClock())
    aif, vof, tissue = study_curves(study)
    assert [curve.name for curve in (aif, vof, tissue)] == ["AIF", "VOF", "Tissue"]
    np.testing.assert_array_equal(aif.voxels, a_prepared_head.vessels.aif.voxels)
    assert vof.enhancement.max() > aif.enhancement.max() * 0.5 > tissue.enhancement.max()
    motion = head_motion(a_prepared_head)
    np.testing.assert_array_equal(motion.frame_times, a_head.series.frame_times)
    assert motion.used.all()
    assert head_motion(replace(a_prepared_head, registration=None)) is None


class CancelIn:
    """Asks to stop once a stage has reported for the first time."""

    def __init__(self, stage):
        self.stage, self.reached = stage, False

    def is_set(self):
        return self.reached

    def progress(self, title, _):
        self.reached = title == self.stage.title


@pytest.mark.parametrize("stage", PREPARATION_STAGES)
def test_the_preparation_can_be_cancelled_in_every_stage(a_head, a_config, stage):
    signal = CancelIn(stage)
    clock = StageClock(signal.progress, signal)
    with pytest.raises(Cancelled):
        prepare_series(a_head.series, a_config, clock)
    assert stage.name.lower() not in clock.seconds


@pytest.mark.parametrize(("part", "stage"), [(with_vessels, Stage.VESSELS), (compute_study_maps, Stage.MAPS)])
def test_new_vessels_and_maps_can_be_cancelled(a_prepared_head, a_config, part, stage):
    signal = CancelIn(stage)
    with pytest.raises(Cancelled):
        part(a_prepared_head, a_config, StageClock(signal.progress, signal))
