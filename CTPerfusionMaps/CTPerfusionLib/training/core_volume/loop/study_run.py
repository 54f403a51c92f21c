"""The folds of a cross-validation one after the other, and the ensemble of their networks."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ....devices import resolve_device
from ....networks.core_volume import OUTPUTS, build_core_volume_network, save_core_volume_model
from ....networks.core_volume.architecture import assemble_network
from ....networks.core_volume.modules.core_volume_network import CoreVolumeNetwork
from ...datasets import Split
from ...folder import CURVE, METRICS, TrainingFolder
from ...loop.quiet import quiet_and_repeatable
from ...maps import MODEL
from ..cohort import Cohort
from ..course import CoreCourse
from ..fold_files import write_epochs, write_fold_files
from ..learning_curve import write_core_learning_curve
from ..model_cards import described_ensemble
from ..result import TEST, VALIDATION, CoreFold, CorePrediction, CoreVolumeStudy
from ..settings import CoreVolumeTraining
from ..stages import Stages
from ..study import fold_folder
from .feeds import Feed, StackFeed, VariantFeed
from .fold_run import FoldPlaces, FoldRun
from .kept_variants import kept_variants

_WEIGHTS_STREAM = 5
"""Keeps the random numbers of the first weights apart from the others."""


class StudyRun:
    """A cross-validation.

    Parameters
    ----------
    cohort : Cohort
    divisions : tuple of Split
        One for each fold.
    settings : CoreVolumeTraining
    output : Path
    encoder_weights : Path or None
        File of weights of an encoder that is not trained.
    variants : Path
        Folder for what training leaves as it is of variants that are kept.
    stages : Stages
    """

    def __init__(
        self,
        cohort: Cohort,
        divisions: tuple[Split, ...],
        settings: CoreVolumeTraining,
        output: Path,
        encoder_weights: Path | None,
        variants: Path,
        stages: Stages,
    ) -> None:
        self._cohort = cohort
        self._divisions = divisions
        self._settings = settings
        self._output = output
        self._encoder_weights = encoder_weights
        self._variants = variants
        self._stages = stages
        self._device = resolve_device(settings.device).torch_device or torch.device("cpu")

    def train(self, *, resume: bool) -> CoreVolumeStudy:
        """Train the folds that are left and write the ensemble and its tables."""
        with quiet_and_repeatable():
            torch.use_deterministic_algorithms(mode=True, warn_only=True)
            first = self._first_network()
            for number in self._numbers:
                self._folder(number).check(
                    self._record(first, number), self._cohort.source, self._split(number), resume=resume
                )
            feed = self._feed(first)
            folds, networks = [], []
            for number in self._numbers:
                network = self._network(number, first)
                folds.append(self._fold(network, feed, number, resume=resume))
                networks.append(network)
        return self._written(tuple(folds), [network.cpu() for network in networks])

    @property
    def _numbers(self) -> range:
        return range(1, len(self._divisions) + 1)

    def _split(self, number: int) -> Split:
        return self._divisions[number - 1]

    def _folder(self, number: int) -> TrainingFolder:
        return TrainingFolder(fold_folder(self._output, number))

    def _first_network(self) -> CoreVolumeNetwork:
        """Return a network that lends its encoder to those of all folds where it is not trained."""
        self._seed_weights(0)
        network = build_core_volume_network(
            self._settings.architecture, encoder_weights=self._encoder_weights
        )
        return network.to(self._device)

    def _network(self, number: int, first: CoreVolumeNetwork) -> CoreVolumeNetwork:
        """Return the network of a fold with its first weights."""
        self._seed_weights(number)
        encoder = first.encoder if first.has_frozen_encoder else None
        network = assemble_network(self._settings.architecture, encoder)
        network.encoder_weights = first.encoder_weights
        return network.to(self._device)

    def _seed_weights(self, number: int) -> None:
        seed = np.random.default_rng([self._settings.seed, _WEIGHTS_STREAM, number])
        torch.manual_seed(int(seed.integers(2**62)))

    def _record(self, network: CoreVolumeNetwork, number: int) -> dict[str, Any]:
        """Return what defines the weights of a fold."""
        return {
            **self._settings.as_json(),
            "fold": number,
            "folds": len(self._divisions),
            "cohort": self._cohort.digest,
            "threshold_ml": self._cohort.labels.threshold_ml,
            "standardisation": self._cohort.standardisation.as_json(),
            "input": self._cohort.input.as_json(),
            "encoder_weights": network.encoder_weights.as_json(),
        }

    def _feed(self, network: CoreVolumeNetwork) -> Feed:
        if self._settings.n_augmentations is None:
            return StackFeed(self._cohort, self._settings, self._device)
        variants = kept_variants(
            self._cohort, self._settings, network, self._variants, self._device, self._stages.varying
        )
        return VariantFeed(self._cohort, self._settings, variants, self._device)

    def _fold(self, network: CoreVolumeNetwork, feed: Feed, number: int, *, resume: bool) -> CoreFold:
        """Train a fold, or take the weights and the result of one that is finished."""
        folder = self._folder(number)
        folder.begin(self._record(network, number), self._cohort.source, self._split(number))
        places = self._places(number)

        def keep(course: CoreCourse) -> None:
            write_epochs(folder.path / METRICS, course.epochs)

        run = FoldRun(
            network, feed, self._cohort, places, self._settings, folder.path, self._device,
            on_epoch=keep, on_progress=self._stages.fold(number, len(self._divisions)),
        )  # fmt: skip
        course = run.train(resume=resume)
        if folder.result is None:
            keep(course)
            predictions = self._predictions(run, places)
            folder.finish(CoreFold(number, course.epochs, course.best_epoch, predictions).as_json())
        record: Any = folder.result
        return CoreFold.from_json(record)

    def _places(self, number: int) -> FoldPlaces:
        places = {patient: place for place, patient in enumerate(self._cohort.names)}
        parts = {
            part: tuple(places[patient] for patient in patients)
            for part, patients in self._split(number).parts.items()
        }
        return FoldPlaces(number, **parts)

    def _predictions(self, run: FoldRun, fold: FoldPlaces) -> tuple[CorePrediction, ...]:
        labels = self._cohort.labels
        predictions = []
        for part, places in ((VALIDATION, fold.validation), (TEST, fold.test)):
            for place, score in zip(places, run.scores(places), strict=True):
                patient = self._cohort.patients[place]
                predictions.append(
                    CorePrediction(
                        patient.patient, part, labels.volumes_ml[place], labels.large[place], score,
                        patient.groups,
                    )
                )  # fmt: skip
        return tuple(predictions)

    def _written(self, folds: tuple[CoreFold, ...], networks: list[CoreVolumeNetwork]) -> CoreVolumeStudy:
        study = CoreVolumeStudy(
            folder=self._output,
            model=self._output / f"{MODEL}.safetensors",
            threshold_ml=self._cohort.labels.threshold_ml,
            gives_volume=OUTPUTS[self._settings.architecture.output].is_volume,
            folds=folds,
        )
        write_fold_files(study)
        write_core_learning_curve(self._output / CURVE, study)
        card = described_ensemble(
            study, self._cohort, self._divisions, self._settings, networks[0].encoder_weights
        )
        save_core_volume_model(self._output, networks, card)
        return study
