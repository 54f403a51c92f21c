"""From what a network gives to perfusion maps in physical units."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..kinetics import FitStatus
from .map_target import MAP_TARGETS
from .predict_method import UNET

Image = NDArray[np.float32]

_TIMING = ("MTT", "TTP", "Tmax")


def perfusion_values(
    given: Mapping[str, Image], tissue: NDArray[np.bool_], dead: NDArray[np.bool_]
) -> tuple[dict[str, Image], NDArray[np.uint8]]:
    """Return the maps of the method ``unet`` and the status of each voxel.

    TTP is also Tmax, since networks learn the centre of the tissue's response. MTT is the network's own map
    where it has one, and the ratio of CBV to CBF otherwise, up to the largest MTT that networks learn. In
    dead tissue CBF and CBV are 0 and times are not known, as by all methods.

    Parameters
    ----------
    given : mapping of str to ndarray, shape (Z, Y, X)
        What the network gives, by the names of targets, in physical units.
    tissue : ndarray of bool, shape (Z, Y, X)
        What is analysed.
    dead : ndarray of bool, shape (Z, Y, X)
        Where nothing enhances measurably, see :mod:`.predict_measurable`.

    Returns
    -------
    maps : dict of str to ndarray of float32
        In the order of the method, as far as `given` suffices; NaN outside the tissue.
    status : ndarray of uint8
        :class:`~CTPerfusionLib.kinetics.FitStatus`: OK, NO_ENHANCEMENT, NOT_FINITE or OUTSIDE.
    """
    known = {name: np.where(tissue, image, np.float32(np.nan)) for name, image in given.items()}
    if "TTP" in known:
        known["Tmax"] = known["TTP"].copy()
    if "MTT" not in known and {"CBF", "CBV"} <= set(known):
        known["MTT"] = _central_volume(known["CBV"], known["CBF"])
    status = np.where(tissue, FitStatus.OK, FitStatus.OUTSIDE).astype(np.uint8)
    finite = np.logical_and.reduce([np.isfinite(image) for image in known.values()])
    dead = dead & tissue & finite
    status[dead] = FitStatus.NO_ENHANCEMENT
    status[tissue & ~finite] = FitStatus.NOT_FINITE
    for name, image in known.items():
        image[dead] = np.nan if name in _TIMING else 0.0
        image[~finite] = np.nan
    return {name: known[name] for name in UNET.maps if name in known}, status


def _central_volume(cbv: Image, cbf: Image) -> Image:
    """Return MTT = 60 CBV / CBF in s."""
    longest = MAP_TARGETS["MTT"].high
    mtt = np.full_like(cbf, longest)
    np.divide(60.0 * cbv, cbf, out=mtt, where=cbf > 0)
    mtt[np.isnan(cbf)] = np.nan
    return np.minimum(mtt, np.float32(longest))
