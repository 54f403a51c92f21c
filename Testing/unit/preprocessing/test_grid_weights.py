"""The two halves of the fast filter's weight: range terms and the blur of coarse cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from CTPerfusionLib.preprocessing.filtering.neighbourhood import Neighbourhood
from CTPerfusionLib.preprocessing.filtering.range_terms import MOST_TERMS, TOLERANCE, range_terms
from CTPerfusionLib.preprocessing.filtering.spatial_stencil import spatial_stencil

NEIGHBOURS = 300.0


def weights_from(terms, values):
    """Return sum_k phi_k(g) phi_k(h) for all pairs of guide values."""
    places = (values - terms.lowest) / terms.step
    levels = np.arange(terms.table.shape[1])
    functions = np.array([np.interp(places, levels, row) for row in terms.table])
    return functions.T @ functions


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    spread=st.floats(0.0, 60.0),
    sigma=st.floats(5.0, 40.0),
)
def test_terms_give_the_weights_to_the_stated_error(seed, spread, sigma):
    values = np.random.default_rng(seed).normal(35.0, spread, 400).astype(np.float32)
    terms = range_terms(values, sigma, NEIGHBOURS)
    if terms is None:
        assert np.ptp(values) > 8 * sigma
        return
    exact = np.exp(-((values[:, None].astype(float) - values) ** 2) / (2 * sigma**2))
    error = np.abs(weights_from(terms, values) - exact).mean(axis=1) / (exact.mean(axis=1) + 1 / NEIGHBOURS)
    assert terms.error <= TOLERANCE
    # Values lie between the tabulated ones, hence the margin.
    assert error.max() <= terms.error + 0.01
    assert np.all(terms.table[0] > 0)


def test_a_wider_guide_takes_more_terms():
    values = np.linspace(-1.0, 1.0, 500, dtype=np.float32)
    counts = [len(range_terms(35.0 + half * values, 20.0, NEIGHBOURS).table) for half in (1, 15, 60, 120)]
    assert counts[0] == 1
    assert counts == sorted(set(counts))
    assert counts[-1] < MOST_TERMS


def test_a_guide_of_many_sigma_has_no_short_sum():
    assert range_terms(np.linspace(-60.0, 260.0, 1000, dtype=np.float32), 2.0, NEIGHBOURS) is None


def test_a_constant_guide_takes_one_term():
    terms = range_terms(np.full(10, 35.0, dtype=np.float32), 20.0, NEIGHBOURS)
    assert terms.table.shape[0] == 1
    np.testing.assert_allclose(terms.table[0], 1.0, atol=1e-6)


@pytest.mark.parametrize(
    ("step", "sigma", "cell"),
    [(0.35, 3.0, 4), (0.488, 3.0, 4), (0.6, 3.0, 2), (0.98, 3.0, 2), (1.95, 3.0, 1), (0.98, 6.0, 4)],
)
def test_cells_are_as_large_as_the_width_allows(step, sigma, cell):
    spacing = (step, step, 5.0)
    stencil = spatial_stencil(Neighbourhood(spacing, sigma), spacing, sigma)
    assert (stencil.cell_y, stencil.cell_x) == (cell, cell)


def test_axes_have_their_own_cells():
    spacing = (0.5, 1.1, 5.0)
    stencil = spatial_stencil(Neighbourhood(spacing, 3.0), spacing, 3.0)
    assert (stencil.cell_y, stencil.cell_x) == (2, 4)


@pytest.mark.parametrize("step", [0.488, 0.98, 1.95])
def test_interpolated_and_blurred_cells_have_sum_and_variance_of_the_spatial_weights(step):
    spacing = (step, step, 5.0)
    neighbourhood = Neighbourhood(spacing, 3.0)
    stencil = spatial_stencil(neighbourhood, spacing, 3.0)
    cell = stencil.cell_x
    # Each of the two interpolations adds the mean of u - u^2 over the positions u in a cell.
    positions = np.arange(cell) / cell
    interpolation = 2 * np.mean(positions - positions**2)
    for distance, plane in enumerate(neighbourhood.weights[neighbourhood.reach_z :]):
        blur = np.concatenate([stencil.x[distance, :0:-1], stencil.x[distance]]).astype(float)
        cells = np.arange(len(blur)) - len(blur) // 2
        variance = cell**2 * ((blur @ cells**2) / blur.sum() + interpolation)
        offsets = np.arange(plane.shape[1]) - plane.shape[1] // 2
        assert variance == pytest.approx(plane.sum(axis=0) @ offsets**2 / plane.sum(), rel=1e-3)
        # Each of the cell^2 voxels of a cell counts once.
        assert (cell * blur.sum()) ** 2 == pytest.approx(plane.sum(), rel=1e-3)
