"""Trainings of core-volume networks as an evaluation takes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from ..errors import ConfigurationError
from ..networks.core_volume import (
    ENCODERS,
    OUTPUTS,
    CoreVolumeInputSettings,
    CoreVolumeModel,
    load_core_volume_model,
)
from ..training.core_volume.result import TEST, VALIDATION, CoreFold
from ..training.core_volume.study import fold_folder, read_core_volume_study
from ..training.datasets import read_split
from ..training.folder import SPLIT
from .core_volume_case import Cohort, CoreStudy, CoreVolumeCase, FoldTraining
from .core_volume_published import ABLATION_COLUMNS

_PARTS: Mapping[str, Cohort] = MappingProxyType({VALIDATION: Cohort.VALIDATION, TEST: Cohort.TEST})
"""Of the training's record."""


@dataclass(frozen=True, eq=False)
class TrainedStudy:
    """The networks of a cross-validation, and what they said of its patients.

    Attributes
    ----------
    study : CoreStudy
    model : CoreVolumeModel
        Its networks are in the order of the folds.
    folds : tuple of CoreFold
    known : frozenset of str
        All patients of the cross-validation; each was seen by some of its networks.
    """

    study: CoreStudy
    model: CoreVolumeModel
    folds: tuple[CoreFold, ...]
    known: frozenset[str]

    def fold_cases(self) -> list[CoreVolumeCase]:
        """Return the validation and test patients of all folds, as the training recorded them."""
        return [
            CoreVolumeCase(
                study=self.study.name,
                cohort=_PARTS[each.part],
                patient=each.patient,
                core_ml=each.core_ml,
                is_large=each.is_large,
                values={fold.number: each.score},
                groups=each.groups,
            )
            for fold in self.folds
            for each in fold.predictions
        ]


def load_studies(folders: Sequence[Path]) -> tuple[TrainedStudy, ...]:
    """Load trainings by their folders.

    Each is named for its network, as the paper does, and by its folder too where two have the same network.

    Parameters
    ----------
    folders : sequence of Path
        At least one.

    Raises
    ------
    ConfigurationError
        If a folder holds no finished training, is given twice, a file is damaged, or the networks take their
        input in different ways.
    DatasetError
        If the division of a fold cannot be read.
    """
    resolved = [folder.resolve() for folder in folders]
    if len(set(resolved)) < len(resolved):
        raise ConfigurationError("A training is named twice", "name each folder once")
    trained = [_load(folder) for folder in resolved]
    _require_same_input(trained)
    titles = [each.study.name for each in trained]
    return tuple(
        each if titles.count(each.study.name) == 1 else _renamed(each, f"{each.study.name}, {folder.name}")
        for each, folder in zip(trained, resolved, strict=True)
    )


def study_facts(trained: Iterable[TrainedStudy]) -> dict[str, str]:
    """Return each training in a sentence, for the head of the tables."""
    return {each.study.name: _fact(each.model) for each in trained}


def input_settings(trained: Sequence[TrainedStudy]) -> CoreVolumeInputSettings:
    """Return how the input of all networks is prepared."""
    return trained[0].model.card.input


def _load(folder: Path) -> TrainedStudy:
    found = read_core_volume_study(folder)
    model = load_core_volume_model(found.model)
    parts = model.card.architecture
    title = ABLATION_COLUMNS[parts.pathways]
    splits = [read_split(fold_folder(folder, fold.number) / SPLIT) for fold in found.folds]
    return TrainedStudy(
        study=CoreStudy(
            name=f"volume, {title}" if OUTPUTS[parts.output].is_volume else title,
            pathways=parts.pathways,
            output=parts.output,
            threshold_ml=found.threshold_ml,
            folds=tuple(fold.number for fold in found.folds),
            training=tuple(
                FoldTraining(len(fold.epochs), fold.best_epoch, sum(epoch.seconds for epoch in fold.epochs))
                for fold in found.folds
            ),
        ),
        model=model,
        folds=found.folds,
        known=frozenset(patient for split in splits for patient in split.patients),
    )


def _renamed(trained: TrainedStudy, name: str) -> TrainedStudy:
    return replace(trained, study=replace(trained.study, name=name))


def _require_same_input(trained: Sequence[TrainedStudy]) -> None:
    first, *others = trained
    for other in others:
        if other.model.card.input != first.model.card.input:
            raise ConfigurationError(
                f"The networks of '{first.study.name}' and '{other.study.name}' take their input in "
                "different ways",
                "evaluate them one after the other",
            )


def _fact(model: CoreVolumeModel) -> str:
    card = model.card
    encoder = f"encoder {ENCODERS[card.architecture.encoder].name}"
    if card.encoder_weights.is_random:
        encoder += " with random weights, never trained"
    data = f"trained on {card.data['source']}" if "source" in card.data else ""
    parts = (
        f"{card.n_members} networks", encoder, f"large from {card.threshold_ml:.1f} mL on", data,
        f"SHA-256 {card.sha256[:12]}",
    )  # fmt: skip
    return ", ".join(part for part in parts if part)
