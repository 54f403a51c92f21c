"""What the reader of a lesion has to know: where core and hypoperfusion may not be what they seem."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..series import Finding, Severity, voxel_spacing
from .hemispheres import MEDIAN_DIFFERENCE, AffectedHemisphere, Side, other_side
from .lesion_maps import LesionMaps
from .normalisation import LATE_TMAX
from .old_infarcts import OLD_INFARCT_ML
from .protocol import CoreNormalisation, ThresholdProtocol
from .segmentation import LesionSegmentation
from .volumes import LesionVolumes, fixed_volume

BILATERAL_ML = 10.0
"""Volume in mL with a Tmax above 6 s, away from bone, from which the unaffected side is not so."""

CORE_DIFFERENCE_ML, CORE_DIFFERENCE_SHARE = 10.0, 0.3
"""mL, and share of the larger core, by which the two cores may differ without low flow on both sides."""

CORE_OUTSIDE_SHARE, CORE_OUTSIDE_ML = 0.5, 3.0
"""Share of the core, and mL of it, outside the hypoperfusion, from which it is hardly a fresh infarct."""

WITHOUT_COUNTERPART_SHARE = 0.25
"""Share of the local core without counterpart in the slab."""

LEAST_CORRELATION = 0.5
"""Correlation of the head with its mirror image along the midline; simulated heads have 0.70 to 0.92."""

LEAST_TISSUE_RATIO = 0.5
"""Tissue of the smaller hemisphere in the slab over that of the larger one."""


@dataclass(frozen=True, eq=False)
class Examined:
    """A lesion as it was found, before anything is said about it."""

    maps: LesionMaps
    affected: AffectedHemisphere
    segmentations: Mapping[CoreNormalisation, LesionSegmentation]
    counted: CoreNormalisation
    protocol: ThresholdProtocol
    volumes: LesionVolumes

    @property
    def counted_segmentation(self) -> LesionSegmentation:
        """The segmentation whose core counts."""
        return self.segmentations[self.counted]

    def ml(self, mask: NDArray[np.bool_]) -> float:
        """Return the volume of a mask in mL."""
        return float(np.count_nonzero(mask) * np.prod(voxel_spacing(self.maps.ijk_to_ras)) / 1000.0)


def lesion_findings(examined: Examined) -> tuple[Finding, ...]:
    """Return everything that the reader of a lesion has to know."""
    return tuple(finding for rule in _RULES if (finding := rule(examined)) is not None)


def _no_affected_hemisphere(examined: Examined) -> Finding | None:
    affected = examined.affected
    if affected.side is not Side.NONE or affected.chosen:
        return None
    difference = abs(affected.left_median - affected.right_median)
    return Finding(
        code="no_affected_hemisphere",
        severity=Severity.INFO,
        message="Neither hemisphere is the later one; segments are not restricted to a side.",
        remedy="Read segments on both sides with care.",
        value=None if math.isnan(difference) else difference,
        limit=MEDIAN_DIFFERENCE,
    )


def _other_core_counted(examined: Examined) -> Finding | None:
    protocol, counted = examined.protocol, examined.counted
    if counted is protocol.mismatch_core:
        return None
    return Finding(
        code="other_core_counted",
        severity=Severity.WARNING,
        message=(
            f"The mismatch counts the core by {counted} normalisation, although the protocol "
            f"{protocol.name} asks for {protocol.mismatch_core}."
        ),
        remedy=f"Run with the {protocol.mismatch_core} normalisation as well.",
    )


def _other_side_referred(examined: Examined) -> Finding | None:
    maps, side = examined.maps, examined.affected.side
    if not maps.reference.is_contralateral or maps.reference_side is side:
        return None
    return Finding(
        code="other_side_referred",
        severity=Severity.WARNING,
        message=(
            f"Relative flow refers to a lesion on the side '{maps.reference_side}', the segments to one on "
            f"the side '{side}'."
        ),
        remedy="Normalise the maps again for this side, or refer to the median of normal tissue.",
    )


def _old_infarct(examined: Examined) -> Finding | None:
    volumes = examined.maps.old_infarcts.volumes_ml
    side = max(volumes, key=lambda each: volumes[each])
    if not volumes[side] > OLD_INFARCT_ML:
        return None
    opposite = examined.affected.side is other_side(side)
    consequence = (
        "the core by local normalisation may be too small opposite to it"
        if opposite
        else "it may pass for core"
    )
    return Finding(
        code="old_infarct",
        severity=Severity.WARNING,
        message=(
            f"On the {side} {volumes[side]:.0f} mL are dark like fluid and without flow, as after an old "
            f"infarct; {consequence}."
        ),
        remedy="Look at the baseline image there; opposite to it, use the core by global normalisation.",
        value=volumes[side],
        limit=OLD_INFARCT_ML,
    )


def _bilateral_disease(examined: Examined) -> Finding | None:
    side = examined.affected.side
    looked_at = (Side.LEFT, Side.RIGHT) if side is Side.NONE else (other_side(side),)
    late_ml = min(_late_ml(examined, each) for each in looked_at)
    if not late_ml > BILATERAL_ML:
        return None
    return Finding(
        code="bilateral_disease",
        severity=Severity.WARNING,
        message=(
            f"Both hemispheres are late: {late_ml:.0f} mL have a Tmax above {LATE_TMAX:g} s on the less "
            "affected side as well."
        ),
        remedy=(
            "Think of stenoses on both sides or a weak heart; no side is a sound reference, and the segments "
            "show one side only."
            if side is not Side.NONE
            else "Think of stenoses on both sides or a weak heart; no side is a sound reference."
        ),
        value=late_ml,
        limit=BILATERAL_ML,
    )


def _late_ml(examined: Examined, side: Side) -> float:
    volumes = fixed_volume("tmax_6", examined.maps, examined.protocol, side)
    return volumes.parts.sure_ml(examined.protocol.minimum_cluster_ml)


def _cores_far_apart(examined: Examined) -> Finding | None:
    difference = examined.volumes.core_difference_ml
    if difference is None:
        return None
    cores = examined.volumes.volumes_ml
    larger = max(cores["core_global"] or 0.0, cores["core_local"] or 0.0)
    if not abs(difference) > max(CORE_DIFFERENCE_ML, CORE_DIFFERENCE_SHARE * larger):
        return None
    smaller = "local" if difference > 0.0 else "global"
    reason = (
        "flow is as low on the other side, as with microangiopathy or an old infarct there"
        if difference > 0.0
        else "flow of the other side is high there"
    )
    return Finding(
        code="cores_far_apart",
        severity=Severity.WARNING,
        message=f"The core by {smaller} normalisation is {abs(difference):.0f} mL smaller: {reason}.",
        remedy="Compare both relative maps, and look for disease of the white matter in the baseline image.",
        value=abs(difference),
        limit=max(CORE_DIFFERENCE_ML, CORE_DIFFERENCE_SHARE * larger),
    )


def _core_outside(examined: Examined) -> Finding | None:
    segmentation = examined.counted_segmentation
    core_ml = examined.volumes.core_ml
    late_ml = examined.ml(segmentation.late_part)
    outside_ml = examined.ml(segmentation.core_part & ~segmentation.late_part)
    if not outside_ml > CORE_OUTSIDE_ML:
        return None
    if core_ml > late_ml:
        return Finding(
            code="core_exceeds_hypoperfusion",
            severity=Severity.WARNING,
            message=(
                f"The core of {core_ml:.0f} mL is larger than the hypoperfusion of {late_ml:.0f} mL by its "
                "own thresholds; the core was added to it."
            ),
            remedy=(
                "Think of an old infarct, microangiopathy or a vessel that has opened again; do not read the "
                "ratio as mismatch."
            ),
            value=core_ml,
            limit=late_ml,
        )
    if not outside_ml > CORE_OUTSIDE_SHARE * core_ml:
        return None
    return Finding(
        code="core_outside_hypoperfusion",
        severity=Severity.WARNING,
        message=f"{outside_ml:.0f} mL of the core, {outside_ml / core_ml:.0%} of it, are not late.",
        remedy="Think of an old infarct or microangiopathy: flow is low there without an occlusion.",
        value=outside_ml / core_ml,
        limit=CORE_OUTSIDE_SHARE,
    )


def _without_counterpart(examined: Examined) -> Finding | None:
    local, has_counterpart = (
        examined.segmentations.get(CoreNormalisation.LOCAL),
        examined.maps.has_counterpart,
    )
    if local is None or has_counterpart is None or not local.core_part.any():
        return None
    alone = np.count_nonzero(local.core_part & ~local.box.part_of(has_counterpart))
    share = float(alone / np.count_nonzero(local.core_part))
    if not share > WITHOUT_COUNTERPART_SHARE:
        return None
    return Finding(
        code="core_without_counterpart",
        severity=Severity.WARNING,
        message=(
            f"{share:.0%} of the core by local normalisation have no counterpart in the slab, because the "
            "head is tilted; there it equals the global one."
        ),
        remedy="Do not expect the local normalisation to remove a false core there.",
        value=share,
        limit=WITHOUT_COUNTERPART_SHARE,
    )


def _uncertain_plane(examined: Examined) -> Finding | None:
    correlation = examined.maps.plane.correlation
    if correlation is None or correlation >= LEAST_CORRELATION:
        return None
    return Finding(
        code="uncertain_midline",
        severity=Severity.WARNING,
        message=(
            f"Along its midline the head resembles its mirror image with a correlation of {correlation:.2f} "
            f"only, below {LEAST_CORRELATION:g}; the mid-sagittal plane may be wrong."
        ),
        remedy="Check the plane and set it by hand; until then, use the core by global normalisation.",
        value=correlation,
        limit=LEAST_CORRELATION,
    )


def _tissue_on_one_side(examined: Examined) -> Finding | None:
    left, right = examined.maps.delays.left.size, examined.maps.delays.right.size
    ratio = min(left, right) / max(left, right, 1)
    if ratio >= LEAST_TISSUE_RATIO:
        return None
    return Finding(
        code="tissue_on_one_side",
        severity=Severity.WARNING,
        message=(
            f"One hemisphere has only {ratio:.0%} of the analysed tissue of the other, so the sides cannot "
            "be compared."
        ),
        remedy="Check the tissue mask and the mid-sagittal plane; set the affected side by hand.",
        value=ratio,
        limit=LEAST_TISSUE_RATIO,
    )


def _no_blood_volume(examined: Examined) -> Finding | None:
    if "CBV" not in examined.maps.maps or examined.maps.rcbv_global is not None:
        return None
    return Finding(
        code="no_blood_volume",
        severity=Severity.WARNING,
        message="Normal tissue has no blood volume in its map, so relative blood volume is missing.",
        remedy="Check the map of CBV.",
    )


_RULES = (
    _no_affected_hemisphere,
    _other_core_counted,
    _other_side_referred,
    _tissue_on_one_side,
    _uncertain_plane,
    _bilateral_disease,
    _old_infarct,
    _core_outside,
    _cores_far_apart,
    _without_counterpart,
    _no_blood_volume,
)
