"""What the module does, without a window: maps in, core, penumbra and their volumes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from CTPerfusionMapsLib.logic import CTPerfusionMapsLogic
from CTPerfusionMapsLib.studies import COMPUTED_STUDIES

from .parameters import CorePenumbraSegmentParameterNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from CTPerfusionLib.lesion import LesionAnalysis, LesionMaps, Side, SymmetryPlane, ThresholdProtocol
    from CTPerfusionLib.mrml import LesionNodes, MapsInput
    from CTPerfusionLib.progress import CancelSignal, StageProgress
    from CTPerfusionMapsLib.studies import ComputedStudy

    Preparation = Callable[[StageProgress | None, CancelSignal | None], "PreparedLesion"]

TITLE = "Core Penumbra Segment"
"""Name of the module for the reader; not translated where it asks for Python packages."""

AUTOMATIC_SIDE = "auto"
USUAL_REFERENCE = "normal-median"


@dataclass(frozen=True, eq=False)
class PreparedLesion:
    """Maps of a study and what was made of them once, so that thresholds can be moved at once."""

    given: MapsInput
    maps: LesionMaps


@dataclass(frozen=True)
class LesionChoices:
    """What the user can change without waiting.

    Attributes
    ----------
    protocol : ThresholdProtocol
    counted : str or None
        ``global`` or ``local``; None as the protocol says.
    side : str
        ``auto``, ``left``, ``right`` or ``none``.
    reference : str
        What relative flow refers to, by the names of ``CTPerfusionLib.lesion.FlowReference``.
    age, nihss, hours : float or None
    """

    protocol: ThresholdProtocol
    counted: str | None = None
    side: str = AUTOMATIC_SIDE
    reference: str = USUAL_REFERENCE
    age: float | None = None
    nihss: float | None = None
    hours: float | None = None


class CorePenumbraSegmentLogic(ScriptedLoadableModuleLogic):
    """Segments core and penumbra from perfusion maps; usable from Slicer's Python console.

    Examples
    --------
    >>> from CorePenumbraSegment import CorePenumbraSegmentLogic
    >>> segmentation, table = CorePenumbraSegmentLogic().segment(maps["CBF"], maps["Tmax"])
    """

    def getParameterNode(self) -> CorePenumbraSegmentParameterNode:
        """Return the parameter node of the scene, wrapped anew.

        A wrapper keeps the values that it has read, among them references to nodes that a scene file brought
        only later; so a wrapper must not outlive the loading of a scene.
        """
        return CorePenumbraSegmentParameterNode(super().getParameterNode())  # type: ignore[call-arg] # by the decorator

    def segment(
        self,
        cbfNode: Any,
        tmaxNode: Any,
        *,
        cbvNode: Any = None,
        baselineNode: Any = None,
        protocol: str = "rapid-like",
        counted: str | None = None,
        side: str = AUTOMATIC_SIDE,
        reference: str = USUAL_REFERENCE,
        age: float | None = None,
        nihss: float | None = None,
        hours: float | None = None,
    ) -> tuple[Any, Any]:
        """Segment core, penumbra and hypoperfusion and put them with their volumes into the scene.

        Parameters
        ----------
        cbfNode, tmaxNode : vtkMRMLScalarVolumeNode
            Blood flow in mL/100 g/min, Tmax in seconds.
        cbvNode, baselineNode : vtkMRMLScalarVolumeNode, optional
            Blood volume and the head before contrast; those of the same study where not given.
        protocol : str
            Name of a threshold protocol, see ``CTPerfusionLib.lesion.protocol_names()``.
        counted : str, optional
            Whether the ``global`` or the ``local`` core counts; as the protocol says where not given.
        side : str
            ``auto``, or the affected hemisphere: ``left``, ``right`` or ``none``.
        reference : str
            What relative flow refers to: ``normal-median`` of tissue with normal Tmax, or
            ``contralateral-mean`` or ``contralateral-median`` of the unaffected hemisphere.
        age, nihss, hours : float, optional
            Years, stroke scale and hours since last seen well, for the trial criteria.

        Returns
        -------
        vtkMRMLSegmentationNode, vtkMRMLTableNode
            Segments and volumes.

        Raises
        ------
        CTPerfusionError
            If the maps cannot be used; one sentence with reason and remedy.
        """
        from CTPerfusionLib.lesion import load_protocol

        choices = LesionChoices(load_protocol(protocol), counted, side, reference, age, nihss, hours)
        given = self.mapsInput(cbfNode, tmaxNode, cbvNode, baselineNode)
        prepared = self.preparation(given, choices)(None, None)
        nodes = self.publish(cbfNode, prepared, self.analyse(prepared, choices))
        return nodes.segmentation, nodes.volumes_table

    def mapsInput(
        self, cbfNode: Any, tmaxNode: Any, cbvNode: Any = None, baselineNode: Any = None
    ) -> MapsInput:
        """Return the arrays of maps; those not named are taken from the study that the flow map belongs to.

        Raises
        ------
        ConfigurationError
            If a map is missing or lies on another grid.
        """
        from CTPerfusionLib.mrml import maps_from_nodes, related_nodes

        related = related_nodes(cbfNode)
        return maps_from_nodes(
            cbfNode,
            tmaxNode,
            cbv=cbvNode or related.maps.get("CBV"),
            baseline=baselineNode or related.baseline,
            mtt=related.maps.get("MTT"),
            delay=related.maps.get("Delay"),
        )

    def preparation(
        self, given: MapsInput, choices: LesionChoices, plane: SymmetryPlane | None = None
    ) -> Preparation:
        """Return what has to be computed once for a study; it touches no MRML and may run in any thread."""
        return lambda progress, cancel: _prepare(given, choices, plane, progress, cancel)

    def isPreparedFor(self, prepared: PreparedLesion, choices: LesionChoices) -> bool:
        """Return whether segments can be cut by some choices without preparing the study again."""
        maps = prepared.maps
        refersToSide = maps.reference.is_contralateral and choices.side != AUTOMATIC_SIDE
        return (
            choices.protocol.reference_tmax_at_most == maps.reference_tmax_at_most
            and choices.reference == maps.reference
            and (not refersToSide or choices.side == maps.reference_side)
        )

    def analyse(self, prepared: PreparedLesion, choices: LesionChoices) -> LesionAnalysis:
        """Cut the segments and measure them; fast enough for a slider.

        Raises
        ------
        ConfigurationError
            If the protocol needs a map that the study has not.
        """
        from CTPerfusionLib.lesion import segment

        return segment(prepared.maps, _protocol(prepared, choices), **_options(choices))

    def measure(
        self, prepared: PreparedLesion, analysis: LesionAnalysis, segmentationNode: Any
    ) -> LesionAnalysis:
        """Measure segments that were edited by hand after `analysis` was shown; ratio and criteria follow.

        Penumbra is hypoperfusion without core, whichever of the three was edited.
        """
        from CTPerfusionLib.lesion import measure_masks
        from CTPerfusionLib.mrml import masks_of

        given = prepared.given
        masks = masks_of(segmentationNode, given.ijk_to_ras, given.tissue.shape)
        deleted = np.zeros(given.tissue.shape, dtype=bool)
        core, penumbra, late = (masks.get(name, deleted) for name in ("core", "penumbra", "hypoperfusion"))
        before = analysis.segmentation.penumbra
        erased = before & ~penumbra & ~core
        hypoperfusion = (late | (penumbra & ~before) | core) & ~erased
        return measure_masks(analysis, core, hypoperfusion)

    def publish(self, cbfNode: Any, prepared: PreparedLesion, analysis: LesionAnalysis) -> LesionNodes:
        """Put segments, relative maps and volumes into the scene; nodes of an earlier result are updated."""
        from CTPerfusionLib.mrml import publish_lesion
        from CTPerfusionLib.pipeline import lesion_content

        content = lesion_content(analysis, prepared.given.ijk_to_ras, prepared.given.tmax_definition)
        return publish_lesion(slicer.mrmlScene, cbfNode, content)

    def computedStudy(self, cbfNode: Any) -> ComputedStudy | None:
        """Return what the flow map was computed with; None where that was not in this session."""
        from CTPerfusionLib.mrml import related_nodes

        return COMPUTED_STUDIES.of(related_nodes(cbfNode).source)

    def latestMaps(self) -> dict[str, Any] | None:
        """Return the inputs of the study that was computed last, by the fields of the parameter node."""
        from CTPerfusionLib.mrml import related_nodes

        sequence = CTPerfusionMapsLogic().getParameterNode().inputSequence
        volumes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        for node in (sequence, *reversed(volumes)):
            related = related_nodes(node)
            if "CBF" in related.maps and "Tmax" in related.maps:
                return {
                    "cbf": related.maps["CBF"],
                    "tmax": related.maps["Tmax"],
                    "cbv": related.maps.get("CBV"),
                    "baseline": related.baseline,
                }
        return None


def _prepare(
    given: MapsInput,
    choices: LesionChoices,
    plane: SymmetryPlane | None,
    progress: StageProgress | None,
    cancel: CancelSignal | None,
) -> PreparedLesion:
    from CTPerfusionLib.lesion import prepare_lesion
    from CTPerfusionLib.pipeline import Stage, StageClock

    with StageClock(progress, cancel, (Stage.LESION,)).stage(Stage.LESION) as report:
        maps = prepare_lesion(
            given.maps,
            given.tissue,
            given.baseline,
            given.ijk_to_ras,
            reference_tmax_at_most=choices.protocol.reference_tmax_at_most,
            local=given.baseline is not None,
            plane=plane,
            reference=choices.reference,
            side=_side(choices),
            on_progress=report,
        )
    return PreparedLesion(given, maps)


def _protocol(prepared: PreparedLesion, choices: LesionChoices) -> ThresholdProtocol:
    """Return the protocol as the kinetic method of these maps reads it."""
    return choices.protocol.read_by(prepared.given.flow_reading)


def _options(choices: LesionChoices) -> dict[str, Any]:
    from CTPerfusionLib.lesion import CoreNormalisation

    return {
        "side": _side(choices),
        "counted": None if choices.counted is None else CoreNormalisation(choices.counted),
        "age": choices.age,
        "nihss": choices.nihss,
        "hours": choices.hours,
    }


def _side(choices: LesionChoices) -> Side | None:
    """Return the side that the user chose; None where it is to be found."""
    from CTPerfusionLib.lesion import Side

    return None if choices.side == AUTOMATIC_SIDE else Side(choices.side)
