"""Parts of pages that ask nothing of a network: template, script, data, and the policy that says so."""

import base64
import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from ..resources import resource_path

if TYPE_CHECKING:
    from jinja2 import Template

_FOLDER = "Report"


@cache
def page_template(name: str) -> "Template":
    """Return a template of the folder ``Report`` of the resources; all that it is given is escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource_path(_FOLDER)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def joined_scripts(*names: str) -> str:
    """Return the scripts of the same folder as one strict script."""
    parts = [resource_path(_FOLDER, name).read_text(encoding="utf-8") for name in names]
    return "\n".join(('"use strict";', *parts))


def inert_json(description: Any) -> str:
    """Return JSON that cannot end the script element in which it stands."""
    return json.dumps(description, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def content_policy(script: str, images: str) -> str:
    """Return what a page may do: run the one script and show what is in it; nothing from a network.

    Parameters
    ----------
    script : str
        All of the text of the one script element.
    images : str
        Sources of its pictures, such as ``data:``.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )
