"""What all cases of an evaluation say together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..statistics import (
    BlandAltman,
    Correlation,
    FriedmanTest,
    IccForm,
    IntraclassCorrelation,
    Summary,
    bland_altman,
    friedman_test,
    intraclass_correlation,
    peak_signal_to_noise,
    pearson_correlation,
    summarise,
)
from .maps_case import HELD_OUT, RATING_PAIRS, RATINGS, USUAL, LesionKind, LesionResult, MapCase, Maps, Part
from .maps_readers import READERS
from .maps_result import MapEvaluation
from .maps_score import MapScore, RegionScore


def selected(
    evaluation: MapEvaluation,
    method: str,
    *,
    condition: str = USUAL,
    parts: Sequence[Part] = HELD_OUT,
) -> list[MapCase]:
    """Return the cases of a method under a condition that have scores; held-out patients by default."""
    return [
        case
        for case in evaluation.cases
        if case.method == method and case.condition == condition and case.part in parts and case.scores
    ]


def held_out_once(evaluation: MapEvaluation, condition: str = USUAL) -> list[MapCase]:
    """Return one case for each patient: that of the first set of models that was fitted without it."""
    cases: dict[str, MapCase] = {}
    for name in evaluation.model_names:
        for case in selected(evaluation, name, condition=condition):
            cases.setdefault(case.patient, case)
    return list(cases.values())


@dataclass(frozen=True)
class RegionStatistics:
    """Scores of one map over one region, of all patients.

    Attributes
    ----------
    squared_error, correlation, dice : Summary
        Of the values of each patient.
    pooled_dice : float or None
        Of the pixels of all patients together.
    """

    squared_error: Summary
    correlation: Summary
    dice: Summary
    pooled_dice: float | None

    @property
    def noise_ratio(self) -> float | None:
        """PSNR in dB of the mean squared error."""
        mean = self.squared_error.mean
        return None if mean is None else peak_signal_to_noise(mean)


@dataclass(frozen=True)
class MapStatistics:
    """Scores of one map of all patients.

    Attributes
    ----------
    n_patients : int
    image, brain : RegionStatistics
    slice_correlation, slice_dice : Summary
        Of all slices of all patients, on all pixels.
    undefined_slices, undefined_patients : int
        Without a Dice, since neither map reaches half range: slices on all pixels, patients in the brain.
    missing : float
        Share of tissue with a reference for which nothing was predicted.
    bias, rmse : Summary
        Of the patients, in the unit of the map.
    """

    n_patients: int
    image: RegionStatistics
    brain: RegionStatistics
    slice_correlation: Summary
    slice_dice: Summary
    undefined_slices: int
    undefined_patients: int
    missing: float
    bias: Summary
    rmse: Summary


def map_statistics(cases: Iterable[MapCase], target: str) -> MapStatistics:
    """Return the statistics of one map."""
    scores = [case.scores[target] for case in cases if target in case.scores]
    slices = [each for score in scores for each in score.slices]
    n_tissue = sum(score.brain.n_pixels + score.missing for score in scores)
    return MapStatistics(
        n_patients=len(scores),
        image=_region([score.image for score in scores]),
        brain=_region([score.brain for score in scores]),
        slice_correlation=_known([each.correlation for each in slices]),
        slice_dice=_known([each.dice for each in slices]),
        undefined_slices=sum(each.dice is None for each in slices),
        undefined_patients=sum(score.brain.dice is None for score in scores),
        missing=sum(score.missing for score in scores) / n_tissue if n_tissue else 0.0,
        bias=_known([score.bias for score in scores]),
        rmse=_known([score.rmse for score in scores]),
    )


def _region(scores: Sequence[RegionScore]) -> RegionStatistics:
    high = sum(score.high for score in scores)
    return RegionStatistics(
        squared_error=_known([score.squared_error for score in scores]),
        correlation=_known([score.correlation for score in scores]),
        dice=_known([score.dice for score in scores]),
        pooled_dice=2.0 * sum(score.common for score in scores) / high if high else None,
    )


def _known(values: Iterable[float | None]) -> Summary:
    return summarise([value for value in values if value is not None])


@dataclass(frozen=True)
class PairStatistics:
    """Two ratings of the same lesions.

    Attributes
    ----------
    titles : tuple of str
        Such as R1 and GT1.
    dice : Summary
        Of the patients in whom either rating has a lesion.
    both_empty : int
        Patients, not normal ones, in whom neither has any: without a Dice.
    volumes : Correlation
        Of the volumes in mL.
    agreement : BlandAltman
        First less second.
    difference : Summary
        Absolute differences of the volumes in mL.
    """

    titles: tuple[str, str]
    dice: Summary
    both_empty: int
    volumes: Correlation
    agreement: BlandAltman
    difference: Summary


@dataclass(frozen=True)
class LesionStatistics:
    """All ratings of one kind of lesion.

    Attributes
    ----------
    n_patients : int
        Those that are not normal.
    pairs : mapping of (str, str) to PairStatistics
        By the titles of the ratings.
    all_ratings : IntraclassCorrelation
        ICC(1,k) of the volumes of all four ratings.
    by_reader : mapping of str to IntraclassCorrelation
        ICC(1,k) of predicted and reference volumes.
    friedman : FriedmanTest
        Of the four sets of volumes.
    """

    n_patients: int
    pairs: Mapping[tuple[str, str], PairStatistics]
    all_ratings: IntraclassCorrelation
    by_reader: Mapping[str, IntraclassCorrelation]
    friedman: FriedmanTest

    def of_reader(self, reader: str) -> PairStatistics:
        """Return predicted against reference maps as one reader sees them."""
        first, second = (_position(reader, maps) for maps in Maps)
        return self.pairs[RATINGS[first].title, RATINGS[second].title]


@dataclass(frozen=True)
class LesionCounts:
    """How many patients the tables of lesions are of.

    Attributes
    ----------
    normal : int
        In whom no reader found anything on any map: left out, as in the paper.
    without_core : int
        With hypoperfused tissue, and no core by any reader on any map.
    with_core : int
    unreadable : int
        Without lesions, since a map was missing or too little tissue was normal.
    """

    normal: int
    without_core: int
    with_core: int
    unreadable: int


def lesion_counts(cases: Iterable[MapCase]) -> LesionCounts:
    """Count patients by what was found in them."""
    found = [case.lesions for case in cases]
    read = [each for each in found if each is not None]
    abnormal = [each for each in read if not each.is_normal]
    with_core = sum(any(each.volumes[LesionKind.CORE]) for each in abnormal)
    return LesionCounts(
        normal=len(read) - len(abnormal),
        without_core=len(abnormal) - with_core,
        with_core=with_core,
        unreadable=len(found) - len(read),
    )


def lesion_statistics(cases: Iterable[MapCase], kind: LesionKind) -> LesionStatistics:
    """Return the statistics of one kind of lesion over the patients that are not normal."""
    lesions = [each.lesions for each in cases if each.lesions is not None and not each.lesions.is_normal]
    volumes = np.array([each.volumes[kind] for each in lesions]).reshape(len(lesions), len(RATINGS))
    pairs = {}
    for position, (one, other) in enumerate(RATING_PAIRS):
        titles = RATINGS[one].title, RATINGS[other].title
        pairs[titles] = _pair(titles, volumes[:, one], volumes[:, other], lesions, kind, position)
    return LesionStatistics(
        n_patients=len(lesions),
        pairs=pairs,
        all_ratings=intraclass_correlation(volumes, IccForm.ONE_K),
        by_reader={
            reader: intraclass_correlation(
                volumes[:, [_position(reader, maps) for maps in Maps]], IccForm.ONE_K
            )
            for reader in READERS
        },
        friedman=friedman_test(volumes),
    )


def _pair(
    titles: tuple[str, str],
    first: np.ndarray,
    second: np.ndarray,
    lesions: Sequence[LesionResult],
    kind: LesionKind,
    position: int,
) -> PairStatistics:
    dice = [each.dice[kind][position] for each in lesions]
    return PairStatistics(
        titles=titles,
        dice=_known(dice),
        both_empty=sum(value is None for value in dice),
        volumes=pearson_correlation(first, second),
        agreement=bland_altman(first, second),
        difference=summarise(np.abs(first - second)),
    )


def _position(reader: str, maps: Maps) -> int:
    return next(
        index for index, rating in enumerate(RATINGS) if rating.reader == reader and rating.maps is maps
    )


Measure = Callable[[MapScore], float | None]


def mean_of(cases: Iterable[MapCase], target: str, measure: Measure) -> float | None:
    """Return the mean of a measure over those patients who have it."""
    return _known([measure(case.scores[target]) for case in cases if target in case.scores]).mean
