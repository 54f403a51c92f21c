"""The vessels of one head: the atlas with an occlusion, and veins along the brain's surface."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .lesion_field import Lesion, Occlusion
from .scalar_field import ScalarField
from .vessel_atlas import (
    DEEP_VEINS,
    MIDLINE_ARTERIES,
    PAIRED_ARTERIES,
    TRUNK,
    VENOUS_TRANSIT,
    Vessel,
    VesselKind,
)

RETROGRADE_ARRIVAL = 5.0
"""s; when leptomeningeal collaterals have refilled the occluded tree back to its trunk."""

COLLATERAL_TRANSIT = 3.0
"""s; spread of the transit times through leptomeningeal collaterals."""

SINUS_DELAY = 4.8
"""s; arrival in the superior sagittal sinus behind the arterial input."""


def grow_vessels(hull: ScalarField, occlusion: Occlusion, random: np.random.Generator) -> tuple[Vessel, ...]:
    """Return all vessels of one head, with the occluded tree filled backwards.

    Parameters
    ----------
    hull : ScalarField
        Signed distance from the brain's hull; sinuses and cortical veins follow its surface.
    occlusion : Occlusion
    random : numpy.random.Generator
    """
    arteries = [*_mirrored(PAIRED_ARTERIES), *MIDLINE_ARTERIES]
    calibre = random.uniform(0.9, 1.12)
    arteries = [
        replace(each, calibre=(each.calibre[0] * calibre, each.calibre[1] * calibre)) for each in arteries
    ]
    arteries = [part for vessel in arteries for part in _occlude(vessel, occlusion)]
    return (*arteries, *DEEP_VEINS, *_sinuses(hull, random), *_cortical_veins(hull, random))


def _mirrored(vessels: Iterable[Vessel]) -> Iterator[Vessel]:
    for vessel in vessels:
        for sign in (1, -1):
            points = tuple((sign * x, y, z) for x, y, z in vessel.points)
            yield replace(vessel, points=points, side=sign)


def _occlude(vessel: Vessel, occlusion: Occlusion) -> Iterator[Vessel]:
    """Yield the vessel as it is beyond an occlusion: clot first, then retrograde late filling."""
    beyond = vessel.division == occlusion.division or occlusion.lesion is Lesion.M1
    if occlusion.lesion is Lesion.NONE or vessel.side != occlusion.sign or not vessel.division or not beyond:
        yield vessel
    elif vessel.division == TRUNK:
        yield replace(vessel, points=vessel.points[:2])
        yield replace(vessel, points=vessel.points[1:], clotted=True)
    else:
        length = float(vessel.centre_line()[1][-1])
        speed = -min(0.25, 1.5 / (length / 10.0))
        yield replace(vessel, arrival=RETROGRADE_ARRIVAL, speed=speed, transit=COLLATERAL_TRANSIT)


def _sinuses(hull: ScalarField, random: np.random.Generator) -> tuple[Vessel, ...]:
    angles = np.linspace(np.radians(15.0), np.radians(190.0), 22)
    centre = np.array([0.0, -18.0, 8.0])
    directions = np.stack([np.zeros_like(angles), np.cos(angles), np.sin(angles)], axis=1)
    sagittal = _surface_points(hull, centre, directions, depth=0.0)
    torcula = sagittal[-1]
    vessels = [_vein(sagittal, (2.8, 7.2), SINUS_DELAY - 0.6)]
    dominant = 1 if random.random() < 0.7 else -1
    for sign in (1, -1):
        course = np.radians(np.linspace(-90.0, -25.0, 8))
        tilt = np.radians(-22.0)
        lateral = np.stack(
            [sign * np.cos(course), np.sin(course), np.full_like(course, np.tan(tilt))], axis=1
        )
        points = _surface_points(hull, centre, lateral, depth=0.5)
        calibre = 6.5 if sign == dominant else 4.5
        vessels.append(_vein(np.vstack([torcula, points[1:]]), (calibre, calibre), SINUS_DELAY + 0.3))
    return tuple(vessels)


def _cortical_veins(hull: ScalarField, random: np.random.Generator) -> Iterator[Vessel]:
    """Yield bridging veins that climb the convexity to the superior sagittal sinus."""
    centre = np.array([0.0, -18.0, 8.0])
    for sign in (1, -1):
        for azimuth in np.radians([35.0, 62.0, 85.0, 108.0, 135.0, 160.0]) + random.normal(0.0, 0.1, 6):
            length = random.uniform(0.7, 1.25)
            lateral = np.linspace(length, 0.04, 8)
            slant = azimuth + 0.25 * lateral * random.normal(0.0, 1.0)
            directions = np.stack(
                [sign * np.sin(lateral), np.cos(lateral) * np.cos(slant), np.cos(lateral) * np.sin(slant)],
                axis=1,
            )
            points = _surface_points(hull, centre, directions, depth=1.5)
            yield _vein(points, (1.2, 2.3), SINUS_DELAY - 1.2)


def _vein(points: NDArray[np.float64], calibre: tuple[float, float], arrival: float) -> Vessel:
    line = tuple((float(x), float(y), float(z)) for x, y, z in points)
    return Vessel(VesselKind.VEIN, line, calibre, arrival, 0.04, VENOUS_TRANSIT)


def _surface_points(
    hull: ScalarField, centre: NDArray[np.float64], directions: NDArray[np.float64], depth: float
) -> NDArray[np.float64]:
    """Return where rays from `centre` come within `depth` mm of the hull's surface, shape (N, 3)."""
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    radii = np.arange(20.0, 120.0, 0.5)
    rays = centre + radii[None, :, None] * unit[:, None, :]
    distance = hull.at(rays.reshape(-1, 3).astype(np.float32)).reshape(len(unit), -1)
    first_outside = np.argmax(distance > -depth, axis=1)
    return np.asarray(centre + radii[first_outside][:, None] * unit)
