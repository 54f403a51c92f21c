"""What a Slicer scene shows of a study and of its lesion: the same for the window and for the scene file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .. import RESEARCH_USE, __version__
from ..lesion import LesionAnalysis
from ..series import TmaxDefinition
from .curves import head_motion, study_curves
from .study_maps import StudyMaps

if TYPE_CHECKING:
    from ..mrml import LesionContent, StudyContent


def study_content(study: StudyMaps) -> StudyContent:
    """Return the maps of a study with the curves, the motion and the findings behind them."""
    from ..mrml import FLOW_READING_ATTRIBUTE, METHOD_ATTRIBUTE, StudyContent

    prepared, maps = study.prepared, study.maps
    attributes = {
        METHOD_ATTRIBUTE: maps.method,
        FLOW_READING_ATTRIBUTE: repr(study.flow_reading),
    }
    return StudyContent(
        baseline=prepared.baseline.image,
        ijk_to_ras=prepared.series.ijk_to_ras,
        maps=maps.maps,
        tmax_definition=maps.tmax_definition,
        curves=study_curves(study),
        findings=study.findings,
        motion=head_motion(prepared),
        attributes={**attributes, **_common_attributes(maps.tmax_definition)},
    )


def lesion_content(
    analysis: LesionAnalysis, ijk_to_ras: NDArray[np.float64], tmax_definition: TmaxDefinition
) -> LesionContent:
    """Return relative maps, segments and volumes of a lesion.

    Parameters
    ----------
    analysis : LesionAnalysis
    ijk_to_ras : ndarray, shape (4, 4)
        Of the maps.
    tmax_definition : TmaxDefinition
        Of the maps.
    """
    from ..mrml import LesionContent

    return LesionContent(
        ijk_to_ras=ijk_to_ras,
        maps=relative_maps(analysis),
        masks=lesion_masks(analysis),
        volumes_ml=analysis.volumes.volumes_ml,
        tmax_definition=tmax_definition,
        attributes={"CTPerfusion.Protocol": analysis.protocol.name, **_common_attributes(tmax_definition)},
    )


def relative_maps(analysis: LesionAnalysis) -> dict[str, NDArray[np.float32]]:
    """Return the relative maps of a lesion by name, each (Z, Y, X), as far as there are."""
    maps = {"rCBF_global": analysis.rcbf_global.map}
    if analysis.rcbf_local is not None:
        maps["rCBF_local"] = analysis.rcbf_local
    if analysis.rcbv_global is not None:
        maps["rCBV_global"] = analysis.rcbv_global.map
    if analysis.maps.rcbv_local is not None:
        maps["rCBV_local"] = analysis.maps.rcbv_local
    return maps


def lesion_masks(analysis: LesionAnalysis) -> dict[str, NDArray[np.bool_]]:
    """Return the masks of core, penumbra and hypoperfusion by name, each (Z, Y, X)."""
    segmentation = analysis.segmentation
    return {
        "core": segmentation.core,
        "penumbra": segmentation.penumbra,
        "hypoperfusion": segmentation.hypoperfusion,
    }


def _common_attributes(tmax_definition: TmaxDefinition) -> Mapping[str, str]:
    from ..mrml import TMAX_DEFINITION_ATTRIBUTE

    return {
        TMAX_DEFINITION_ATTRIBUTE: str(tmax_definition),
        "CTPerfusion.Version": __version__,
        "CTPerfusion.Notice": RESEARCH_USE,
    }
