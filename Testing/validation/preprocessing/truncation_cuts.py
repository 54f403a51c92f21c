"""Long scans of simulated heads, cut short: what the detector sees, and what becomes of the lesion volumes.

A cut scan is prepared from the beginning, with its own baseline, masks, artery and vein, as it would be had
the scanner stopped there. Motion is left out, and noise is that of a filtered scan, which saves the filter.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray

from CTPerfusionLib.errors import CTPerfusionError
from CTPerfusionLib.kinetics import METHODS, ArterialInput, ResidueShape, compute_maps, estimate_residue_shape
from CTPerfusionLib.lesion import (
    affected_hemisphere,
    find_symmetry_plane,
    label_hemispheres,
    load_protocol,
    normalise_global,
    on_side,
    segment_lesion,
)
from CTPerfusionLib.phantom import SCANNER_SCHEMES, ScannerScheme, head_phantom
from CTPerfusionLib.phantom.kinetics import ArterialInput as Bolus
from CTPerfusionLib.phantom.kinetics import random_arterial_input
from CTPerfusionLib.pipeline import (
    NO_CORE_VOLUME_MODEL,
    PipelineConfig,
    PreparedSeries,
    StageClock,
    prepare_series,
)
from CTPerfusionLib.pipeline.config import NO_FILTER, NO_REGISTRATION
from CTPerfusionLib.quality import TruncationFeatures, truncation_features
from CTPerfusionLib.quality.truncation import CHANGED_VOLUME
from CTPerfusionLib.series import PerfusionSeries

from .phantoms import SCANNERS

SHOWN_METHODS = ("nlr", "bsvd", "bayes")
ENDS = (25.0, 30.0, 35.0, 40.0, 45.0, 50.0, 55.0, 60.0)
"""Seconds at which scans are cut."""

FULL_ENDS = (60.0, 70.0, 80.0)
"""Seconds at which a scan is of full length. The median of its volumes there is the untruncated one, since
noise of the baseline, which areas accumulate, moves single ones."""

LEAST_CHANGE = 3.0
"""mL that a volume has to change by besides; smaller changes are those of noise and matter to nobody."""

FILTERED_NOISE = 0.5
"""HU that the filter leaves in large pixels."""

LATEST, SLOWEST = 8.0, 1.6
"""Seconds by which a bolus is late at most, and times by which a slow circulation draws it out at most."""

_LONG = 80.0
_SLICES = 6
_CINE_INTERVAL = 1.0
_LONG_BASELINE = 8
_ENOUGH_VOXELS = 100
_BOLUS_STREAM = 41

PROTOCOL = load_protocol()


@dataclass(frozen=True)
class Volumes:
    """mL of core and hypoperfusion."""

    core: float
    hypoperfusion: float

    def changed_from(self, full: "Volumes", least_change: float) -> bool:
        """Return whether one of the two differs by more than 15 % and more than `least_change` mL."""
        pairs = ((self.core, full.core), (self.hypoperfusion, full.hypoperfusion))
        return any(abs(cut - whole) > max(CHANGED_VOLUME * whole, least_change) for cut, whole in pairs)


@dataclass(frozen=True)
class Cut:
    """One method on one scan that ends early.

    Attributes
    ----------
    seed : int
    scanner : str
    method : str
    end : float
        Seconds.
    features : TruncationFeatures
    volumes, full : Volumes
        Of this scan, and of the one of full length.
    """

    seed: int
    scanner: str
    method: str
    end: float
    features: TruncationFeatures
    volumes: Volumes
    full: Volumes

    def is_unreliable(self, least_change: float = LEAST_CHANGE) -> bool:
        """Return whether the volumes differ from those of the scan of full length."""
        return self.volumes.changed_from(self.full, least_change)


@dataclass(frozen=True)
class Patient:
    """All cuts of one patient, and how many ended with an error, which needs no detector."""

    cuts: tuple[Cut, ...]
    errors: int


Seen = tuple[TruncationFeatures, Volumes]


def run_seed(seed: int) -> Patient:
    """Simulate one patient, cut the scan at all ends and compare the volumes of all methods."""
    scanner = SCANNERS[(seed + seed // len(SCANNERS)) % len(SCANNERS)]
    series = _long_scan(seed, scanner)
    hemispheres = _hemispheres(_prepare(series))
    seen = {end: _see(_cut(series, end), hemispheres) for end in sorted({*ENDS, *FULL_ENDS})}
    full = {name: _full_volumes([seen[end][name][1] for end in FULL_ENDS]) for name in SHOWN_METHODS}
    cuts = [
        Cut(seed, scanner, name, end, features, volumes, full[name])
        for end in ENDS
        for name, (features, volumes) in seen[end].items()
    ]
    return Patient(tuple(cuts), errors=len(ENDS) * len(SHOWN_METHODS) - len(cuts))


def _see(series: PerfusionSeries, hemispheres: NDArray[np.uint8]) -> dict[str, Seen]:
    """Return features and volumes by the methods that give a result."""
    seen = {}
    with suppress(CTPerfusionError):
        prepared = _prepare(series)
        for name in SHOWN_METHODS:
            with suppress(CTPerfusionError):
                seen[name] = _measure(prepared, name, hemispheres)
    return seen


def _prepare(series: PerfusionSeries) -> PreparedSeries:
    config = PipelineConfig(
        registration=NO_REGISTRATION, filter=NO_FILTER, core_volume_model=NO_CORE_VOLUME_MODEL
    )
    return prepare_series(series, config, StageClock())


def _long_scan(seed: int, scanner: str) -> PerfusionSeries:
    """Return a slab of 30 mm, scanned for 80 s as the scanner does it, without motion."""
    return head_phantom(
        seed=seed,
        scanner=_long_scheme(SCANNER_SCHEMES[scanner]),
        motion="none",
        noise=FILTERED_NOISE,
        size="tiny",
        arterial_input=_bolus(seed),
    ).series


def _long_scheme(scheme: ScannerScheme) -> ScannerScheme:
    interval = max(scheme.interval, _CINE_INTERVAL)
    return replace(scheme, interval=interval, n_frames=int(_LONG / interval) + 1, n_slices=_SLICES)


def _bolus(seed: int) -> Bolus:
    """Return a bolus that may be late and, with a slow circulation, later, broader and lower."""
    random = np.random.default_rng([seed, _BOLUS_STREAM])
    usual = random_arterial_input(random)
    slowness, lateness = random.uniform(1.0, SLOWEST), random.uniform(0.0, LATEST)
    return replace(
        usual,
        arrival=usual.arrival + lateness,
        peak=usual.peak / slowness,
        beta=usual.beta * slowness,
        second_delay=usual.second_delay * slowness,
    )


def _cut(series: PerfusionSeries, end: float) -> PerfusionSeries:
    last = series.times if series.times.ndim == 1 else series.times.max(axis=1)
    count = int((last <= end).sum())
    return replace(series, voxels=series.voxels[:count], times=series.times[:count])


def _hemispheres(prepared: PreparedSeries) -> NDArray[np.uint8]:
    series = prepared.series
    plane = find_symmetry_plane(prepared.baseline.image, prepared.masks.tissue, series.ijk_to_ras)
    return label_hemispheres(plane, series.shape, series.ijk_to_ras)


def _measure(prepared: PreparedSeries, name: str, hemispheres: NDArray[np.uint8]) -> Seen:
    """Return what the detector sees, and the volumes by one method."""
    series, tissue, vessels = prepared.enhancement, prepared.masks.tissue, prepared.vessels
    maps = compute_maps(
        series.voxels,
        series.times,
        tissue,
        vessels.aif,
        method=name,
        device="cpu",
        marginalise_offset=prepared.baseline.n_frames < _LONG_BASELINE,
    ).maps
    limit = PROTOCOL.reference_tmax_at_most
    residue = _residue(prepared, tissue & (maps["Tmax"] <= limit))
    relative_flow = normalise_global(maps["CBF"], maps["Tmax"], tissue, tmax_limit=limit).map
    affected = affected_hemisphere(maps["Tmax"], tissue, hemispheres, tmax_threshold=PROTOCOL.late_tmax)
    segments = segment_lesion(
        relative_flow,
        maps["Tmax"],
        tissue,
        series.ijk_to_ras,
        protocol=PROTOCOL.read_by(METHODS[name].flow_readings[residue]),
        side=on_side(hemispheres, affected.side),
    )
    mean_curve = series.voxels[:, tissue].mean(axis=1, dtype=np.float64)
    features = truncation_features(vessels.measured_aif, series.frame_times, mean_curve, residue)
    voxels = (int(segments.core.sum()), int(segments.hypoperfusion.sum()))
    return features, Volumes(*(count * series.voxel_volume_ml for count in voxels))


def _residue(prepared: PreparedSeries, normal: NDArray[np.bool_]) -> ResidueShape:
    """Judge the residue function as the pipeline does."""
    series, aif = prepared.enhancement, prepared.vessels.aif
    arterial = ArterialInput.from_samples(aif.times, aif.enhancement)
    slices = [index for index in range(series.n_slices) if normal[index].sum() >= _ENOUGH_VOXELS]
    return estimate_residue_shape(
        (
            (
                series.slice_times(index),
                series.voxels[:, index, normal[index]].mean(axis=1, dtype=np.float64),
            )
            for index in slices
        ),
        arterial,
    )


def _full_volumes(volumes: Sequence[Volumes]) -> Volumes:
    return Volumes(median(each.core for each in volumes), median(each.hypoperfusion for each in volumes))
