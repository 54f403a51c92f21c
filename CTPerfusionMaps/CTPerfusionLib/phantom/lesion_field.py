"""Where a stroke has put the tissue: severity fields of penumbra and core in template space."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .anatomy import HeadAnatomy
from .scalar_field import ScalarField, smooth_noise, smooth_step
from .territories import middle_cerebral_margin


class Lesion(StrEnum):
    """The occluded artery."""

    M1 = "m1"
    M2 = "m2"
    NONE = "none"


class Division(StrEnum):
    """The two divisions of the middle cerebral artery beyond its trunk."""

    SUPERIOR = "superior"
    INFERIOR = "inferior"


@dataclass(frozen=True)
class Occlusion:
    """Which artery is blocked.

    Attributes
    ----------
    lesion : Lesion
    sign : int
        +1 for the patient's right hemisphere, -1 for the left.
    division : Division
        The division that an M2 occlusion blocks.
    """

    lesion: Lesion
    sign: int
    division: Division

    @property
    def side(self) -> str:
        """The hemisphere as ``left`` or ``right``."""
        return "right" if self.sign > 0 else "left"


@dataclass(frozen=True, eq=False)
class LesionField:
    """Severity of a stroke.

    Attributes
    ----------
    penumbra : ScalarField
        0 in normal tissue, 1 where collaterals alone feed the tissue.
    core : ScalarField
        0 outside the core, 1 where flow has all but ceased.
    depth : ScalarField
        mm inwards from the border of the underperfused tissue; collateral blood comes from there.
    """

    penumbra: ScalarField
    core: ScalarField
    depth: ScalarField


CLINICAL_SLAB = (-10.0, 30.0)
"""Template heights in mm between which lesion volumes are drawn: a 40 mm slab from the basal ganglia up."""

HYPOPERFUSED_ML = {Lesion.M1: (110.0, 180.0), Lesion.M2: (50.0, 85.0)}
CORE_ML = {Lesion.M1: (22.0, 60.0), Lesion.M2: (9.0, 20.0)}

PENUMBRA_BORDER = 7.0
CORE_BORDER = 6.0
"""mm over which the fields rise from 0 to 1."""

_DIVISION_CENTRE = {
    Division.INFERIOR: np.array([52.0, -44.0, 16.0]),
    Division.SUPERIOR: np.array([48.0, 10.0, 22.0]),
}
_INSULA_AND_STRIATUM = np.array([[34.0, 2.0, 4.0], [30.0, -12.0, 20.0], [40.0, 12.0, 14.0]])


def random_lesion(
    occlusion: Occlusion, anatomy: HeadAnatomy, random: np.random.Generator, core_ml: float | None = None
) -> LesionField | None:
    """Return the severity fields of an occlusion, random in extent and shape, or None for no lesion.

    `core_ml` takes the place of the drawn volume of the core within the clinical slab; all else stays.
    """
    lesion, sign = occlusion.lesion, occlusion.sign
    if lesion is Lesion.NONE:
        return None
    grid = anatomy.hull_distance
    tissue_ml = _tissue_ml(anatomy)
    shape = grid.values.shape
    margin = _on_coarser_grid(grid, sign) + 3.0 * smooth_noise(shape, 12.0, random)
    if lesion is Lesion.M2:
        division = _DIVISION_CENTRE[occlusion.division]
        margin = np.minimum(margin, 40.0 - _distance_to(grid, sign, division))
        focus = (0.65 * division + 0.35 * _INSULA_AND_STRIATUM[1])[None, :]
    else:
        focus = _INSULA_AND_STRIATUM + random.normal(0.0, 5.0, 3)
    depth = margin - _level(margin, tissue_ml, random.uniform(*HYPOPERFUSED_ML[lesion]))
    nearness = -np.min([_distance_to(grid, sign, point) for point in focus], axis=0)
    nearness = np.minimum(nearness + 5.0 * smooth_noise(shape, 9.0, random), 0.8 * depth - 20.0)
    drawn_ml = random.uniform(*CORE_ML[lesion])
    inwards = nearness - _level(nearness, tissue_ml, drawn_ml if core_ml is None else core_ml)
    penumbra = smooth_step(depth, -PENUMBRA_BORDER / 2, PENUMBRA_BORDER / 2)
    core = smooth_step(inwards, -CORE_BORDER / 2, CORE_BORDER / 2) * smooth_step(penumbra, 0.5, 1.0)
    return LesionField(grid.like(penumbra), grid.like(core), grid.like(depth))


def _on_coarser_grid(grid: ScalarField, sign: int) -> NDArray[np.float32]:
    """Return the territory's margin on `grid`; it is smooth, so it is computed on a grid half as fine."""
    coarse = ScalarField(np.ascontiguousarray(grid.values[::2, ::2, ::2]), grid.origin, 2.0 * grid.step)
    margin = coarse.like(middle_cerebral_margin(coarse, sign))
    points = np.stack(np.broadcast_arrays(*grid.axes()), axis=-1).reshape(-1, 3).astype(np.float32)
    return margin.at(points).reshape(grid.values.shape)


def _tissue_ml(anatomy: HeadAnatomy) -> NDArray[np.float32]:
    """Return mL of grey and white matter per cell of the coarse grid, zero outside the clinical slab."""
    grid = anatomy.hull_distance
    tissue = np.zeros_like(grid.values)
    fractions = ndimage.uniform_filter(anatomy.grey.values + anatomy.white.values, 2)[::2, ::2, ::2]
    start = np.rint((anatomy.grey.origin - grid.origin) / grid.step).astype(int)[::-1]
    tissue[tuple(slice(s, s + n) for s, n in zip(start, fractions.shape, strict=True))] = fractions
    _, _, z = grid.axes()
    in_slab = (z >= CLINICAL_SLAB[0]) & (z < CLINICAL_SLAB[1])
    return np.asarray(tissue * in_slab * grid.step**3 / 1000.0, dtype=np.float32)


def _level(values: NDArray[np.float32], tissue_ml: NDArray[np.float32], volume: float) -> float:
    """Return the level above which `values` enclose `volume` mL of tissue."""
    inside = tissue_ml > 0
    order = np.argsort(-values[inside])
    enclosed = np.cumsum(tissue_ml[inside][order])
    last = min(int(np.searchsorted(enclosed, volume)), len(order) - 1)
    return float(values[inside][order[last]])


def _distance_to(grid: ScalarField, sign: int, point: NDArray[np.float64]) -> NDArray[np.float32]:
    x, y, z = grid.axes()
    squares = (sign * x - point[0]) ** 2 + (0.8 * (y - point[1])) ** 2 + (z - point[2]) ** 2
    return np.asarray(np.sqrt(squares), dtype=np.float32)
