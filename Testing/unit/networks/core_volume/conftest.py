"""A head of simple shapes whose ventricles end at a known height, and a simulated stroke patient."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from CTPerfusionLib.networks.core_volume import CoreVolumeArchitecture, build_core_volume_network
from CTPerfusionLib.phantom import SCANNER_SCHEMES, Phantom, head_phantom
from CTPerfusionLib.preprocessing import TissueMasks, segment_tissue
from CTPerfusionLib.series import PerfusionSeries, TimeSource

SPACING = (4.0, 4.0, 5.0)
"""mm between columns, rows and slices."""

MATRIX = (50, 46)
"""Rows and columns."""


@pytest.fixture(scope="session")
def grid_mm() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Millimetres behind and to the left of the middle of the images, each (Y, X)."""
    rows, columns = np.indices(MATRIX)
    middle = [(n - 1) / 2.0 for n in MATRIX]
    return (rows - middle[0]) * SPACING[1], (columns - middle[1]) * SPACING[0]


@pytest.fixture(scope="session")
def a_head(grid_mm) -> Callable[..., tuple[PerfusionSeries, TissueMasks]]:
    """Give series and masks: ``a_head(n_slices, ventricles=(lowest, highest), times=..., hu=...)``.

    The brain is an ellipse of 130 x 160 mm in all slices; in those named, a ventricle of 12 x 60 mm lies on
    both sides, 8 mm from the midline. `hu` (T, Z, Y, X) are its values, by default 35 HU in the brain.
    """
    behind, left = grid_mm
    ellipse = (left / 65.0) ** 2 + (behind / 80.0) ** 2 < 1.0
    horns = (np.abs(left) > 8.0) & (np.abs(left) < 21.0) & (np.abs(behind) < 30.0)

    def build(n_slices=10, ventricles=None, times=None, hu=None):
        brain = np.repeat(ellipse[None], n_slices, axis=0)
        csf = np.zeros_like(brain)
        if ventricles is not None:
            csf[ventricles[0] : ventricles[1] + 1] = horns
        nothing = np.zeros_like(brain)
        masks = TissueMasks(brain, brain, csf, nothing, nothing, nothing, brain & ~csf)
        sampled = np.arange(32) * 1.5 if times is None else times
        voxels = np.where(brain, 35.0, -1000.0)[None].repeat(len(sampled), axis=0) if hu is None else hu
        matrix = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
        return PerfusionSeries(voxels.astype(np.float32), sampled, matrix, TimeSource.SIMULATED), masks

    return build


@pytest.fixture(scope="session")
def a_patient() -> Phantom:
    """A simulated stroke patient who lies still, in ten slices."""
    scheme = replace(SCANNER_SCHEMES["siemens-shuttle"], n_slices=10)
    return head_phantom(seed=301, scanner=scheme, size="tiny", motion="none")


@pytest.fixture(scope="session")
def a_patients_masks(a_patient: Phantom) -> TissueMasks:
    return segment_tissue(a_patient.series)


@pytest.fixture(scope="session")
def vgg19():
    """The network of the paper with random weights; tests leave it as it is."""
    torch.manual_seed(0)
    return build_core_volume_network(CoreVolumeArchitecture(encoder="vgg19")).eval()
