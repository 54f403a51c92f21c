"""The head phantom: a stroke patient's CT perfusion scan with everything about it known."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..progress import ProgressCallback, ignore_progress, part_of
from ..series import PerfusionSeries, SeriesMetadata, TimeSource
from .acquisition import acquire
from .anatomy import build_anatomy
from .brain_shape import brain_shape
from .head_model import HeadFields, HeadModel, build_head
from .head_motion import random_motion
from .head_pose import random_pose
from .head_settings import HeadPhantomSettings
from .head_truth import head_truth
from .kinetics import ArterialInput, ContrastKinetics, random_contrast
from .lesion_field import CLINICAL_SLAB, Division, Lesion, Occlusion, random_lesion
from .microangiopathy import random_microangiopathy
from .phantom import Phantom
from .sampling_grid import FIELD_OF_VIEW, SamplingGrid, sampling_grid
from .scalar_field import smooth_noise
from .scanner_noise import ScannerNoise
from .scanner_scheme import ScannerScheme
from .templates import load_templates
from .vessel_raster import rasterise
from .vessel_tree import grow_vessels

LONGEST_DELAY = 25.0
"""s; no tissue or vessel fills later."""

NOISE_STREAM = 1
"""Separates the seed of the noise from those of the patient."""


def head_phantom(
    *,
    seed: int = 0,
    scanner: str | ScannerScheme = "ge-cine",
    lesion: str = "m1",
    side: str | None = None,
    microangiopathy: int = 0,
    motion: str = "mild",
    noise: float | None = None,
    size: str = "clinical",
    arterial_input: ArterialInput | None = None,
    core_ml: float | None = None,
    on_progress: ProgressCallback = ignore_progress,
) -> Phantom:
    """Simulate the CT perfusion scan of one stroke patient.

    The head (anatomy, lesion, kinetics, motion) depends on `seed` only; the same seed gives the same patient
    on every scanner and at every size.

    Parameters
    ----------
    seed : int
        Chooses everything random.
    scanner : str or ScannerScheme
        A name in :data:`SCANNER_SCHEMES`, or a scheme of one's own, such as one of these that lasts longer.
    lesion : str
        ``m1``, ``m2`` or ``none``.
    side : str or None
        ``left`` or ``right``; None: chosen by the seed.
    microangiopathy : int
        Grade 0 to 3 of symmetric white-matter disease.
    motion : str
        ``none``, ``mild`` or ``severe``.
    noise : float or None
        SD in HU in the middle of the brain on the grid that is returned; None: what is typical of the scanner
        at clinical pixels, averaged down to larger ones.
    size : str
        ``clinical`` (512 x 512) or ``tiny`` (128 x 128, same field of view, slices and times).
    arterial_input : ArterialInput or None
        The bolus, such as one that is late or broad; None: chosen by the seed.
    core_ml : float or None
        Volume in mL that the core would have in a slab of 40 mm above the basal ganglia if nothing bounded
        it: it stays within the underperfused tissue, and goes on beyond the slab. The truth says what became
        of it. None: chosen by the seed, as is usual of the lesion.
    on_progress : callable

    Returns
    -------
    Phantom
        Series of int16 HU, and its truth.

    Raises
    ------
    ConfigurationError
        If an option is not one of the above, or nilearn is not installed.
    """
    settings = HeadPhantomSettings(
        seed, scanner, lesion, side, microangiopathy, motion, noise, size, arterial_input, core_ml
    )
    return _simulate(settings, on_progress)


def _simulate(settings: HeadPhantomSettings, on_progress: ProgressCallback) -> Phantom:
    scheme = settings.scheme
    streams = [np.random.default_rng(each) for each in np.random.SeedSequence(settings.seed).spawn(8)]
    times = scheme.times()
    frame_times = times if times.ndim == 1 else times.mean(axis=1)
    motion = random_motion(settings.motion, frame_times, streams[0])
    grid = sampling_grid(scheme, settings.size, _through_plane(motion))
    occlusion = _occlusion(settings, streams[1])
    fields = _head_fields(settings, occlusion, streams)
    on_progress(0.08)
    head = _head_at_rest(fields, occlusion, scheme, grid, streams, part_of(on_progress, 0.08, 0.25))
    contrast = _contrast(settings, streams[7])
    tissue, blood = contrast.responses(scheme.exposure_time, float(times.max()), LONGEST_DELAY)
    noise = ScannerNoise(
        grid.shape[1], grid.pixel, scheme.noise_hu, settings.noise, [settings.seed, NOISE_STREAM]
    )
    voxels = acquire(
        head, grid, times, motion, tissue, blood, noise, on_progress=part_of(on_progress, 0.25, 1.0)
    )
    series = PerfusionSeries(
        voxels=voxels,
        times=times,
        ijk_to_ras=grid.ijk_to_ras,
        time_source=TimeSource.SIMULATED,
        metadata=SeriesMetadata(manufacturer=scheme.manufacturer, model=scheme.model, kvp=scheme.kvp),
    )
    truth = head_truth(
        head,
        grid,
        side="none" if fields.lesion is None else occlusion.side,
        times=frame_times,
        arterial_input=contrast.arterial_input,
        motion=motion,
        seed=settings.seed,
        parameters=_parameters(settings, occlusion, contrast, noise.sd),
    )
    return Phantom(series=series, truth=truth, scanner=scheme.name)


def _contrast(settings: HeadPhantomSettings, random: np.random.Generator) -> ContrastKinetics:
    drawn = random_contrast(random)
    if settings.arterial_input is None:
        return drawn
    return replace(drawn, arterial_input=settings.arterial_input)


def _head_at_rest(
    fields: HeadFields,
    occlusion: Occlusion,
    scheme: ScannerScheme,
    grid: SamplingGrid,
    streams: list[np.random.Generator],
    on_progress: ProgressCallback,
) -> HeadModel:
    pose = random_pose(_slab_height(scheme), streams[5])
    vessels = grow_vessels(fields.anatomy.hull_distance, occlusion, streams[6])
    return build_head(fields, pose, rasterise(vessels, pose, grid), grid, on_progress=on_progress)


def _parameters(
    settings: HeadPhantomSettings, occlusion: Occlusion, contrast: ContrastKinetics, noise_sd: float
) -> dict[str, Any]:
    """Return what was chosen, for the record beside the truth."""
    return {
        "scanner": settings.scheme.name,
        "lesion": settings.lesion,
        "occluded_division": str(occlusion.division) if settings.lesion == Lesion.M2 else None,
        "microangiopathy": settings.microangiopathy,
        "motion": settings.motion,
        "noise_hu": noise_sd,
        "size": settings.size,
        "residue": contrast.residue,
        "arterial_input": asdict(contrast.arterial_input),
        "core_ml": settings.core_ml,
    }


def _occlusion(settings: HeadPhantomSettings, random: np.random.Generator) -> Occlusion:
    drawn_sign = 1 if random.random() < 0.5 else -1
    given = {"right": 1, "left": -1}
    sign = drawn_sign if settings.side is None else given[settings.side]
    division = Division.INFERIOR if random.random() < 0.5 else Division.SUPERIOR
    return Occlusion(Lesion(settings.lesion), sign, division)


def _head_fields(
    settings: HeadPhantomSettings, occlusion: Occlusion, streams: list[np.random.Generator]
) -> HeadFields:
    shape = brain_shape()
    anatomy = build_anatomy(load_templates(), shape, streams[2])
    grid = shape.posterior
    return HeadFields(
        anatomy=anatomy,
        lesion=random_lesion(occlusion, anatomy, streams[3], settings.core_ml),
        microangiopathy=random_microangiopathy(settings.microangiopathy, anatomy, streams[4]),
        posterior=shape.posterior,
        wander=grid.like(smooth_noise(grid.values.shape, 8.0, streams[4])),
    )


def _slab_height(scheme: ScannerScheme) -> float:
    """Return the template height (mm) of the slab's middle: above the basal ganglia, below the vertex."""
    coverage = scheme.n_slices * scheme.slice_thickness
    middle = float(np.mean(CLINICAL_SLAB))
    return min(middle + max(0.0, coverage - 40.0) * 0.1, 88.0 - coverage / 2)


def _through_plane(positions: NDArray[np.float64]) -> float:
    """Return an upper limit in mm of the motion along z within the field of view."""
    tilt = np.radians(np.abs(positions[:, 3:5])).sum(axis=1)
    return float((np.abs(positions[:, 2]) + tilt * 0.4 * FIELD_OF_VIEW).max())
