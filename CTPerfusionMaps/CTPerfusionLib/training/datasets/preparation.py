"""A series made ready as a study is before its maps are computed, and as the input of a network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ProcessingError
from ...networks import InputSettings, ModelInput, prepare_input
from ...networks.predict_method import UNET
from ...pipeline import (
    NO_CORE_VOLUME_MODEL,
    PREPARATION_STAGES,
    PipelineConfig,
    PreparedSeries,
    StageClock,
    prepare_series,
)
from ...preprocessing import TissueMasks
from ...progress import ProgressCallback, ignore_progress
from ...series import PerfusionSeries
from .dataset_error import DatasetError
from .patient_maps import STACK_SCALE, PatientMaps


def training_config(**changes: Any) -> PipelineConfig:
    """Return how studies are prepared for training: as for a network, on the processor.

    A patient in whom no artery is found is prepared all the same, since networks need none.
    """
    return PipelineConfig(
        **{"method": UNET.name, "device": "cpu", "core_volume_model": NO_CORE_VOLUME_MODEL, **changes}
    )


def prepare(
    series: PerfusionSeries, config: PipelineConfig, *, on_progress: ProgressCallback = ignore_progress
) -> PreparedSeries:
    """Register, mask and filter a series as a run of the pipeline does.

    Raises
    ------
    ProcessingError
        If nothing trustworthy can be computed from it.
    """
    clock = StageClock(lambda _title, fraction: on_progress(fraction), stages=PREPARATION_STAGES)
    return prepare_series(series, config, clock)


def require_first_frame(prepared: PreparedSeries) -> None:
    """Refuse a study that lies on another frame than its first, on which maps from elsewhere lie.

    Raises
    ------
    ProcessingError
    """
    registration = prepared.registration
    if registration is not None and registration.reference != 0:
        raise ProcessingError(
            f"Frame {registration.reference + 1} had to be taken as the reference of the motion correction, "
            "so the maps, which lie on the first frame, do not fit",
            "leave the patient out, or give the registered series",
        )


def model_input(prepared: PreparedSeries, settings: InputSettings) -> ModelInput:
    """Return the input of a network for a prepared series.

    The curves are turned back into HU in their place, to save a second 4D array: `prepared` has none
    afterwards.
    """
    curves = prepared.enhancement
    voxels = curves.voxels
    voxels += prepared.baseline.image
    return prepare_input(curves.with_voxels(voxels), valid_brain(prepared.masks), settings)


def valid_brain(masks: TissueMasks) -> NDArray[np.bool_]:
    """Return the inside of the skull where data are valid, vessels included, shape (Z, Y, X)."""
    return np.asarray(masks.brain & ~masks.invalid)


def patient_maps(
    patient: str,
    prepared: PreparedSeries,
    settings: InputSettings,
    targets: Mapping[str, NDArray[np.float32]],
    *,
    groups: Mapping[str, str | float],
    slices: slice = slice(None),
) -> PatientMaps:
    """Return a patient of a prepared series and target maps.

    Parameters
    ----------
    patient : str
    prepared : PreparedSeries
        Its curves are used up, see :func:`model_input`.
    settings : InputSettings
    targets : mapping of str to ndarray, shape (Z, Y, X)
        Physical units, NaN where there is no target; on the grid of the series.
    groups : mapping
    slices : slice
        Those that are kept; the context is that of all.

    Raises
    ------
    ProcessingError
        If the series does not fit the settings.
    DatasetError
        If a value of the input is no number, or a target is infinite or known nowhere in the brain.
    """
    brain, tissue = valid_brain(prepared.masks)[slices], prepared.masks.tissue[slices]
    maps = np.stack([values[slices] for values in targets.values()], axis=1).astype(np.float32, copy=False)
    _check_maps(tuple(targets), maps, brain)
    ijk_to_ras = prepared.series.ijk_to_ras.copy()
    ijk_to_ras[:3, 3] += ijk_to_ras[:3, 2] * (slices.start or 0)
    network_input = model_input(prepared, settings)
    return PatientMaps(
        patient=patient,
        stack=quantised(network_input.stack[slices]),
        context=np.asarray(network_input.context, dtype=np.float32),
        targets=maps,
        target_names=tuple(targets),
        brain=brain,
        tissue=tissue,
        ijk_to_ras=ijk_to_ras,
        groups=dict(groups),
    )


def quantised(stack: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return a stack (Z, T, Y, X) in [0, 1] as uint16.

    Raises
    ------
    DatasetError
        If a value is no number.
    """
    stored = np.empty(stack.shape, dtype=np.uint16)
    for index, images in enumerate(stack):
        if not np.isfinite(images).all():
            raise _not_a_number("images", index)
        stored[index] = np.rint(images * np.float32(STACK_SCALE))
    return stored


def _check_maps(names: tuple[str, ...], maps: NDArray[np.float32], brain: NDArray[np.bool_]) -> None:
    infinite = np.isinf(maps).any(axis=(1, 2, 3))
    if infinite.any():
        raise _not_a_number("maps", int(np.argmax(infinite)))
    for channel, name in enumerate(names):
        if not np.isfinite(maps[:, channel][brain]).any():
            raise DatasetError(
                f"Its {name} is known nowhere in the brain", "check the map, or leave the patient out"
            )


def _not_a_number(what: str, index: int) -> DatasetError:
    return DatasetError(
        f"The {what} have values in slice {index + 1} that are no numbers",
        "mend the files of this patient or leave it out",
    )
