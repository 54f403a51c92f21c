"""What a calibration of a deconvolution says, as a report."""

from typing import TYPE_CHECKING, Any

from .. import RESEARCH_USE, __version__
from ..kinetics import preset_text
from .core_volume_axes import BLACK, BLUE, GREY, RED, label, panels
from .deconvolution_tuning import ReadingFit, ScoredCandidate, Tuning
from .evaluation_files import Drawing, EvaluationReport
from .segmentation_table import Table, number
from .tuning_candidate import SMOOTHINGS, Candidate
from .tuning_measure import FLOW_RANGE, READINGS, TMAX_RANGE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "Calibration of a deconvolution to reference maps"

_INTRODUCTION = (
    "Regularisation, smoothing and the threshold of relative flow were chosen by the tuning half alone. The "
    "numbers below are of that half and too good for a report: hold the preset against the other half."
)

_AT_THE_END = "; this is an end of what was tried: look at the figure before relying on it"

_COLOURS = ("#8a8a8a", "#9ecae1", "#6baed6", "#3182bd", "#08306b", "#fdae6b", "#e6550d", "#7f2704")
"""Of the smoothings: grey without, blue Gaussian, orange joint bilateral, the darker the wider."""


def tuning_report(tuning: Tuning) -> EvaluationReport:
    """Return what the evaluation says."""
    return EvaluationReport(
        title=TITLE,
        introduction=_INTRODUCTION,
        facts=_facts(tuning),
        tables=_tables(tuning),
        draw=lambda: {
            "scores": Drawing(
                _scores_figure(tuning),
                "Mean concordance of Tmax and of relative CBF with the reference maps, by regularisation "
                "and noise filter. Circle: chosen; square: default of the software.",
            ),
            "reading": Drawing(
                _reading_figure(tuning),
                "Left: mean absolute difference of the core's volume from that of the reference maps by "
                "flow reading; circle: chosen. Right: volumes of the core by the chosen reading; grey: "
                "identity.",
            ),
        },
        cases=_rows(tuning),
        numbers=tuning_record(tuning),
        # The same as among the user's methods: to be kept with the report, and given to others.
        files={f"{tuning.preset.name}.json": preset_text(tuning.preset)},
    )


def tuning_record(tuning: Tuning) -> dict[str, Any]:
    """Return all numbers, ready for JSON."""
    reading = tuning.reading
    return {
        "calibration": tuning.preset.deconvolution,
        "notice": RESEARCH_USE,
        "software_version": __version__,
        "settings": tuning.settings,
        "preset": {"name": tuning.preset.name, **tuning.preset.as_json()},
        "candidates": [_score_record(each) for each in tuning.scored],
        "default": _score_record(tuning.default),
        "reading": {
            "value": reading.reading,
            "cases_with_a_core": reading.n_cores,
            "error_ml": reading.error_ml,
            "error_ml_by_1": reading.unread_error_ml,
        },
    }


def _score_record(scored: ScoredCandidate) -> dict[str, Any]:
    return {
        "options": dict(scored.candidate.options),
        "filter": scored.candidate.filter,
        "score": scored.mean.score,
        "tmax": scored.mean.tmax,
        "flow": scored.mean.flow,
    }


def _facts(tuning: Tuning) -> list[tuple[str, str]]:
    used = sum(case.agreement is not None for case in tuning.cases)
    return [
        *tuning.settings.items(),
        ("cases", f"{used} of the tuning half; {len(tuning.cases) - used} could not be used"),
        ("regularisation", _regularisation_words(tuning.best.candidate)),
        ("noise filter", tuning.best.candidate.smoothing),
        ("flow reading", _reading_words(tuning.reading)),
        ("software", f"ctperfusion {__version__}"),
    ]


def _reading_words(found: ReadingFit) -> str:
    words = (
        f"{found.reading:.2f}, by {found.n_cores} cases with a core in their reference maps: mean absolute "
        f"difference of the core {found.error_ml:.1f} mL, {found.unread_error_ml:.1f} mL by a reading of 1"
    )
    if found.is_at_the_end:
        words += _AT_THE_END
    return words


def _regularisation_words(candidate: Candidate) -> str:
    return f"{candidate.regularisation}{_AT_THE_END if candidate.ends else ''}"


def _tables(tuning: Tuning) -> list[Table]:
    tables = [_choice(tuning), _grid(tuning), _failures(tuning)]
    return [table for table in tables if table.rows]


def _choice(tuning: Tuning) -> Table:
    rows = tuple(
        (title, each.candidate.regularisation, each.candidate.smoothing, *_score_cells(each))
        for title, each in (
            ("chosen", tuning.best),
            ("next", tuning.scored[1]),
            ("default", tuning.default),
            ("worst", tuning.scored[-1]),
        )
    )
    return Table(
        "Choice",
        "Lin's concordance of the voxels with the reference maps, mean of the cases; Tmax limited to "
        f"{TMAX_RANGE[0]:g} to {TMAX_RANGE[1]:g} s, relative CBF to {FLOW_RANGE[0]:g} to {FLOW_RANGE[1]:g}.",
        ("", "regularisation", "noise filter", "score", "Tmax", "relative CBF"),
        rows,
    )


def _score_cells(scored: ScoredCandidate) -> tuple[str, str, str]:
    mean = scored.mean
    return number(mean.score, 3), number(mean.tmax, 3), number(mean.flow, 3)


def _grid(tuning: Tuning) -> Table:
    by_place = {(each.candidate.regularisation, each.candidate.filter): each for each in tuning.scored}
    rows = tuple(
        (name, *(number(by_place[name, smoothing].mean.score, 3) for smoothing in SMOOTHINGS))
        for name in _regularisations(tuning)
    )
    return Table("All scores", "Mean of both concordances.", ("regularisation", *SMOOTHINGS), rows)


def _regularisations(tuning: Tuning) -> list[str]:
    return list(dict.fromkeys(candidate.regularisation for candidate in tuning.tried))


def _failures(tuning: Tuning) -> Table:
    rows = tuple((str(case.number), case.failure) for case in tuning.cases if case.agreement is None)
    return Table("Cases that could not be used", "cases.csv says which they are.", ("number", "reason"), rows)


def _rows(tuning: Tuning) -> list[dict[str, Any]]:
    chosen, default = (tuning.tried.index(each.candidate) for each in (tuning.best, tuning.default))
    rows = []
    for case in tuning.cases:
        row: dict[str, Any] = {"number": case.number, "case": case.name, "patient": case.patient}
        if case.agreement is not None:
            for name, position in (("chosen", chosen), ("default", default)):
                score = case.agreement[position]
                row |= {f"tmax_{name}": score.tmax, f"flow_{name}": score.flow}
        if case.number in tuning.cores:
            row["reference_core_ml"] = tuning.cores[case.number].reference_ml
        rows.append(row | {"failure": case.failure})
    return rows


def _scores_figure(tuning: Tuning) -> "Figure":
    figure, (axes,) = panels(1, 1, 7.6, 4.2)
    names = _regularisations(tuning)
    by_place = {(each.candidate.regularisation, each.candidate.filter): each for each in tuning.scored}
    for smoothing, colour in zip(SMOOTHINGS, _COLOURS, strict=True):
        scores = [by_place[name, smoothing].mean.score for name in names]
        axes.plot(range(len(names)), scores, color=colour, marker=".", linewidth=1.2, label=smoothing)
    for scored, marker, colour in ((tuning.default, "s", BLACK), (tuning.best, "o", RED)):
        place = names.index(scored.candidate.regularisation)
        axes.plot(
            place, scored.mean.score, marker, markersize=11, markerfacecolor="none", markeredgecolor=colour
        )
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    label(axes, "regularisation", "score")
    axes.legend(fontsize=7.5, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return figure


def _reading_figure(tuning: Tuning) -> "Figure":
    import numpy as np

    figure, (left, right) = panels(1, 2, 8.4, 3.9)
    cores = list(tuning.cores.values())
    errors = np.mean([np.abs(np.array(each.found_ml) - each.reference_ml) for each in cores], axis=0)
    left.plot(READINGS, errors, color=BLUE, marker=".", linewidth=1.2)
    left.plot(
        tuning.reading.reading, tuning.reading.error_ml, "o",
        markersize=11, markerfacecolor="none", markeredgecolor=RED,
    )  # fmt: skip
    label(left, "flow reading", "mean absolute difference, mL")
    found = [float(np.interp(tuning.reading.reading, READINGS, each.found_ml)) for each in cores]
    reference = [each.reference_ml for each in cores]
    largest = max(1.0, *found, *reference)
    right.plot([0.0, largest], [0.0, largest], color=GREY, linewidth=0.9, zorder=1)
    right.plot(reference, found, "o", markersize=4, color=BLUE, alpha=0.8)
    label(right, "core in the reference maps, mL", "core, mL")
    return figure
