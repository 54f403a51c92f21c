"""What is computed once of a study, however often its thresholds move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import ProcessingError
from .criterion import Criterion
from .hemispheres import HemisphereDelays, Side, on_side, other_side
from .normalisation import FlowReference, Normalisation
from .old_infarcts import OldInfarcts
from .protocol import CoreNormalisation, ThresholdProtocol
from .store import Store
from .symmetry_plane import SymmetryPlane
from .thresholding import Cut, CutVolumes, Limit, Radii, Thresholding, limits_of, prepare_thresholding


@dataclass(frozen=True, eq=False)
class LesionMaps:
    """The maps of one study, normalised and divided into hemispheres.

    Attributes
    ----------
    maps : mapping of str to ndarray of float32, shape (Z, Y, X)
        As the kinetic method gave them, and ``rCBF_global``, ``rCBV_global``, ``rCBF_local``, ``rCBV_local``
        as far as there are.
    tissue, dead : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed, without what bone makes look dead, and the part of it that has no flow and
        no times.
    beside_bone : ndarray of bool, shape (Z, Y, X), or None
        Voxels that bone may spoil: a part of a segment has to be large enough without them. None without a
        baseline image.
    ijk_to_ras : ndarray, shape (4, 4)
    reference_tmax_at_most : float
        The reference of the global normalisation is tissue with a Tmax up to this, in seconds.
    rcbf_global : Normalisation
        Blood flow relative to normally perfused tissue.
    rcbv_global : Normalisation or None
        Blood volume likewise; None without a map of blood volume.
    rcbf_local : ndarray of float32, shape (Z, Y, X), or None
        Blood flow relative to the counterpart in the other hemisphere, if that was asked for.
    rcbv_local : ndarray of float32, shape (Z, Y, X), or None
        Blood volume likewise; None without a map of blood volume, too.
    has_counterpart : ndarray of bool, shape (Z, Y, X), or None
        Tissue whose counterpart lies in the slab; None without local normalisation.
    reference : FlowReference
        What the global normalisation refers to.
    reference_side : Side
        The affected side that a contralateral reference took for granted.
    plane : SymmetryPlane
        The mid-sagittal plane.
    hemispheres : ndarray of uint8, shape (Z, Y, X)
        `Hemisphere` of each voxel.
    delays : HemisphereDelays
        What the affected hemisphere is found by: delays of tissue that bone does not spoil.
    median_mtt : mapping of Side to float
        Median MTT of the left, the right, and under ``none`` of all tissue in seconds; empty without a map.
    normal_blood_volume : float or None
        Mean relative blood volume of the reference tissue.
    old_infarcts : OldInfarcts
        What looks like an infarct of long ago.
    """

    maps: Mapping[str, NDArray[np.float32]]
    tissue: NDArray[np.bool_]
    dead: NDArray[np.bool_]
    beside_bone: NDArray[np.bool_] | None
    ijk_to_ras: NDArray[np.float64]
    reference_tmax_at_most: float
    rcbf_global: Normalisation
    rcbv_global: Normalisation | None
    rcbf_local: NDArray[np.float32] | None
    rcbv_local: NDArray[np.float32] | None
    has_counterpart: NDArray[np.bool_] | None
    reference: FlowReference
    reference_side: Side
    plane: SymmetryPlane
    hemispheres: NDArray[np.uint8]
    delays: HemisphereDelays
    median_mtt: Mapping[Side, float]
    normal_blood_volume: float | None
    old_infarcts: OldInfarcts
    _thresholdings: Store[Thresholding] = field(default_factory=lambda: Store(4), init=False, repr=False)
    _cuts: Store[Cut] = field(default_factory=lambda: Store(6), init=False, repr=False)
    _volumes: Store[CutVolumes] = field(default_factory=lambda: Store(200), init=False, repr=False)

    @property
    def normalisations(self) -> tuple[CoreNormalisation, ...]:
        """The normalisations of blood flow that are there."""
        return tuple(CoreNormalisation) if self.rcbf_local is not None else (CoreNormalisation.GLOBAL,)

    def thresholding(self, side: Side, radii: Radii) -> Thresholding:
        """Return what segments on one side depend on; the last ones are kept."""
        return self._thresholdings.get(
            (side, radii),
            lambda: prepare_thresholding(
                self.maps,
                self.tissue,
                self.dead,
                self.ijk_to_ras,
                radii,
                on_side(self.hemispheres, side),
                beside_bone=self.beside_bone,
            ),
        )

    def limits(
        self,
        criteria: Sequence[Criterion],
        protocol: ThresholdProtocol,
        side: Side,
        normalisation: CoreNormalisation,
    ) -> tuple[Limit, ...]:
        """Return criteria as limits on these maps.

        Raises
        ------
        ProcessingError
            If MTT is to be compared with a side that has none.
        """
        reference = self.median_mtt.get(other_side(side), np.nan)
        if any(each.map == "rMTT_contralateral" for each in criteria) and not reference > 0.0:
            raise ProcessingError(
                "The unaffected hemisphere has no mean transit time to compare with",
                "check the affected side and the map of MTT, or choose another threshold protocol",
            )
        return limits_of(criteria, protocol, flow=f"rCBF_{normalisation}", reference_mtt=reference)

    def cut(self, limits: tuple[Limit, ...], side: Side, radii: Radii) -> Cut:
        """Return the segment beyond limits on one side; the last ones are kept and must not be changed."""
        return self._cuts.get(
            (limits, side, radii), lambda: self.thresholding(side, radii).cut(limits, radii)
        )

    def cut_volumes(self, limits: tuple[Limit, ...], side: Side, radii: Radii) -> CutVolumes:
        """Return what the segment beyond limits on one side measures; the last ones are kept."""
        return self._volumes.get(
            (limits, side, radii), lambda: self.thresholding(side, radii).cut(limits, radii).volumes
        )
