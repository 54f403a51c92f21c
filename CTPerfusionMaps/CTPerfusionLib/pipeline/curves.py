"""The curves of a study that chart, scene and report show, and how the head moved."""

import numpy as np

from ..report import HeadMotion
from ..series import EnhancementCurve
from ..vessels import VesselCurve
from .preparation import PreparedSeries
from .study_maps import StudyMaps


def study_curves(study: StudyMaps) -> tuple[EnhancementCurve, ...]:
    """Return the curves ``AIF`` and ``VOF``, where there are such vessels, and ``Tissue``.

    Parameters
    ----------
    study : StudyMaps
        Or a ``StudyAnalysis``, which is one.
    """
    prepared = study.prepared
    tissue = EnhancementCurve("Tissue", prepared.enhancement.frame_times, study.tissue_curve)
    vessels = {"AIF": prepared.vessels.aif, "VOF": prepared.vessels.vof}
    return (*(_shown(name, curve) for name, curve in vessels.items() if curve is not None), tissue)


def _shown(name: str, curve: VesselCurve) -> EnhancementCurve:
    return EnhancementCurve(name, curve.times, curve.enhancement, curve.voxels.astype(np.int64))


def head_motion(prepared: PreparedSeries) -> HeadMotion | None:
    """Return how the head moved during the scan; None where motion was not corrected."""
    registration = prepared.registration
    if registration is None:
        return None
    return HeadMotion(
        frame_times=prepared.series.frame_times,
        motion=registration.position_motion,
        used=registration.used,
        residual=registration.residual,
        reference=f"Reference: frame {registration.reference + 1}. {registration.reference_reason}",
        rejections=tuple(rejection.sentence for rejection in registration.rejections),
    )
