"""What a scene is made of; the pipeline fills it in, nothing here knows Slicer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..series import EnhancementCurve, Finding, TmaxDefinition


class FrameMotion(Protocol):
    """How the head moved; a ``report.HeadMotion`` is one."""

    @property
    def frame_times(self) -> NDArray[np.float64]:
        """Seconds, of all frames of the scan, shape (T,)."""

    @property
    def motion(self) -> NDArray[np.float64]:
        """Per table position: x, y, z in mm and degrees about x, y, z, shape (P, T, 6); NaN if unknown."""

    @property
    def used(self) -> NDArray[np.bool_]:
        """Frames that the maps rest on, shape (T,)."""

    @property
    def residual(self) -> NDArray[np.float64]:
        """What correction left, mm, shape (T,); NaN where it could not be judged."""


class ProbedVoxel(Protocol):
    """The curves of one voxel; a ``pipeline.VoxelProbe`` is one."""

    @property
    def voxel(self) -> tuple[int, int, int]:
        """Zero-based column, row and slice."""

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds, shape (n,)."""

    @property
    def measured(self) -> NDArray[np.float64]:
        """HU above baseline at `times`."""

    @property
    def fitted_times(self) -> NDArray[np.float64]:
        """Seconds, shape (m,)."""

    @property
    def fitted(self) -> NDArray[np.float64]:
        """HU above baseline at `fitted_times`."""

    @property
    def residue_times(self) -> NDArray[np.float64]:
        """Seconds since the arterial input, shape (k,)."""

    @property
    def residue(self) -> NDArray[np.float64]:
        """Residue function times flow at `residue_times`, mL/100 g/min."""


@dataclass(frozen=True, eq=False)
class StudyContent:
    """The maps of a study and what they rest on.

    Attributes
    ----------
    baseline : ndarray, shape (Z, Y, X)
        Mean of the frames before contrast, HU.
    ijk_to_ras : ndarray, shape (4, 4)
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        By the names of :data:`CTPerfusionLib.series.QUANTITIES`; NaN outside the analysed tissue.
    tmax_definition : TmaxDefinition
        What the Tmax of this study is; its legend and description say so.
    curves : sequence of EnhancementCurve
        AIF, VOF and Tissue.
    findings : sequence of Finding
    motion : FrameMotion or None
        None when motion was not corrected.
    attributes : mapping of str to str
        How the results were made: method, version, Tmax definition, research use; by the full names that
        they get on every node that holds a result, such as ``CTPerfusion.Method``.
    """

    baseline: NDArray[Any]
    ijk_to_ras: NDArray[np.float64]
    maps: Mapping[str, NDArray[np.float32]]
    tmax_definition: TmaxDefinition
    curves: Sequence[EnhancementCurve]
    findings: Sequence[Finding]
    motion: FrameMotion | None
    attributes: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class LesionContent:
    """Core and penumbra of a study, and what they measure.

    Attributes
    ----------
    ijk_to_ras : ndarray, shape (4, 4)
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        Relative maps such as ``rCBF_global``.
    masks : mapping of str to ndarray of bool, shape (Z, Y, X)
        ``core``, ``penumbra``, ``hypoperfusion``; segments whose mask is left out stay as they are.
    volumes_ml : mapping of str to float or None
        As in summary.json; None where a volume was not measured.
    tmax_definition : TmaxDefinition
    attributes : mapping of str to str
        As of a :class:`StudyContent`, with the protocol.
    """

    ijk_to_ras: NDArray[np.float64]
    maps: Mapping[str, NDArray[np.float32]]
    masks: Mapping[str, NDArray[np.bool_]]
    volumes_ml: Mapping[str, float | None]
    tmax_definition: TmaxDefinition
    attributes: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class SceneContent:
    """Everything that a scene file holds."""

    study: StudyContent
    lesion: LesionContent
