"""The chain from a loaded series to core and penumbra."""

from dataclasses import dataclass

import numpy as np

from ..lesion import LesionAnalysis, analyse_lesion, load_protocol
from ..series import PerfusionSeries
from .config import PipelineConfig
from .core_volume import core_volume_findings, judge_core_volume
from .preparation import PreparedSeries, prepare_series
from .stages import Stage, StageClock
from .study_maps import StudyMaps, compute_study_maps


@dataclass(frozen=True, eq=False)
class StudyAnalysis(StudyMaps):
    """Everything that was computed from one series: its maps and the lesion in them.

    Attributes
    ----------
    lesion : LesionAnalysis
        Its findings stand among those of the study.
    """

    lesion: LesionAnalysis


def analyse_series(series: PerfusionSeries, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Compute maps, core and penumbra: :func:`prepare_series`, then :func:`analyse_prepared`."""
    prepared = prepare_series(series, config, clock, keep_registered=config.registered is not None)
    return analyse_prepared(prepared, config, clock)


def analyse_prepared(prepared: PreparedSeries, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Compute maps, core and penumbra.

    :func:`compute_study_maps`, :func:`judge_core_volume`, then :func:`analyse_maps`.

    The method, the protocol and the rest of what follows are those of `config`; vessels and filter are as
    prepared.
    """
    study = judge_core_volume(compute_study_maps(prepared, config, clock), config, clock)
    return analyse_maps(study, config, clock)


def analyse_maps(study: StudyMaps, config: PipelineConfig, clock: StageClock) -> StudyAnalysis:
    """Find core and penumbra in the maps of a study.

    Parameters
    ----------
    study : StudyMaps
    config : PipelineConfig
        Protocol, normalisation with its reference and blur, and what the trial criteria need.
    clock : StageClock
        Runs the stage LESION.

    Raises
    ------
    ProcessingError
        If there is no normal tissue to refer to.
    ConfigurationError
        If the protocol does not exist.
    """
    prepared = study.prepared
    protocol = load_protocol(config.protocol).read_by(study.flow_reading)
    with clock.stage(Stage.LESION) as report:
        # Where a curve tells nothing there is nothing to analyse: neither dead tissue nor a late hemisphere.
        tissue = prepared.masks.tissue & np.isfinite(study.maps.maps["CBF"])
        lesion = analyse_lesion(
            study.maps.maps, tissue, prepared.baseline.image, prepared.enhancement.ijk_to_ras,
            protocol=protocol, normalisation=config.normalisation,
            reference=config.reference, blur=config.local_blur,
            age=config.age, nihss=config.nihss, hours=config.hours, on_progress=report,
        )  # fmt: skip
    return with_lesion(study, lesion)


def with_lesion(study: StudyMaps, lesion: LesionAnalysis) -> StudyAnalysis:
    """Return a study together with the lesion that was found in its maps.

    Where a core-volume network and the measured core disagree, a finding says so.
    """
    return StudyAnalysis(
        prepared=study.prepared,
        tissue_curve=study.tissue_curve,
        maps=study.maps,
        residue=study.residue,
        findings=study.findings + lesion.findings + core_volume_findings(study, lesion),
        flow_reading=study.flow_reading,
        model=study.model,
        core_volume=study.core_volume,
        lesion=lesion,
    )
