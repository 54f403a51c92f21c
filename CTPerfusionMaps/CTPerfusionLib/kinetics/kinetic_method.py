"""What a kinetic method computes with, what it is given and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..devices import Device
from ..progress import ProgressCallback, ignore_progress
from .curves import CurveSource, as_curves
from .explanation import Explainer, ExplanationInput
from .map_method import MapMethod
from .sampling import Sampling, as_sampling

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KineticInput:
    """What a method is given.

    Attributes
    ----------
    curves : CurveSource
        Enhancement of N voxels at T times in HU.
    sampling : Sampling
        The times of each curve.
    aif, aif_times : ndarray, shape (T_a,)
        Arterial enhancement in HU, and seconds.
    device : str or Device
        Where to compute.
    marginalise_offset : bool
        Whether to leave the zero of the curves open, which methods with ``cbv_from_areas`` cannot.
    on_progress : callable
    """

    curves: CurveSource
    sampling: Sampling
    aif: FloatArray
    aif_times: FloatArray
    device: str | Device = "cpu"
    marginalise_offset: bool = False
    on_progress: ProgressCallback = ignore_progress

    @classmethod
    def of(
        cls,
        curves: ArrayLike | CurveSource,
        times: ArrayLike | Sampling,
        aif: FloatArray,
        aif_times: FloatArray,
        *,
        device: str | Device = "cpu",
        on_progress: ProgressCallback = ignore_progress,
    ) -> "KineticInput":
        """Return what a method is given, from arrays that are checked.

        Raises
        ------
        ArgumentError
            If curves and times cannot be used.
        """
        source = as_curves(curves)
        return cls(source, as_sampling(times, source), aif, aif_times, device, on_progress=on_progress)


@dataclass(frozen=True, eq=False)
class KineticValues:
    """What a method says about N voxels.

    Attributes
    ----------
    maps, quality : mapping of str to ndarray, shape (N,)
    status : ndarray of uint8, shape (N,)
    learned : mapping of str to float
        What the method learned from all curves together, for the manifest and the explainer.
    """

    maps: Mapping[str, NDArray[np.floating]]
    quality: Mapping[str, NDArray[np.floating]]
    status: NDArray[np.uint8]
    learned: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class KineticMethod(MapMethod):
    """A way from time curves and the arterial input to perfusion parameters.

    Attributes
    ----------
    compute : callable
        From :class:`KineticInput` to :class:`KineticValues`.
    explainer : callable
        Makes what explains the curves of one sampling, for a chart of curve, fit and residue function.
    """

    compute: Callable[[KineticInput], KineticValues]
    explainer: Callable[[ExplanationInput], Explainer]
