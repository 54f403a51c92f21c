import numpy as np
import pytest

from CTPerfusionLib.errors import ConfigurationError
from CTPerfusionLib.vessels import ARTERIAL_INPUT_METHODS, find_candidates, select_aif
from CTPerfusionLib.vessels.cluster_analysis import cluster_arteries
from CTPerfusionLib.vessels.pool import arterial_pool


@pytest.mark.parametrize("method", ARTERIAL_INPUT_METHODS)
def test_every_method_finds_the_arteries(block, true_artery, method):
    aif = select_aif(block.series, block.masks, block.baseline, method=method)
    assert block.inside(aif.voxels, block.collateral | block.vein) == 0.0
    assert np.corrcoef(aif.enhancement, true_artery(aif.times))[0, 1] > 0.99


@pytest.mark.parametrize("method", ARTERIAL_INPUT_METHODS)
def test_every_method_gives_the_same_voxels_again(block, method):
    first, second = (
        select_aif(block.series, block.masks, block.baseline, method=method).voxels for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_the_default_is_the_ranking(block):
    default, ranking = (
        select_aif(block.series, block.masks, block.baseline, **options).voxels
        for options in ({}, {"method": "ranking"})
    )
    np.testing.assert_array_equal(default, ranking)


def test_an_unknown_method_is_refused_with_the_known_ones(block):
    with pytest.raises(ConfigurationError, match=r"'manual'.*ranking, cluster-analysis"):
        select_aif(block.series, block.masks, block.baseline, method="manual")


def test_methods_are_described_for_the_reader():
    for name, method in ARTERIAL_INPUT_METHODS.items():
        assert method.name == name
        assert method.title
        assert method.source


def test_cluster_analysis_keeps_the_earliest_group_of_the_pool(block):
    pool = arterial_pool(find_candidates(block.series, block.masks, block.baseline))
    chosen = cluster_arteries(pool)
    assert pool.voxels.enough <= len(chosen) < 0.75 * len(pool.voxels.voxels)

    def moments(voxels):
        curves = np.maximum(voxels.curves, 0.0)
        return (curves * voxels.times[:, None]).sum(axis=0) / curves.sum(axis=0)

    assert moments(pool.voxels.select(chosen)).mean() < moments(pool.voxels).mean()


def test_a_search_that_is_handed_over_gives_what_its_own_search_gives(block):
    candidates = find_candidates(block.series, block.masks, block.baseline)
    own, handed = (
        select_aif(block.series, block.masks, block.baseline, candidates=each) for each in (None, candidates)
    )
    np.testing.assert_array_equal(own.enhancement, handed.enhancement)
    assert own.reason == handed.reason
