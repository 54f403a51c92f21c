"""Which voxels are head, brain, CSF, vessel or calcification, and which are analysed.

There is no atlas: Hounsfield units separate bone, brain and fluid, enhancement separates vessels from
tissue. Everything comes from three summary volumes with little noise: the baseline, the mean over time
and the peak of short window means. Tissue that does not enhance, such as an infarct core, is darker than
healthy brain by a few HU only, so it stays brain and must not be mistaken for fluid.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries, voxel_spacing
from ..series.geometry import FloatArray
from .baseline import WINDOW, Baseline, estimate_baseline
from .curves import window_means
from .morphology import Mask, Spacing, closed, dilated, eroded, filled, large_components

AIR_LIMIT = -200.0
"""HU above which a voxel belongs to the head and not to the air around it."""

BONE_LIMIT = 300.0
"""HU above which a voxel is bone."""

BRAIN_RANGE = (-10.0, 90.0)
"""HU of brain, fluid and unenhanced blood on the baseline, between fat and calcification."""

CSF_LIMIT = 18.0
"""HU on the temporal mean below which a voxel is fluid: between CSF (0 to 12) and dark white matter (23)."""

CALCIFICATION_LIMIT = 90.0
"""HU on the baseline above which a voxel inside the brain is calcified."""

VESSEL_RATIO, VESSEL_RIM_RATIO = 3.0, 2.0
"""Peak enhancement over that of grey matter: of a vessel, and of the voxels beside it that share blood."""

SUTURE = 5.0
"""Radius in mm that closes sutures, foramina and thin bone."""

BRIDGE = 3.0
"""Radius in mm of the opening that cuts the brain off from what touches it."""

RIM = 1.0
"""mm taken off the surface of the brain, where the skull shares its voxels."""

VESSEL_MARGIN = 0.75
"""mm around vessels and calcifications that the scanner's blur reaches: one pixel of a clinical scan."""

SKULL_DEPTH = 20.0
"""mm below the skin within which the skull lies."""

OPEN_SKULL = (0.72, 0.99)
"""Share of directions with bone in a skull with a hole; the neck and the skull base have less."""

_SCALP_AND_SKULL = 12.0
_SMALLEST_INTERIOR = 0.35
_DIRECTIONS = 72
_SMOOTHING = 0.7


@dataclass(frozen=True, eq=False)
class TissueMasks:
    """The voxel classes of a study, each a bool array of shape (Z, Y, X).

    Attributes
    ----------
    head : everything but air.
    brain : the inside of the skull with all that it holds: tissue, CSF, vessels.
    csf, vessels, calcification : parts of `brain`.
    invalid : voxels without trustworthy data in all frames.
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
    """Return the head, shape (Z, Y, X): above -200 HU, without table and head rest, with its cavities.

    Parameters
    ----------
    image : ndarray, shape (Z, Y, X)
        HU, any frame or a mean of frames.
    ijk_to_ras : ndarray, shape (4, 4)

    Raises
    ------
    ProcessingError
        If the image holds nothing but air.
    """
    spacing = voxel_spacing(ijk_to_ras)
    solid = image > AIR_LIMIT
    # The head rest touches the head along a thin line; opening cuts it.
    core = large_components(eroded(solid, BRIDGE, spacing), fraction=1.0)
    if not core.any():
        raise ProcessingError(
            "No head was found in the images", "check that the study is a head CT in Hounsfield units"
        )
    return filled(dilated(core, BRIDGE, spacing) & solid)


def segment_tissue(
    series: PerfusionSeries,
    *,
    valid: Mask | None = None,
    baseline: Baseline | None = None,
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
        Measured here when not given.
    on_progress : callable

    Raises
    ------
    ProcessingError
        If no head, no brain or no bolus is found.
    """
    if baseline is None:
        head = head_mask(series.voxels[0], series.ijk_to_ras)
        baseline = estimate_baseline(series, head, part_of(on_progress, 0.0, 0.4))
    windows = window_means(series, WINDOW, part_of(on_progress, 0.4, 0.7))
    head = head_mask(baseline.image, series.ijk_to_ras)
    brain = _brain(baseline.image, head, series.spacing)
    on_progress(0.85)
    csf = brain & (windows.mean(axis=0) < CSF_LIMIT)
    vessels = brain & _vessels(windows, baseline.image, brain & ~csf, series.spacing)
    calcified = dilated(brain & (baseline.image > CALCIFICATION_LIMIT), VESSEL_MARGIN, series.spacing) & brain
    invalid = np.zeros(series.shape, dtype=bool) if valid is None else ~valid
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


def _brain(image: NDArray[np.float32], head: Mask, spacing: Spacing) -> Mask:
    interior = _inside_skull(image, head, spacing)
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


def _inside_skull(image: NDArray[np.float32], head: Mask, spacing: Spacing) -> Mask:
    """Return what the bone of each slice encloses, or the depth of the head where the skull is open."""
    bone = head & (image > BONE_LIMIT)
    enclosed = filled(closed(bone, SUTURE, spacing)) & ~bone
    deep = eroded(head, _SCALP_AND_SKULL, spacing) & ~bone
    is_small = enclosed.sum(axis=(1, 2)) < _SMALLEST_INTERIOR * head.sum(axis=(1, 2))
    coverage = _bone_coverage(bone, head, spacing)
    is_open = is_small & (coverage >= OPEN_SKULL[0]) & (coverage < OPEN_SKULL[1])
    return np.where(is_open[:, None, None], deep, enclosed)


def _bone_coverage(bone: Mask, head: Mask, spacing: Spacing) -> NDArray[np.float64]:
    """Return the share of directions from the centre of each slice's head in which bone lies, shape (Z,)."""
    skull = bone & ~eroded(head, SKULL_DEPTH, spacing)
    coverage = np.zeros(len(head))
    for index in np.flatnonzero(skull.any(axis=(1, 2))):
        centre = np.argwhere(head[index]).mean(axis=0)
        rows, columns = ((np.argwhere(skull[index]) - centre) * [spacing[1], spacing[0]]).T
        angles = np.arctan2(rows, columns)
        coverage[index] = (np.histogram(angles, _DIRECTIONS, (-np.pi, np.pi))[0] > 0).mean()
    return coverage


def _vessels(
    windows: NDArray[np.float32], baseline: NDArray[np.float32], tissue: Mask, spacing: Spacing
) -> Mask:
    peak = np.full(baseline.shape, -np.inf, dtype=np.float32)
    for window in windows:
        np.maximum(peak, _smoothed(window - baseline, spacing), out=peak)
    if not tissue.any():
        return np.zeros(baseline.shape, dtype=bool)
    # The upper quartile of brain is grey matter, as white matter and the lesion enhance less.
    grey_matter = float(np.percentile(peak[tissue], 75))
    vessels = peak > VESSEL_RATIO * grey_matter
    return vessels | (dilated(vessels, VESSEL_MARGIN, spacing) & (peak > VESSEL_RIM_RATIO * grey_matter))


def _smoothed(image: NDArray[np.float32], spacing: Spacing) -> NDArray[np.float32]:
    sigma = (0.0, _SMOOTHING / spacing[1], _SMOOTHING / spacing[0])
    return np.asarray(ndimage.gaussian_filter(image, sigma, truncate=3.0))
