"""The head in template space: brain tissue from the MNI templates, skull and scalp built around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .brain_shape import BrainShape
from .scalar_field import ScalarField, smooth_noise, smooth_step
from .templates import BrainTemplates

VENTRICLE_GROWTH = (0.0, 2.5)
"""mm by which the lateral ventricles are wider than in the template of healthy adults."""

SULCAL_FLUID = (1.2, 2.2)
"""Weight of fluid against tissue where the template is undecided: narrow or wide sulci."""


@dataclass(frozen=True)
class Calcification:
    """A calcified spot that most adults have: pineal gland or choroid plexus.

    Attributes
    ----------
    centre : tuple of float
        Template mm.
    radius : float
        mm.
    hu : float
        Added to the tissue in its middle.
    """

    centre: tuple[float, float, float]
    radius: float
    hu: float


@dataclass(frozen=True, eq=False)
class HeadAnatomy:
    """Tissue of one head in template space (MNI RAS mm).

    Attributes
    ----------
    grey, white : ScalarField
        Volume fraction of grey and of white matter, 0 to 1; the rest of the brain's hull is CSF.
    ventricle_distance : ScalarField
        Distance in mm from the template's lateral ventricles.
    ventricle_growth : float
        mm by which this head's ventricles reach beyond the template's.
    hull_distance : ScalarField
        Signed distance in mm from the surface of the brain's hull, negative inside.
    outline_distance : ScalarField
        The same for a smooth convex outline of the brain, which the vault and the skin follow.
    skull_thickness, scalp_thickness, rim_thickness : ScalarField
        mm, of bone, of skin with fat, and of the fluid between brain and bone.
    texture : ScalarField
        Deviation of the T1 intensity from what the tissue fractions explain, -1 to 1.
    calcifications : tuple of Calcification
    """

    grey: ScalarField
    white: ScalarField
    ventricle_distance: ScalarField
    ventricle_growth: float
    hull_distance: ScalarField
    outline_distance: ScalarField
    skull_thickness: ScalarField
    scalp_thickness: ScalarField
    rim_thickness: ScalarField
    texture: ScalarField
    calcifications: tuple[Calcification, ...]


def build_anatomy(templates: BrainTemplates, shape: BrainShape, random: np.random.Generator) -> HeadAnatomy:
    """Return a random head: wide or narrow sulci and ventricles, thick or thin skull and scalp."""
    grey, white = _tissue_fractions(templates, random.uniform(*SULCAL_FLUID))
    texture = _texture(templates, grey, white)
    growth = float(random.uniform(*VENTRICLE_GROWTH))
    hull = shape.hull_distance
    x, y, z = hull.axes()
    wander = smooth_noise(hull.values.shape, 20.0, random)
    back = np.clip(-(y + 20.0) / 80.0, 0.0, 1.0)
    side = np.clip(np.abs(x) / 70.0, 0.0, 1.0)
    skull = random.uniform(5.2, 7.2) * (1.0 + 0.2 * back - 0.2 * side + 0.05 * wander) + 0.0 * z
    front = np.clip((y + 10.0) / 80.0, 0.0, 1.0)
    scalp = random.uniform(4.5, 7.5) * (1.0 + 0.1 * side + 0.1 * back - 0.15 * front) + 0.0 * z
    rim = random.uniform(1.0, 2.0) * (1.0 + 0.7 * front + 0.15 * wander) + 0.0 * z
    return HeadAnatomy(
        grey=grey,
        white=white,
        ventricle_distance=shape.ventricle_distance,
        ventricle_growth=growth,
        hull_distance=hull,
        outline_distance=shape.outline_distance,
        skull_thickness=hull.like(np.maximum(skull, 4.0)),
        scalp_thickness=hull.like(np.maximum(scalp, 3.0)),
        rim_thickness=hull.like(np.maximum(rim, 0.7)),
        texture=texture,
        calcifications=_random_calcifications(random),
    )


def _tissue_fractions(templates: BrainTemplates, fluid_weight: float) -> tuple[ScalarField, ScalarField]:
    """Square the class probabilities: an average of 152 brains is more blurred than one brain."""
    grey, white = templates.grey.values, templates.white.values
    fluid = fluid_weight * np.clip(1.0 - grey - white, 0.0, 1.0)
    total = grey * grey + white * white + fluid * fluid + np.float32(1e-6)
    return templates.grey.like(grey * grey / total), templates.white.like(white * white / total)


def _texture(templates: BrainTemplates, grey: ScalarField, white: ScalarField) -> ScalarField:
    """Return T1 minus its mean for the local mixture of grey and white matter, in units of 2 SD."""
    tissue = grey.values + white.values > 0.9
    mixture = np.stack([grey.values[tissue], white.values[tissue]], axis=1)
    t1 = templates.t1.values[tissue]
    coefficients = np.linalg.solve(mixture.T @ mixture, mixture.T @ t1)
    residual = t1 - mixture @ coefficients
    values: NDArray[np.float32] = np.zeros_like(templates.t1.values)
    values[tissue] = np.clip(residual / (2.0 * residual.std()), -1.0, 1.0)
    return templates.t1.like(values)


def _random_calcifications(random: np.random.Generator) -> tuple[Calcification, ...]:
    """Return pineal and choroid plexus calcifications, each present in most adults."""
    places = ((0.0, -26.0, 2.0), (20.0, -40.0, 10.0), (-20.0, -40.0, 10.0))
    return tuple(
        Calcification(place, float(random.uniform(1.2, 2.6)), float(random.uniform(60.0, 260.0)))
        for place in places
        if random.random() < 0.7
    )


def soft_share(template: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 1 where muscle lies between thin bone and skin (temporal fossa, skull base), else 0; (N,)."""
    x, y, z = template.T
    along = smooth_step(y, -35.0, -15.0) * (1.0 - smooth_step(y, 30.0, 50.0))
    temporal = smooth_step(np.abs(x), 40.0, 55.0) * along * (1.0 - smooth_step(z, 10.0, 40.0))
    # The base falls from the orbits' roof in front to the foramen magnum behind.
    base = 1.0 - smooth_step(z - 0.35 * np.minimum(y - 20.0, 20.0), -34.0, -18.0)
    return np.asarray(np.maximum(temporal, base))
