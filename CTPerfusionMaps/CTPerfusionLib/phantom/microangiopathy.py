"""White-matter disease of small vessels: symmetric caps, rims and patches, Fazekas-like grades 0 to 3."""

import numpy as np
from scipy import ndimage

from .anatomy import HeadAnatomy
from .scalar_field import ScalarField, smooth_noise, smooth_step

RIM_WIDTH = (0.0, 3.0, 6.0, 10.0)
"""mm of diseased white matter along the lateral ventricles, by grade."""

PATCHINESS = (9.0, 1.6, 0.8, 0.1)
"""Level of unit noise above which the deep white matter is diseased, by grade."""

CBF_FACTOR, CBV_FACTOR = 0.44, 0.7
EXTRA_DELAY = 1.0
HU_CHANGE = -6.0


def random_microangiopathy(grade: int, anatomy: HeadAnatomy, random: np.random.Generator) -> ScalarField:
    """Return the share of diseased white matter, 0 to 1, exactly symmetric in template space.

    Parameters
    ----------
    grade : int
        0 none, 1 caps and thin rims, 2 patchy, 3 confluent into the centrum semiovale.
    anatomy : HeadAnatomy
    random : numpy.random.Generator
    """
    coarse = anatomy.ventricle_distance
    if grade == 0:
        return coarse.like(np.zeros_like(coarse.values))
    _, y, z = coarse.axes()
    distance = np.maximum(coarse.values - anatomy.ventricle_growth, 0.0)
    white_matter = anatomy.white.values[::2, ::2, ::2]
    noise = smooth_noise(coarse.values.shape, 6.0, random)
    noise = (noise + noise[:, :, ::-1]) / np.sqrt(2.0)
    horns = np.exp(-(((y - 30) / 14) ** 2)) + np.exp(-(((y + 58) / 16) ** 2))
    rim = RIM_WIDTH[grade] * (0.8 + 0.8 * horns + 0.25 * noise) - distance
    deep = smooth_step(z, 14.0, 24.0) * smooth_step(-distance, -28.0, -18.0)
    patches = smooth_step(noise + 1.2 * deep, PATCHINESS[grade] + 1.2, PATCHINESS[grade] + 1.6)
    white = smooth_step(ndimage.uniform_filter(white_matter, 3), 0.7, 0.95)
    share = white * np.maximum(smooth_step(rim, -1.5, 1.5), patches)
    return coarse.like((share + share[:, :, ::-1]) / 2.0)
