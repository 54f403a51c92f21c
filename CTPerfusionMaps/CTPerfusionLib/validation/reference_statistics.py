"""The statistics of a comparison with reference maps: those that others publish."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..statistics import (
    BlandAltman,
    IccForm,
    Interval,
    IntraclassCorrelation,
    Proportion,
    Summary,
    bland_altman,
    cohen_kappa,
    intraclass_correlation,
    proportion,
    summarise,
)
from .reference_case import COMPARED, LesionAgreement, ReferenceAgreement


@dataclass(frozen=True)
class LesionStatistics:
    """One kind of lesion in all cases, mL.

    Attributes
    ----------
    found, reference : Summary
    icc : IntraclassCorrelation
        Absolute agreement of single volumes.
    agreement : BlandAltman
        Of found - reference.
    dice : Summary
        Of the cases in which either shows the lesion.
    """

    found: Summary
    reference: Summary
    icc: IntraclassCorrelation
    agreement: BlandAltman
    dice: Summary


@dataclass(frozen=True)
class CriteriaStatistics:
    """Whether volumes lead to the same decision by DEFUSE 3.

    Attributes
    ----------
    agreement : Proportion
    kappa : float or None
        Cohen's; None where all cases are decided alike.
    interval : Interval or None
        Of kappa.
    """

    agreement: Proportion
    kappa: float | None
    interval: Interval | None


@dataclass(frozen=True)
class VoxelStatistics:
    """One map in all cases that have it.

    Attributes
    ----------
    r : Summary
        Of the correlation of the voxels of each case.
    ratio : Summary
        Of the median of the map over that of its reference.
    """

    r: Summary
    ratio: Summary


def lesion_statistics(lesions: Sequence[LesionAgreement]) -> LesionStatistics:
    """Return the statistics of one kind of lesion."""
    found = np.array([each.found_ml for each in lesions], dtype=float)
    reference = np.array([each.reference_ml for each in lesions], dtype=float)
    return LesionStatistics(
        found=summarise(found),
        reference=summarise(reference),
        icc=intraclass_correlation(np.column_stack([found, reference]), IccForm.TWO_ONE),
        agreement=bland_altman(found, reference),
        dice=summarise([each.dice for each in lesions if each.dice is not None]),
    )


def criteria_statistics(cases: Sequence[ReferenceAgreement]) -> CriteriaStatistics:
    """Return how far the decisions agree."""
    own, others = [case.defuse3 for case in cases], [case.reference_defuse3 for case in cases]
    same = sum(first == second for first, second in zip(own, others, strict=True))
    kappa = cohen_kappa(own, others)
    return CriteriaStatistics(proportion(same, len(cases)), kappa.kappa, kappa.interval)


def voxel_statistics(cases: Sequence[ReferenceAgreement]) -> dict[str, VoxelStatistics]:
    """Return the statistics of each map that any case has on both sides."""
    found = {}
    for name in COMPARED:
        maps = [case.maps[name] for case in cases if name in case.maps]
        if maps:
            found[name] = VoxelStatistics(
                r=summarise([each.r for each in maps if each.r is not None]),
                ratio=summarise([each.ratio for each in maps if each.ratio is not None]),
            )
    return found
