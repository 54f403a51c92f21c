"""What a core-volume network says of a study."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..networks.core_volume import (
    CoreVolumeCard,
    CoreVolumeInput,
    CoreVolumeResult,
    judge_core_volume_input,
    load_core_volume_model,
)
from ..progress import ProgressCallback


@dataclass(frozen=True, eq=False)
class CoreVolumeJudgement:
    """The answer of a core-volume network, and what it looked at.

    Attributes
    ----------
    result : CoreVolumeResult
    card : CoreVolumeCard
        Of the model.
    images : ndarray of float32, shape (2, Y, X)
        Mean over time of what it saw of the lower and the upper slice, HU. Rows run to posterior and columns
        to the patient's left.
    """

    result: CoreVolumeResult
    card: CoreVolumeCard
    images: NDArray[np.float32]


def ask_core_volume_network(
    model: str, given: CoreVolumeInput, device: str, on_progress: ProgressCallback
) -> CoreVolumeJudgement:
    """Return what a network says of two slices.

    Raises
    ------
    ConfigurationError
        If there is no such model, a file is damaged, or torch is not installed.
    ProcessingError
        If an answer is no number.
    """
    loaded = load_core_volume_model(model)
    result = judge_core_volume_input(loaded, given, device, on_progress)
    return CoreVolumeJudgement(result, loaded.card, given.stack.mean(axis=1, dtype=np.float32))
