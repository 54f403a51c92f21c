"""What was computed in this session, for both modules: too large or too rich for the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import vtk

if TYPE_CHECKING:
    from CTPerfusionLib.pipeline import PipelineConfig, StudyMaps


@dataclass(frozen=True, eq=False)
class ComputedStudy:
    """Results of one run, with the choices that made them."""

    maps: StudyMaps
    config: PipelineConfig


class ComputedStudies:
    """The study that was computed last, by its sequence node; one only, since it takes gigabytes.

    By the node itself: a new scene gives the identifiers of nodes of the former one again.
    """

    def __init__(self) -> None:
        self._sequence = vtk.vtkWeakReference()
        self._study: ComputedStudy | None = None

    def keep(self, sequenceNode: Any, study: ComputedStudy) -> None:
        """Remember the study of a sequence, in place of any other."""
        self._sequence.Set(sequenceNode)
        self._study = study

    def of(self, sequenceNode: Any) -> ComputedStudy | None:
        """Return the study of a sequence; None where another one, or none, was computed last."""
        if sequenceNode is None or sequenceNode is not self._sequence.Get():
            return None
        return self._study

    def forget(self) -> None:
        """Drop the study, as when the scene is closed or memory is needed."""
        self._sequence.Set(None)
        self._study = None


COMPUTED_STUDIES = ComputedStudies()
"""Of this session of Slicer."""
