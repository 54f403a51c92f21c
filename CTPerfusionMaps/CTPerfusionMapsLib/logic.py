"""What the module does, without a window: series in, maps out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from .parameters import CTPerfusionMapsParameterNode
from .studies import COMPUTED_STUDIES, ComputedStudy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from CTPerfusionLib.mrml import StudyNodes
    from CTPerfusionLib.pipeline import PipelineConfig, PreparedSeries, StageClock, VoxelProbe
    from CTPerfusionLib.progress import CancelSignal, StageProgress
    from CTPerfusionLib.series import PerfusionSeries

    Computation = Callable[[StageProgress | None, CancelSignal | None], ComputedStudy]

TITLE = "CT Perfusion Maps"
"""Name of the module for the reader; not translated where it asks for Python packages."""

_DECIDE_PREPARATION = ("registration", "applied_filter", "device", "frame_interval", "times", "seed")
"""Choices after whose change nothing of an earlier run can be used again."""

_DECIDE_VESSELS = ("aif", "vof", "arterial_input")
"""Choices after whose change the vessels have to be found or measured again."""

_DECIDE_CORE_VOLUME = ("core_volume_model", "core_volume_slices")
"""Choices after whose change the core-volume network is shown something else."""


class CTPerfusionMapsLogic(ScriptedLoadableModuleLogic):
    """Computes perfusion maps of sequence nodes; usable from Slicer's Python console.

    Examples
    --------
    >>> from CTPerfusionMaps import CTPerfusionMapsLogic
    >>> logic = CTPerfusionMapsLogic()
    >>> sequence = logic.loadStudy("/data/patient/CTP")
    >>> maps = logic.computeMaps(sequence, method="bayes")
    >>> maps["CBF"].GetName()
    'CBF'
    """

    def getParameterNode(self) -> CTPerfusionMapsParameterNode:
        """Return the parameter node of the scene, wrapped anew.

        A wrapper keeps the values that it has read, among them references to nodes that a scene file brought
        only later; so a wrapper must not outlive the loading of a scene.
        """
        return CTPerfusionMapsParameterNode(super().getParameterNode())  # type: ignore[call-arg] # by the decorator

    # In

    def loadStudy(self, path: Path | str, frameInterval: float | None = None) -> Any:
        """Load a study from disk into the scene.

        Parameters
        ----------
        path : path
            DICOM folder, 4D NIfTI or folder with one, or ``.seq.nrrd``.
        frameInterval : float, optional
            Seconds between frames, for series that carry no times.

        Returns
        -------
        vtkMRMLSequenceNode
            Indexed by time in seconds.

        Raises
        ------
        SeriesError
            If there is no CT perfusion series that can be loaded.
        """
        from CTPerfusionLib.io import load_series

        series = load_series(Path(path), frame_interval=frameInterval)
        return self.addSeries(series, Path(path).name)

    def addSeries(self, series: PerfusionSeries, name: str) -> Any:
        """Add a series to the scene and return its vtkMRMLSequenceNode."""
        from CTPerfusionLib.mrml import add_sequence

        return add_sequence(slicer.mrmlScene, series, name).sequence

    def seriesOf(self, sequenceNode: Any, frameInterval: float | None = None) -> PerfusionSeries:
        """Return the series that a sequence node holds.

        Raises
        ------
        SeriesError
            If it is no CT perfusion series, or its times are not known and no interval is given.
        """
        from CTPerfusionLib.mrml import series_from_sequence

        return series_from_sequence(sequenceNode, frame_interval=frameInterval)

    # Through

    def computeMaps(
        self, sequenceNode: Any, method: str = "bayes", model: str | None = None, **choices: Any
    ) -> dict[str, Any]:
        """Compute the perfusion maps of a sequence and put them into the scene.

        Parameters
        ----------
        sequenceNode : vtkMRMLSequenceNode
        method : str
            A name among ``CTPerfusionLib.networks.available_map_methods()``.
        model : str, optional
            For the method ``unet``: name of an installed network or path of its weights; by default the one
            that comes with the extension.
        **choices
            Any other field of ``CTPerfusionLib.pipeline.PipelineConfig``, such as ``frame_interval`` in
            seconds for a sequence whose index is not a time.

        Returns
        -------
        dict of str to vtkMRMLScalarVolumeNode
            By the names of the maps: CBF, CBV, MTT and what else the method gives.

        Raises
        ------
        CTPerfusionError
            If the series cannot be processed; one sentence with reason and remedy.
        """
        from CTPerfusionLib.pipeline import PipelineConfig

        compute = self.computation(sequenceNode, PipelineConfig(method=method, model=model, **choices))
        return dict(self.publish(sequenceNode, compute(None, None)).maps)

    def computation(self, sequenceNode: Any, config: PipelineConfig) -> Computation:
        """Return the computation of the maps, which touches no MRML and may run in any thread.

        What an earlier run of the same series prepared in the same way is used again.

        Raises
        ------
        SeriesError
            If the node holds no CT perfusion series.
        """
        earlier = self.study(sequenceNode)
        if (
            earlier is not None
            and _agree(earlier.config, config, _DECIDE_PREPARATION)
            and _liesAsBefore(sequenceNode, earlier)
        ):
            return lambda progress, cancel: _computeAgain(earlier, config, progress, cancel)
        COMPUTED_STUDIES.forget()  # its memory is needed now
        series = self.seriesOf(sequenceNode, config.frame_interval)
        return lambda progress, cancel: _compute(series, config, progress, cancel)

    def study(self, sequenceNode: Any) -> ComputedStudy | None:
        """Return what was computed last of a sequence, None where nothing was."""
        return COMPUTED_STUDIES.of(sequenceNode)

    def forget(self) -> None:
        """Drop what was computed, as when the scene is closed."""
        COMPUTED_STUDIES.forget()

    # Out

    def publish(
        self, sequenceNode: Any, study: ComputedStudy, hidden: frozenset[str] = frozenset()
    ) -> StudyNodes:
        """Put the results of a sequence into the scene; nodes of an earlier run are updated.

        Parameters
        ----------
        sequenceNode : vtkMRMLSequenceNode
        study : ComputedStudy
        hidden : frozenset of str
            Names of maps that the scene does not need.
        """
        from CTPerfusionLib.mrml import publish_study
        from CTPerfusionLib.pipeline import study_content

        content = study_content(study.maps)
        shown = {name: values for name, values in content.maps.items() if name not in hidden}
        nodes = publish_study(slicer.mrmlScene, replace(content, maps=shown), sequenceNode)
        COMPUTED_STUDIES.keep(sequenceNode, study)
        return nodes

    def probe(self, sequenceNode: Any, ras: Sequence[float]) -> VoxelProbe | None:
        """Return what was measured and fitted at a place in RAS mm; None outside or before a run."""
        from CTPerfusionLib.pipeline import probe_voxel

        study = self.study(sequenceNode)
        if study is None:
            return None
        series = study.maps.prepared.series
        voxel = _voxelAt(ras, series.ijk_to_ras)
        slices, rows, columns = series.shape
        if not all(0 <= index < size for index, size in zip(voxel, (columns, rows, slices), strict=True)):
            return None
        return probe_voxel(study.maps, voxel)


def _liesAsBefore(sequenceNode: Any, earlier: ComputedStudy) -> bool:
    """Return whether no transform has moved the series since."""
    import numpy as np

    from CTPerfusionLib.mrml import grid_of_sequence

    ijkToRas, _shape = grid_of_sequence(sequenceNode)
    return bool(np.allclose(ijkToRas, earlier.maps.prepared.series.ijk_to_ras))


def _agree(first: PipelineConfig, second: PipelineConfig, names: tuple[str, ...]) -> bool:
    return all(getattr(first, name) == getattr(second, name) for name in names)


def _compute(
    series: PerfusionSeries,
    config: PipelineConfig,
    progress: StageProgress | None,
    cancel: CancelSignal | None,
) -> ComputedStudy:
    from CTPerfusionLib.pipeline import (
        PREPARATION_STAGES,
        Stage,
        StageClock,
        prepare_series,
        refuse_core_volume_choices,
        refuse_unsuited,
    )

    refuse_unsuited(config, series)
    refuse_core_volume_choices(config, series)
    clock = StageClock(progress, cancel, (*PREPARATION_STAGES, Stage.MAPS, Stage.CORE_VOLUME))
    # The registered frames are kept for vessels that the user moves.
    prepared = prepare_series(series, config, clock, keep_registered=True)
    return _computeMaps(prepared, config, clock)


def _computeAgain(
    earlier: ComputedStudy,
    config: PipelineConfig,
    progress: StageProgress | None,
    cancel: CancelSignal | None,
) -> ComputedStudy:
    from CTPerfusionLib.pipeline import Stage, StageClock, with_core_volume, with_vessels

    clock = StageClock(progress, cancel, (Stage.VESSELS, Stage.MAPS, Stage.CORE_VOLUME))
    prepared = earlier.maps.prepared
    if not _agree(earlier.config, config, _DECIDE_VESSELS):
        prepared = with_vessels(prepared, config, clock)
    if not _agree(earlier.config, config, _DECIDE_CORE_VOLUME):
        prepared = with_core_volume(prepared, config)
    return _computeMaps(prepared, config, clock)


def _computeMaps(prepared: PreparedSeries, config: PipelineConfig, clock: StageClock) -> ComputedStudy:
    """Return the maps of a prepared series, with what the core-volume network says."""
    from CTPerfusionLib.pipeline import compute_study_maps, judge_core_volume

    return ComputedStudy(
        judge_core_volume(compute_study_maps(prepared, config, clock), config, clock), config
    )


def _voxelAt(ras: Sequence[float], ijkToRas: NDArray[np.float64]) -> tuple[int, int, int]:
    import numpy as np

    column, row, index = np.round(np.linalg.solve(ijkToRas, [*ras, 1.0])[:3]).astype(int)
    return int(column), int(row), int(index)
