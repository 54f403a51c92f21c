"""The evaluation of core-volume networks: folds as they were recorded, and patients that no network knows."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import ConfigurationError, CTPerfusionError
from ..networks.core_volume import member_answers
from ..progress import ProgressCallback, ignore_progress
from ..training.core_volume.datasets import CorePatient, CorePatientSource
from ..training.datasets import DatasetError
from .core_volume_case import Cohort, CoreVolumeCase, CoreVolumeEvaluation, LeftOutPatient
from .core_volume_models import TrainedStudy, study_facts


def evaluate_core_volume(
    trained: Sequence[TrainedStudy],
    sources: Mapping[Cohort, CorePatientSource],
    device: str = "auto",
    on_progress: ProgressCallback = ignore_progress,
) -> CoreVolumeEvaluation:
    """Evaluate networks on their folds, and on the patients of other data sets.

    Patients who were in any of the trainings, have no core volume or cannot be used are left out and named.

    Parameters
    ----------
    trained : sequence of TrainedStudy
        At least one; all take their input in the same way.
    sources : mapping of Cohort to CorePatientSource
        Held-out and external patients, prepared as the networks take them; may be empty.
    device : str
        Where the networks compute.
    on_progress : callable
        May raise to stop.

    Raises
    ------
    DatasetError
        If no patient of a data set is left, or all cores are large or all small.
    ConfigurationError
        If a data set is prepared otherwise, or the device does not exist.
    """
    for cohort, source in sources.items():
        _require_input(trained[0], cohort, source)
    cases = [case for each in trained for case in each.fold_cases()]
    left_out: list[LeftOutPatient] = []
    n_patients = sum(len(source.patients) for source in sources.values())
    done = 0
    for cohort, source in sources.items():
        seen = _CohortRun(trained, cohort, source, device)
        for patient in source.patients:
            seen.take(patient)
            done += 1
            on_progress(done / n_patients)
        seen.require_cases()
        cases += seen.cases
        left_out += seen.left_out
    on_progress(1.0)
    facts = study_facts(trained)
    facts |= {str(cohort): _source_fact(source) for cohort, source in sources.items()}
    return CoreVolumeEvaluation(
        studies=tuple(each.study for each in trained),
        cases=tuple(cases),
        settings={**facts, "device": device},
        left_out=tuple(left_out),
    )


class _CohortRun:
    """The patients of one data set as they go by."""

    def __init__(
        self, trained: Sequence[TrainedStudy], cohort: Cohort, source: CorePatientSource, device: str
    ) -> None:
        self._trained = trained
        self._cohort = cohort
        self._source = source
        self._device = device
        self.cases: list[CoreVolumeCase] = []
        self.left_out = [LeftOutPatient(cohort, name, reason) for name, reason in source.skipped.items()]

    def take(self, name: str) -> None:
        """Let all networks see a patient, or note why not."""
        known = [each.study.name for each in self._trained if name in each.known]
        if known:
            self._leave_out(name, f"A patient of this name was in the training of: {', '.join(known)}")
            return
        try:
            patient = self._source.load(name)
        except ConfigurationError:
            raise
        except CTPerfusionError as error:
            self._leave_out(name, error.reason)
            return
        if patient.core_ml is None:
            self._leave_out(name, "The core volume is not known")
            return
        self.cases += [self._case(each, patient, patient.core_ml) for each in self._trained]

    def require_cases(self) -> None:
        """Refuse a data set of which nothing can be said.

        Raises
        ------
        DatasetError
            If no patient is left, or a network is to tell cores apart that are all large or all small.
        """
        if not self.cases:
            first = next(iter(self.left_out), None)
            example = f", such as {first.patient} ({first.reason})" if first else ""
            raise DatasetError(
                f"None of the {self._cohort} ({self._source.name}) can be evaluated{example}",
                "give patients with a core volume whom the networks do not know",
            )
        for each in self._trained:
            large = {case.is_large for case in self.cases if case.study == each.study.name}
            if len(large) < 2 and not each.study.gives_volume:
                side = "at least" if large == {True} else "below"
                raise DatasetError(
                    f"All labels are equal: the cores of all {self._cohort} ({self._source.name}) are {side} "
                    f"{each.study.threshold_ml:.3g} mL",
                    "give patients with small and with large cores",
                )

    def _case(self, trained: TrainedStudy, patient: CorePatient, core_ml: float) -> CoreVolumeCase:
        # A copy: torch takes no arrays that only can be read, as those of a cache.
        stacks = np.array(patient.hounsfield[None], dtype=np.float32)
        answers = member_answers(trained.model, stacks, self._device)[:, 0]
        return CoreVolumeCase(
            study=trained.study.name,
            cohort=self._cohort,
            patient=patient.patient,
            core_ml=core_ml,
            is_large=bool(core_ml >= trained.study.threshold_ml),
            values=dict(zip(trained.study.folds, map(float, answers), strict=True)),
            groups=patient.groups,
        )

    def _leave_out(self, name: str, reason: str) -> None:
        self.left_out.append(LeftOutPatient(self._cohort, name, reason))


def _source_fact(source: CorePatientSource) -> str:
    """Return a data set with what was chosen or assumed about it, for the head of the tables."""
    recipe = source.recipe
    facts = [source.name, f"{len(source.patients)} patients"]
    for name, many in (("scanners", "scanned by"), ("sizes", "of the size")):
        if recipe.get(name):
            facts.append(f"{many} {', '.join(map(str, recipe[name]))}")
    if recipe.get("frame_interval"):
        facts.append(f"frames taken to be {recipe['frame_interval']:g} s apart")
    return ", ".join(facts)


def _require_input(trained: TrainedStudy, cohort: Cohort, source: CorePatientSource) -> None:
    if source.settings != trained.model.card.input:
        raise ConfigurationError(
            f"The data set {source.name} ({cohort}) was prepared for another input than the networks'",
            "prepare it with the settings of the training",
        )
