"""Which voxels are head, brain, CSF, vessel or calcification, and which are analysed.

There is no atlas: Hounsfield units separate bone, brain and fluid, enhancement separates vessels from
tissue. Everything comes from a few summary volumes with little noise: the baseline, the mean over time
and the peak of short window means. Tissue that does not enhance, such as an infarct core, is darker than
healthy brain by a few HU only, so it stays brain and must not be mistaken for fluid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import ProcessingError
from ..parallel import for_each_chunk
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries, voxel_spacing
from ..series.geometry import FloatArray
from .baseline import Baseline, estimate_baseline
from .morphology import Mask, Spacing, dilated, eroded, filled, large_components
from .skull import BONE_LIMIT as BONE_LIMIT
from .skull import inside_skull
from .summary import HEAD_LIMIT, PADDING_LIMIT, SummaryVolumes, summarise

BRAIN_RANGE = (-10.0, 90.0)
"""HU of brain, fluid and unenhanced blood on the baseline, between fat and calcification."""

CSF_LIMIT = 18.0
"""HU on the temporal mean below which a voxel is fluid: between CSF (0 to 12) and dark white matter (23)."""

CALCIFICATION_LIMIT = 100.0
"""HU on the baseline above which a voxel inside the brain is calcified; fresh blood stays below 90."""

VESSEL_RATIO, VESSEL_RIM_RATIO = 3.0, 2.0
"""Peak enhancement over that of grey matter: of a vessel, and of the voxels beside it that share blood."""

BRIDGE = 3.0
"""Radius in mm of the opening that cuts the brain off from what touches it."""

RIM = 1.0
"""mm taken off the surface of the brain, where the skull shares its voxels."""

VESSEL_MARGIN = 0.75
"""mm around vessels and calcifications that the scanner's blur reaches: one pixel of a clinical scan."""

METAL_LIMIT = 2500.0
"""HU that only metal reaches in or beside the brain; scanners clip at 3071 HU or above."""

METAL_MARGIN = 5.0
"""mm around metal in which its streaks are too strong for the values to be trusted."""

_SMOOTHING = 0.7
_AIR_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class TissueMasks:
    """The voxel classes of a study, each a bool array of shape (Z, Y, X).

    Attributes
    ----------
    head : everything but air.
    brain : the inside of the skull with all that it holds: tissue, CSF, vessels.
    csf, vessels, calcification : parts of `brain`.
    invalid : voxels without trustworthy data in all frames: outside the field of view, not a number, metal
        with its surroundings.
    tissue : what is analysed: `brain` without the other classes.
    """

    head: Mask
    brain: Mask
    csf: Mask
    vessels: Mask
    calcification: Mask
    invalid: Mask
    tissue: Mask


def head_mask(image: NDArray[np.floating], ijk_to_ras: FloatArray) -> Mask:
    """Return the head, shape (Z, Y, X): all above -200 HU without table and head rest, with its cavities.

    Parameters
    ----------
    image : ndarray, shape (Z, Y, X)
        HU, any frame or a mean of frames.
    ijk_to_ras : ndarray, shape (4, 4)

    Raises
    ------
    ProcessingError
        If the image holds nothing but air, or a blank slice between others.
    """
    spacing = voxel_spacing(ijk_to_ras)
    solid = image > HEAD_LIMIT
    _refuse_gaps(solid.any(axis=(1, 2)) & (np.ptp(image, axis=(1, 2)) > 0))
    # The head rest touches the head along a thin line; opening cuts it.
    core = large_components(eroded(solid, BRIDGE, spacing), fraction=1.0)
    if not core.any():
        raise ProcessingError(
            "No head was found in the images", "check that the study is a head CT in Hounsfield units"
        )
    return filled(dilated(core, BRIDGE, spacing) & solid)


def _refuse_gaps(shown: NDArray[np.bool_]) -> None:
    """Refuse slices that are not `shown`, shape (Z,), between others: they would halve the head."""
    inside = np.flatnonzero(shown)
    missing = np.setdiff1d(np.arange(inside[0], inside[-1]), inside) if len(inside) else inside
    if len(missing):
        raise ProcessingError(
            f"Slice {missing[0] + 1} of {len(shown)} is blank, though slices below and above show the head",
            "export the study again with all its slices",
        )


def segment_tissue(
    series: PerfusionSeries,
    *,
    valid: Mask | None = None,
    baseline: Baseline | None = None,
    summary: SummaryVolumes | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> TissueMasks:
    """Classify every voxel of a head.

    Parameters
    ----------
    series : PerfusionSeries
        Registered, unfiltered.
    valid : ndarray of bool, shape (Z, Y, X), optional
        Voxels that registration could fill in all frames; all by default.
    baseline : Baseline, optional
    summary : SummaryVolumes, optional
        Both are measured here when not given, with the same result.
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no head, no brain or no bolus is found.
    """
    if summary is None:
        summary = summarise(series, on_progress=part_of(on_progress, 0.0, 0.3))
    if baseline is None:
        head = head_mask(summary.mean, series.ijk_to_ras)
        baseline = estimate_baseline(series, head, summary=summary)
    on_progress(0.4)
    head = head_mask(baseline.image, series.ijk_to_ras)
    brain = _brain(baseline.image, head, _unmeasured(summary, head), series.ijk_to_ras)
    on_progress(0.7)
    csf = brain & (summary.mean < CSF_LIMIT)
    vessels = _vessels(summary, baseline, brain, csf, series.spacing, part_of(on_progress, 0.7, 0.9))
    calcified = dilated(brain & (baseline.image > CALCIFICATION_LIMIT), VESSEL_MARGIN, series.spacing) & brain
    invalid = _untrusted(summary, head, series.spacing)
    if valid is not None:
        invalid |= ~valid
    on_progress(1.0)
    return TissueMasks(
        head=head,
        brain=brain,
        csf=csf,
        vessels=vessels,
        calcification=calcified,
        invalid=invalid,
        tissue=brain & ~(csf | vessels | calcified | invalid),
    )


def _unmeasured(summary: SummaryVolumes, head: Mask) -> Mask:
    """Return what lies outside the field of view; nothing where air itself is as dark as padding."""
    air = ~head & (summary.mean > PADDING_LIMIT) & (summary.mean < HEAD_LIMIT)
    if air.sum() < _AIR_SHARE * max(int((~head).sum()), 1):
        return np.zeros_like(head)
    return np.asarray(summary.highest <= PADDING_LIMIT)


def _untrusted(summary: SummaryVolumes, head: Mask, spacing: Spacing) -> Mask:
    """Return the voxels of the head that are padding or no number in any frame, and all near metal."""
    missing = np.isnan(summary.lowest) | (summary.lowest <= PADDING_LIMIT)
    return head & (missing | dilated(head & (summary.highest > METAL_LIMIT), METAL_MARGIN, spacing))


def _brain(image: NDArray[np.float32], head: Mask, unmeasured: Mask, ijk_to_ras: FloatArray) -> Mask:
    spacing = voxel_spacing(ijk_to_ras)
    interior = inside_skull(image, head, unmeasured, ijk_to_ras)
    smooth = _smoothed(image, spacing)
    soft = interior & (smooth > BRAIN_RANGE[0]) & (smooth < BRAIN_RANGE[1])
    core = large_components(eroded(soft, BRIDGE, spacing), fraction=0.1)
    brain = filled(dilated(core, BRIDGE, spacing) & soft)
    brain = eroded(brain, RIM, spacing)
    if not brain.any():
        raise ProcessingError(
            "No brain was found inside the head",
            "check that the slab covers the brain and that values are in HU",
        )
    return brain


def _vessels(
    summary: SummaryVolumes,
    baseline: Baseline,
    brain: Mask,
    csf: Mask,
    spacing: Spacing,
    on_progress: ProgressCallback,
) -> Mask:
    """Return the vessels of the brain: what enhances several times more than grey matter."""
    tissue = brain & ~csf
    if not tissue.any():
        return tissue
    box = _box_around(brain, spacing)
    peak = _smooth_peak(summary.windows[:, *box], spacing, on_progress)
    peak -= _smoothed(baseline.image[box], spacing)
    # The upper quartile of brain is grey matter, as white matter and the lesion enhance less.
    grey_matter = float(np.percentile(peak[tissue[box]], 75))
    core = peak > VESSEL_RATIO * grey_matter
    rim = dilated(core, VESSEL_MARGIN, spacing) & (peak > VESSEL_RIM_RATIO * grey_matter)
    vessels = np.zeros_like(brain)
    vessels[box] = brain[box] & (core | rim)
    return vessels


def _smooth_peak(
    windows: NDArray[np.float32], spacing: Spacing, on_progress: ProgressCallback
) -> NDArray[np.float32]:
    """Return the highest of the smoothed windows (B, Z, Y, X) in each voxel, shape (Z, Y, X)."""
    peak = np.full(windows.shape[1:], -np.inf, dtype=np.float32)

    def add_slice(index: int) -> None:
        for window in windows:
            smooth = _smoothed(window[index : index + 1], spacing)
            np.maximum(peak[index : index + 1], smooth, out=peak[index : index + 1])

    for_each_chunk(add_slice, range(len(peak)), on_progress)
    return peak


def _box_around(mask: Mask, spacing: Spacing) -> tuple[slice, slice, slice]:
    """Return the slices (z, y, x) of an array that hold a mask and what smoothing mixes into it."""
    box = [slice(0, len(mask))]
    for axis, step in ((1, spacing[1]), (2, spacing[0])):
        reach = int(3.0 * _SMOOTHING / step + 1.0) + 1
        places = np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis})))
        box.append(slice(max(int(places[0]) - reach, 0), int(places[-1]) + 1 + reach))
    return box[0], box[1], box[2]


def _smoothed(image: NDArray[np.float32], spacing: Spacing) -> NDArray[np.float32]:
    sigma = (0.0, _SMOOTHING / spacing[1], _SMOOTHING / spacing[0])
    return np.asarray(ndimage.gaussian_filter(image, sigma, truncate=3.0))
