"""The report as one self-contained HTML page."""

import base64
from pathlib import Path

from ..progress import ProgressCallback, ignore_progress, part_of
from ..staging import staging_folder
from . import wording
from .compose import compose
from .content import ReportContent
from .document import Plot
from .plots import figure_svg
from .self_contained import content_policy, inert_json, joined_scripts, page_template
from .tiles import BASELINE_WINDOW, Pixels, png_bytes
from .viewer import viewer_of

_TEMPLATE = "report.html.j2"
_SCRIPTS = ("bytes.js", "volumes.js", "geometry.js", "drawing.js", "report.js")


def write_report(
    path: Path | str, content: ReportContent, *, on_progress: ProgressCallback = ignore_progress
) -> None:
    """Write a study's report as one HTML file without references to anything outside it, whole or not at all.

    Parameters
    ----------
    path : Path or str
        File to write, such as ``report.html``.
    content : ReportContent
    on_progress : callable, optional

    Raises
    ------
    ConfigurationError
        If the folder cannot be written.
    """
    path = Path(path)
    page = render_report(content, on_progress=on_progress)
    with staging_folder(path) as folder:
        (folder / path.name).write_text(page, encoding="utf-8")
        (folder / path.name).replace(path)


def render_report(content: ReportContent, *, on_progress: ProgressCallback = ignore_progress) -> str:
    """Return the HTML text of the report."""
    from markupsafe import Markup

    def svg(plot: Plot) -> Markup:
        return Markup(figure_svg(plot.figure, plot.name))  # noqa: S704 - drawn here, not by others

    document = compose(content, on_progress=part_of(on_progress, 0.0, 0.7))
    viewer = viewer_of(content, document.mosaic)
    on_progress(0.9)
    script = joined_scripts(*_SCRIPTS)
    page = page_template(_TEMPLATE).render(
        document=document,
        wording=wording,
        notice=document.notice,
        window=BASELINE_WINDOW,
        what_if_notes=wording.what_if_notes(content.protocol),
        viewer=viewer,
        description=Markup(inert_json(viewer.description)),  # noqa: S704 - escaped for a script element
        script=Markup(script),  # noqa: S704 - our own
        policy=content_policy(script, images="data:"),
        svg=svg,
        uri=data_uri,
    )
    on_progress(1.0)
    return page


def data_uri(pixels: Pixels) -> str:
    """Return a picture (H, W, 3) as a PNG data URI."""
    return "data:image/png;base64," + base64.b64encode(png_bytes(pixels)).decode("ascii")
