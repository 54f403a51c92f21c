"""Centre lines, calibres and filling times of the larger vessels of the head in template space."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import scipy
from numpy.typing import NDArray

Point = tuple[float, float, float]


class VesselKind(StrEnum):
    """What the vessel carries."""

    ARTERY = "artery"
    VEIN = "vein"


@dataclass(frozen=True)
class Vessel:
    """One stretch of vessel.

    Attributes
    ----------
    kind : VesselKind
    points : tuple of (x, y, z)
        Centre line in template mm, in the direction of flow.
    calibre : tuple of float
        Diameter in mm at the first and at the last point.
    arrival : float
        Delay in s behind the arterial input at the first point.
    speed : float
        Delay gained along the vessel, s per cm; negative for retrograde filling.
    transit : float
        Mean of the transit-time spread in s between arterial input and vessel.
    division : str
        Middle cerebral branches: ``trunk``, ``superior`` or ``inferior``; empty for other vessels.
    side : int
        +1 right, -1 left, 0 midline.
    clotted : bool
        Filled with thrombus: dense, without enhancement.
    """

    kind: VesselKind
    points: tuple[Point, ...]
    calibre: tuple[float, float]
    arrival: float
    speed: float
    transit: float
    division: str = ""
    side: int = 0
    clotted: bool = False

    def centre_line(self, spacing: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return points about `spacing` mm apart, shape (N, 3), and their path length in mm, shape (N,)."""
        corners = np.array(self.points, dtype=float)
        chords = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
        spline = scipy.interpolate.CubicSpline(chords, corners)
        path = np.linspace(0.0, chords[-1], max(2, int(np.ceil(chords[-1] / spacing)) + 1))
        return np.asarray(spline(path)), path


ARTERIAL_SPEED = 0.06
"""s per cm of artery (0.3 s per 5 cm).

The arterial input is the curve at the end of the M1 segment, where it is measured in practice; the vessels
upstream fill as early as time allows, those downstream later.
"""

VENOUS_TRANSIT = 3.4
"""s; spread of the transit times between arterial input and veins."""

TRUNK = "trunk"
_A = VesselKind.ARTERY
PAIRED_ARTERIES: tuple[Vessel, ...] = (
    Vessel(_A, ((12, -2, -40), (13, 2, -30), (10, 8, -22), (10, 6, -14)),
           (4.8, 4.0), -0.30, ARTERIAL_SPEED, 0.05),
    Vessel(_A, ((10, 6, -14), (18, 7, -14), (26, 5, -16), (32, 4, -15)), (3.2, 2.8), -0.14, ARTERIAL_SPEED,
           0.05, TRUNK),
    Vessel(_A, ((32, 4, -15), (37, 6, -8), (39, 8, 2), (41, 6, 12), (46, 4, 17), (54, 2, 18), (60, -2, 26)),
           (2.5, 1.4), 0.00, ARTERIAL_SPEED, 0.10, "superior"),
    Vessel(_A, ((37, 6, -8), (38, 16, 0), (40, 24, 6), (46, 32, 8), (50, 36, 14)), (2.0, 1.2), 0.06,
           ARTERIAL_SPEED, 0.10, "superior"),
    Vessel(_A, ((39, 8, 2), (41, -2, 10), (43, -10, 17), (52, -14, 18), (61, -18, 24)), (2.0, 1.2), 0.10,
           ARTERIAL_SPEED, 0.10, "superior"),
    Vessel(_A, ((32, 4, -15), (38, -3, -9), (41, -12, 0), (42, -22, 9), (46, -32, 15), (56, -38, 18),
           (60, -46, 26)),
           (2.5, 1.4), 0.00, ARTERIAL_SPEED, 0.10, "inferior"),
    Vessel(_A, ((41, -12, 0), (48, -22, 4), (57, -30, 4), (62, -42, 8), (58, -56, 14)), (1.9, 1.2), 0.12,
           ARTERIAL_SPEED, 0.10, "inferior"),
    Vessel(_A, ((10, 6, -14), (6, 10, -14), (2, 14, -12)), (2.3, 2.2), -0.08, ARTERIAL_SPEED, 0.05),
    Vessel(_A, ((2, 14, -12), (2, 26, -10), (2, 36, 0), (2, 38, 12), (2, 30, 25), (2, 10, 33),
           (3, -12, 37)),
           (2.3, 1.5), 0.00, ARTERIAL_SPEED, 0.05),
    Vessel(_A, ((2, 38, 8), (3, 46, 20), (3, 40, 34), (4, 24, 44), (4, 6, 54)), (1.7, 1.2), 0.10,
           ARTERIAL_SPEED, 0.10),
    Vessel(_A, ((0, -16, -20), (10, -17, -17), (19, -25, -13), (22, -38, -6), (17, -56, 0), (12, -72, 4),
           (9, -86, 8)),
           (2.4, 1.4), 0.30, ARTERIAL_SPEED, 0.10),
    Vessel(_A, ((17, -56, 0), (14, -62, 12), (10, -70, 22)), (1.6, 1.2), 0.60, ARTERIAL_SPEED, 0.10),
)  # fmt: skip
MIDLINE_ARTERIES: tuple[Vessel, ...] = (
    Vessel(_A, ((0, -24, -50), (0, -22, -38), (0, -16, -20)), (3.4, 3.2), 0.00, ARTERIAL_SPEED, 0.05),
)
_V = VesselKind.VEIN
DEEP_VEINS: tuple[Vessel, ...] = (
    Vessel(_V, ((2, -2, 13), (2.5, -18, 17), (2, -34, 14), (0, -41, 11)),
           (1.8, 2.4), 3.6, 0.1, VENOUS_TRANSIT, "", 1),
    Vessel(_V, ((-2, -2, 13), (-2.5, -18, 17), (-2, -34, 14), (0, -41, 11)),
           (1.8, 2.4), 3.6, 0.1, VENOUS_TRANSIT,
           "", -1),
    Vessel(_V, ((0, -41, 11), (0, -50, 8), (0, -66, 2), (0, -82, -4), (0, -96, -10)), (3.6, 4.6), 4.0, 0.08,
           VENOUS_TRANSIT),
)  # fmt: skip
