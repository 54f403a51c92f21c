"""A study's results as one file that Slicer opens: ``scene.mrb``."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ..errors import ProcessingError
from ..progress import ProgressCallback, ignore_progress
from ..series import quantities_of
from ..staging import staging_folder
from .content import SceneContent
from .headless import headless_slicer, import_slicer
from .segmentation import add_segmentation
from .tables import add_curves, add_volumes_table
from .views import arrange_views
from .volumes import BASELINE_NAME, add_baseline, add_map
from .vtk_errors import vtk_errors_raised

_CANNOT_WRITE = "The Slicer scene cannot be written"


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
    slicer = import_slicer()
    path = Path(path)
    with staging_folder(path) as folder:
        bundle = folder / path.name
        with vtk_errors_raised(_CANNOT_WRITE):
            headless = headless_slicer(folder)
            _fill(slicer, headless.scene, content, folder, on_progress)
            on_progress(0.5)
            written = headless.scene.WriteToMRB(str(bundle))
        if not written:
            raise ProcessingError(_CANNOT_WRITE, "check that the disk has space")
        bundle.replace(path)
    on_progress(1.0)


def _fill(
    slicer: ModuleType, scene: Any, content: SceneContent, folder: Path, on_progress: ProgressCallback
) -> None:
    baseline = add_baseline(slicer, scene, content.baseline, content.ijk_to_ras)
    quantities, maps = quantities_of(content.tmax_definition), {}
    for position, (name, values) in enumerate(content.maps.items()):
        on_progress(0.4 * position / len(content.maps))
        maps[name] = add_map(slicer, scene, quantities[name], values, content.ijk_to_ras)
    segmentation = add_segmentation(scene, content.masks, content.ijk_to_ras, baseline, folder)
    volumes = add_volumes_table(scene, content.volumes_ml, content.tmax_definition)
    curves = add_curves(slicer, scene, content.curves)
    _describe((baseline, *maps.values(), segmentation, volumes, *curves), content.attributes)
    _arrange_hierarchy(
        slicer,
        scene,
        {"Maps": maps.values(), "Lesion": (segmentation, volumes), "Curves": curves},
        baseline,
    )
    slices, rows, columns = content.baseline.shape
    arrange_views(
        slicer,
        scene,
        {BASELINE_NAME: baseline, **maps},
        content.ijk_to_ras,
        (slices, rows, columns),
        _slice_to_show(content),
    )


def _describe(nodes: Iterable[Any], attributes: Mapping[str, str]) -> None:
    for node in nodes:
        for name, value in attributes.items():
            node.SetAttribute(name, value)


def _slice_to_show(content: SceneContent) -> int:
    """Return the slice with the largest hypoperfusion, or the middle one."""
    areas = sum(mask.sum(axis=(1, 2)) for mask in content.masks.values())
    return int(np.argmax(areas)) if np.any(areas) else len(content.baseline) // 2


def _arrange_hierarchy(
    slicer: ModuleType, scene: Any, folders: Mapping[str, Iterable[Any]], baseline: Any
) -> None:
    """Sort the nodes into folders of the subject hierarchy."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    study = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "CT perfusion")
    hierarchy.CreateItem(study, baseline)
    for title, nodes in folders.items():
        folder = hierarchy.CreateFolderItem(study, title)
        for node in nodes:
            hierarchy.CreateItem(folder, node)
