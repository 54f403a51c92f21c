"""The simulated scans from which the calibration of Tmax is made, and what a method reports of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..devices import Device
from ..kinetics import KineticInput, KineticMethod
from ..progress import ProgressCallback
from .tile_curves import random_bolus
from .tissue_responses import FAMILY_RESPONSES
from .tissue_sample import Array, Tissue, TissueKind, random_tissue

MTTS = (4.0, 6.0, 12.0, 24.0)
"""Seconds, from normal tissue to the slowest there is."""

DELAYS = (0.0, 3.0, 6.0)
"""Seconds."""

CBV = 3.0
"""mL/100 g, of the tissue with these delays and transit times."""

PENUMBRA = TissueKind(1.0, (2.0, 4.0), (4.0, 16.0), (0.0, 6.0))
"""Tissue on both sides of the threshold of Tmax."""

_SCAN = 60.0
_PATIENTS = 4
_REPEATS = 25
_PENUMBRA_VOXELS = 1000


@dataclass(frozen=True, eq=False)
class CalibrationScan:
    """One patient, scanned with one interval.

    Attributes
    ----------
    interval : float
        Seconds between frames.
    tissue : Tissue
        The N voxels that each residue function has: first those of :data:`MTTS` x :data:`DELAYS`, repeated,
        then penumbra.
    curves : ndarray of float32, shape (residue functions x N, T)
        HU; residue functions in the order of :data:`FAMILY_RESPONSES`.
    times, aif : ndarray, shape (T,)
        Seconds and HU.
    """

    interval: float
    tissue: Tissue
    curves: NDArray[np.float32]
    times: Array
    aif: Array


@dataclass(frozen=True, eq=False)
class Report:
    """What a method reports of scans with one interval; arrays have the shape (residue functions, N).

    Attributes
    ----------
    method : str
    interval : float
        Seconds between frames.
    tissue : Tissue
        The truth, for every residue function.
    known : ndarray of bool, shape (N,)
        Which voxels have the delays and transit times of the table; the others are penumbra.
    tmax, mtt, cbf : ndarray
        Seconds and mL/100 g/min.
    """

    method: str
    interval: float
    tissue: Tissue
    known: NDArray[np.bool_]
    tmax: Array
    mtt: Array
    cbf: Array


def calibration_scans(interval: float, noise: float, seed: int) -> Iterator[CalibrationScan]:
    """Yield a minute's scan of each patient; `interval` is in seconds, `noise` the SD in HU."""
    times: Array = np.arange(round(_SCAN / interval), dtype=np.float64) * interval
    for patient in range(_PATIENTS):
        bolus = random_bolus(seed + patient)
        random = np.random.default_rng([seed, patient])
        tissue = _tissue(random)
        clean = np.concatenate([tissue.curves(bolus, residue, times) for residue in FAMILY_RESPONSES])
        curves = clean + random.normal(0.0, noise, clean.shape)
        yield CalibrationScan(interval, tissue, curves.astype(np.float32), times, bolus.value(times))


def _tissue(random: np.random.Generator) -> Tissue:
    mtt, delay = (np.repeat(values, _REPEATS) for values in np.meshgrid(MTTS, DELAYS, indexing="ij"))
    penumbra = random_tissue([PENUMBRA], _PENUMBRA_VOXELS, random)
    return Tissue(
        cbf=np.concatenate([60.0 * CBV / mtt, penumbra.cbf]),
        mtt=np.concatenate([mtt, penumbra.mtt]),
        delay=np.concatenate([delay, penumbra.delay]),
    )


def report_of(
    method: KineticMethod, scans: Sequence[CalibrationScan], device: Device, on_progress: ProgressCallback
) -> Report:
    """Return what `method` reports of the scans of all patients, which share one interval."""
    inputs = [
        KineticInput.of(scan.curves, scan.times, scan.aif, scan.times, device=device, on_progress=on_progress)
        for scan in scans
    ]
    fits = [method.compute(each).maps for each in inputs]

    def joined(name: str) -> Array:
        rows = [np.asarray(fit[name], dtype=np.float64).reshape(len(FAMILY_RESPONSES), -1) for fit in fits]
        return np.concatenate(rows, axis=1)

    n_known = len(MTTS) * len(DELAYS) * _REPEATS
    return Report(
        method=method.name,
        interval=scans[0].interval,
        tissue=_joined_tissue([scan.tissue for scan in scans]),
        known=np.concatenate([np.arange(len(scan.tissue.cbf)) < n_known for scan in scans]),
        tmax=joined("Tmax"),
        mtt=joined("MTT"),
        cbf=joined("CBF"),
    )


def _joined_tissue(parts: Sequence[Tissue]) -> Tissue:
    return Tissue(
        cbf=np.concatenate([part.cbf for part in parts]),
        mtt=np.concatenate([part.mtt for part in parts]),
        delay=np.concatenate([part.delay for part in parts]),
    )
