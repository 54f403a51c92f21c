"""Curves and motion as line drawings; as SVG they take the page's text colour, in light and dark.

Drawn with matplotlib's objects on their own canvas: nothing here touches pyplot's global state, so that a
report can be written from a worker thread.
"""

import io
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ..series import EnhancementCurve
from .content import HeadMotion
from .tiles import Pixels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

CURVE_COLOURS: Mapping[str, str] = MappingProxyType({"AIF": "#e0382f", "VOF": "#2f7fe0"})
"""Arteries red, veins blue; other curves in the colour below."""

OTHER_COLOUR = "#2fa36b"

_AXIS_COLOURS = ("#d55e00", "#009e73", "#0072b2")
_LEFT, _RIGHT, _BELOW, _ABOVE = 0.68, 0.52, 0.42, 0.08  # inches that labels need around the axes
_POSITION_STYLES = ("-", "--")
_REJECTED_COLOUR = "#cc3311"
_INK = "#0a0b0c"  # replaced by currentColor; no drawn colour may equal it


def curve_plot(curves: Sequence[EnhancementCurve]) -> "Figure":
    """Return a drawing of enhancement in HU over time in seconds.

    Curves that stay below a quarter of the highest one are drawn against a second axis, since tissue
    enhances some 5 HU where arteries enhance by hundreds.
    """
    figure, (axes,) = plain_figure(5.2, 2.5)
    highest = max(float(curve.enhancement.max()) for curve in curves)
    low = [curve for curve in curves if curve.enhancement.max() < highest / 4]
    _draw_curves(axes, [curve for curve in curves if curve not in low])
    axes.set_xlabel("Time (s)")
    axes.set_ylabel("Enhancement (HU)")
    lines = list(axes.lines)
    if low:
        second = axes.twinx()
        _style(second)
        _draw_curves(second, low)
        second.set_ylabel(f"{', '.join(curve.name for curve in low)} (HU)")
        lines += list(second.lines)
    _legend(axes, lines)
    return figure


def motion_plot(head: HeadMotion) -> "Figure":
    """Return a drawing of translation in mm and rotation in degrees over time in seconds.

    Lines break where a frame was left out, which a cross on the axis marks. The second table position of a
    shuttle scan is dashed.
    """
    figure, panels = plain_figure(5.8, 2.5, panels=2)
    names = (("x, to the right", "y, to the front", "z, upwards"), ("about x", "about y", "about z"))
    motion = np.where(head.used[:, None], head.motion, np.nan)
    for panel, (first, label) in enumerate(((0, "Translation (mm)"), (3, "Rotation (°)"))):
        here = panels[panel]
        for axis in range(3):
            for position, style in zip(motion, _POSITION_STYLES, strict=False):
                here.plot(
                    head.frame_times,
                    position[:, first + axis],
                    style,
                    color=_AXIS_COLOURS[axis],
                    label=names[panel][axis],
                    linewidth=1.4,
                )
        limit = 1.1 * float(np.nanmax(np.abs(motion[..., first : first + 3]), initial=0.0))
        _draw_rejected(here, head, -max(1.0, limit))
        here.set_ylim(-max(1.0, limit), max(1.0, limit))
        here.set_xlabel("Time (s)")
        here.set_ylabel(label)
        _legend(here, [line for line in here.lines if line.get_linestyle() != "--"])
    return figure


def _draw_rejected(axes: "Axes", head: HeadMotion, height: float) -> None:
    times = head.frame_times[~head.used]
    if len(times):
        axes.plot(
            times, np.full(len(times), height), "x", color=_REJECTED_COLOUR, label="left out", clip_on=False
        )


def plain_figure(width: float, height: float, panels: int = 1) -> tuple["Figure", list["Axes"]]:
    """Return an empty drawing of a size in inches with its panels side by side, in the ink of the page."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    panel = (width - _LEFT - _RIGHT - (panels - 1) * _LEFT) / panels
    figure.subplots_adjust(
        left=_LEFT / width,
        right=1 - _RIGHT / width,
        bottom=_BELOW / height,
        top=1 - _ABOVE / height,
        wspace=_LEFT / panel,
    )
    figure.patch.set_alpha(0)
    all_axes = [figure.add_subplot(1, panels, panel + 1) for panel in range(panels)]
    for axes in all_axes:
        _style(axes)
        axes.grid(color=_INK, alpha=0.15, linewidth=0.6)
        axes.spines["top"].set_visible(False)
    return figure, all_axes


def _style(axes: "Axes") -> None:
    axes.patch.set_alpha(0)
    axes.tick_params(colors=_INK, labelsize=8)
    for spine in axes.spines.values():
        spine.set_edgecolor(_INK)
        spine.set_linewidth(0.7)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(_INK)
        label.set_fontsize(9)


def _draw_curves(axes: "Axes", curves: Sequence[EnhancementCurve]) -> None:
    for curve in curves:
        axes.plot(
            curve.times,
            curve.enhancement,
            color=CURVE_COLOURS.get(curve.name, OTHER_COLOUR),
            label=curve.name,
            linewidth=1.8,
        )


def _legend(axes: "Axes", lines: Sequence["Line2D"]) -> None:
    legend = axes.legend(handles=lines, fontsize=8, frameon=False, loc="best")
    for text in legend.get_texts():
        text.set_color(_INK)


def figure_pixels(figure: "Figure", dots_per_inch: float) -> Pixels:
    """Return a drawing on white paper as pixels, shape (H, W, 3)."""
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots_per_inch, transparent=True)
    drawing = Image.open(buffer).convert("RGBA")
    paper = Image.new("RGBA", drawing.size, "white")
    return np.asarray(Image.alpha_composite(paper, drawing).convert("RGB"))


def figure_svg(figure: "Figure", name: str) -> str:
    """Return a drawing as an SVG element for a page: no prolog, own identifiers, ink in the page's colour.

    matplotlib numbers its identifiers from 1 in every file and salts the others by chance; here they are
    numbered in the order in which they occur, with `name` in front, so that two drawings can stand in one
    page and the same drawing gives the same text.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    numbers = {identifier: number for number, identifier in enumerate(re.findall(r'\bid="([^"]+)"', text))}
    text = re.sub(
        r'(\bid="|href="#|url\(#)([^")]+)',
        lambda found: f"{found.group(1)}{name}-{numbers[found.group(2)]}",
        text,
    )
    return text.replace(_INK, "currentColor")
