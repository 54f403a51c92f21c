"""The report as one self-contained HTML page."""

import base64
import hashlib
import io
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..progress import ProgressCallback, ignore_progress, part_of
from ..resources import resource_path
from ..staging import staging_folder
from . import wording
from .compose import compose
from .content import ReportContent
from .document import Plot
from .plots import figure_svg
from .tiles import BASELINE_WINDOW, Pixels
from .viewer import viewer_of

if TYPE_CHECKING:
    from jinja2 import Template

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
    script = _script()
    page = _template().render(
        document=document,
        wording=wording,
        notice=document.notice,
        window=BASELINE_WINDOW,
        what_if_notes=wording.what_if_notes(content.protocol),
        viewer=viewer,
        description=Markup(_inert_json(viewer.description)),  # noqa: S704 - escaped for a script element
        script=Markup(script),  # noqa: S704 - our own
        policy=_policy(script),
        svg=svg,
        uri=data_uri,
    )
    on_progress(1.0)
    return page


def data_uri(pixels: Pixels) -> str:
    """Return a picture (H, W, 3) as a PNG data URI with at most 256 colours, a third of the size of all."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        buffer, format="PNG"
    )
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


@cache
def _template() -> "Template":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource_path("Report")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(_TEMPLATE)


def _script() -> str:
    """Return the script of the page."""
    parts = [resource_path("Report", name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return "\n".join(('"use strict";', *parts))


def _inert_json(description: Any) -> str:
    """Return JSON that cannot end the script element in which it stands."""
    return json.dumps(description, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _policy(script: str) -> str:
    """Return what the page may do: run the one script and show what is in it; nothing from a network."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
