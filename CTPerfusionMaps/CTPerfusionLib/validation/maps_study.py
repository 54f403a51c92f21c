"""A whole evaluation of networks, from what a user names to what was measured."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import ConfigurationError
from ..progress import ProgressCallback, ignore_progress
from ..training.datasets import PatientSource, PhantomSource, open_source
from .maps_conditions import CONDITIONS
from .maps_evaluation import EvaluationChoices, evaluate_maps
from .maps_models import ModelSet, common_settings, load_models, model_facts, model_sets
from .maps_result import MapEvaluation
from .maps_studied import TRUTH, SimulatedHeads, StudiedPatient, simulated_patients, source_patients

REFERENCES = (TRUTH, "nlr")
"""What predicted maps of simulated heads are held against."""

_HEAD = "head-"


@dataclass(frozen=True)
class EvaluationData:
    """Which patients models are evaluated on.

    Attributes
    ----------
    source : str
        ``phantoms:FIRST-LAST``, or a folder of any kind that :func:`open_source` takes.
    size, scanner, reference : str
        Of simulated heads.
    disturbed : int
        So many of the simulated heads are scanned under all conditions of :data:`CONDITIONS`.
    """

    source: str
    size: str = "tiny"
    scanner: str = "ge-cine"
    reference: str = TRUTH
    disturbed: int = 0


def evaluate_models(
    data: EvaluationData,
    models: Sequence[str],
    choices: EvaluationChoices,
    on_progress: ProgressCallback = ignore_progress,
) -> MapEvaluation:
    """Evaluate models on the patients of a data set that they were not trained with.

    Parameters
    ----------
    data : EvaluationData
    models : sequence of str
        Names or paths, at least one; those of folds or of single maps are grouped, see :func:`model_sets`.
    choices : EvaluationChoices
    on_progress : callable

    Raises
    ------
    ConfigurationError
        If a model or option does not exist, or no patient is left that the models were not trained with.
    DatasetError
        If there is no such data set.
    """
    loaded = load_models(models)
    sets = model_sets(loaded)
    settings = common_settings(loaded)
    targets = tuple(dict.fromkeys(name for each in sets for name in each.target_names))
    source = open_source(
        data.source, settings, targets, reference=data.reference, scanner=data.scanner, size=data.size
    )
    patients = _patients(source, sets, choices)
    studied: Callable[[ProgressCallback], Iterator[StudiedPatient]]
    if isinstance(source, PhantomSource):
        heads = _heads(data, patients)

        def studied(report: ProgressCallback) -> Iterator[StudiedPatient]:
            return simulated_patients(heads, loaded[0].model.card, targets, report)
    else:
        if data.disturbed:
            raise ConfigurationError(
                "Only simulated heads can be scanned under other conditions",
                "evaluate on phantoms, or without the other conditions",
            )

        def studied(report: ProgressCallback) -> Iterator[StudiedPatient]:
            return source_patients(source, patients, report)

    facts = _facts(data, source, patients, sets, choices)
    return evaluate_maps(studied, sets, choices, facts, on_progress)


def _patients(source: PatientSource, sets: Sequence[ModelSet], choices: EvaluationChoices) -> tuple[str, ...]:
    held_out = tuple(name for name in source.patients if any(each.part_of(name).is_held_out for each in sets))
    if not held_out:
        raise ConfigurationError(
            "The models were trained with all patients of this data set",
            "give patients that they do not know",
        )
    return source.patients if choices.seen_too else held_out


def _heads(data: EvaluationData, patients: Sequence[str]) -> SimulatedHeads:
    return SimulatedHeads(
        seeds=tuple(int(name.removeprefix(_HEAD)) for name in patients),
        size=data.size,
        disturbed=data.disturbed,
        reference=data.reference,
        scanner=data.scanner,
    )


def _facts(
    data: EvaluationData,
    source: PatientSource,
    patients: Sequence[str],
    sets: Sequence[ModelSet],
    choices: EvaluationChoices,
) -> dict[str, str]:
    facts = dict(model_facts(sets))
    if isinstance(source, PhantomSource):
        facts["patients"] = (
            f"{len(patients)} simulated heads, {patients[0]} to {patients[-1]}, {data.size}, {data.scanner}"
        )
        facts["reference"] = (
            "the parameters that the heads were simulated with"
            if data.reference == TRUTH
            else f"maps by {data.reference}, with the artery that is found"
        )
        if data.disturbed:
            facts["other conditions"] = f"{len(CONDITIONS) - 1}, on the first {data.disturbed} heads"
    else:
        facts["patients"] = f"{len(patients)} of the data set {source.name}"
        facts["reference"] = "the maps of the data set"
    facts["device"] = choices.device
    return facts
