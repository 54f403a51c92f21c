"""The tables of what was changed about the data: fewer frames, noise, motion, other boluses and scanners."""

from collections.abc import Iterable, Mapping, Sequence

from .maps_case import USUAL, LesionKind, MapCase
from .maps_conditions import CONDITIONS
from .maps_frames import FRAME_COUNTS, frames_condition
from .maps_published import PUBLISHED_FRAME_ERRORS
from .maps_readers import READERS
from .maps_result import MapEvaluation
from .maps_statistics import Measure, held_out_once, lesion_statistics, map_statistics, mean_of, selected
from .segmentation_table import Table, number

_MEASURES: Mapping[str, tuple[Measure, int]] = {
    "r": (lambda score: score.brain.correlation, 3),
    "Dice": (lambda score: score.brain.dice, 3),
    "MSE": (lambda score: score.brain.squared_error, 5),
}
"""With the digits that are shown."""


def frames_table(evaluation: MapEvaluation) -> Table:
    """Return error and correlation by number of frames."""
    rows = []
    for count in FRAME_COUNTS:
        cases = held_out_once(evaluation, frames_condition(count))
        if cases:
            cells = [
                number(value, digits)
                for name in evaluation.target_names
                for value, digits in _frame_values(cases, name)
            ]
            published = PUBLISHED_FRAME_ERRORS.get(count)
            rows.append((str(count), str(len(cases)), *cells, number(published, 5)))
    headings = [
        f"{name} {measure}" for name in evaluation.target_names for measure in ("r", "MSE", "MSE, all pixels")
    ]
    return Table(
        "Fewer frames",
        "One network, shown every floor(T/n)-th frame of the record after motion correction and filter, with "
        "straight lines between those frames and the last one held; r and MSE inside the brain, and MSE "
        "on all pixels as in the papers. The paper's code lists one MSE for each number (for which map "
        "is not said), of networks trained for that number of frames.",
        ("frames", "n", *headings, "paper's code"),
        tuple(rows),
    )


def _frame_values(cases: Sequence[MapCase], name: str) -> tuple[tuple[float | None, int], ...]:
    found = map_statistics(cases, name)
    return (
        (found.brain.correlation.mean, 3),
        (found.brain.squared_error.mean, 5),
        (found.image.squared_error.mean, 5),
    )


def robustness_tables(evaluation: MapEvaluation) -> list[Table]:
    """Return a table for the first set of models and each yardstick: all metrics under all conditions."""
    tried = {case.condition for case in evaluation.cases if case.scores}
    conditions = [name for name in CONDITIONS if name in tried]
    if len(conditions) < 2:
        return []
    others = [name for name in evaluation.methods if name not in evaluation.model_names]
    return [_robustness(evaluation, name, conditions) for name in (evaluation.model_names[0], *others)]


def _robustness(evaluation: MapEvaluation, method: str, conditions: Sequence[str]) -> Table:
    disturbed = {
        case.patient for name in conditions[1:] for case in selected(evaluation, method, condition=name)
    }

    def cases_of(condition: str) -> list[MapCase]:
        cases = selected(evaluation, method, condition=condition)
        return [case for case in cases if case.patient in disturbed]

    is_model = method in evaluation.model_names
    usual = _values(cases_of(USUAL), evaluation.target_names)
    rows = []
    for condition in conditions:
        cases = cases_of(condition)
        if cases:
            values = _values(cases, evaluation.target_names)
            cells = [
                number(value, digits)
                if condition == USUAL
                else _with_change(value, usual[heading][0], digits)
                for heading, (value, digits) in values.items()
            ]
            accepted = [_accepted(cases)] if is_model else []
            rows.append((condition, *accepted, *cells, _read(cases)))
    return Table(
        f"Robustness: {method}",
        "The same heads under other conditions; in brackets the change from the usual one. Maps inside the "
        "brain, mean of the patients; lesions of predicted against reference maps by reader R1, mean Dice. "
        "Displaced frames: each but the first by 1 mm in a random direction, on a head at rest, before "
        "filtering and without motion correction, as what a failed correction leaves. Accepted: scans "
        "that the model takes in use; what it refuses was run here nevertheless. Lesions read: patients "
        "with enough tissue of a TTP up to 4 s to refer to, on predicted maps too.",
        ("condition", *(["accepted"] if is_model else []), *usual, "lesions read"),
        tuple(rows),
    )


def _values(cases: Sequence[MapCase], names: Iterable[str]) -> dict[str, tuple[float | None, int]]:
    values: dict[str, tuple[float | None, int]] = {
        f"{name} {title}": (mean_of(cases, name, measure), digits)
        for name in names
        for title, (measure, digits) in _MEASURES.items()
    }
    reader = next(iter(READERS))
    for kind in LesionKind:
        values[f"{kind} Dice"] = (lesion_statistics(cases, kind).of_reader(reader).dice.mean, 3)
    return values


def _with_change(value: float | None, usual: float | None, digits: int) -> str:
    if value is None or usual is None:
        return number(value, digits)
    return f"{value:.{digits}f} ({value - usual:+.{digits}f})"


def _accepted(cases: Sequence[MapCase]) -> str:
    return f"{sum(not case.refusal for case in cases)} of {len(cases)}"


def _read(cases: Sequence[MapCase]) -> str:
    return f"{sum(case.lesions is not None for case in cases)} of {len(cases)}"


def refusal_table(evaluation: MapEvaluation) -> Table:
    """Return why models refuse series in use."""
    reasons = dict.fromkeys((case.condition, case.refusal) for case in evaluation.cases if case.refusal)
    return Table("Series that the models refuse in use", "", ("condition", "reason"), tuple(reasons))


def condition_records(evaluation: MapEvaluation) -> list[dict[str, object]]:
    """Return all metrics of every method under every condition other than the usual one, ready for JSON."""
    tried = dict.fromkeys(case.condition for case in evaluation.cases if case.condition != USUAL)
    records: list[dict[str, object]] = []
    for condition in tried:
        for method in evaluation.methods:
            cases = selected(evaluation, method, condition=condition)
            if cases:
                values = _values(cases, evaluation.target_names)
                records.append(
                    {
                        "condition": condition,
                        "method": method,
                        "n": len(cases),
                        "refused": sum(bool(case.refusal) for case in cases),
                        **{heading: value for heading, (value, _) in values.items()},
                    }
                )
    return records
