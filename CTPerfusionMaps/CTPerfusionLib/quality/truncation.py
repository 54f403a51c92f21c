"""How likely the end of the scan changes the lesion volumes: a logistic model of what a scan shows.

De la Rosa et al. (medRxiv 2022.06.16) found the time from the arterial peak to the end of the scan to tell
unreliable scans best. How long a scan has to last also depends on how fast the tissue lets go of the
contrast, so what it still holds at the end and its residue function are asked too.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ..kinetics import ResidueShape
from ..kinetics.residue_shape import TRANSIT_SHAPES
from ..networks import find_map_method
from ..vessels import VesselCurve
from ..vessels.features import measure

CHANGED_VOLUME = 0.15
"""Part of the volume in a scan of full length by which core or hypoperfusion has to differ."""

LIKELY_TRUNCATED = 0.3
"""Probability above which a scan counts as truncated: on the tuning phantoms, each judged by a fit to the
others, 92 % of the unreliable scans lie above and 94 % of the rest below, the largest sum of both."""


@dataclass(frozen=True)
class TruncationFeatures:
    """What a scan tells about its end.

    Attributes
    ----------
    aif_to_end : float
        Seconds from the arterial peak to the end of the scan.
    tissue_tail : float
        Mean enhancement of the tissue in the last tenth of the scan over its peak.
    transit_spread : float
        Variance of the transit times over their squared mean in normal tissue: 1 for the exponential residue
        function, which empties slowly, 1/3 for gamma, 0 for the box.
    """

    aif_to_end: float
    tissue_tail: float
    transit_spread: float


@dataclass(frozen=True)
class TruncationModel:
    """The coefficients of a logistic model: log odds at zero, and for each unit of a feature."""

    intercept: float
    aif_to_end: float
    tissue_tail: float
    transit_spread: float

    def probability(self, features: TruncationFeatures) -> float:
        """Return the probability that the features belong to a scan whose volumes cannot be relied on."""
        log_odds = (
            self.intercept
            + self.aif_to_end * features.aif_to_end
            + self.tissue_tail * features.tissue_tail
            + self.transit_spread * features.transit_spread
        )
        return 0.5 * (1.0 + math.tanh(0.5 * log_odds))


BY_AREAS = "bsvd"
"""Whose model stands for all methods that take CBV from areas."""

TRUNCATION_MODELS: Mapping[str, TruncationModel] = MappingProxyType(
    {
        "bayes": TruncationModel(-3.8, -0.142, 5.89, 1.3),
        "nlr": TruncationModel(-2.51, -0.168, 4.5, 2.87),
        BY_AREAS: TruncationModel(-2.38, -0.216, 7.45, 0.0),
    }
)
"""By kinetic method, since methods fail at different ends. Fitted to 52 head phantoms (seeds 100 to 151)
whose scans of 80 s were cut at 25 to 60 s, by ``Testing/validation/fit_truncation_detector.py``;
docs/preprocessing.md tells how well they do on other phantoms."""


def truncation_features(
    aif: VesselCurve,
    times: NDArray[np.float64],
    tissue_curve: NDArray[np.float64],
    residue: ResidueShape,
) -> TruncationFeatures:
    """Measure what a scan tells about its end.

    Parameters
    ----------
    aif : VesselCurve
        Arterial input function; its scale does not matter.
    times : ndarray, shape (T,)
        Seconds.
    tissue_curve : ndarray, shape (T,)
        Mean enhancement of the analysed tissue at `times`, HU.
    residue : ResidueShape
        The residue function of normal tissue.
    """
    return TruncationFeatures(
        aif_to_end=float(times[-1]) - aif.quality["time_to_peak_s"],
        tissue_tail=float(measure(tissue_curve[:, None], times).tail[0]),
        transit_spread=1.0 / TRANSIT_SHAPES[residue],
    )


def truncation_probability(features: TruncationFeatures, method: str) -> float | None:
    """Return how likely core or hypoperfusion differ by more than 15 % from those of a scan of full length.

    Parameters
    ----------
    features : TruncationFeatures
    method : str
        A name among :func:`CTPerfusionLib.networks.available_map_methods`.

    Returns
    -------
    float or None
        None for a method whose failures at the end of a scan were not measured, as for networks.

    Raises
    ------
    KeyError
        If there is no such method.
    """
    model = TRUNCATION_MODELS.get(BY_AREAS if find_map_method(method).cbv_from_areas else method)
    return None if model is None else model.probability(features)
