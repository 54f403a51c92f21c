"""What a report is made of; the pipeline fills it in, nothing here reads files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..io import StudyDescription
from ..lesion import ThresholdProtocol
from ..series import EnhancementCurve, Finding, Quantity, TmaxDefinition, quantities_of
from .what_if import WhatIf


@dataclass(frozen=True, eq=False)
class HeadMotion:
    """How the head moved during the scan, and what became of each frame.

    Attributes
    ----------
    frame_times : ndarray, shape (T,)
        Seconds, of all frames of the scan.
    motion : ndarray, shape (P, T, 6)
        For each table position, by the convention of :mod:`CTPerfusionLib.series.motion`; NaN where no
        position of the head was found.
    used : ndarray of bool, shape (T,)
        Frames that the maps rest on.
    residual : ndarray, shape (T,)
        What correction left, mm; NaN where it could not be judged.
    reference : str
        Which frame the others were aligned with and why, in one or two sentences.
    rejections : tuple of str
        One sentence for each frame that was left out.
    """

    frame_times: NDArray[np.float64]
    motion: NDArray[np.float64]
    used: NDArray[np.bool_]
    residual: NDArray[np.float64]
    reference: str
    rejections: tuple[str, ...] = ()

    @property
    def largest_residual(self) -> float | None:
        """The largest residual of the used frames, mm; None where none could be judged."""
        known = self.residual[self.used & np.isfinite(self.residual)]
        return float(known.max()) if known.size else None


@dataclass(frozen=True, eq=False)
class ReportContent:
    """Everything that a report shows.

    Attributes
    ----------
    scan : StudyDescription
    baseline : ndarray, shape (Z, Y, X)
        Mean of the frames before contrast, HU.
    ijk_to_ras : ndarray, shape (4, 4)
    maps : mapping of str to ndarray, shape (Z, Y, X)
        By the names of :data:`CTPerfusionLib.series.QUANTITIES`; NaN outside the analysed tissue.
    quality : mapping of str to ndarray, shape (Z, Y, X)
        Quality of the fit as :class:`CTPerfusionLib.kinetics.PerfusionMaps` has it.
    status : ndarray of uint8, shape (Z, Y, X)
        :class:`CTPerfusionLib.kinetics.FitStatus` of each voxel.
    tissue : ndarray of bool, shape (Z, Y, X)
        The analysed tissue.
    masks : mapping of str to ndarray of bool, shape (Z, Y, X)
        ``core``, ``penumbra``, ``hypoperfusion``.
    curves : tuple of EnhancementCurve
        ``AIF``, ``VOF`` and, if wanted, a tissue curve; curves with voxels are also shown on a slice.
    motion : HeadMotion or None
        None when motion was not corrected.
    findings : tuple of Finding
    summary : mapping
        The content of summary.json.
    counted_core : str
        ``global`` or ``local``: the core that enters penumbra and mismatch ratio.
    protocol : ThresholdProtocol
        How core and hypoperfusion were cut.
    stages : mapping of str to float
        Seconds that each stage of the run took.
    parameters : mapping
        Method, normalisation, thresholds and all else that was chosen, in the order to show.
    version : str
        Of the software.
    created : str
        Date and time of the analysis as the reader shall see it; left out when empty.
    what_if : WhatIf or None
        The segments at other thresholds, of :func:`CTPerfusionLib.report.explore_thresholds`; without them
        thresholds cannot be moved in the page, and the cores of both normalisations are not shown together.
    core_volume_images : ndarray, shape (2, Y, X), or None
        The lower and the upper slice that a core-volume network saw, HU, the patient's right on the left;
        None where none was asked.
    """

    scan: StudyDescription
    baseline: NDArray[Any]
    ijk_to_ras: NDArray[np.float64]
    maps: Mapping[str, NDArray[np.float32]]
    quality: Mapping[str, NDArray[np.float32]]
    status: NDArray[np.uint8]
    tissue: NDArray[np.bool_]
    masks: Mapping[str, NDArray[np.bool_]]
    curves: tuple[EnhancementCurve, ...]
    motion: HeadMotion | None
    findings: tuple[Finding, ...]
    summary: Mapping[str, Any]
    counted_core: str
    protocol: ThresholdProtocol
    stages: Mapping[str, float]
    parameters: Mapping[str, Any]
    version: str
    created: str = ""
    what_if: WhatIf | None = None
    core_volume_images: NDArray[np.float32] | None = None

    @property
    def tmax_definition(self) -> TmaxDefinition:
        """What the Tmax of this study is."""
        return TmaxDefinition(self.summary["tmax_definition"])

    @property
    def quantities(self) -> Mapping[str, Quantity]:
        """The quantities of the maps, Tmax in the words of its definition."""
        return quantities_of(self.tmax_definition)
