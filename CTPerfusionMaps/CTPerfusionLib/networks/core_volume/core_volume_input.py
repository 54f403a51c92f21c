"""From a registered series to what the core-volume network sees: the same for training and for use."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ProcessingError
from ...preprocessing import TissueMasks
from ...series import PerfusionSeries
from ..model_input import interpolation_matrix, require_sampling
from .axial_view import AxialView
from .input_settings import CoreVolumeInputSettings
from .plane_resampling import on_square
from .slice_choice import SliceChoice, choose_slices, named_slices, require_masks, slice_heights

_AIR = -1000.0
"""HU beyond the image and of values that are no numbers."""

_LONGEST_GAP = 2.0
"""Times the longest interval that may lie between two frames, where single ones were left out."""


@dataclass(frozen=True, eq=False)
class CoreVolumeInput:
    """What a core-volume network is given of one study.

    Attributes
    ----------
    stack : ndarray of float32, shape (2, T, Y, X)
        HU of the lower and the upper slice, clipped to the window, not standardised. Rows run to posterior
        and columns to the patient's left, however the series is stored.
    slices : SliceChoice
    """

    stack: NDArray[np.float32]
    slices: SliceChoice


def prepare_core_volume_input(
    series: PerfusionSeries,
    masks: TissueMasks,
    settings: CoreVolumeInputSettings,
    *,
    slices: SliceChoice | None = None,
) -> CoreVolumeInput:
    """Take two slices of a series to the times and the pixels of a network.

    Curves are interpolated linearly from each slice's own times, from the start of the scan on: nothing is
    aligned with the bolus, a longer record is cut, and the end of one that is a little too short is held. In
    the plane each pixel is the mean over its area, on a square around the centre of the slice's brain
    (Mittermeier et al. 2022, section 2.2).

    Parameters
    ----------
    series : PerfusionSeries
        HU, registered, not filtered. As published its frames lie on the first one; another reference frame
        changes nothing but the position of the head by a few millimetres.
    masks : TissueMasks
        Of the series.
    settings : CoreVolumeInputSettings
    slices : SliceChoice, optional
        By default those of :func:`choose_slices`.

    Raises
    ------
    ArgumentError
        If the masks or the slices are not those of the series.
    ProcessingError
        If the series has a single slice, no axial ones, too few or too coarse frames or too short a record,
        or a chosen slice shows no brain or values that are no numbers in it.
    """
    heights = slice_heights(series)
    require_masks(series, masks)
    require_sampling(series, settings.sampling)
    chosen = choose_slices(series, masks) if slices is None else slices
    pair = named_slices(heights, chosen.lower, chosen.upper)
    images = [_prepared(series, masks, settings, index) for index in pair]
    return CoreVolumeInput(np.stack(images), chosen)


def _prepared(
    series: PerfusionSeries, masks: TissueMasks, settings: CoreVolumeInputSettings, index: int
) -> NDArray[np.float32]:
    """Return one slice at the times and the pixels of the settings, shape (T, size, size)."""
    brain, invalid = masks.brain[index], masks.invalid[index]
    if not brain.any():
        raise ProcessingError(f"Slice {index} of this series shows no brain", "choose another slice")
    frames = _at_times(series, index, settings)
    if not np.isfinite(frames[:, brain & ~invalid]).all():
        raise ProcessingError(
            f"Voxels of the brain in slice {index} are not numbers",
            "mark them as invalid, or load the series again from its source",
        )
    view = AxialView.of(series)
    rows, columns = np.nonzero(view.turned(brain))
    seen = on_square(
        view.turned(np.nan_to_num(frames, nan=_AIR)),
        (view.row_step, view.column_step),
        (float(rows.mean()), float(columns.mean())),
        settings.size,
        settings.pixel_size,
        _AIR,
    )
    low, high = settings.window
    return np.clip(seen, np.float32(low), np.float32(high), out=seen)


def _at_times(series: PerfusionSeries, index: int, settings: CoreVolumeInputSettings) -> NDArray[np.float32]:
    """Return a slice at the times of the settings from the start of the scan, shape (T, Y, X)."""
    own = series.slice_times(index) - float(series.times.min())
    times = settings.sampling.times
    used = np.append(own[own < times[-1]], min(times[-1], own[-1]))
    gap = float(np.diff(used).max())
    if gap > _LONGEST_GAP * settings.longest_interval:
        raise ProcessingError(
            f"Between two frames of this series {gap:.1f} s are missing, and the network takes at most "
            f"{_LONGEST_GAP * settings.longest_interval:g} s",
            "use a study with frames of the whole passage of the bolus",
        )
    matrix = interpolation_matrix(own, times)
    voxels = np.asarray(series.voxels[:, index], dtype=np.float32)
    return (matrix @ voxels.reshape(len(own), -1)).reshape(len(times), *voxels.shape[1:])
