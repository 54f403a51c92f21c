"""The study of Rau et al. 2024: all cases of a cohort, one after the other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ..errors import ConfigurationError, CTPerfusionError
from ..lesion import load_protocol
from ..pipeline import PipelineConfig
from ..progress import ProgressCallback, StageProgress
from .segmentation_case import CaseLabels, SegmentationCase, SegmentationCohort
from .segmentation_phantoms import MOTION, PhantomHead, measure_head, phantom_heads
from .segmentation_studies import measure_study, read_groups

Item = TypeVar("Item")


def evaluate_phantoms(
    n: int, first_seed: int, *, size: str, config: PipelineConfig, progress: StageProgress
) -> SegmentationCohort:
    """Simulate and analyse `n` heads, see :func:`phantom_heads`.

    Parameters
    ----------
    n, first_seed : int
        Heads in all, and the seed of the first; the others follow.
    size : str
        ``clinical`` or ``tiny``.
    config : PipelineConfig
        With both normalisations and a protocol whose core depends on them.
    progress : callable
        Called with a title and the fraction done; may raise to stop.

    Raises
    ------
    ConfigurationError
        If the protocol's core does not depend on the normalisation of blood flow, or the heads cannot be
        simulated as asked for.
    """
    _check(config)
    heads = phantom_heads(n, first_seed)

    def measure(head: PhantomHead, on_progress: ProgressCallback) -> SegmentationCase:
        return measure_head(head, size=size, config=config, on_progress=on_progress)

    cases = _measure_all(heads, lambda head: head.labels, "Head", measure, progress)
    settings = {
        "cases": f"{n} head phantoms, seeds {first_seed} to {first_seed + n - 1}, {size}, "
        f"{MOTION} motion, noise typical of the scanner",
        **_settings(config),
    }
    return SegmentationCohort(tuple(cases), simulated=True, settings=settings, size=size)


def evaluate_studies(
    folder: Path, groups: Path, *, config: PipelineConfig, progress: StageProgress
) -> SegmentationCohort:
    """Analyse the studies of a folder that a list of groups names, see :func:`read_groups`.

    A folder with a ``summary.json`` is taken as the result of a run and not analysed again.

    Parameters
    ----------
    folder, groups : Path
    config : PipelineConfig
        With both normalisations and a protocol whose core depends on them.
    progress : callable
        Called with a title and the fraction done; may raise to stop.

    Raises
    ------
    ConfigurationError
        If the list of groups cannot be used, or the protocol's core does not depend on the normalisation.
    """
    _check(config)
    labels = read_groups(groups, folder)

    def measure(each: CaseLabels, on_progress: ProgressCallback) -> SegmentationCase:
        return measure_study(each, folder, config, on_progress=on_progress)

    cases = _measure_all(labels, lambda each: each, "Study", measure, progress)
    settings = {"cases": f"{len(cases)} studies", **_settings(config)}
    return SegmentationCohort(tuple(cases), simulated=False, settings=settings)


def _check(config: PipelineConfig) -> None:
    if not load_protocol(config.protocol).core_is_relative:
        raise ConfigurationError(
            f"The core of the threshold protocol {config.protocol} does not depend on the normalisation of "
            "blood flow",
            "choose a protocol with a threshold of rCBF",
        )


def _settings(config: PipelineConfig) -> dict[str, str]:
    return {"method": config.method, "protocol": config.protocol, "filter": config.applied_filter}


def _measure_all(
    items: Sequence[Item],
    labels_of: Callable[[Item], CaseLabels],
    noun: str,
    measure: Callable[[Item, ProgressCallback], SegmentationCase],
    progress: StageProgress,
) -> list[SegmentationCase]:
    """Measure all; a case that cannot be measured keeps its place, with the reason.

    What is wrong with the configuration would be wrong with every case, and ends the evaluation.
    """
    cases = []
    for index, item in enumerate(items):
        title = f"{noun} {index + 1} of {len(items)}"

        def report(fraction: float, title: str = title, index: int = index) -> None:
            progress(title, (index + fraction) / len(items))

        try:
            cases.append(measure(item, report))
        except ConfigurationError:
            raise
        except (CTPerfusionError, OSError) as error:
            cases.append(SegmentationCase(labels_of(item), failure=str(error)))
    return cases
