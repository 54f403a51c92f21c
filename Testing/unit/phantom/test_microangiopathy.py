import numpy as np
import pytest

from CTPerfusionLib.phantom import Phantom
from CTPerfusionLib.phantom.anatomy import HeadAnatomy, build_anatomy
from CTPerfusionLib.phantom.brain_shape import brain_shape
from CTPerfusionLib.phantom.microangiopathy import random_microangiopathy
from CTPerfusionLib.phantom.templates import load_templates


@pytest.fixture(scope="module")
def an_anatomy() -> HeadAnatomy:
    return build_anatomy(load_templates(), brain_shape(), np.random.default_rng(1))


def test_disease_is_symmetric_and_grows_with_the_grade(an_anatomy: HeadAnatomy) -> None:
    extents = []
    for grade in range(4):
        share = random_microangiopathy(grade, an_anatomy, np.random.default_rng(2)).values
        np.testing.assert_allclose(share, share[:, :, ::-1], atol=1e-6)
        assert 0.0 <= share.min() <= share.max() <= 1.0
        extents.append(share.sum() * 8 / 1000)
    assert extents[0] == 0.0
    assert np.all(np.diff(extents) > 3.0)
    assert 20.0 < extents[3] < 250.0


def test_disease_lowers_white_matter_flow_on_both_sides_alike_but_makes_no_core(
    the_healthy_head_without_noise: Phantom, the_healthy_head_with_microangiopathy: Phantom
) -> None:
    healthy = the_healthy_head_without_noise.truth
    diseased = the_healthy_head_with_microangiopathy.truth
    assert np.array_equal(healthy.labels, diseased.labels)
    loss = np.nan_to_num(healthy.maps["CBF"] - diseased.maps["CBF"])
    middle = loss.shape[2] // 2
    right, left = loss[:, :, :middle].sum(), loss[:, :, middle:].sum()
    assert min(right, left) > 0.75 * max(right, left)
    reference = np.median(diseased.maps["CBF"][diseased.maps["TTP"] <= 4.0])
    assert (diseased.maps["CBF"] < 0.3 * reference).sum() > 200
    assert np.nanmax(diseased.maps["TTP"]) < 6.0
    assert not diseased.core.any()
