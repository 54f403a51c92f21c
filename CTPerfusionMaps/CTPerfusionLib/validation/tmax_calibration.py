"""What every kinetic method reports for known delay and transit time, and what 6 s of its Tmax mean.

Methods define Tmax in two ways, as the centre of the impulse response or as the time of its maximum
(:class:`TmaxDefinition`), so that one threshold does not select the same tissue. The truth here is the
centre, delay + MTT/2: for the maximum there is none, since it lies where regularisation puts it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..devices import Device, resolve_device
from ..kinetics import METHODS
from ..progress import ProgressCallback, ignore_progress, part_of
from .calibration_scans import DELAYS, MTTS, Report, calibration_scans, report_of
from .tissue_responses import FAMILY_RESPONSES
from .tissue_sample import Array
from .tmax_thresholds import Correspondence, EquivalentThreshold, correspondences, equivalent_thresholds

INTERVALS = (0.5, 1.0, 2.0)
"""Seconds between frames."""

NOISE = 2.0
"""HU, about what the pipeline's filter leaves."""


@dataclass(frozen=True)
class Reading:
    """What a method reports of tissue with one delay and MTT, medians over patients and noise.

    Attributes
    ----------
    method, residue : str
    interval : float
        Seconds between frames.
    mtt, delay : float
        True seconds.
    tmax, reported_mtt : float
        Seconds; NaN where the method finds no enhancement in any voxel.
    cbf_ratio : float
        Reported over true.
    """

    method: str
    residue: str
    interval: float
    mtt: float
    delay: float
    tmax: float
    reported_mtt: float
    cbf_ratio: float


@dataclass(frozen=True)
class TmaxCalibration:
    """All that was found.

    Attributes
    ----------
    noise : float
        HU.
    seed : int
    readings : tuple of Reading
    correspondences : tuple of Correspondence
    equivalents : tuple of EquivalentThreshold
    """

    noise: float
    seed: int
    readings: tuple[Reading, ...]
    correspondences: tuple[Correspondence, ...]
    equivalents: tuple[EquivalentThreshold, ...]


def calibrate_tmax(
    *,
    noise: float = NOISE,
    intervals: Sequence[float] = INTERVALS,
    device: str | Device = "auto",
    seed: int = 900,
    on_progress: ProgressCallback = ignore_progress,
) -> TmaxCalibration:
    """Find what every method in :data:`METHODS` reports of tissue with known truth.

    Parameters
    ----------
    noise : float
        SD in HU.
    intervals : sequence of float
        Seconds between frames.
    device : str or Device
        A name in :data:`DEVICES`, or ``auto``.
    seed : int
        Of the arterial inputs, the penumbra and the noise. Seeds 100 to 199 are for tuning.
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If there is no such device.
    """
    reports = list(_reports(intervals, noise, seed, resolve_device(device), on_progress))
    return TmaxCalibration(
        noise=noise,
        seed=seed,
        readings=tuple(reading for report in reports for reading in _readings(report)),
        correspondences=tuple(correspondences(reports)),
        equivalents=tuple(equivalent_thresholds(reports)),
    )


def _reports(
    intervals: Sequence[float], noise: float, seed: int, device: Device, on_progress: ProgressCallback
) -> Iterator[Report]:
    n_done, n_reports = 0, len(intervals) * len(METHODS)
    on_progress(0.0)
    for interval in intervals:
        scans = list(calibration_scans(interval, noise, seed))
        for method in METHODS.values():
            # The bar stands still while a method runs, but the method can be stopped.
            standing = part_of(on_progress, n_done / n_reports, n_done / n_reports)
            yield report_of(method, scans, device, standing)
            n_done += 1
    on_progress(1.0)


def _readings(report: Report) -> Iterator[Reading]:
    for row, residue in enumerate(FAMILY_RESPONSES):
        for mtt, delay in product(MTTS, DELAYS):
            tissue = report.tissue
            voxels = report.known & (tissue.mtt == mtt) & (tissue.delay == delay)
            yield Reading(
                method=report.method,
                residue=residue,
                interval=report.interval,
                mtt=mtt,
                delay=delay,
                tmax=_median(report.tmax[row, voxels]),
                reported_mtt=_median(report.mtt[row, voxels]),
                cbf_ratio=_median(report.cbf[row, voxels] / tissue.cbf[voxels]),
            )


def _median(values: Array) -> float:
    valid = values[~np.isnan(values)]
    return float(np.median(valid)) if len(valid) else float("nan")
