"""All cases of a public cohort, one after the other or side by side, held against its reference maps."""

from dataclasses import dataclass
from pathlib import Path

from ..kinetics import MethodPreset, find_preset
from ..networks import find_map_method
from ..pipeline import PipelineConfig
from ..progress import StageProgress
from .patient_halves import Half, patient_digest
from .reference_case import ReferenceCohort
from .reference_cases import CohortCases, cohort_settings, find_cohort_cases, work_on_cases
from .reference_measure import CaseComparison


@dataclass(frozen=True)
class ReferenceChoices:
    """What is evaluated.

    Attributes
    ----------
    layout : str
        A key of :data:`CTPerfusionLib.io.layouts.LAYOUTS`.
    half : Half or None
        Only cases of this half; None for all.
    seed : int
        By which patients are divided.
    workers : int
        Cases side by side, each in a process on one core; 1 works here, on all cores.
    """

    layout: str
    half: Half | None = None
    seed: int = 0
    workers: int = 1


def evaluate_reference(
    folder: Path, choices: ReferenceChoices, config: PipelineConfig, progress: StageProgress
) -> ReferenceCohort:
    """Run the cases of a cohort through the pipeline and hold them against its reference maps.

    A case that lacks files, cannot be processed or is a copy of another one keeps its row, with the reason.

    Parameters
    ----------
    folder : Path
    choices : ReferenceChoices
    config : PipelineConfig
    progress : callable
        Called with a title and the fraction done; may raise to stop.

    Raises
    ------
    SeriesError
        If the folder does not follow the layout.
    ConfigurationError
        If the half that is asked for is empty, or the configuration cannot be used.
    """
    cohort = find_cohort_cases(folder, choices.layout, choices.half, choices.seed)
    preset = _preset(config)
    tuned_with = 0 if preset is None else _tuned_with(cohort, preset)
    compared = work_on_cases(CaseComparison(choices.layout, config), cohort, choices.workers, progress)
    return ReferenceCohort(
        layout=cohort.layout,
        cases=compared,
        halves=cohort.halves,
        half=choices.half,
        settings=cohort_settings(cohort, config) | _calibration(preset, tuned_with),
        tuned_with=tuned_with,
    )


def _preset(config: PipelineConfig) -> MethodPreset | None:
    is_preset = find_map_method(config.method).preset_sha256 is not None
    return find_preset(config.method) if is_preset else None


def _tuned_with(cohort: CohortCases, preset: MethodPreset) -> int:
    """Return the number of cases whose patients a preset was fitted to."""
    seen = set(preset.tuned_with)
    return sum(patient_digest(cohort.layout.name, case.patient) in seen for case, _ in cohort.work)


def _calibration(preset: MethodPreset | None, tuned_with: int) -> dict[str, str]:
    """Say what a method was fitted to, and whether that makes the numbers too good."""
    if preset is None:
        return {}
    warning = (
        f"it was fitted to {tuned_with} of these cases, so these numbers are too good; take the other half"
        if tuned_with
        else "it was fitted to none of these cases"
    )
    return {"calibration of the method": f"{preset.source}; {warning}"}
