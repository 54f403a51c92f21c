"""The numbers of a run that decide how far its result can be trusted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StudyMeasurements:
    """What was measured along the chain; None where a step was left out or found nothing.

    Attributes
    ----------
    interval : float
        Seconds between frames, median.
    coverage : float
        Height of the scanned slab, mm.
    baseline_frames : int
        Frames before contrast arrives.
    contrast_at_start : bool
        Whether contrast is there from the first frame on.
    largest_translation, largest_rotation : float or None
        Largest head motion found by registration, mm and degrees.
    aif_is_used : bool
        Whether the maps depend on the arterial input function.
    aif_peak, aif_arrival : float or None
        Arterial input function: peak enhancement in HU, arrival in seconds; None without an artery, as all
        that is measured on it.
    aif_to_end : float or None
        Seconds from the arterial peak to the end of the scan.
    vof_tail : float or None
        Enhancement of the vein at the end of the scan as a fraction of its peak; None without a vein.
    partial_volume_factor : float or None
        Venous over arterial area under the curve, as measured; None without a vein.
    model_fits : bool
        Whether the tissue has the residue function that the kinetic method assumes.
    cbv_from_areas : bool
        Whether the method takes CBV from the area of the measured curves, which ends with the scan.
    filtered : bool
        Whether the frames were filtered before the fit.
    largest_residual : float or None
        Largest distance in mm between a frame and the reference that motion correction left, as it
        estimates it itself, over the frames that are used.
    n_frames : int or None
        Frames of the series.
    rejected_frames : int or None
        Frames that were left out: damaged, or not to be put back in place.
    reference_changed : bool or None
        Whether motion correction took another reference than the first frame.
    largest_gap : float or None
        Longest time between two used frames of a slice while contrast passes, seconds; see
        :func:`CTPerfusionLib.quality.largest_gap`.
    slice_thickness : float or None
        Distance between slices, mm.
    pixel_ratio : float or None
        Longer over shorter side of a pixel.
    invalid_share : float or None
        Share of the brain that was not imaged in enough frames, or lies in metal.
    noise : float or None
        Noise SD of one frame in soft tissue before the filter, HU.
    tissue_peak : float or None
        Peak of the mean enhancement of the analysed tissue, HU.
    vof_peak : float or None
        Peak enhancement of the vein, HU.
    aif_noise : float or None
        SD of the arterial curve before contrast arrives as a fraction of its peak.
    aif_lead_over_tissue : float or None
        Seconds by which the arterial peak precedes the peak of the mean tissue curve.
    contralateral_lead : float or None
        Seconds by which contrast reaches the artery of the other side before the chosen one.
    aif_is_fallback : bool or None
        Whether no artery was found and the earliest bright voxels stand in.
    truncation_probability : float or None
        How likely the end of the scan changes the lesion volumes; see
        :func:`CTPerfusionLib.quality.truncation_probability`. None where that is not known of the method.
    """

    interval: float
    coverage: float
    baseline_frames: int
    contrast_at_start: bool
    largest_translation: float | None
    largest_rotation: float | None
    aif_is_used: bool
    aif_peak: float | None
    aif_arrival: float | None
    aif_to_end: float | None
    vof_tail: float | None
    partial_volume_factor: float | None
    model_fits: bool
    cbv_from_areas: bool
    filtered: bool
    largest_residual: float | None = None
    n_frames: int | None = None
    rejected_frames: int | None = None
    reference_changed: bool | None = None
    largest_gap: float | None = None
    slice_thickness: float | None = None
    pixel_ratio: float | None = None
    invalid_share: float | None = None
    noise: float | None = None
    tissue_peak: float | None = None
    vof_peak: float | None = None
    aif_noise: float | None = None
    aif_lead_over_tissue: float | None = None
    contralateral_lead: float | None = None
    aif_is_fallback: bool | None = None
    truncation_probability: float | None = None
