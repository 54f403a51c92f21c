"""The numbers of a run that decide how far its result can be trusted."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StudyMeasurements:
    """What was measured along the chain; None where a step was left out or found nothing.

    Attributes
    ----------
    interval, duration : float
        Seconds between frames (median) and from the first to the last sample.
    coverage : float
        Height of the scanned slab, mm.
    baseline_frames : int
        Frames before contrast arrives.
    largest_translation, largest_rotation : float or None
        Largest head motion found by registration, mm and degrees.
    unregistered_frames : int or None
        Frames for which registration found no position.
    aif_peak, aif_arrival : float
        Arterial input function: peak enhancement in HU, arrival in seconds.
    aif_to_end : float
        Seconds from the arterial peak to the end of the scan.
    vof_tail : float
        Enhancement of the vein at the end of the scan as a fraction of its peak.
    partial_volume_factor : float
        Venous over arterial area under the curve, as measured.
    partial_volume_applied : bool
        Whether the arterial input was scaled by it.
    filtered : bool
        Whether the frames were filtered before the fit.
    """

    interval: float
    duration: float
    coverage: float
    baseline_frames: int
    largest_translation: float | None
    largest_rotation: float | None
    unregistered_frames: int | None
    aif_peak: float
    aif_arrival: float
    aif_to_end: float
    vof_tail: float
    partial_volume_factor: float
    partial_volume_applied: bool
    filtered: bool
