"""The patients of an evaluation: of a data set, or heads that are simulated under several conditions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby

from ..errors import CTPerfusionError, ProcessingError
from ..networks import ModelCard
from ..networks.predict_fit import require_fit
from ..phantom import SCANNER_SCHEMES, Phantom, head_phantom
from ..pipeline import PipelineConfig, PreparedSeries, Stage, StageClock, compute_study_maps
from ..progress import ProgressCallback, StageProgress, part_of
from ..training.datasets import PatientMaps, PatientSource
from ..training.datasets.head_variation import head_variation
from ..training.datasets.preparation import (
    patient_maps,
    prepare,
    require_first_frame,
    training_config,
)
from .maps_case import USUAL
from .maps_conditions import CONDITIONS, Condition
from .maps_score import FloatImage

YARDSTICKS = ("bayes", "nlr")
"""Methods with an arterial input function that are held against the same reference, the default one first."""

TRUTH = "truth"
"""The reference of simulated heads: what they were simulated with."""

_ANY = 1e6
"""s; a limit that no series exceeds."""


@dataclass(frozen=True, eq=False)
class StudiedPatient:
    """One patient under one condition.

    Attributes
    ----------
    patient : PatientMaps or None
        None where the data cannot be used.
    name : str
    condition : str
    others : mapping of str to mapping of str to ndarray
        Maps of other methods by the names of the method and of the map, in physical units.
    refusal : str
        Why a model would refuse the series in use.
    failure : str
        Why the data cannot be used.
    """

    patient: PatientMaps | None
    name: str
    condition: str = USUAL
    others: Mapping[str, Mapping[str, FloatImage]] = field(default_factory=dict)
    refusal: str = ""
    failure: str = ""


def source_patients(
    source: PatientSource, patients: Sequence[str], on_progress: ProgressCallback
) -> Iterator[StudiedPatient]:
    """Yield the patients of a data set as they are; one that cannot be used is a failure and no end.

    Parameters
    ----------
    source : PatientSource
    patients : sequence of str
    on_progress : callable
        Called before each patient.
    """
    for position, name in enumerate(patients):
        on_progress(position / len(patients))
        try:
            yield StudiedPatient(source.load(name), name)
        except CTPerfusionError as error:
            yield StudiedPatient(None, name, failure=str(error))


@dataclass(frozen=True)
class SimulatedHeads:
    """Heads of a cohort.

    Attributes
    ----------
    seeds : tuple of int
    size : str
        ``tiny`` or ``clinical``.
    disturbed : int
        The first so many are scanned under all `conditions`, the others under the usual one.
    reference : str
        :data:`TRUTH`, or the name of a yardstick whose maps are the reference.
    scanner : str
    conditions : tuple of Condition
        The usual one first; those of one simulation follow each other.
    """

    seeds: tuple[int, ...]
    size: str
    disturbed: int
    reference: str = TRUTH
    scanner: str = "ge-cine"
    conditions: tuple[Condition, ...] = tuple(CONDITIONS.values())

    def conditions_of(self, position: int) -> tuple[Condition, ...]:
        """Return the conditions under which a head is scanned."""
        return self.conditions if position < self.disturbed else self.conditions[:1]


def simulated_patients(
    heads: SimulatedHeads, card: ModelCard, targets: Sequence[str], on_progress: ProgressCallback
) -> Iterator[StudiedPatient]:
    """Yield each head under all its conditions, with the maps of the yardsticks.

    Parameters
    ----------
    heads : SimulatedHeads
    card : ModelCard
        Of a model: how the input is prepared, and which series it takes in use.
    targets : sequence of str
    on_progress : callable
    """
    weights = [len(heads.conditions_of(position)) for position in range(len(heads.seeds))]
    done, total = 0, sum(weights)
    schemes = (SCANNER_SCHEMES[heads.scanner],)
    for position, seed in enumerate(heads.seeds):
        for simulation, members in groupby(heads.conditions_of(position), lambda each: each.simulation):
            conditions = list(members)
            report = part_of(on_progress, done / total, (done + len(conditions)) / total)
            head = simulation.of(head_variation(seed, schemes, (heads.size,)))
            phantom = head_phantom(
                seed=seed, scanner=head.scanner, lesion=head.lesion, microangiopathy=head.microangiopathy,
                motion=head.motion, size=head.size, arterial_input=simulation.bolus,
                on_progress=part_of(report, 0.0, 0.4),
            )  # fmt: skip
            for number, condition in enumerate(conditions):
                start, stop = (0.4 + 0.6 * (number + step) / len(conditions) for step in (0, 1))
                yield _studied(phantom, condition, heads, card, targets, part_of(report, start, stop))
            done += len(conditions)


def _studied(
    phantom: Phantom,
    condition: Condition,
    heads: SimulatedHeads,
    card: ModelCard,
    targets: Sequence[str],
    on_progress: ProgressCallback,
) -> StudiedPatient:
    """Prepare a scan for the models, also one that they would refuse, and fit it with the yardsticks."""
    seed = phantom.truth.seed
    name = f"head-{seed:04d}"
    series = condition.alter(phantom.series, seed)
    config = training_config() if condition.registered else training_config(registration="none")
    try:
        prepared = prepare(series, config, on_progress=part_of(on_progress, 0.0, 0.6))
        others = _yardstick_maps(prepared, config, part_of(on_progress, 0.6, 0.9))
        refusal = _refusal(prepared, card)
        reference = _reference(phantom, prepared, heads.reference, others)
        patient = patient_maps(
            name,
            prepared,
            replace(card.input, longest_hold=_ANY, longest_interval=_ANY),
            {target: reference[target] for target in targets},
            groups=_groups(phantom),
        )
    except CTPerfusionError as error:
        return StudiedPatient(None, name, condition.name, failure=str(error))
    on_progress(1.0)
    return StudiedPatient(patient, name, condition.name, others, refusal)


def _reference(
    phantom: Phantom,
    prepared: PreparedSeries,
    name: str,
    others: dict[str, Mapping[str, FloatImage]],
) -> Mapping[str, FloatImage]:
    """Return the reference maps; a yardstick that is the reference is none any more.

    Raises
    ------
    ProcessingError
        If there are no such maps.
    """
    if name != TRUTH:
        if name not in others:
            raise ProcessingError(
                f"The reference {name} needs an artery, and none was found", "choose another reference"
            )
        return others.pop(name)
    require_first_frame(prepared)
    return phantom.truth.maps


def _yardstick_maps(
    prepared: PreparedSeries, config: PipelineConfig, on_progress: ProgressCallback
) -> dict[str, Mapping[str, FloatImage]]:
    """Return the maps that a run gives with each yardstick; none where no artery is found."""
    found = {}
    for number, method in enumerate(YARDSTICKS):
        report = part_of(on_progress, number / len(YARDSTICKS), (number + 1) / len(YARDSTICKS))
        clock = StageClock(_untitled(report), stages=(Stage.MAPS,))
        with suppress(ProcessingError):
            found[method] = compute_study_maps(prepared, replace(config, method=method), clock).maps.maps
    return found


def _untitled(report: ProgressCallback) -> StageProgress:
    return lambda _title, fraction: report(fraction)


def _refusal(prepared: PreparedSeries, card: ModelCard) -> str:
    try:
        require_fit(prepared.enhancement, card)
    except ProcessingError as error:
        return error.reason
    return ""


def _groups(phantom: Phantom) -> dict[str, str | float]:
    parameters = phantom.truth.parameters
    return {
        name: parameters[name] for name in ("scanner", "lesion", "microangiopathy", "motion", "residue")
    } | {"noise_hu": round(float(parameters["noise_hu"]), 2)}
