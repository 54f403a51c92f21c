"""What a kinetic method is, what it is given and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..devices import Device
from ..progress import ProgressCallback, ignore_progress
from ..series import TmaxDefinition
from .curves import CurveSource, as_curves
from .explanation import Explainer, ExplanationInput
from .residue_shape import ResidueShape
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
class KineticMethod:
    """A way from time curves to perfusion parameters.

    Attributes
    ----------
    name : str
        What the command line calls it.
    title : str
        What a reader is shown.
    tmax_definition : TmaxDefinition
    maps, quality : tuple of str
        Names of the maps and of the quality measures that it gives.
    parameters : mapping of str to float
        What the maps were computed with, for the manifest.
    assumed_residue : ResidueShape or None
        The residue function that the method takes for given; None where it assumes none.
    cbv_from_areas : bool
        Whether CBV is the ratio of measured areas, which end with the record and need the zero of the curves.
    flow_readings : mapping of ResidueShape to float
        Relative CBF that the method reads, after the pipeline's filter, where the true one is 30 % of
        normal, over 30 %, by the residue function of the tissue. Thresholds of relative flow are multiplied
        by it; measured on tuning phantoms, docs/calibration.md.
    compute : callable
        From :class:`KineticInput` to :class:`KineticValues`.
    explainer : callable
        Makes what explains the curves of one sampling, for a chart of curve, fit and residue function.
    """

    name: str
    title: str
    tmax_definition: TmaxDefinition
    maps: tuple[str, ...]
    quality: tuple[str, ...]
    parameters: Mapping[str, float]
    assumed_residue: ResidueShape | None
    cbv_from_areas: bool
    flow_readings: Mapping[ResidueShape, float]
    compute: Callable[[KineticInput], KineticValues]
    explainer: Callable[[ExplanationInput], Explainer]
