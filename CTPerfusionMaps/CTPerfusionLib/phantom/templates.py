"""The brain templates that the anatomy of the head phantom grows from."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from .scalar_field import ScalarField


@dataclass(frozen=True, eq=False)
class BrainTemplates:
    """MNI ICBM152 2009a templates, 1 mm, symmetric left to right.

    Attributes
    ----------
    grey, white : ScalarField
        Probability of grey and of white matter, 0 to 1.
    t1 : ScalarField
        T1-weighted intensity of the brain, 0 to 1.
    """

    grey: ScalarField
    white: ScalarField
    t1: ScalarField


@cache
def load_templates() -> BrainTemplates:
    """Read, once, the templates that ship inside the installed nilearn package.

    Raises
    ------
    ConfigurationError
        If nilearn is not installed.
    """
    try:
        from nilearn import datasets
    except ImportError as error:
        raise ConfigurationError(
            "The head phantom takes its anatomy from the nilearn package, which is not installed",
            "run pip install 'ctperfusion[phantom]'",
        ) from error
    loaders = (
        datasets.load_mni152_gm_template,
        datasets.load_mni152_wm_template,
        datasets.load_mni152_template,
    )
    return BrainTemplates(*(_as_field(loader(resolution=1)) for loader in loaders))


def _as_field(image: object) -> ScalarField:
    """Return a nibabel image with a diagonal affine as a field whose axes ascend with RAS."""
    affine: NDArray[np.float64] = image.affine  # type: ignore[attr-defined]
    data: NDArray[np.float32] = image.get_fdata(dtype=np.float32)  # type: ignore[attr-defined]
    return ScalarField(
        np.ascontiguousarray(data.transpose(2, 1, 0)), affine[:3, 3].copy(), float(affine[0, 0])
    )
