"""Rules on how the scan was sampled: time, geometry, noise.

The limits of noise and geometry lie well outside clinical CT perfusion: 6 to 9 HU a frame at 80 kV and 100
to 200 mAs, slices of 5 to 10 mm.
"""

from ..series import Severity
from .measurements import StudyMeasurements
from .rule import Bound, Limit, QualityRule, flag, share


def _noise_share(study: StudyMeasurements) -> float | None:
    return share(study.noise, study.tissue_peak)


def _gap(study: StudyMeasurements) -> float | None:
    """Return the largest gap where frames are missing from the usual rhythm."""
    gap = study.largest_gap
    return gap if gap is not None and gap >= 2.0 * study.interval else None


ACQUISITION_RULES: tuple[QualityRule[StudyMeasurements], ...] = (
    QualityRule(
        "slow_sampling",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.interval,
                Bound.ABOVE,
                3.0,
                "Frames are {value:.1f} s apart, more than {limit:.0f} s, so timing maps and CBF are coarse.",
            ),
        ),
        "Use a protocol with at most 3 s between frames.",
    ),
    QualityRule(
        "irregular_timing",
        (
            Limit(
                Severity.WARNING,
                _gap,
                Bound.ABOVE,
                3.0,
                "While contrast passes, {value:.1f} s lie between two used frames, more than {limit:.0f} s; "
                "usually it is {study.interval:.1f} s.",
            ),
        ),
        "Look at the arterial curve in the report: its peak may lie in the gap; read CBF and CBV with care.",
    ),
    QualityRule(
        "thin_slab",
        (
            Limit(
                Severity.INFO,
                lambda m: m.coverage,
                Bound.BELOW,
                80.0,
                "The scan covers {value:.0f} mm of the head, less than {limit:.0f} mm; volumes count only "
                "the tissue inside.",
            ),
        ),
        "Do not compare the volumes with those of whole-brain scans.",
    ),
    QualityRule(
        "thick_slices",
        (
            Limit(
                Severity.INFO,
                lambda m: m.slice_thickness,
                Bound.ABOVE,
                10.0,
                "Slices are {value:.1f} mm apart, more than {limit:.0f} mm, so small lesions are averaged "
                "away.",
            ),
        ),
        "Reconstruct slices of 5 to 10 mm if the raw data are at hand.",
    ),
    QualityRule(
        "uneven_pixels",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.pixel_ratio,
                Bound.ABOVE,
                1.05,
                "Pixels are {value:.2f} times as long as wide, more than {limit:.2f} times, which no CT "
                "scanner does.",
            ),
        ),
        "Check how the images were converted: volumes are wrong if the pixel size is.",
    ),
    QualityRule(
        "high_noise",
        (
            Limit(
                Severity.WARNING,
                lambda m: m.noise,
                Bound.ABOVE,
                15.0,
                "One frame has a noise of {value:.1f} HU, more than {limit:.0f} HU, so maps are unreliable "
                "in single voxels.",
            ),
            Limit(
                Severity.WARNING,
                _noise_share,
                Bound.ABOVE,
                3.0,
                "The noise of one frame is {value:.1f} times the peak enhancement of the tissue, "
                "{study.noise:.1f} HU to {study.tissue_peak:.1f} HU, more than {limit:.0f} times.",
            ),
        ),
        "Rely on large segments only, not on single voxels or small parts.",
    ),
    QualityRule(
        "no_filter",
        (
            Limit(
                Severity.INFO,
                lambda m: flag(not m.filtered),
                Bound.ABOVE,
                0.0,
                "Noise filtering was switched off, so maps are noisier and low flow is overestimated.",
            ),
        ),
        "Run with it unless the series is filtered already.",
    ),
)
