import numpy as np
import pytest

from CTPerfusionLib.errors import ArgumentError
from CTPerfusionLib.kinetics import fit_box_model
from CTPerfusionLib.validation.nelder_mead import fit_nelder_mead
from CTPerfusionLib.validation.tile_curves import tile_curves

SHORT_TRANSITS = np.isin(np.arange(245) % 7, [2, 3, 4])
"""MTT 8, 6 and 4.8 s: not so far from the start that 300 iterations do not suffice."""


@pytest.fixture(scope="module")
def box_tiles():
    tiles = tile_curves("box", interval=1.0)
    chosen = np.flatnonzero(SHORT_TRANSITS)[::7]
    return tiles, tiles.curves[chosen], {name: values[chosen] for name, values in tiles.truth.items()}


def test_the_published_form_recovers_box_curves_as_far_as_its_smoothing_allows(box_tiles):
    tiles, curves, truth = box_tiles

    fit = fit_nelder_mead(curves, tiles.times, tiles.aif)

    np.testing.assert_allclose(fit.cbv, truth["CBV"], rtol=0.01)
    np.testing.assert_allclose(fit.ttp, truth["TTP"], atol=0.05)
    np.testing.assert_allclose(fit.mtt, truth["MTT"], atol=0.2)
    np.testing.assert_allclose(fit.cbf, truth["CBF"], rtol=0.05)


def test_the_exact_form_recovers_box_curves(box_tiles):
    tiles, curves, truth = box_tiles

    fit = fit_nelder_mead(curves, tiles.times, tiles.aif, discretisation="exact")

    np.testing.assert_allclose(fit.cbf, truth["CBF"], rtol=5e-3)
    np.testing.assert_allclose(fit.delay, truth["Delay"], atol=0.03)


def test_the_exact_form_minimises_what_the_fast_fit_minimises():
    tiles = tile_curves("linear", interval=1.0, noise=0.5, seed=101)
    curves = tiles.curves[SHORT_TRANSITS][::12]

    fast = fit_box_model(curves, tiles.times, tiles.aif)
    slow = fit_nelder_mead(curves, tiles.times, tiles.aif, discretisation="exact")

    np.testing.assert_allclose(fast.sse, slow.sse, rtol=1e-3)


def test_units_scale_flow_and_nothing_else(box_tiles):
    tiles, curves, _ = box_tiles

    plain = fit_nelder_mead(curves[:2], tiles.times, tiles.aif, kappa=1.0, rho=1.0)
    dense = fit_nelder_mead(2.0 * curves[:2], tiles.times, 2.0 * tiles.aif, kappa=1.0, rho=1.0)

    np.testing.assert_allclose(dense.cbf, plain.cbf, rtol=0.01)
    np.testing.assert_allclose(plain.cbv, plain.cbf * plain.mtt / 60.0)
    np.testing.assert_allclose(plain.ttp, plain.delay + plain.mtt / 2.0)


def test_uneven_frames_are_refused_by_the_published_form_only(box_tiles):
    tiles, curves, _ = box_tiles
    uneven = tiles.times + 0.2 * (np.arange(60) % 2)

    with pytest.raises(ArgumentError, match="unevenly") as refused:
        fit_nelder_mead(curves[:1], uneven, tiles.aif)

    assert refused.value.argument == "times"
    assert fit_nelder_mead(curves[:1], uneven, tiles.aif, discretisation="exact").cbf.shape == (1,)


def test_an_unknown_discretisation_is_refused(box_tiles):
    tiles, curves, _ = box_tiles

    with pytest.raises(ArgumentError, match="'coarse' is unknown"):
        fit_nelder_mead(curves[:1], tiles.times, tiles.aif, discretisation="coarse")


def test_curves_with_holes_are_refused(box_tiles):
    tiles, curves, _ = box_tiles

    with pytest.raises(ArgumentError, match="NaN"):
        fit_nelder_mead(np.full_like(curves[:1], np.nan), tiles.times, tiles.aif)
