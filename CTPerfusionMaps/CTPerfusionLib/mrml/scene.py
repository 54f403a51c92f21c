"""A study's results as one file that Slicer opens: ``scene.mrb``."""

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress
from ..staging import staging_folder
from .content import SceneContent
from .headless import headless_slicer
from .layouts import MapView
from .lesion import publish_lesion
from .related import related_nodes
from .study import publish_study
from .views import fill_views, show_layout
from .vtk_errors import vtk_errors_raised

_CANNOT_WRITE = "The Slicer scene cannot be written"

_STANDARD_VIEWS = (
    MapView("Red", ("Baseline",)), MapView("Green", ("CBF",)), MapView("Yellow", ("Tmax", "TTP")),
)  # fmt: skip
"""What a Slicer without these modules shows, which does not know their layouts."""


def write_scene(
    path: Path | str, content: SceneContent, *, on_progress: ProgressCallback = ignore_progress
) -> None:
    """Write a study's results as a Slicer scene bundle, whole or not at all.

    The scene is built apart from any scene that is open; inside Slicer, the user's scene stays as it is.

    Parameters
    ----------
    path : Path or str
        File to write, such as ``scene.mrb``.
    content : SceneContent
    on_progress : callable, optional

    Raises
    ------
    ConfigurationError
        If slicer-core is not installed or the folder cannot be written.
    ProcessingError
        If VTK reports an error.
    """
    path = Path(path)
    with staging_folder(path) as folder:
        bundle = folder / path.name
        with vtk_errors_raised(_CANNOT_WRITE):
            headless = headless_slicer(folder)
            _fill(headless.scene, content, on_progress)
            on_progress(0.5)
            written = headless.scene.WriteToMRB(str(bundle))
        if not written:
            raise ProcessingError(_CANNOT_WRITE, "check that the disk has space")
        bundle.replace(path)
    on_progress(1.0)


def _fill(scene: Any, content: SceneContent, on_progress: ProgressCallback) -> None:
    study = publish_study(scene, content.study)
    on_progress(0.3)
    publish_lesion(scene, study.baseline, content.lesion)
    shown = _slice_to_show(content)
    show_layout(scene, study.baseline, slice_index=shown)
    fill_views(scene, related_nodes(study.baseline), _STANDARD_VIEWS, shown)


def _slice_to_show(content: SceneContent) -> int:
    """Return the slice with the largest hypoperfusion, or the middle one."""
    areas = sum(mask.sum(axis=(1, 2)) for mask in content.lesion.masks.values())
    return int(np.argmax(areas)) if np.any(areas) else len(content.study.baseline) // 2
