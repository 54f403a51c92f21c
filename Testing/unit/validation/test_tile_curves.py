import numpy as np
import pytest
from scipy import integrate

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.phantom import RESIDUES, tile_phantom
from CTPerfusionLib.validation.tile_curves import PHANTOM_BOLUS, random_bolus, tile_curves
from CTPerfusionLib.validation.tissue_responses import (
    DISPERSION,
    FOREIGN_RESPONSES,
    TISSUE_RESPONSES,
    dispersed_box_integral,
    dispersed_exponential_integral,
    fermi_integral,
    numeric_convolution,
    two_compartment_integral,
)

CLOSED_FORM_INTEGRALS = {
    "box": lambda elapsed, mtt: np.minimum(elapsed, mtt),
    "exponential": lambda elapsed, mtt: -mtt * np.expm1(-elapsed / mtt),
    "linear": lambda elapsed, mtt: np.where(elapsed < 2 * mtt, elapsed - elapsed**2 / (4 * mtt), mtt),
}
FOREIGN_INTEGRALS = [
    fermi_integral,
    two_compartment_integral,
    dispersed_box_integral,
    dispersed_exponential_integral,
]
LINEAR_TILE = 3 * 49 + 2 * 7 + 4
"""CBV 4 mL/100 g, delay 1 s, MTT 4.8 s."""


@pytest.mark.parametrize("residue", RESIDUES)
def test_curves_are_those_of_the_tile_phantom(residue):
    phantom = tile_phantom(residue=residue, interval=5.0, n_frames=12)
    truth = {name: values[1:, 16::32, 16::32] for name, values in phantom.truth.maps.items()}
    inside = np.isfinite(truth["CBF"])
    voxels = phantom.series.voxels[:, 1:, 16::32, 16::32][:, inside]

    curves = tile_curves(residue, interval=5.0, n_frames=12)

    np.testing.assert_allclose(curves.curves, (voxels - voxels[0]).T, atol=1e-5)
    np.testing.assert_allclose(curves.aif, phantom.truth.aif)
    for name, values in truth.items():
        np.testing.assert_allclose(curves.truth[name], values[inside], rtol=1e-6)


@pytest.mark.parametrize("residue", RESIDUES)
def test_the_numeric_convolution_equals_the_closed_form(residue):
    bolus, mtts = PHANTOM_BOLUS.passes[0], np.array([3.43, 8.0, 24.0])
    times = np.linspace(-5.0, 59.3, 71)[:, None]

    numeric = numeric_convolution(CLOSED_FORM_INTEGRALS[residue])(bolus, times, mtts)

    closed = RESIDUES[residue](bolus, times, mtts)
    assert np.abs(numeric - closed).max() < 1e-6 * closed.max()


@pytest.mark.parametrize("integral", FOREIGN_INTEGRALS)
def test_a_response_has_the_mean_transit_time_as_its_area_and_never_rises_above_one(integral):
    elapsed = np.linspace(0.0, 500.0, 100001)

    values = integral(elapsed, 6.0)

    response = np.diff(values) / np.diff(elapsed)
    assert values[0] == pytest.approx(0.0, abs=1e-12)
    assert values[-1] == pytest.approx(6.0)
    assert response.min() >= -1e-9
    assert response.max() <= 1.0 + 1e-9


@pytest.mark.parametrize("integral", [fermi_integral, two_compartment_integral])
def test_an_undispersed_response_begins_with_the_whole_flow(integral):
    assert integral(np.array([1e-4]), 6.0)[0] / 1e-4 == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("dispersed", "plain"),
    [(dispersed_box_integral, "box"), (dispersed_exponential_integral, "exponential")],
)
def test_a_dispersed_response_is_the_plain_one_behind_an_exponential_transport_function(dispersed, plain):
    def delayed(at):
        def weighed(since):
            return np.exp(-since / DISPERSION) / DISPERSION * CLOSED_FORM_INTEGRALS[plain](at - since, 6.0)

        return integrate.quad(weighed, 0.0, at, points=[max(at - 6.0, 0.0)])[0]

    times = np.array([0.5, 3.0, 6.0, 7.0, 20.0])
    np.testing.assert_allclose(dispersed(times, 6.0), [delayed(at) for at in times], rtol=1e-6)


def test_dispersion_counts_in_the_delay_and_leaves_flow_volume_and_transit_time_alone():
    plain, dispersed = tile_curves("box"), tile_curves("dispersed-box")

    for name in ("CBF", "CBV", "MTT"):
        np.testing.assert_array_equal(dispersed.truth[name], plain.truth[name])
    np.testing.assert_allclose(dispersed.truth["Delay"] - plain.truth["Delay"], DISPERSION)
    np.testing.assert_allclose(
        dispersed.truth["TTP"], dispersed.truth["Delay"] + dispersed.truth["MTT"] / 2.0
    )


@pytest.mark.parametrize("residue", TISSUE_RESPONSES)
def test_area_and_first_moment_of_a_long_record_are_those_of_bolus_and_response(residue):
    curves = tile_curves(residue, interval=0.5, n_frames=800)
    curve, aif, times = curves.curves[LINEAR_TILE], curves.aif, curves.times

    area_ratio = curve.sum() / aif.sum()
    lag = (curve @ times) / curve.sum() - (aif @ times) / aif.sum()

    centroid = {"exponential": 4.8, "linear": 2 / 3 * 4.8, "box": 2.4, "fermi": centre(fermi_integral)}
    centroid["two-compartment"] = centre(two_compartment_integral)
    centroid["dispersed-box"] = 2.4 + DISPERSION
    centroid["dispersed-exponential"] = 4.8 + DISPERSION
    assert 100.0 * (0.55 / 0.75) / 1.05 * area_ratio == pytest.approx(4.0, rel=1e-4)
    assert lag == pytest.approx(1.0 + centroid[residue], abs=0.01)


def centre(integral):
    elapsed = np.linspace(0.0, 500.0, 100001)
    weights = np.diff(integral(elapsed, 4.8))
    return float(weights @ (elapsed[:-1] + elapsed[1:]) / 2.0 / weights.sum())


@pytest.mark.parametrize("residue", FOREIGN_RESPONSES)
def test_sampling_more_densely_adds_samples_and_changes_none(residue):
    coarse, dense = tile_curves(residue, interval=1.5, n_frames=20), tile_curves(residue, interval=0.5)

    np.testing.assert_allclose(coarse.curves, dense.curves[:, ::3], atol=1e-4)


def test_noise_has_the_wanted_size_and_the_seed_decides_it():
    clean = tile_curves("fermi", repeats=10)
    noisy = tile_curves("fermi", noise=2.0, repeats=10, seed=3)

    assert np.std(noisy.curves - clean.curves) == pytest.approx(2.0, rel=0.01)
    np.testing.assert_array_equal(noisy.curves, tile_curves("fermi", noise=2.0, repeats=10, seed=3).curves)
    assert not np.array_equal(noisy.curves, tile_curves("fermi", noise=2.0, repeats=10, seed=4).curves)


def test_tile_medians_pass_over_voxels_without_a_value():
    curves = tile_curves("box", repeats=4)
    values = np.tile([1.0, 2.0, 4.0, 9.0], 245)
    values[4:8] = [np.nan, 7.0, 3.0, np.nan]
    values[8:12] = np.nan

    medians = curves.tile_medians(values)

    np.testing.assert_allclose(medians[:4], [3.0, 5.0, np.nan, 3.0])


def test_voxels_of_a_tile_share_its_truth():
    curves = tile_curves("box", repeats=3)

    np.testing.assert_array_equal(curves.tile_medians(curves.voxel_truth("CBF")), curves.truth["CBF"])


def test_a_random_bolus_depends_on_its_seed_alone_and_recirculates_only_if_wanted():
    times = np.arange(60.0)

    np.testing.assert_array_equal(random_bolus(5).value(times), random_bolus(5).value(times))
    assert not np.allclose(random_bolus(5).value(times), random_bolus(6).value(times))
    first, both = random_bolus(5, second_pass=False), random_bolus(5)
    assert first.passes == both.passes[:1]
    assert 0.15 <= both.passes[1].area / first.passes[0].area <= 0.25


def test_a_shifted_bolus_arrives_later_and_the_tissue_with_it():
    plain = tile_curves("two-compartment", interval=1.0)
    shifted = tile_curves("two-compartment", interval=1.0, arterial=PHANTOM_BOLUS.shifted(5.0))

    np.testing.assert_allclose(shifted.aif[5:], plain.aif[:-5])
    np.testing.assert_allclose(shifted.curves[:, 5:], plain.curves[:, :-5], atol=1e-4)


def test_an_unknown_residue_is_refused():
    with pytest.raises(ConfigurationError, match="no residue function 'gauss'"):
        tile_curves("gauss")
