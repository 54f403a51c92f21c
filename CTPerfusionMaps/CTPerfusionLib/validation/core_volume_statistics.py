"""What all cases of an evaluation of core-volume networks say together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..statistics import (
    AucComparison,
    AucEstimate,
    BlandAltman,
    Concordance,
    Correlation,
    MeanRoc,
    Proportion,
    RocCurve,
    Summary,
    bland_altman,
    concordance,
    delong_interval,
    delong_test,
    mean_roc,
    pearson_correlation,
    proportion,
    roc_curve,
    summarise,
)
from .core_volume_case import (
    PROBABILITY_THRESHOLD,
    Cohort,
    CoreStudy,
    CoreVolumeCase,
    CoreVolumeEvaluation,
)


def study_cases(evaluation: CoreVolumeEvaluation, study: CoreStudy, cohort: Cohort) -> list[CoreVolumeCase]:
    """Return the cases of a study in a cohort."""
    return [case for case in evaluation.cases if case.study == study.name and case.cohort is cohort]


@dataclass(frozen=True, eq=False)
class FoldCurves:
    """The ROC curves of all networks of a study in a cohort.

    Attributes
    ----------
    curves : mapping of int to RocCurve or None
        By fold; None where its patients are all large or all small.
    areas : Summary
        Of the curves there are; SD with n - 1 in the denominator.
    mean : MeanRoc or None
    """

    curves: Mapping[int, RocCurve | None]
    areas: Summary
    mean: MeanRoc | None

    @property
    def undefined(self) -> int:
        """Folds without a curve."""
        return sum(curve is None for curve in self.curves.values())


def fold_curves(evaluation: CoreVolumeEvaluation, study: CoreStudy, cohort: Cohort) -> FoldCurves:
    """Return the ROC curve of each network of a study on the patients of a cohort that it is scored on.

    In the folds of the cross-validation each network has its own patients; others it shares with all.
    """
    cases = study_cases(evaluation, study, cohort)
    curves: dict[int, RocCurve | None] = {}
    for fold in study.folds:
        seen = [case for case in cases if fold in case.values]
        if seen:
            curves[fold] = roc_curve([case.is_large for case in seen], [case.values[fold] for case in seen])
    known = [curve for curve in curves.values() if curve is not None]
    return FoldCurves(curves, summarise([curve.area for curve in known]), mean_roc(known))


@dataclass(frozen=True, eq=False)
class EnsembleResult:
    """What the mean of all networks of a study reaches in a cohort.

    Attributes
    ----------
    curve : RocCurve or None
    area : AucEstimate
    sensitivity, specificity : Proportion
        Of calling a core large from a mean probability of 0.5 on, or from the threshold in mL on.
    """

    curve: RocCurve | None
    area: AucEstimate
    sensitivity: Proportion
    specificity: Proportion


def ensemble_result(cases: Sequence[CoreVolumeCase], study: CoreStudy) -> EnsembleResult:
    """Return what the mean of all networks reaches on the cases of one cohort."""
    labels = np.array([case.is_large for case in cases], dtype=bool)
    means = np.array([case.mean for case in cases])
    called = means >= decision_value(study)
    return EnsembleResult(
        curve=roc_curve(labels, means),
        area=delong_interval(labels, means),
        sensitivity=proportion(int(called[labels].sum()), int(labels.sum())),
        specificity=proportion(int((~called[~labels]).sum()), int((~labels).sum())),
    )


def decision_value(study: CoreStudy) -> float:
    """Return from what on the mean of the networks is called a large core."""
    return study.threshold_ml if study.gives_volume else PROBABILITY_THRESHOLD


def compare_studies(
    evaluation: CoreVolumeEvaluation, first: CoreStudy, second: CoreStudy, cohort: Cohort
) -> AucComparison | None:
    """Compare the ensembles of two studies on the patients that both saw; None unless these exist.

    Only where both call the same cores large.
    """
    if first.threshold_ml != second.threshold_ml:
        return None
    one, other = (
        {case.patient: case for case in study_cases(evaluation, study, cohort)} for study in (first, second)
    )
    shared = [patient for patient in one if patient in other]
    if not shared:
        return None
    return delong_test(
        [one[patient].is_large for patient in shared],
        [one[patient].mean for patient in shared],
        [other[patient].mean for patient in shared],
    )


@dataclass(frozen=True)
class VolumeAgreement:
    """Estimated against true core volumes in mL.

    Attributes
    ----------
    absolute_error : Summary
    agreement : BlandAltman
        Estimated less true.
    correlation : Correlation
    concordance : Concordance
    """

    absolute_error: Summary
    agreement: BlandAltman
    correlation: Correlation
    concordance: Concordance


def volume_agreement(cases: Sequence[CoreVolumeCase]) -> VolumeAgreement:
    """Hold the mean volume of the networks against the truth."""
    estimated, true = [case.mean for case in cases], [case.core_ml for case in cases]
    return VolumeAgreement(
        absolute_error=summarise(np.abs(np.subtract(estimated, true))),
        agreement=bland_altman(estimated, true),
        correlation=pearson_correlation(estimated, true),
        concordance=concordance(estimated, true),
    )
