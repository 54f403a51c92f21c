"""The core-volume network beside the maps: its answer, and where it and the measured core disagree."""

from dataclasses import replace

from ..errors import ConfigurationError, CTPerfusionError, ProcessingError
from ..lesion import LesionAnalysis
from ..networks.core_volume import SliceOrigin
from ..quality import CoreVolumeMeasurements, assess_core_volume
from ..series import Finding, Severity
from .config import PipelineConfig
from .core_volume_judgement import ask_core_volume_network
from .stages import Stage, StageClock
from .study_maps import StudyMaps


def judge_core_volume(study: StudyMaps, config: PipelineConfig, clock: StageClock) -> StudyMaps:
    """Return a study with what the core-volume network says of it, or with a finding why it says nothing.

    Parameters
    ----------
    study : StudyMaps
        Where no network is asked, it is returned as it is.
    config : PipelineConfig
        The device; whether a model was named, which then has to work.
    clock : StageClock
        Runs the stage CORE_VOLUME where a network is asked.

    Raises
    ------
    ConfigurationError
        If a model that the configuration names cannot be used.
    """
    question = study.prepared.core_volume
    if question is None:
        return study
    if isinstance(question.given, ProcessingError):
        return _not_judged(study, question.given)
    try:
        with clock.stage(Stage.CORE_VOLUME) as report:
            answer = ask_core_volume_network(question.model, question.given, config.device, report)
    except ProcessingError as error:
        return _not_judged(study, error)
    except ConfigurationError as error:
        if config.core_volume_model is not None:
            raise
        return _not_judged(study, error)
    return replace(study, core_volume=answer)


def core_volume_findings(study: StudyMaps, lesion: LesionAnalysis) -> tuple[Finding, ...]:
    """Return the findings on what a core-volume network says, beside the core that counts."""
    if study.core_volume is None:
        return ()
    result = study.core_volume.result
    is_automatic = result.slices.chosen is SliceOrigin.AUTOMATIC
    return assess_core_volume(
        CoreVolumeMeasurements(
            measured_ml=lesion.volumes.core_ml,
            threshold_ml=result.threshold_ml,
            probability_large=result.probability_large,
            volume_ml=result.volume_ml,
            missed_mm=max(result.slices.missed_mm) if is_automatic else None,
        )
    )


def _not_judged(study: StudyMaps, error: CTPerfusionError) -> StudyMaps:
    reason = error.reason[:1].lower() + error.reason[1:]
    finding = Finding(
        "core_volume_not_judged",
        Severity.INFO,
        f"The core-volume network says nothing of this study: {reason}.",
        f"{error.remedy[:1].upper()}{error.remedy[1:]}.",
    )
    return replace(study, findings=(*study.findings, finding))
