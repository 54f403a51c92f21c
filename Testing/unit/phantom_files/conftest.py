"""Small phantoms of every scanner scheme, with voxels that tell frames, slices, rows and columns apart."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, PhantomTruth
from CTPerfusionLib.series import PerfusionSeries, SeriesMetadata, TimeSource, motion_matrix


def _oblique_placement(thickness: float) -> np.ndarray:
    placement = np.diag([-0.5, -0.75, thickness, 1.0])
    placement[:3, 3] = [3.2, 11.7, -20.4]
    return motion_matrix(np.array([0.0, 0.0, 0.0, 12.0, 3.0, -5.0]), np.zeros(3)) @ placement


@pytest.fixture(scope="session")
def a_made_up_phantom() -> Callable[[str], Phantom]:
    def make(scanner: str, seed: int = 5) -> Phantom:
        scheme = replace(SCANNER_SCHEMES[scanner], n_frames=12)
        shape = (scheme.n_slices, 5, 7)
        rng = np.random.default_rng(seed)
        series = PerfusionSeries(
            voxels=rng.integers(-1024, 2500, (scheme.n_frames, *shape)).astype(np.int16),
            times=scheme.times(),
            ijk_to_ras=_oblique_placement(scheme.slice_thickness),
            time_source=TimeSource.SIMULATED,
            metadata=SeriesMetadata(scheme.manufacturer, scheme.model, scheme.kvp),
        )
        core = rng.random(shape) < 0.1
        flow = rng.uniform(5.0, 80.0, shape).astype(np.float32)
        flow[:, 0] = np.nan
        truth = PhantomTruth(
            maps=dict.fromkeys(("CBF", "CBV", "MTT", "Delay", "TTP"), flow),
            labels=rng.integers(0, 4, shape).astype(np.uint8),
            label_names={0: "air", 1: "grey", 2: "white", 3: "artery"},
            core=core,
            hypoperfusion=core | (rng.random(shape) < 0.3),
            side="left",
            times=series.frame_times,
            aif=rng.random(scheme.n_frames),
            vof=rng.random(scheme.n_frames),
            motion=rng.normal(0.0, 1.0, (scheme.n_frames, 6)),
            seed=seed,
            parameters={"lesion": "m1", "noise_hu": 6.0},
        )
        return Phantom(series, truth, scanner)

    return make
