"""Core, hypoperfusion and penumbra as segments."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigurationError
from .box import Box
from .protocol import ThresholdProtocol
from .protocol_files import load_protocol
from .thresholding import Cut, Radii, Thresholding, limits_of, prepare_thresholding, without_flow


@dataclass(frozen=True, eq=False)
class LesionSegmentation:
    """Core, hypoperfusion and penumbra by one relative-flow map.

    Hypoperfusion contains the core, and penumbra is hypoperfusion without it. So core and hypoperfusion
    overlap and can be stored as overlapping segments; core and penumbra share no voxel, together are the
    hypoperfusion, and can be stored as labels.

    Whole volumes are made when they are asked for: measuring needs none.

    Attributes
    ----------
    box : Box
        Where the parts lie in the volume.
    core_part, hypoperfusion_part : ndarray of bool
        Cleaned. Hypoperfusion contains the core.
    late_part : ndarray of bool
        Hypoperfusion by its own thresholds, cleaned, before the core was added to it.
    core_raw_part, hypoperfusion_raw_part : ndarray of bool
        Beyond the thresholds, before cleaning. Hypoperfusion contains the core.
    side_part : ndarray of bool
        The affected side.
    """

    box: Box
    core_part: NDArray[np.bool_]
    hypoperfusion_part: NDArray[np.bool_]
    late_part: NDArray[np.bool_]
    core_raw_part: NDArray[np.bool_]
    hypoperfusion_raw_part: NDArray[np.bool_]
    side_part: NDArray[np.bool_]

    @cached_property
    def core(self) -> NDArray[np.bool_]:
        """Core, shape (Z, Y, X)."""
        return self.box.whole(self.core_part)

    @cached_property
    def hypoperfusion(self) -> NDArray[np.bool_]:
        """Hypoperfusion with the core, shape (Z, Y, X)."""
        return self.box.whole(self.hypoperfusion_part)

    @cached_property
    def penumbra(self) -> NDArray[np.bool_]:
        """Hypoperfusion without the core, shape (Z, Y, X)."""
        return self.box.whole(self.hypoperfusion_part & ~self.core_part)

    @cached_property
    def core_raw(self) -> NDArray[np.bool_]:
        """Beyond the thresholds of the core on the affected side, not cleaned, shape (Z, Y, X)."""
        return self.box.whole(self.core_raw_part & self.side_part)

    @cached_property
    def hypoperfusion_raw(self) -> NDArray[np.bool_]:
        """Beyond the thresholds of hypoperfusion or core on the affected side, not cleaned, (Z, Y, X)."""
        return self.box.whole(self.hypoperfusion_raw_part & self.side_part)


def segment_lesion(
    relative_flow: NDArray[Any],
    tmax: NDArray[Any],
    tissue: NDArray[np.bool_],
    ijk_to_ras: NDArray[Any],
    *,
    protocol: ThresholdProtocol | None = None,
    side: NDArray[np.bool_] | None = None,
) -> LesionSegmentation:
    """Cut core, hypoperfusion and penumbra from relative blood flow and Tmax.

    Parameters
    ----------
    relative_flow : ndarray, shape (Z, Y, X)
        Globally or locally normalised blood flow, 1 = reference; NaN where unknown.
    tmax : ndarray, shape (Z, Y, X)
        Seconds. Tissue with a flow of zero and no Tmax is dead: hypoperfused, and core.
    tissue : ndarray of bool, shape (Z, Y, X)
        Tissue that is analysed.
    ijk_to_ras : ndarray, shape (4, 4)
    protocol : ThresholdProtocol, optional
        One with thresholds of rCBF and Tmax only; the default protocol if none is given.
    side : ndarray of bool, shape (Z, Y, X), optional
        The affected hemisphere, to which segments are restricted; everywhere by default.

    Raises
    ------
    ConfigurationError
        If the protocol needs other maps.
    """
    protocol = protocol or load_protocol()
    others = [each.map for each in protocol.criteria if each.map not in ("rCBF", "Tmax")]
    if others:
        raise ConfigurationError(
            f"The threshold protocol {protocol.name} needs {' and '.join(others)} "
            "besides relative flow and Tmax",
            "use prepare_lesion and segment, or another protocol",
        )
    radii = Radii.of(protocol)
    thresholding = prepare_thresholding(
        {"rCBF_global": relative_flow, "Tmax": tmax},
        tissue,
        without_flow(relative_flow, tmax, tissue),
        ijk_to_ras,
        radii,
        np.ones_like(tissue) if side is None else side,
    )
    core = thresholding.cut(limits_of(protocol.core_criteria, protocol), radii)
    hypoperfusion = thresholding.cut(limits_of(protocol.hypoperfusion, protocol), radii)
    return segmentation_of(core, hypoperfusion, thresholding, protocol.minimum_cluster_ml)


def segmentation_of(
    core: Cut, hypoperfusion: Cut, thresholding: Thresholding, minimum_ml: float
) -> LesionSegmentation:
    """Put core and hypoperfusion together, which contains the core, without parts below `minimum_ml` mL."""
    core_part, late_part = core.parts.from_ml(minimum_ml), hypoperfusion.parts.from_ml(minimum_ml)
    return LesionSegmentation(
        box=thresholding.box,
        core_part=core_part,
        hypoperfusion_part=late_part | core_part,
        late_part=late_part,
        core_raw_part=core.raw,
        hypoperfusion_raw_part=hypoperfusion.raw | core.raw,
        side_part=thresholding.side,
    )


def drawn_segmentation(core: NDArray[np.bool_], hypoperfusion: NDArray[np.bool_]) -> LesionSegmentation:
    """Return core and hypoperfusion as a person drew them, shape (Z, Y, X), for raw segments too."""
    contained = hypoperfusion | core
    return LesionSegmentation(
        box=Box.all_of(core.shape),
        core_part=core,
        hypoperfusion_part=contained,
        late_part=hypoperfusion,
        core_raw_part=core,
        hypoperfusion_raw_part=contained,
        side_part=np.ones_like(core),
    )
