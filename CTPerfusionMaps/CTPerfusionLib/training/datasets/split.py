"""The division of a data set by patient: what is learned from, what steers the training, what is held out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Protocol, runtime_checkable

from .dataset_error import DatasetError

FEWEST_PATIENTS = 3
"""One for each part."""

_MEND = "give each patient to exactly one part, and at least one to each"


@dataclass(frozen=True)
class Split:
    """Which patients belong to which part.

    Attributes
    ----------
    train : tuple of str
        From which weights are learned.
    validation : tuple of str
        By which the best epoch is chosen.
    test : tuple of str
        Which nothing has seen.

    Raises
    ------
    DatasetError
        If a part is empty, or a patient is in two parts or twice in one.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    def __post_init__(self) -> None:
        places: dict[str, str] = {}
        for part, patients in self.parts.items():
            if not patients:
                raise DatasetError(f"The part '{part}' of the division has no patient", _MEND)
            for patient in patients:
                if patient in places:
                    where = f"in {places[patient]} and in {part}" if places[patient] != part else "twice"
                    raise DatasetError(f"The division holds patient {patient} {where}", _MEND)
                places[patient] = part

    @property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """The parts by name."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @property
    def patients(self) -> tuple[str, ...]:
        """All patients, part by part."""
        return (*self.train, *self.validation, *self.test)


@runtime_checkable
class _DigestedSource(Protocol):
    def digest(self, patient: str) -> str:
        """Return a digest of the images of a patient."""


class _Patients(Protocol):
    @property
    def patients(self) -> tuple[str, ...]:
        """Identifiers of all patients."""


def check_split(split: Split, source: _Patients) -> None:
    """Hold a division against the data set that it divides.

    Parameters
    ----------
    split : Split
    source : PatientSource
        Where it has a ``digest`` of the patients' images, as a cache has, these are compared as well.

    Raises
    ------
    DatasetError
        If the division names a patient that the data set lacks, or the same images belong to patients in
        different parts.
    """
    unknown = sorted(set(split.patients) - set(source.patients))
    if unknown:
        others = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise DatasetError(
            f"The division names patient {unknown[0]}{others}, which the data set lacks",
            "give the division that was made for this data set",
        )
    if not isinstance(source, _DigestedSource):
        return
    seen: dict[str, tuple[str, str]] = {}
    for part, patients in split.parts.items():
        for patient in patients:
            earlier, where = seen.setdefault(source.digest(patient), (patient, part))
            if where != part:
                raise DatasetError(
                    f"Patients {earlier} (in {where}) and {patient} (in {part}) have the same images",
                    "leave one of them out, or put both into one part",
                )


def split_patients(
    patients: Sequence[str], *, test: float = 0.15, validation: float = 0.15, seed: int = 0
) -> Split:
    """Divide patients at random.

    Parameters
    ----------
    patients : sequence of str
        Their order does not matter.
    test, validation : int or float
        Number of patients, or their share where it is below 1; at least one.
    seed : int

    Raises
    ------
    DatasetError
        If there are fewer than three patients, one is named twice, or a part would be empty.
    """
    order = _shuffled(patients, seed)
    _require(len(order) >= FEWEST_PATIENTS, len(order))
    n_test, n_validation = (_count(wanted, len(order)) for wanted in (test, validation))
    if n_test + n_validation >= len(order):
        raise DatasetError(
            f"Of {len(order)} patients, {n_test} for test and {n_validation} for validation leave none to "
            "learn from",
            "hold out fewer",
        )
    return Split(
        train=tuple(sorted(order[n_test + n_validation :])),
        validation=tuple(sorted(order[n_test : n_test + n_validation])),
        test=tuple(sorted(order[:n_test])),
    )


def folds(patients: Sequence[str], k: int, seed: int = 0, *, validation: float = 0.1) -> tuple[Split, ...]:
    """Divide patients for cross-validation: each is tested once.

    Parameters
    ----------
    patients : sequence of str
        Their order does not matter.
    k : int
        Number of folds; the papers take 3.
    seed : int
    validation : int or float
        Number of patients, or their share of those not tested where it is below 1, by which the best epoch of
        a fold is chosen.

    Returns
    -------
    tuple of Split, length k
        The tests differ in size by one patient at most.

    Raises
    ------
    DatasetError
        If there are fewer than two folds, or too few patients for that many.
    """
    order = _shuffled(patients, seed)
    if k < 2:
        raise DatasetError(f"Cross-validation with {k} fold is none", "give at least 2 folds")
    _require(len(order) >= max(k, FEWEST_PATIENTS), len(order))
    splits = []
    for fold in range(k):
        test = order[fold::k]
        others = [patient for patient in order if patient not in set(test)]
        n_validation = _count(validation, len(others))
        if n_validation >= len(others):
            _require(False, len(order))
        splits.append(
            Split(
                train=tuple(sorted(others[n_validation:])),
                validation=tuple(sorted(others[:n_validation])),
                test=tuple(sorted(test)),
            )
        )
    return tuple(splits)


def _shuffled(patients: Sequence[str], seed: int) -> list[str]:
    """Return patients in an order that depends on the seed and their names alone, on every machine."""
    if len(set(patients)) < len(patients):
        raise DatasetError("A patient is named twice in the data set", "name each patient once")
    return sorted(patients, key=lambda patient: hashlib.sha256(f"{seed}:{patient}".encode()).digest())


def _count(wanted: float, n_patients: int) -> int:
    return max(1, round(wanted * n_patients) if wanted < 1 else round(wanted))


def _require(is_enough: bool, n_patients: int) -> None:
    if not is_enough:
        raise DatasetError(
            f"{n_patients} patient{'s are' if n_patients != 1 else ' is'} too few to learn from some and to "
            "test with others",
            "give more patients, or fewer folds",
        )
