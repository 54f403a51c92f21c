import numpy as np
import pytest

from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.phantom.scanner_noise import ScannerNoise


def correlation(images: np.ndarray, rows: int, columns: int) -> float:
    height, width = images.shape[1:]
    products = images[:, rows:, columns:] * images[:, : height - rows, : width - columns]
    return float(products.mean() / images.var())


def test_clinical_noise_is_correlated_like_a_scanners() -> None:
    images = ScannerNoise(512, 250 / 512, 6.0, None, 1).images(12)[:, 206:306, 206:306]
    assert images.std() == pytest.approx(6.0, rel=0.05)
    assert abs(images.mean()) < 0.2
    measured = [correlation(images, 0, 1), correlation(images, 0, 2), correlation(images, 0, 3)]
    np.testing.assert_allclose(measured, [0.58, 0.0, -0.09], atol=0.06)
    assert correlation(images, 1, 1) == pytest.approx(0.43, abs=0.15)


def test_noise_is_weaker_and_white_on_large_pixels() -> None:
    noise = ScannerNoise(128, 250 / 128, 6.0, None, 1)
    images = noise.images(40)[:, 50:78, 50:78]
    assert 1.5 < noise.sd < 3.5
    assert images.std() == pytest.approx(noise.sd, rel=0.05)
    assert abs(correlation(images, 0, 1)) < 0.3


def test_large_pixels_are_block_means_of_clinical_ones() -> None:
    clinical = ScannerNoise(512, 250 / 512, 6.0, None, 2).images(10)[:, 196:316, 196:316]
    means = clinical.reshape(10, 30, 4, 30, 4).mean(axis=(2, 4))
    assert means.std() == pytest.approx(ScannerNoise(128, 250 / 128, 6.0, None, 2).sd, rel=0.06)


def test_noise_is_independent_between_images_and_strongest_in_the_middle() -> None:
    images = ScannerNoise(128, 250 / 128, 6.0, 5.0, 3).images(60)
    assert abs(np.mean(images[0::2] * images[1::2])) < 0.05 * 25
    assert images[:, 54:74, 54:74].std() == pytest.approx(5.0, rel=0.05)
    assert images[:, :, :6].std() == pytest.approx(5.0 / 1.3, rel=0.08)


def test_noise_asked_for_is_the_noise_in_the_brain(
    a_healthy_head: Phantom, the_healthy_head_without_noise: Phantom
) -> None:
    noisy, clean = a_healthy_head.series.voxels, the_healthy_head_without_noise.series.voxels
    difference = (noisy - clean.astype(float))[:, :, 54:74, 54:74]
    assert difference.std() == pytest.approx(4.0, rel=0.06)
    assert a_healthy_head.truth.parameters["noise_hu"] == 4.0
