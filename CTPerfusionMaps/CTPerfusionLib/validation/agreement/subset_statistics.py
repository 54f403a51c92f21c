"""What the pairs of a group of studies say."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from ...statistics import (
    BlandAltman,
    Concordance,
    Correlation,
    FriedmanTest,
    IccForm,
    IntraclassCorrelation,
    KappaResult,
    PairMoments,
    Proportion,
    Regression,
    Summary,
    bland_altman,
    cohen_kappa,
    concordance,
    friedman_test,
    intraclass_correlation,
    linear_regression,
    pearson_correlation,
    proportion,
    summarise,
)
from .compared import FEWEST_STUDIES, MapPair, Measure, Overlap, Rating, Subset


@dataclass(frozen=True)
class MeasureAgreement:
    """A number of each study in both sets.

    Attributes
    ----------
    n : int
        Studies with a finite number in both sets. Below three nothing else is known.
    missing, infinite : int
        Studies that are left out: without a value in either set; infinite in either.
    first, second : Summary
    difference : BlandAltman
        Of second - first, with the coefficient of repeatability.
    absolute_difference : Summary
    correlation : Correlation
    concordance : Concordance
    intraclass : mapping of str to IntraclassCorrelation
        By form.
    line : Regression
        Of the second on the first set.
    friedman : FriedmanTest
        Of two treatments: the sign test.
    """

    n: int
    missing: int
    infinite: int
    first: Summary
    second: Summary
    difference: BlandAltman
    absolute_difference: Summary
    correlation: Correlation
    concordance: Concordance
    intraclass: Mapping[str, IntraclassCorrelation]
    line: Regression
    friedman: FriedmanTest


@dataclass(frozen=True)
class RatingAgreement:
    """A category of each study in both sets.

    Attributes
    ----------
    missing : int
        Studies without a value in either set, which are left out.
    same : Proportion
        Studies in the same category.
    kappa : KappaResult
    """

    missing: int
    same: Proportion
    kappa: KappaResult


@dataclass(frozen=True)
class MapAgreement:
    """A map in both sets, voxel by voxel.

    Attributes
    ----------
    n : int
        Studies with voxels that are finite in both sets.
    missing : int
        Studies without.
    moments : PairMoments
        Of the voxels of all studies together.
    r, ccc : Summary
        Over studies.
    bias : Summary
        Of second - first, over studies.
    only_first, only_second : int
        Voxels that are finite in one set alone.
    """

    n: int
    missing: int
    moments: PairMoments
    r: Summary
    ccc: Summary
    bias: Summary
    only_first: int
    only_second: int


@dataclass(frozen=True)
class OverlapAgreement:
    """A segment in both sets.

    Attributes
    ----------
    n : int
        Studies with the segment's file in both sets.
    missing, empty : int
        Studies without; studies where it is empty in both, which have no Dice.
    dice : Summary
    """

    n: int
    missing: int
    empty: int
    dice: Summary


def measure_agreement(measure: Measure, subset: Subset) -> MeasureAgreement:
    """Return what the numbers of a group of studies say."""
    places = list(subset.places)
    first, second = measure.first[places], measure.second[places]
    missing = np.isnan(first) | np.isnan(second)
    finite = np.isfinite(first) & np.isfinite(second)
    n = int(finite.sum())
    one, other = (values[finite if n >= FEWEST_STUDIES else []] for values in (first, second))
    return MeasureAgreement(
        n=n,
        missing=int(missing.sum()),
        infinite=int((~finite & ~missing).sum()),
        first=summarise(one),
        second=summarise(other),
        difference=bland_altman(other, one),
        absolute_difference=summarise(np.abs(other - one)),
        correlation=pearson_correlation(one, other),
        concordance=concordance(one, other),
        intraclass={
            str(form): intraclass_correlation(np.stack([one, other], axis=1), form) for form in IccForm
        },
        line=linear_regression(one, other),
        friedman=friedman_test(np.stack([one, other], axis=1)),
    )


def rating_agreement(rating: Rating, subset: Subset) -> RatingAgreement:
    """Return what the categories of a group of studies say."""
    pairs = [(rating.first[place], rating.second[place]) for place in subset.places]
    known = [(one, other) for one, other in pairs if one is not None and other is not None]
    return RatingAgreement(
        missing=len(pairs) - len(known),
        same=proportion(sum(one == other for one, other in known), len(known)),
        kappa=cohen_kappa([one for one, _ in known], [other for _, other in known]),
    )


def map_agreement(pair: MapPair, subset: Subset) -> MapAgreement:
    """Return what the voxels of a group of studies say."""
    found = [voxels for place in subset.places if (voxels := pair.voxels[place]) is not None]
    moments = [voxels.moments for voxels in found if voxels.moments.n]
    return MapAgreement(
        n=len(moments),
        missing=len(subset.places) - len(moments),
        moments=reduce(add, moments, PairMoments()),
        r=summarise([each.r for each in moments if each.r is not None]),
        ccc=summarise([each.ccc for each in moments if each.ccc is not None]),
        bias=summarise([each.bias for each in moments if each.bias is not None]),
        only_first=sum(voxels.only_first for voxels in found),
        only_second=sum(voxels.only_second for voxels in found),
    )


def overlap_agreement(overlap: Overlap, subset: Subset) -> OverlapAgreement:
    """Return what the segments of a group of studies say."""
    found = [segment for place in subset.places if (segment := overlap.segments[place]) is not None]
    known = [segment.dice for segment in found if segment.dice is not None]
    return OverlapAgreement(
        n=len(found),
        missing=len(subset.places) - len(found),
        empty=len(found) - len(known),
        dice=summarise(known),
    )
