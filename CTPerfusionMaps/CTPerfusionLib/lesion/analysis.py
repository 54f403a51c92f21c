"""The whole chapter in one call: from maps to segments, volumes and criteria."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, part_of
from .local_normalisation import CounterpartBlur
from .normalisation import FlowReference
from .preparing import prepare_lesion
from .protocol import ThresholdProtocol
from .result import LesionAnalysis, NormalisationChoice
from .segmenting import segment


def analyse_lesion(
    maps: Mapping[str, NDArray[Any]],
    tissue: NDArray[np.bool_],
    baseline: NDArray[Any] | None,
    ijk_to_ras: NDArray[Any],
    *,
    protocol: ThresholdProtocol,
    normalisation: NormalisationChoice | str = NormalisationChoice.BOTH,
    reference: FlowReference | str = FlowReference.NORMAL_MEDIAN,
    blur: CounterpartBlur | str = CounterpartBlur.TISSUE,
    age: float | None = None,
    nihss: float | None = None,
    hours: float | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> LesionAnalysis:
    """Normalise, find the affected hemisphere, segment, measure and hold against the criteria.

    The chain of :func:`prepare_lesion` and :func:`segment`, whose parameters it takes.

    Parameters
    ----------
    maps : mapping of str to ndarray, shape (Z, Y, X)
        ``CBF`` in mL/100 g/min, ``Tmax`` in seconds, and what else the protocol asks for.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    baseline : ndarray, shape (Z, Y, X)
        HU before contrast arrives.
    ijk_to_ras : ndarray, shape (4, 4)
    protocol : ThresholdProtocol
    normalisation : NormalisationChoice
        Which cores are wanted.
    reference : FlowReference
        What relative flow and volume refer to.
    blur : CounterpartBlur
        How the local normalisation blurs the mirrored maps.
    age, nihss, hours : float, optional
        Years, NIH Stroke Scale, and hours since last known well, for the criteria.

    Raises
    ------
    ProcessingError
        If there is no tissue, or too little that is normally perfused.
    ConfigurationError
        If the protocol needs a map that there is not.
    ArgumentError
        If the arrays differ in shape.
    """
    choice = NormalisationChoice(normalisation)
    protocol.check_maps([*maps])
    prepared = prepare_lesion(
        maps, tissue, baseline, ijk_to_ras,
        reference_tmax_at_most=protocol.reference_tmax_at_most,
        local=choice is not NormalisationChoice.GLOBAL,
        reference=reference, blur=blur,
        on_progress=part_of(on_progress, 0.0, 0.8),
    )  # fmt: skip
    return segment(
        prepared, protocol, normalisation=choice,
        age=age, nihss=nihss, hours=hours, on_progress=part_of(on_progress, 0.8, 1.0),
    )  # fmt: skip
