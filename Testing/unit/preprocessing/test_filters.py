"""Every noise filter of the registry does what all have in common."""

import numpy as np
import pytest

from CTPerfusionLib.devices import Device
from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.preprocessing import FILTERS, joint_bilateral_filter, noise_filter
from CTPerfusionLib.preprocessing.filtering.gaussian import gaussian_filter

SPACING = (0.9, 0.9, 5.0)
SMOOTHING = [name for name in FILTERS if name != "none"]
TORCH = Device("torch on the processor", "torch on the processor", "cpu")


@pytest.fixture
def a_noisy_series():
    random = np.random.default_rng(0)
    voxels = random.normal(35.0, 7.0, (6, 3, 30, 34)).astype(np.float32)
    return voxels, random.random((3, 30, 34)) > 0.2


def by_the_formula(voxels, mask, sigma=3.0, cut_off=7.5):
    """The Gaussian mean over the mask, voxel by voxel."""
    smooth = voxels.astype(float)
    places = np.argwhere(mask)
    millimetres = places[:, ::-1] * np.array(SPACING)
    values = voxels[:, mask].astype(float)
    for place, centre in zip(places, millimetres, strict=True):
        squared = ((millimetres - centre) ** 2).sum(axis=1)
        weights = np.where(squared > cut_off**2, 0.0, np.exp(-squared / (2 * sigma**2)))
        smooth[(slice(None), *place)] = values @ weights / weights.sum()
    return smooth


def test_the_default_is_the_fast_joint_bilateral_filter(a_noisy_series):
    voxels, mask = a_noisy_series
    first = next(iter(FILTERS.values()))
    assert first.name == "joint-bilateral"
    expected = joint_bilateral_filter(voxels, SPACING, mask=mask)
    np.testing.assert_array_equal(first.apply(voxels, SPACING, mask), expected)


def test_names_are_those_of_the_entries():
    assert all(name == choice.name for name, choice in FILTERS.items())
    assert len({choice.title for choice in FILTERS.values()}) == len(FILTERS)


@pytest.mark.parametrize("name", FILTERS)
def test_voxels_outside_the_mask_stay(name, a_noisy_series):
    voxels, mask = a_noisy_series
    result = noise_filter(name).apply(voxels, SPACING, mask)
    np.testing.assert_array_equal(result[:, ~mask], voxels[:, ~mask])


@pytest.mark.parametrize("name", SMOOTHING)
def test_noise_falls_and_the_mean_stays(name, a_noisy_series):
    voxels, mask = a_noisy_series
    result = noise_filter(name).apply(voxels, SPACING, mask)
    assert result[:, mask].std() < 0.35 * voxels[:, mask].std()
    assert result[:, mask].mean() == pytest.approx(voxels[:, mask].mean(), abs=0.3)


def test_none_changes_nothing(a_noisy_series):
    voxels, mask = a_noisy_series
    np.testing.assert_array_equal(noise_filter("none").apply(voxels, SPACING, mask), voxels)


@pytest.mark.parametrize("name", FILTERS)
def test_the_result_can_take_the_place_of_the_voxels(name, a_noisy_series):
    voxels, mask = a_noisy_series
    expected = noise_filter(name).apply(voxels, SPACING, mask)
    seen: list[float] = []
    result = noise_filter(name).apply(voxels, SPACING, mask, "cpu", voxels, seen.append)
    assert result is voxels
    assert seen[-1] == 1.0
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("name", FILTERS)
def test_an_empty_mask_changes_nothing(name, a_noisy_series):
    voxels, mask = a_noisy_series
    np.testing.assert_array_equal(noise_filter(name).apply(voxels, SPACING, np.zeros_like(mask)), voxels)


def test_an_unknown_filter_is_named_with_what_there_is():
    with pytest.raises(ArgumentError, match="'median' is not known; choose one of: joint-bilateral"):
        noise_filter("median")


def test_the_gaussian_is_close_to_its_formula_inside_the_mask(a_noisy_series):
    voxels, mask = a_noisy_series
    difference = (gaussian_filter(voxels, SPACING, mask=mask) - by_the_formula(voxels, mask))[:, mask]
    assert np.sqrt(np.mean(difference**2)) < 0.15


def test_the_gaussian_by_torch_gives_what_compiled_code_gives(a_noisy_series):
    voxels, mask = a_noisy_series
    compiled = gaussian_filter(voxels, SPACING, mask=mask)
    by_torch = gaussian_filter(voxels, SPACING, mask=mask, device=TORCH)
    np.testing.assert_allclose(by_torch, compiled, atol=1e-3)


def test_a_gaussian_without_width_is_a_mistake(a_noisy_series):
    with pytest.raises(ValueError, match="must be positive"):
        gaussian_filter(a_noisy_series[0], SPACING, sigma=0.0)


@pytest.mark.parametrize("sigma", [1.0, 1.5, 4.5, 10.0])
def test_a_width_in_the_name_is_the_width_that_is_applied(sigma, a_noisy_series):
    voxels, mask = a_noisy_series
    chosen = noise_filter(f"gaussian:{sigma:g}")

    assert chosen.title == f"Gaussian within tissue, {sigma:g} mm"
    expected = by_the_formula(voxels, mask, sigma, 2.5 * sigma)
    error = chosen.apply(voxels, SPACING, mask)[:, mask] - expected[:, mask]
    # Coarse cells: less than 5 % of what is left of the noise.
    assert np.sqrt(np.mean(error**2)) < 0.05 * expected[:, mask].std()


@pytest.mark.parametrize("name", [f"{name}:3" for name in SMOOTHING])
def test_the_usual_width_by_name_is_the_usual_filter(name, a_noisy_series):
    voxels, mask = a_noisy_series
    usual = noise_filter(name.removesuffix(":3"))
    chosen = noise_filter(name)
    assert chosen.title == usual.title
    np.testing.assert_array_equal(chosen.apply(voxels, SPACING, mask), usual.apply(voxels, SPACING, mask))


@pytest.mark.parametrize(
    "name", ["gaussian:", "gaussian:0.5", "gaussian:11", "gaussian:nan", "gaussian:x", "none:3"]
)
def test_a_width_that_cannot_be_is_refused(name):
    with pytest.raises(ArgumentError, match=r"has (no width|a width that it cannot have); write"):
        noise_filter(name)
