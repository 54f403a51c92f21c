"""A probe shows the measured curve of a voxel, what was fitted to it and what the maps say there."""

from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.kinetics import METHODS, FitStatus
from CTPerfusionLib.pipeline import StageClock, compute_study_maps, probe_voxel


@pytest.fixture(scope="module")
def studies(a_prepared_head, a_config):
    """The maps of one study by every method."""
    return {
        method: compute_study_maps(a_prepared_head, replace(a_config, method=method), StageClock())
        for method in METHODS
    }


def well_fitted(study, slice_index):
    """Return the voxel of a slice whose curve is explained best: column, row, slice."""
    r_squared = study.maps.quality["r_squared"][slice_index]
    row, column = np.unravel_index(np.nanargmax(r_squared), r_squared.shape)
    return int(column), int(row), slice_index


def voxel_where(mask):
    return tuple(int(index) for index in np.argwhere(mask)[0][::-1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("slice_index", [3, 12])
def test_values_are_those_of_the_maps_and_the_fitted_curve_follows_the_measured_one(
    studies, method, slice_index
):
    study = studies[method]
    voxel = well_fitted(study, slice_index)
    probe = probe_voxel(study, voxel)

    assert probe.status is FitStatus.OK
    assert probe.message == ""
    assert set(probe.values) == set(METHODS[method].maps)
    for name, value in probe.values.items():
        assert value == study.maps.maps[name][voxel[::-1]]
    curves = study.prepared.enhancement
    np.testing.assert_array_equal(probe.times, curves.times[:, slice_index])
    np.testing.assert_array_equal(probe.measured, curves.voxels[(slice(None), *voxel[::-1])])
    fitted = np.interp(probe.times, probe.fitted_times, probe.fitted)
    assert np.abs(fitted - probe.measured).max() < 0.12 * np.ptp(probe.measured)
    assert probe.residue.max() == pytest.approx(probe.values["CBF"], rel=0.05)


def test_slices_of_one_frame_are_probed_at_their_own_times(studies):
    study = studies["nlr"]
    lower, upper = (probe_voxel(study, well_fitted(study, index)) for index in (3, 12))
    assert not np.array_equal(lower.times, upper.times)
    assert lower.fitted_times[0] == lower.times[0]
    assert upper.fitted_times[0] == upper.times[0]


@pytest.mark.parametrize(
    ("mask", "words"), [("csf", "Fluid"), ("vessels", "A vessel"), ("brain", "Outside the brain")]
)
def test_outside_the_tissue_only_the_measured_curve_is_there_with_a_reason(studies, mask, words):
    study = studies["bayes"]
    masks = study.prepared.masks
    where = ~masks.brain if mask == "brain" else getattr(masks, mask) & ~masks.invalid
    probe = probe_voxel(study, voxel_where(where & ~masks.invalid))

    assert probe.status is FitStatus.OUTSIDE
    assert probe.message.startswith(words)
    assert dict(probe.values) == {}
    assert len(probe.measured) == len(probe.times) > 0
    assert len(probe.fitted_times) == len(probe.fitted) == len(probe.residue) == 0


def test_dead_tissue_has_no_flow_and_no_timing(studies):
    study = studies["nlr"]
    status = study.maps.status.copy()
    voxel = voxel_where(status == FitStatus.OK)
    status[voxel[::-1]] = FitStatus.NO_ENHANCEMENT
    maps = {name: image.copy() for name, image in study.maps.maps.items()}
    for name, image in maps.items():
        image[voxel[::-1]] = 0.0 if name in ("CBF", "CBV") else np.nan
    dead = replace(study, maps=replace(study.maps, maps=maps, status=status))
    probe = probe_voxel(dead, voxel)

    assert dict(probe.values) == {"CBF": 0.0, "CBV": 0.0}
    assert "CBF and CBV are 0" in probe.message
    assert len(probe.fitted) == 0


@pytest.mark.parametrize("voxel", [(-1, 0, 0), (128, 0, 0), (0, 0, 16)])
def test_a_voxel_outside_the_images_is_refused(studies, voxel):
    with pytest.raises(ArgumentError, match="lies outside the images"):
        probe_voxel(studies["nlr"], voxel)
