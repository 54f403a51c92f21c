"""Models as an evaluation takes them: those that together give all maps of a fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..devices import resolve_device
from ..errors import ConfigurationError, ProcessingError
from ..networks import InputSettings, MapModel, ModelCard, ModelInput, find_model, load_model
from ..networks.predict import predict_slices
from ..networks.predict_region import BrainBox
from ..progress import ignore_progress
from ..training.datasets import STACK_SCALE, PatientMaps, Split, read_split
from .maps_case import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .maps_score import FloatImage

SPLIT_FILE = "split.json"
"""Beside a model that was trained here: which patients it was trained with."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model, and the patients that it was trained with.

    Attributes
    ----------
    model : MapModel
    split : Split or None
        None where neither a file beside the model nor its card says so.
    """

    model: MapModel
    split: Split | None = None


@dataclass(frozen=True, eq=False)
class ModelSet:
    """Models for different maps that count as one: a fold, or the only one.

    Attributes
    ----------
    name : str
    members : tuple of LoadedModel
        No two give the same map.
    """

    name: str
    members: tuple[LoadedModel, ...]

    @property
    def target_names(self) -> tuple[str, ...]:
        """The maps that they give together."""
        return tuple(name for member in self.members for name in member.model.card.target_names)

    def part_of(self, patient: str) -> Part:
        """Return what training had to do with a patient; the most that it had for any member."""
        parts = {_part(member.split, patient) for member in self.members}
        return next(part for part in Part if part in parts)


def _part(split: Split | None, patient: str) -> Part:
    named = {} if split is None else {
        Part.TRAINING: split.train, Part.VALIDATION: split.validation, Part.TEST: split.test,
    }  # fmt: skip
    return next((part for part, patients in named.items() if patient in patients), Part.NEW)


def load_models(names: Sequence[str]) -> tuple[LoadedModel, ...]:
    """Load models by name or path, each with the split that lies beside it.

    Raises
    ------
    ConfigurationError
        If one cannot be loaded, or the models take their input in different ways.
    """
    loaded = []
    for name in names:
        path = find_model(name)
        model = load_model(path)
        split_file = path.parent / SPLIT_FILE
        split = read_split(split_file) if split_file.is_file() else _split_of_card(model.card)
        loaded.append(LoadedModel(model, split))
    common_settings(loaded)
    return tuple(loaded)


def _split_of_card(card: ModelCard) -> Split | None:
    """Return the simulated heads that a card names; None where it names none."""
    heads = card.data.get("heads")
    if heads is None:
        return None
    return Split(*(tuple(heads[part]) for part in ("train", "validation", "test")))


def common_settings(models: Sequence[LoadedModel]) -> InputSettings:
    """Return how the input of all models is prepared.

    Raises
    ------
    ConfigurationError
        If it is not the same for all.
    """
    first, *others = models
    for other in others:
        if other.model.card.input != first.model.card.input:
            raise ConfigurationError(
                f"The models {first.model.card.name} and {other.model.card.name} take their input in "
                "different ways",
                "evaluate them one after the other",
            )
    return first.model.card.input


def model_sets(models: Sequence[LoadedModel]) -> tuple[ModelSet, ...]:
    """Return models grouped so that each set gives a map once.

    Each model joins the first set that lacks its maps and was trained with the same division of patients, in
    the order in which they are given: three models for CBV, CBF and TTP make one set, and joint models of
    three folds make three.
    """
    groups: list[list[LoadedModel]] = []
    for model in models:
        own = set(model.model.card.target_names)
        for group in groups:
            given = {name for each in group for name in each.model.card.target_names}
            if not own & given and group[0].split == model.split:
                group.append(model)
                break
        else:
            groups.append([model])
    several = len(groups) > 1
    return tuple(
        ModelSet(f"network, fold {number}" if several else "network", tuple(group))
        for number, group in enumerate(groups, start=1)
    )


def predict_patient(
    models: ModelSet,
    patient: PatientMaps,
    device: str = "auto",
    *,
    resampling: NDArray[np.float32] | None = None,
) -> dict[str, FloatImage]:
    """Return the maps that a set of models gives, in physical units, computed as in use.

    That a run marks tissue as dead whose curves do not enhance comes after the network, and is no part of it.

    Parameters
    ----------
    models : ModelSet
    patient : PatientMaps
    device : str
    resampling : ndarray, shape (T, T), optional
        Multiplied with all curves, those of the context too, before the network sees them.

    Returns
    -------
    dict of str to ndarray of float32, shape (Z, Y, X)
        NaN outside the analysed tissue.

    Raises
    ------
    ProcessingError
        If a network gives values that are no numbers.
    """
    given, box = _model_input(patient, resampling)
    shape = (patient.n_slices, *patient.stack.shape[2:])
    maps: dict[str, FloatImage] = {}
    for member in models.members:
        card = member.model.card
        scaled, _ = predict_slices(member.model, given, resolve_device(device), ignore_progress)
        if not np.isfinite(scaled).all():
            raise ProcessingError(f"The model {card.name} gives values that are no numbers", "train it anew")
        maps |= {
            target.name: box.place(target.physical(scaled[:, channel]), shape)
            for channel, target in enumerate(card.targets)
        }
    return {name: np.where(patient.tissue, values, np.float32(np.nan)) for name, values in maps.items()}


def _model_input(patient: PatientMaps, resampling: NDArray[np.float32] | None) -> tuple[ModelInput, BrainBox]:
    """Return what the networks are given: the slices with brain, in the box around it."""
    box = BrainBox.around(patient.brain)
    stack = box.crop(patient.stack)[box.slices].astype(np.float32)
    if patient.stack.dtype == np.uint16:
        stack /= STACK_SCALE
    # A copy: torch takes no arrays that only can be read, as those of a cache.
    context = np.array(patient.context, dtype=np.float32)
    if resampling is not None:
        stack = np.einsum("ts,zsyx->ztyx", resampling, stack, optimize=True)
        context = context @ resampling.T
    return ModelInput(np.ascontiguousarray(stack), np.ascontiguousarray(context)), box


def model_facts(models: Sequence[ModelSet]) -> Mapping[str, str]:
    """Return each set with the names and hashes of its weights, for the head of the tables."""
    return {
        each.name: ", ".join(
            f"{member.model.card.name} ({member.model.card.architecture}, SHA-256 "
            f"{member.model.card.sha256[:12]})"
            for member in each.members
        )
        for each in models
    }
