"""A series made ready for the core-volume network, and the volume of a mask."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ....io import read_nifti
from ....networks.core_volume import CoreVolumeInputSettings, prepare_core_volume_input
from ....preprocessing import register_frames, segment_tissue
from ....progress import ProgressCallback, ignore_progress, part_of
from ....series import PerfusionSeries, voxel_volume_ml
from ...datasets import DatasetError
from .core_patient import CorePatient, stored_hounsfield

MISSED = "slices_missed_mm"
"""Group of every patient: mm by which the slices lie off the levels that are meant, the greater of both."""


def core_patient(
    patient: str,
    series: PerfusionSeries,
    settings: CoreVolumeInputSettings,
    core_ml: float,
    *,
    groups: Mapping[str, str | float],
    is_registered: bool = False,
    on_progress: ProgressCallback = ignore_progress,
) -> CorePatient:
    """Register a series, find the brain and take the two slices, as a run does.

    Parameters
    ----------
    patient : str
        Its identifier.
    series : PerfusionSeries
    settings : CoreVolumeInputSettings
    core_ml : float
    groups : mapping of str to str or float
        What a result may be broken down by; how well the slices were met is added.
    is_registered : bool
        Whether the frames lie on each other already; else they are aligned with the first one.
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no brain is found, or the series does not suit the settings.
    """
    registered, valid = series, None
    if not is_registered:
        registration = register_frames(series, on_progress=part_of(on_progress, 0.0, 0.7))
        registered, valid = registration.series, registration.valid
    masks = segment_tissue(registered, valid=valid, on_progress=part_of(on_progress, 0.7, 0.9))
    prepared = prepare_core_volume_input(registered, masks, settings)
    on_progress(1.0)
    return CorePatient(
        patient=patient,
        stack=stored_hounsfield(prepared.stack),
        core_ml=core_ml,
        groups={**groups, MISSED: round(max(prepared.slices.missed_mm), 1)},
    )


def mask_volume_ml(path: Path) -> float:
    """Return the volume of a mask in a NIfTI file: its voxels times the size of one.

    Raises
    ------
    SeriesError
        If the file cannot be read.
    DatasetError
        If it holds anything but a mask of three dimensions, 0 outside and one other value inside.
    """
    mask, ijk_to_ras = read_nifti(path)
    inside = mask != 0
    if mask.ndim != 3 or not np.isfinite(mask).all() or (inside.any() and np.ptp(mask[inside]) != 0):
        raise DatasetError(
            f"{path.name} is not a mask of the core", "give a 3D image with 0 outside and 1 inside the core"
        )
    return float(inside.sum() * voxel_volume_ml(ijk_to_ras))
