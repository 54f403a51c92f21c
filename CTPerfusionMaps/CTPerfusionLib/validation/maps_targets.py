"""What predicted maps should reach on held-out simulated patients, as data, and whether they do."""

from collections.abc import Callable
from functools import partial

from .benchmark_target import BenchmarkTarget, TargetOutcome, judge
from .maps_case import LesionKind
from .maps_published import PUBLISHED_LESIONS
from .maps_readers import READERS
from .maps_result import MapEvaluation
from .maps_statistics import (
    LesionStatistics,
    MapStatistics,
    held_out_once,
    lesion_statistics,
    map_statistics,
)

_LEAST_CORRELATION = {"CBV": 0.90, "CBF": 0.90, "TTP": 0.92}
_LEAST_DICE = 0.80
_MOST_SQUARED_ERROR = 0.005
_LEAST_LESION_DICE = 0.87
_LEAST_VOLUME_CORRELATION = 0.98

_FEWEST_VOLUMES = 3
"""Two volumes always lie on a line."""

Target = BenchmarkTarget[MapEvaluation]


def _map_value(
    name: str, value: Callable[[MapStatistics], float | None], evaluation: MapEvaluation
) -> float | None:
    return value(map_statistics(held_out_once(evaluation), name))


def _lesion_value(
    kind: LesionKind, value: Callable[[LesionStatistics], float | None], evaluation: MapEvaluation
) -> float | None:
    return value(lesion_statistics(held_out_once(evaluation), kind))


def _map_targets() -> tuple[Target, ...]:
    targets: list[Target] = []
    for name, least in _LEAST_CORRELATION.items():
        targets += [
            BenchmarkTarget(
                name, "Pearson's r in the brain, mean of the patients",
                partial(_map_value, name, lambda found: found.brain.correlation.mean), least, at_least=True,
            ),
            BenchmarkTarget(
                name, "Dice at half range in the brain, mean of the patients",
                partial(_map_value, name, lambda found: found.brain.dice.mean), _LEAST_DICE, at_least=True,
            ),
            BenchmarkTarget(
                name, "mean squared error in the brain, map from 0 to 1",
                partial(_map_value, name, lambda found: found.brain.squared_error.mean), _MOST_SQUARED_ERROR,
            ),
            BenchmarkTarget(
                name, "mean squared error of all pixels as in the papers, map from 0 to 1",
                partial(_map_value, name, lambda found: found.image.squared_error.mean), _MOST_SQUARED_ERROR,
            ),
        ]  # fmt: skip
    return tuple(targets)


def _dice(reader: str, found: LesionStatistics) -> float | None:
    return found.of_reader(reader).dice.mean


def _volume_correlation(reader: str, found: LesionStatistics) -> float | None:
    volumes = found.of_reader(reader).volumes
    return volumes.r if volumes.n >= _FEWEST_VOLUMES else None


def _lesion_targets() -> tuple[Target, ...]:
    quantities = (
        ("mean Dice", _dice, _LEAST_LESION_DICE),
        ("r of the volumes", _volume_correlation, _LEAST_VOLUME_CORRELATION),
    )
    return tuple(
        BenchmarkTarget(
            PUBLISHED_LESIONS[kind].title,
            f"{title} on predicted and reference maps, reader {reader}",
            partial(_lesion_value, kind, partial(value, reader)),
            least,
            at_least=True,
        )
        for kind in LesionKind
        for reader in READERS
        for title, value, least in quantities
    )


MAP_EVALUATION_TARGETS: tuple[Target, ...] = (*_map_targets(), *_lesion_targets())
"""All targets; those that an evaluation does not let measure are left out."""


def map_target_outcomes(evaluation: MapEvaluation) -> list[TargetOutcome]:
    """Return the targets with what was measured."""
    return judge(MAP_EVALUATION_TARGETS, evaluation)
