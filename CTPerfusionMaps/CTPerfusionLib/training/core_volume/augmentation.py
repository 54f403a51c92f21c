"""How two slices are turned, moved and mirrored: drawn in one step, applied in another.

A draw depends on nothing but the seed, the patient and a turn: an epoch, or the number of a variant that is
kept. It is the same in every fold, and after a training that was resumed.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ...errors import ArgumentError

_STREAM = 2
"""Keeps the random numbers of the augmentation apart from the others of a training."""


class Flip(StrEnum):
    """The mirroring that happens with an even chance."""

    NONE = "none"

    LEFT_RIGHT = "left-right"
    """Exchanges the hemispheres."""

    VERTICAL = "vertical"
    """Exchanges front and back: what the paper's words say."""


@dataclass(frozen=True)
class CoreAugmentation:
    """How slices may be varied; the defaults are the paper's (Mittermeier et al. 2022, section 2.2).

    Attributes
    ----------
    rotation : float
        Largest turn in degrees, to either side.
    shift : float
        Largest shift along rows and along columns, in pixels.
    flip : Flip

    Raises
    ------
    ArgumentError
        If a value cannot be used.
    """

    rotation: float = 15.0
    shift: float = 10.0
    flip: Flip = Flip.LEFT_RIGHT

    def __post_init__(self) -> None:
        rules = (
            ("rotation", 0.0 <= self.rotation <= 180.0, "from 0 to 180 degrees"),
            ("shift", 0.0 <= self.shift < float("inf"), "at least 0 pixels"),
            ("flip", self.flip in tuple(Flip), f"one of: {', '.join(Flip)}"),
        )
        for name, holds, wanted in rules:
            if not holds:
                raise ArgumentError(name, f"{name} is {getattr(self, name)}", f"give {wanted}")


@dataclass(frozen=True)
class PlaneDraw:
    """What happens to both slices of a patient in all frames.

    Attributes
    ----------
    rotation : float
        Degrees from the axis of columns towards that of rows.
    shift : tuple of float
        Pixels along rows and along columns, after the turn.
    flip_rows, flip_columns : bool
        Before the turn.
    """

    rotation: float
    shift: tuple[float, float]
    flip_rows: bool
    flip_columns: bool


def draw(augmentation: CoreAugmentation, seed: int, patient: str, turn: int) -> PlaneDraw:
    """Draw what happens to a patient.

    Parameters
    ----------
    augmentation : CoreAugmentation
    seed : int
        Of the training.
    patient : str
    turn : int
        Epoch, or number of a variant.
    """
    random = patient_random(seed, _STREAM, patient, turn)
    flips = bool(random.random() < 0.5)
    rotation = random.uniform(-augmentation.rotation, augmentation.rotation)
    rows, columns = random.uniform(-augmentation.shift, augmentation.shift, size=2)
    return PlaneDraw(
        rotation=float(rotation),
        shift=(float(rows), float(columns)),
        flip_rows=flips and augmentation.flip is Flip.VERTICAL,
        flip_columns=flips and augmentation.flip is Flip.LEFT_RIGHT,
    )


def patient_random(seed: int, stream: int, patient: str, turn: int) -> np.random.Generator:
    """Return the random numbers of a patient in one turn; other patients do not matter.

    Parameters
    ----------
    seed, stream : int
        Of the training, and of what is drawn.
    patient : str
    turn : int
    """
    name = int.from_bytes(hashlib.sha256(patient.encode()).digest()[:8])
    return np.random.default_rng([seed, stream, turn, name])
