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
    unregistered_frames : int or None
        Frames for which registration found no position.
    aif_peak, aif_arrival : float
        Arterial input function: peak enhancement in HU, arrival in seconds.
    aif_to_end : float
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
    """

    interval: float
    coverage: float
    baseline_frames: int
    contrast_at_start: bool
    largest_translation: float | None
    largest_rotation: float | None
    unregistered_frames: int | None
    aif_peak: float
    aif_arrival: float
    aif_to_end: float
    vof_tail: float | None
    partial_volume_factor: float | None
    model_fits: bool
    cbv_from_areas: bool
    filtered: bool
