"""An analytic head, symmetric by construction, in any pose and on any grid."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation


@dataclass(frozen=True)
class AnalyticHead:
    """A head on a voxel grid; arrays are (Z, Y, X), `head_mm` is (3, Z, Y, X) in the frame of the head."""

    baseline: NDArray[np.float32]
    tissue: NDArray[np.bool_]
    white_matter: NDArray[np.bool_]
    ijk_to_ras: NDArray[np.float64]
    head_mm: NDArray[np.float64]
    normal: NDArray[np.float64]
    offset: float

    @property
    def shape(self) -> tuple[int, int, int]:
        slices, rows, columns = self.tissue.shape
        return slices, rows, columns

    def ball(self, x: float, y: float, z: float, radius: float) -> NDArray[np.bool_]:
        """Tissue within `radius` mm of a point of the head; the patient's left is -x."""
        centre = np.array([x, y, z])[:, None, None, None]
        return np.asarray((np.linalg.norm(self.head_mm - centre, axis=0) <= radius) & self.tissue)


HeadMaker = Callable[..., AnalyticHead]


def make_analytic_head(
    *,
    pixel: float = 2.0,
    matrix: int = 112,
    n_slices: int = 8,
    yaw: float = 0.0,
    roll: float = 0.0,
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0),
    left_width: float = 1.0,
) -> AnalyticHead:
    """Return a head turned by `yaw` and tilted by `roll` degrees, its left half stretched by `left_width`."""
    thickness = 5.0
    ijk_to_ras = np.diag([-pixel, -pixel, thickness, 1.0])
    ijk_to_ras[:3, 3] = [pixel * (matrix - 1) / 2, pixel * (matrix - 1) / 2, -thickness * (n_slices - 1) / 2]
    slices, rows, columns = np.indices((n_slices, matrix, matrix), dtype=float)
    ras = np.einsum("ij,jzyx->izyx", ijk_to_ras[:3, :3], np.stack([columns, rows, slices]))
    ras += ijk_to_ras[:3, 3, None, None, None]
    pose = Rotation.from_euler("zy", [yaw, -roll], degrees=True).as_matrix()
    head_mm = np.einsum("ji,jzyx->izyx", pose, ras - np.array(shift)[:, None, None, None])

    head_mm[0] = np.where(head_mm[0] < 0, head_mm[0] / left_width, head_mm[0])

    def inside(centre: tuple[float, float, float], axes: tuple[float, float, float]) -> NDArray[np.bool_]:
        scaled = [(head_mm[i] - centre[i]) / axes[i] for i in range(3)]
        return np.asarray(sum(part**2 for part in scaled) <= 1.0)

    # a head is narrower in front than behind, and narrows towards the vertex
    brain = inside((0, 5, -20), (62, 78, 75)) | inside((0, -25, -20), (67, 55, 72))
    skull = inside((0, 5, -20), (69, 85, 82)) | inside((0, -25, -20), (74, 62, 79))
    scalp = inside((0, 5, -20), (75, 91, 88)) | inside((0, -25, -20), (80, 68, 85))
    ventricles = inside((-10, 8, 0), (5, 24, 14)) | inside((10, 8, 0), (5, 24, 14))
    white_matter = inside((-28, 2, 0), (20, 42, 40)) | inside((28, 2, 0), (20, 42, 40))
    white_matter &= ~ventricles
    baseline = np.select(
        [ventricles, white_matter, brain, skull, scalp], [8.0, 29.0, 36.0, 900.0, 20.0], default=-1000.0
    )
    normal = pose[:, 0]
    return AnalyticHead(
        baseline=baseline.astype(np.float32),
        tissue=brain & ~ventricles,
        white_matter=white_matter & brain,
        ijk_to_ras=ijk_to_ras,
        head_mm=head_mm,
        normal=normal,
        offset=float(normal @ np.array(shift)),
    )


@pytest.fixture(scope="session")
def make_head() -> HeadMaker:
    return make_analytic_head


@pytest.fixture(scope="session")
def head() -> AnalyticHead:
    return make_analytic_head()
