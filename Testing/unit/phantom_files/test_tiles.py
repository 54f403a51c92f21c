"""The tile phantom holds exactly the kinetics that its truth states."""

import numpy as np
import pytest

from CTPerfusionLib.errors import Cancelled, ConfigurationError
from CTPerfusionLib.phantom import RESIDUES, tile_phantom
from CTPerfusionLib.phantom.gamma_variate import GammaVariate

KAPPA_OVER_RHO = 0.55 / 0.75 / 1.05
BOLUS = GammaVariate(arrival=12.0, shape=3.0, scale=1.5, peak=460.0)


def residue_function(name: str, times: np.ndarray, mtt: float) -> np.ndarray:
    if name == "exponential":
        return np.exp(-times / mtt)
    if name == "linear":
        return np.clip(1.0 - times / (2.0 * mtt), 0.0, None)
    return (times < mtt).astype(float)


def tile_curve(phantom, slice_index: int, row: int, column: int) -> np.ndarray:
    """Return the enhancement in the middle of a tile, counted from 0."""
    voxel = phantom.series.voxels[:, slice_index, 32 + 32 * row, 32 + 32 * column].astype(float)
    return voxel - voxel[0]


@pytest.mark.parametrize("mtt", [24.0 / 7.0, 8.0, 24.0])
@pytest.mark.parametrize("residue", RESIDUES)
def test_closed_form_agrees_with_convolution_on_a_fine_grid(residue, mtt):
    step = 0.002
    midpoints = (np.arange(30_000) + 0.5) * step
    times = np.array([13.0, 16.5, 25.0, 40.0, 59.0])
    expected = [
        np.sum(BOLUS.value(time - midpoints) * residue_function(residue, midpoints, mtt)) * step
        for time in times
    ]

    closed = RESIDUES[residue](BOLUS, times, np.array(mtt))

    np.testing.assert_allclose(closed, expected, rtol=2e-4, atol=1.0)


def test_bolus_follows_the_published_arterial_samples():
    published = [219, 454, 407, 252, 130, 61, 25, 10]

    np.testing.assert_allclose(tile_phantom().truth.aif[7:15], published, atol=8.0)


@pytest.mark.parametrize("residue", RESIDUES)
def test_tile_curve_is_flow_times_convolution_after_the_delay(residue):
    phantom = tile_phantom(residue=residue, interval=1.0, n_frames=60)
    truth = phantom.truth.maps
    row, column, slice_index = 5, 2, 4
    flow, mtt, delay = (
        truth[name][slice_index, 32 + 32 * row, 32 + 32 * column] for name in ("CBF", "MTT", "Delay")
    )

    expected = flow / 6000.0 / KAPPA_OVER_RHO * RESIDUES[residue](BOLUS, phantom.truth.times - delay, mtt)

    assert (flow, mtt, delay) == (30.0, 8.0, 2.5)
    np.testing.assert_allclose(tile_curve(phantom, slice_index, row, column), expected, atol=1e-4)


def test_area_under_a_tile_is_its_blood_volume_times_the_arterial_area():
    phantom = tile_phantom(residue="box", interval=1.0, n_frames=70)
    arterial_area = phantom.truth.aif.sum()

    for slice_index in range(1, 6):
        area = tile_curve(phantom, slice_index, 3, 4).sum()
        assert 100.0 * KAPPA_OVER_RHO * area / arterial_area == pytest.approx(slice_index, rel=2e-3)


def test_venous_and_arterial_curves_have_the_same_area():
    truth = tile_phantom(interval=1.0, n_frames=70).truth

    assert truth.vof.sum() == pytest.approx(truth.aif.sum(), rel=2e-3)
    assert truth.vof.argmax() > truth.aif.argmax()


def test_truth_spans_the_published_values():
    truth = tile_phantom(n_frames=8).truth.maps

    assert np.nanmin(truth["CBF"]) == pytest.approx(2.5)
    assert np.nanmax(truth["CBF"]) == pytest.approx(87.5)
    np.testing.assert_allclose(np.unique(truth["MTT"][~np.isnan(truth["MTT"])]), 24.0 / np.arange(7, 0, -1))
    np.testing.assert_allclose(truth["TTP"], truth["Delay"] + truth["MTT"] / 2.0, rtol=1e-6)
    np.testing.assert_allclose(truth["CBF"], 60.0 * truth["CBV"] / truth["MTT"], rtol=1e-6)


def test_truth_has_no_lesion_and_no_perfusion_outside_the_tiles():
    phantom = tile_phantom(n_frames=8)
    names = {name: label for label, name in phantom.truth.label_names.items()}
    in_tiles = phantom.truth.labels == names["tiles"]

    assert phantom.truth.side == "none"
    assert not phantom.truth.core.any()
    assert not phantom.truth.hypoperfusion.any()
    for image in phantom.truth.maps.values():
        np.testing.assert_array_equal(np.isfinite(image), in_tiles)


def test_vessel_patches_hold_the_true_curves():
    phantom = tile_phantom()
    names = {name: label for label, name in phantom.truth.label_names.items()}

    for name, curve in (("artery", phantom.truth.aif), ("vein", phantom.truth.vof)):
        voxels = phantom.series.voxels[:, phantom.truth.labels == names[name]]
        np.testing.assert_allclose(voxels, np.broadcast_to(40.0 + curve[:, None], voxels.shape), atol=1e-3)


def test_values_do_not_depend_on_the_sampling_interval():
    coarse = tile_phantom(interval=2.0, n_frames=20).series.voxels
    fine = tile_phantom(interval=1.0, n_frames=39).series.voxels

    np.testing.assert_array_equal(fine[::2], coarse)


def test_noise_has_the_given_deviation_and_follows_the_seed():
    clean = tile_phantom(n_frames=8).series.voxels
    noisy = tile_phantom(n_frames=8, noise=4.0, seed=3).series.voxels
    inside = tile_phantom(n_frames=8).truth.labels > 0

    assert (noisy - clean)[:, inside].std() == pytest.approx(4.0, rel=0.01)
    np.testing.assert_array_equal(tile_phantom(n_frames=8, noise=4.0, seed=3).series.voxels, noisy)
    assert not np.array_equal(tile_phantom(n_frames=8, noise=4.0, seed=4).series.voxels, noisy)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"residue": "step"}, "no residue function 'step'"),
        ({"noise": -1.0}, "noise of -1.0 HU"),
        ({"interval": 0.0}, "frame interval of 0.0 s"),
        ({"n_frames": 7}, "7 frames are too few"),
    ],
)
def test_options_outside_their_range_are_refused(options, reason):
    with pytest.raises(ConfigurationError, match=reason):
        tile_phantom(**options)


def test_cancelling_ends_the_simulation():
    def cancel(_fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        tile_phantom(on_progress=cancel)
