"""All maps of a study by name."""

import numpy as np
from numpy.typing import NDArray

from .analysis import StudyAnalysis
from .scene_content import relative_maps


def result_maps(analysis: StudyAnalysis) -> dict[str, NDArray[np.float32]]:
    """Return all maps of quantities by name, each (Z, Y, X): those of the fit and the relative ones."""
    return {**analysis.maps.maps, **relative_maps(analysis.lesion)}
