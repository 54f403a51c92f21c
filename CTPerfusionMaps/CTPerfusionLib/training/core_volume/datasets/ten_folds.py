"""The division for ten-fold cross-validation: eight parts to learn from, one to steer by, one to test."""

from collections.abc import Sequence

from ...datasets import DatasetError, Split, folds

FEWEST_FOLDS = 3
"""One part each to learn from, to steer the training by and to test with."""


def ten_folds(patients: Sequence[str], seed: int, k: int = 10) -> tuple[Split, ...]:
    """Divide patients as the paper does, 8:1:1 with ten folds (Mittermeier et al. 2022, section 2.4).

    The patients are dealt into `k` parts. Each part is tested in one fold and chooses the best epoch in the
    next one, so every patient is tested once and steers one training.

    Parameters
    ----------
    patients : sequence of str
        Their order does not matter.
    seed : int
    k : int
        Number of folds.

    Returns
    -------
    tuple of Split, length k
        Parts of one kind differ in size by one patient at most.

    Raises
    ------
    DatasetError
        If there are fewer than three folds, fewer patients than folds, or a patient is named twice.
    """
    if k < FEWEST_FOLDS:
        raise DatasetError(
            f"{k} folds leave no patients to learn from beside those that steer and test",
            f"give at least {FEWEST_FOLDS} folds",
        )
    tests = [split.test for split in folds(patients, k, seed)]
    return tuple(_split(tests, fold) for fold in range(k))


def _split(parts: Sequence[tuple[str, ...]], fold: int) -> Split:
    """Return the division that tests a part and steers by the one before it."""
    steering = (fold - 1) % len(parts)
    others = [part for number, part in enumerate(parts) if number not in (fold, steering)]
    return Split(
        train=tuple(sorted(patient for part in others for patient in part)),
        validation=parts[steering],
        test=parts[fold],
    )
