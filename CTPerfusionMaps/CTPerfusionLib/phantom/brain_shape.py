"""Surfaces of the template brain that every head is built around."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from .scalar_field import ScalarField
from .templates import BrainTemplates, load_templates
from .territories import posterior_share

BRAIN_CLOSING = 14.0
"""mm; radius of the ball that closes the fissures where the inside of the skull is formed."""

LOWEST_NORMAL = 0.25
"""Sine of the angle by which the normals of the head's outline may look down."""

BRAIN_THRESHOLD = 0.4
"""Probability of grey or white matter from which the brain's hull is formed."""


@dataclass(frozen=True, eq=False)
class BrainShape:
    """What follows from the templates alone.

    Attributes
    ----------
    hull_distance : ScalarField
        Signed distance in mm from the surface of the closed brain, negative inside.
    outline_distance : ScalarField
        The same for its convex hull.
    ventricle_distance : ScalarField
        Distance in mm from the lateral ventricles.
    posterior : ScalarField
        Share of the posterior cerebral artery in the supply.
    """

    hull_distance: ScalarField
    outline_distance: ScalarField
    ventricle_distance: ScalarField
    posterior: ScalarField


@cache
def brain_shape() -> BrainShape:
    """Return the shape of the template brain; computed once, since it takes longer than a tiny scan."""
    templates = load_templates()
    outline = _convex_distance(templates)
    return BrainShape(
        hull_distance=_closed_distance(templates),
        outline_distance=outline,
        ventricle_distance=_ventricle_distance(templates),
        posterior=outline.like(posterior_share(outline)),
    )


def _ventricle_distance(templates: BrainTemplates) -> ScalarField:
    grey, white = templates.grey, templates.white
    fluid = 1.0 - (grey.values + white.values)[::2, ::2, ::2]
    coarse = ScalarField(np.ascontiguousarray(fluid), grey.origin, 2.0 * grey.step)
    x, y, z = coarse.axes()
    ventricles = (fluid > 0.5) & (np.abs(x) > 2) & (np.abs(x) < 14 + 0.35 * np.abs(y + 5))
    ventricles &= (np.abs(x) < 40) & (np.abs(y + 15) < 50) & (z > -2) & (z < 32) & ((z < 16) | (y > -44))
    return coarse.like(ndimage.distance_transform_edt(~ventricles, sampling=coarse.step))


def _closed_distance(templates: BrainTemplates) -> ScalarField:
    """Close the brain with a ball and return the signed distance from the closed surface, 2 mm."""
    step = 2.0 * templates.grey.step
    margin = int(np.ceil((BRAIN_CLOSING + 16.0) / step))
    brain = np.pad((templates.grey.values + templates.white.values)[::2, ::2, ::2] > BRAIN_THRESHOLD, margin)
    near = ndimage.distance_transform_edt(~brain, sampling=step) <= BRAIN_CLOSING
    closed = (ndimage.distance_transform_edt(near, sampling=step) > BRAIN_CLOSING) | brain
    closed = ndimage.binary_fill_holes(closed)
    outside = ndimage.distance_transform_edt(~closed, sampling=step)
    inside = ndimage.distance_transform_edt(closed, sampling=step)
    distance = ndimage.gaussian_filter((outside - inside).astype(np.float32), 2.5 / step)
    return ScalarField(distance, templates.grey.origin - margin * step, step)


def _convex_distance(templates: BrainTemplates, n_directions: int = 300) -> ScalarField:
    """Return the signed distance from the brain's convex hull, 4 mm, rounded by a Gaussian of 5 mm SD.

    The hull is the intersection of half spaces whose normals cover the sphere evenly, without those that
    look down: face and neck continue below the brain.
    """
    step = 4.0 * templates.grey.step
    margin = int(np.ceil(40.0 / step))
    brain = np.pad((templates.grey.values + templates.white.values)[::4, ::4, ::4] > BRAIN_THRESHOLD, margin)
    grid = ScalarField(brain.astype(np.float32), templates.grey.origin - margin * step, step)
    points = np.stack(np.broadcast_arrays(*grid.axes()), axis=-1).reshape(-1, 3).astype(np.float32)
    surface = points[(brain & ~ndimage.binary_erosion(brain)).ravel()]
    turns = np.arange(n_directions) + 0.5
    height = 1.0 - (1.0 + LOWEST_NORMAL) * turns / n_directions
    radius = np.sqrt(1.0 - height**2)
    golden = np.pi * (1.0 + np.sqrt(5.0)) * turns
    normals = np.stack([radius * np.cos(golden), radius * np.sin(golden), height], axis=1).astype(np.float32)
    distance = np.full(len(points), -np.inf, np.float32)
    for normal in normals:
        np.maximum(distance, points @ normal - (surface @ normal).max(), out=distance)
    return grid.like(ndimage.gaussian_filter(distance.reshape(brain.shape), 5.0 / step))
