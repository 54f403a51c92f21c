"""The figures of an evaluation of networks, those of Gava et al. 2023 under their numbers.

Drawn with matplotlib's objects on their own canvas, so that a worker thread can draw them.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from .maps_case import RATINGS, LesionKind, MapCase, Maps
from .maps_frames import FRAME_COUNTS, frames_condition
from .maps_pictures import density_figure, difference_figure, example_figure
from .maps_published import PUBLISHED_LESIONS
from .maps_readers import READERS
from .maps_result import MapEvaluation
from .maps_statistics import held_out_once, lesion_statistics, mean_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GREY = "#8a8a8a"
_COLOURS = {
    ("R1", Maps.PREDICTED): "#c8102e",
    ("R1", Maps.REFERENCE): "#e79aa4",
    ("R2", Maps.PREDICTED): "#1f4e9c",
    ("R2", Maps.REFERENCE): "#9db8e0",
}
_MAP_COLOURS = {"CBV": "#c8102e", "CBF": "#1f4e9c", "TTP": "#2e7d32", "MTT": "#8a6d00"}


def map_figures(evaluation: MapEvaluation) -> dict[str, "Figure"]:
    """Return all figures that an evaluation allows, by the stem of their files."""
    drawings: dict[str, Callable[[MapEvaluation], Figure | None]] = {
        "difference": _difference,
        "volumes": volume_figure,
        "bland_altman": bland_altman_figure,
        "density": _density,
        "frames": frames_figure,
    }
    figures = {name: draw(evaluation) for name, draw in drawings.items()}
    for number, example in enumerate(evaluation.examples, start=1):
        figures[f"example_{number}"] = example_figure(example)
    if evaluation.worst is not None:
        figures["worst"] = example_figure(evaluation.worst)
    return {name: figure for name, figure in figures.items() if figure is not None}


def caption(name: str) -> str:
    """Return what a figure shows, by the stem of its file."""
    return _CAPTIONS[name.rstrip("0123456789")]


def is_picture(name: str) -> bool:
    """Say whether a figure shows images, by the stem of its file."""
    return name.rstrip("0123456789") in ("difference", "example_", "worst", "density")


_CAPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "difference": "Predicted map, reference and their difference; white: hypoperfused tissue, "
        "magenta: core, as reader R1 draws them on each (Gava et al. 2023, figure 3).",
        "volumes": "Volumes of core and of hypoperfused tissue by both readers, on predicted (R1, R2) and on "
        "reference maps (GT1, GT2), patients by falling reference (figures 5 and 6).",
        "bland_altman": "Volumes on predicted less those on reference maps against their mean, by "
        "reader. Solid: mean difference; dashed: mean ± 1.96 SD (figure 7).",
        "density": "Predicted against reference values of all voxels of held-out patients, number of "
        "voxels on a logarithmic scale; red: identity.",
        "frames": "Correlation and mean squared error inside the brain by number of frames.",
        "example_": "Maps of one slice on common colour scales, the patient's right on the left; white: "
        "hypoperfused tissue, magenta: core, as reader R1 draws them on each.",
        "worst": "The patient with the greatest mean squared error of all maps together.",
    }
)


def volume_figure(evaluation: MapEvaluation) -> "Figure | None":
    """Draw the volumes of all four ratings as groups of bars, a panel for each kind of lesion."""
    cases = _with_lesions(evaluation)
    if not cases:
        return None
    figure, panels = _figure(2, 1, 8.4, 5.4)
    for axes, kind in zip(panels, LesionKind, strict=True):
        volumes = np.array([case.lesions.volumes[kind] for case in cases if case.lesions is not None])
        order = np.argsort(-volumes[:, 1], kind="stable")
        width = 0.8 / len(RATINGS)
        for position, rating in enumerate(RATINGS):
            axes.bar(
                np.arange(len(cases)) + (position - (len(RATINGS) - 1) / 2) * width,
                volumes[order, position], width, color=_COLOURS[rating.reader, rating.maps],
                label=rating.title,
            )  # fmt: skip
        axes.set_xticks(range(len(cases)))
        axes.set_xticklabels([cases[index].patient for index in order], rotation=60, ha="right", fontsize=7)
        axes.set_ylabel(f"{PUBLISHED_LESIONS[kind].title}, mL", fontsize=8)
    panels[0].legend(fontsize=8, frameon=False, ncols=len(RATINGS))
    return figure


def bland_altman_figure(evaluation: MapEvaluation) -> "Figure | None":
    """Draw the differences of volumes against their means: rows by reader, columns by lesion."""
    cases = _with_lesions(evaluation)
    if not cases:
        return None
    figure, panels = _figure(len(READERS), len(LesionKind), 8.4, 6.0)
    places = [(reader, kind) for reader in READERS for kind in LesionKind]
    for axes, (reader, kind) in zip(panels, places, strict=True):
        first, second = (_volumes(cases, reader, maps, kind) for maps in Maps)
        colour = _COLOURS[reader, Maps.PREDICTED]
        axes.scatter((first + second) / 2.0, first - second, s=20.0, color=colour, alpha=0.85, zorder=3)
        found = lesion_statistics(cases, kind).of_reader(reader).agreement
        for value, style in ((found.bias, "-"), (found.lower_limit, "--"), (found.upper_limit, "--")):
            if value is not None:
                axes.axhline(value, color=colour, linestyle=style, linewidth=1.1)
                axes.annotate(
                    f"{value:+.1f}", (1.0, value), xycoords=("axes fraction", "data"), xytext=(-2.0, 2.0),
                    textcoords="offset points", ha="right", fontsize=7, color=colour,
                )  # fmt: skip
        axes.axhline(0.0, color=_GREY, linewidth=0.7, zorder=1)
        axes.set_title(f"{reader}, {PUBLISHED_LESIONS[kind].title}", fontsize=9)
        axes.set_xlabel("Mean of both volumes, mL", fontsize=8)
        axes.set_ylabel("Predicted - reference, mL", fontsize=8)
    return figure


def frames_figure(evaluation: MapEvaluation) -> "Figure | None":
    """Draw correlation and error against the number of frames."""
    by_count = {
        count: cases
        for count in FRAME_COUNTS
        if (cases := held_out_once(evaluation, frames_condition(count)))
    }
    if len(by_count) < 2:
        return None
    figure, (left, right) = _figure(1, 2, 8.4, 3.4)
    for name in evaluation.target_names:
        colour = _MAP_COLOURS[name]
        correlations = [
            mean_of(cases, name, lambda score: score.brain.correlation) for cases in by_count.values()
        ]
        errors = [
            mean_of(cases, name, lambda score: score.brain.squared_error) for cases in by_count.values()
        ]
        for axes, values in ((left, correlations), (right, errors)):
            numbers = [np.nan if value is None else value for value in values]
            axes.plot(list(by_count), numbers, "o-", color=colour, markersize=3.5, linewidth=1.1, label=name)
    for axes, title in ((left, "Pearson's r"), (right, "Mean squared error")):
        axes.set_xscale("log")
        axes.set_xticks(list(by_count), [str(count) for count in by_count])
        axes.minorticks_off()
        axes.set_xlabel("Frames", fontsize=8)
        axes.set_ylabel(title, fontsize=8)
    right.set_yscale("log")
    left.legend(fontsize=8, frameon=False)
    return figure


def _difference(evaluation: MapEvaluation) -> "Figure | None":
    if not evaluation.examples:
        return None
    example = next((each for each in evaluation.examples if each.with_lesion), evaluation.examples[0])
    shown = set(next(iter(example.maps.values())))
    method = next(name for name in evaluation.model_names if name in shown)
    return difference_figure(example, method)


def _density(evaluation: MapEvaluation) -> "Figure | None":
    return density_figure(evaluation.densities, "network") if evaluation.densities else None


def _with_lesions(evaluation: MapEvaluation) -> list[MapCase]:
    return [
        case for case in held_out_once(evaluation) if case.lesions is not None and not case.lesions.is_normal
    ]


def _volumes(cases: Sequence[MapCase], reader: str, maps: Maps, kind: LesionKind) -> np.ndarray:
    position = next(
        index for index, rating in enumerate(RATINGS) if (rating.reader, rating.maps) == (reader, maps)
    )
    return np.array([case.lesions.volumes[kind][position] for case in cases if case.lesions is not None])


def _figure(rows: int, columns: int, width: float, height: float) -> tuple["Figure", list["Axes"]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    panels = [figure.add_subplot(rows, columns, index + 1) for index in range(rows * columns)]
    for axes in panels:
        axes.grid(color=_GREY, alpha=0.25, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=7)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, panels
