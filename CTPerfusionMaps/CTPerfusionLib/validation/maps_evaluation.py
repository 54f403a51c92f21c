"""The evaluation of networks that predict perfusion maps: all patients, models, methods and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..networks import MAP_TARGETS, InputSettings
from ..progress import ProgressCallback, ignore_progress
from ..training.datasets import STACK_SCALE, PatientMaps
from .maps_case import USUAL, MapCase, Maps, Part, Rating
from .maps_examples import REFERENCE, ExampleChoice, density, example_slice
from .maps_frames import FRAME_COUNTS, frames_condition, thinning_matrix
from .maps_models import ModelSet, predict_patient
from .maps_patient import LesionComparison, ReferencePatient, lesion_result, score_maps
from .maps_readers import READERS, LesionReading
from .maps_result import MapEvaluation
from .maps_score import FloatImage
from .maps_studied import StudiedPatient

_BASELINE_SECONDS = 2.0
"""From the start of a record, in which no bolus has arrived."""


@dataclass(frozen=True)
class EvaluationChoices:
    """What is evaluated besides the data as they are.

    Attributes
    ----------
    frames : bool
        Whether networks are shown fewer frames as well.
    seen_too : bool
        Whether patients that a model was trained or chosen with are evaluated too, in the table of folds.
    device : str
    """

    frames: bool = True
    seen_too: bool = False
    device: str = "auto"


def evaluate_maps(
    studied: Callable[[ProgressCallback], Iterator[StudiedPatient]],
    models: Sequence[ModelSet],
    choices: EvaluationChoices,
    settings: Mapping[str, str],
    on_progress: ProgressCallback = ignore_progress,
) -> MapEvaluation:
    """Evaluate models on patients, one after the other.

    Parameters
    ----------
    studied : callable
        Takes a progress callback and gives the patients.
    models : sequence of ModelSet
        At least one; all take their input in the same way.
    choices : EvaluationChoices
    settings : mapping of str to str
        For the head of the tables.
    on_progress : callable
    """
    collector = _Collector(tuple(models), choices)
    for patient in studied(on_progress):
        if patient.patient is None:
            collector.fail(patient)
        else:
            collector.take(patient, patient.patient)
    on_progress(1.0)
    return collector.result(settings)


@dataclass(frozen=True, eq=False)
class _Subject:
    """One patient under one condition, with what maps of it are held against."""

    studied: StudiedPatient
    patient: PatientMaps
    reading: LesionComparison

    @property
    def reference(self) -> ReferencePatient:
        return self.reading.reference

    def case(
        self,
        method: str,
        part: Part,
        maps: Mapping[str, FloatImage],
        drawn: Mapping[Rating, LesionReading] | None,
    ) -> MapCase:
        """Return what is measured of the maps of a method, and of the lesions that readers drew on them."""
        return MapCase(
            patient=self.studied.name,
            method=method,
            part=part,
            condition=self.studied.condition,
            refusal=self.studied.refusal,
            scores=score_maps(maps, self.reference),
            lesions=None if drawn is None else lesion_result(drawn, self.reference.ijk_to_ras),
            groups=self.patient.groups,
        )


class _Collector:
    """Gathers what is measured of patients as they go by."""

    def __init__(self, models: tuple[ModelSet, ...], choices: EvaluationChoices) -> None:
        self._models = models
        self._choices = choices
        self._input = models[0].members[0].model.card.input
        self._cases: list[MapCase] = []
        self._examples = ExampleChoice()
        self._densities: dict[str, NDArray[np.int64]] = {}

    def fail(self, studied: StudiedPatient) -> None:
        """Note that the data of a patient cannot be used."""
        for models in self._models:
            part = models.part_of(studied.name)
            self._cases.append(
                MapCase(studied.name, models.name, part, studied.condition, failure=studied.failure)
            )

    def take(self, studied: StudiedPatient, patient: PatientMaps) -> None:
        """Evaluate all models and the other methods on one patient under one condition."""
        subject = _Subject(studied, patient, LesionComparison(reference_patient(patient, self._input)))
        shown = studied.condition != USUAL
        for models in self._models:
            part = models.part_of(studied.name)
            if not part.is_held_out and not self._choices.seen_too:
                continue
            maps = predict_patient(models, patient, self._choices.device)
            drawn = subject.reading.draw(maps)
            case = subject.case(models.name, part, maps, drawn)
            self._cases.append(case)
            if self._choices.frames and part.is_held_out and studied.condition == USUAL:
                self._cases += self._with_fewer_frames(models, part, subject)
            if part.is_held_out and not shown:
                shown = True
                self._show(subject, case, maps, drawn or {})
        for name, other in studied.others.items():
            self._cases.append(subject.case(name, Part.NEW, other, subject.reading.draw(other)))

    def result(self, settings: Mapping[str, str]) -> MapEvaluation:
        """Return all that was gathered."""
        models = tuple(each.name for each in self._models)
        methods = dict.fromkeys((*models, *(case.method for case in self._cases)))
        targets = {name for case in self._cases for name in case.scores}
        return MapEvaluation(
            cases=tuple(self._cases),
            target_names=tuple(name for name in MAP_TARGETS if name in targets),
            methods=tuple(methods),
            model_names=models,
            settings=settings,
            examples=tuple(self._examples.first),
            worst=self._examples.worst,
            densities=self._densities,
        )

    def _with_fewer_frames(self, models: ModelSet, part: Part, subject: _Subject) -> list[MapCase]:
        patient = subject.patient
        n_frames = patient.stack.shape[1]
        cases = []
        for count in (each for each in FRAME_COUNTS if each <= n_frames):
            resampling = thinning_matrix(n_frames, count)
            maps = predict_patient(models, patient, self._choices.device, resampling=resampling)
            scores = score_maps(maps, subject.reference)
            cases.append(
                MapCase(subject.studied.name, models.name, part, frames_condition(count), scores=scores)
            )
        return cases

    def _show(
        self,
        subject: _Subject,
        case: MapCase,
        predicted: Mapping[str, FloatImage],
        drawn: Mapping[Rating, LesionReading],
    ) -> None:
        """Offer a slice to the figures, and count predicted values against those of the reference."""
        reference = subject.reference
        methods = {case.method: predicted, **subject.studied.others}
        maps = {
            name: {REFERENCE: reference.maps[name]} | {method: each[name] for method, each in methods.items()}
            for name in case.scores
        }
        outlines = {
            case.method if rating.maps is Maps.PREDICTED else REFERENCE: reading
            for rating, reading in drawn.items()
            if rating.reader == next(iter(READERS))
        }
        self._examples.offer(example_slice(case.patient, maps, reference, outlines), case)
        for name in case.scores:
            counts = density(name, predicted[name], reference.maps[name], reference.tissue)
            self._densities[name] = self._densities.get(name, np.zeros_like(counts)) + counts


def reference_patient(patient: PatientMaps, settings: InputSettings) -> ReferencePatient:
    """Return what maps of a patient are held against.

    Parameters
    ----------
    patient : PatientMaps
    settings : InputSettings
        With which its stack was prepared: the baseline image is the mean of the first 2 s, as far as the
        window shows it.
    """
    n_baseline = max(int(_BASELINE_SECONDS / settings.interval), 1)
    share = patient.stack[:, :n_baseline].mean(axis=1, dtype=np.float64)
    if patient.stack.dtype == np.uint16:
        share /= STACK_SCALE
    low, high = settings.window
    return ReferencePatient(
        maps={name: patient.target(name) for name in patient.target_names},
        tissue=patient.tissue,
        baseline=(low + share * (high - low)).astype(np.float32),
        ijk_to_ras=patient.ijk_to_ras,
    )
