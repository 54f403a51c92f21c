"""What a scene is made of; the pipeline fills it in, nothing here knows Slicer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..series import EnhancementCurve, TmaxDefinition


@dataclass(frozen=True, eq=False)
class SceneContent:
    """Everything that a scene holds.

    Attributes
    ----------
    baseline : ndarray, shape (Z, Y, X)
        Mean of the frames before contrast, HU.
    ijk_to_ras : ndarray, shape (4, 4)
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        By the names of :data:`CTPerfusionLib.series.QUANTITIES`; NaN outside the analysed tissue.
    tmax_definition : TmaxDefinition
        What the Tmax of this study is; its legend, description and volumes say so.
    masks : mapping of str to ndarray of bool, shape (Z, Y, X)
        ``core``, ``penumbra``, ``hypoperfusion``.
    volumes_ml : mapping of str to float or None
        As in summary.json; None where a volume was not measured.
    curves : sequence of EnhancementCurve
    attributes : mapping of str to str
        How the results were made: method, version, Tmax definition, research use; by the full names that
        they get on every node that holds a result, such as ``CTPerfusion.Method``.
    """

    baseline: NDArray[Any]
    ijk_to_ras: NDArray[np.float64]
    maps: Mapping[str, NDArray[np.float32]]
    tmax_definition: TmaxDefinition
    masks: Mapping[str, NDArray[np.bool_]]
    volumes_ml: Mapping[str, float | None]
    curves: Sequence[EnhancementCurve]
    attributes: Mapping[str, str]
